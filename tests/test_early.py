"""Photos that come before the model, after the server has forgotten them, or beside one that is there already."""

import io
import json
from types import SimpleNamespace

import gradio as gr
import pytest
from pictures import street

from streetclip_demo.errors import UserError
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.session import SENDING_SECONDS, Session, Visitor
from streetclip_demo.page.frame.upload_sweep import awaited
from streetclip_demo.page.frame.uploads import UploadFolder
from streetclip_demo.page.locate import early, healing
from streetclip_demo.page.locate.asking import make_locate
from streetclip_demo.page.locate.receiving import make_receive, make_receive_again
from streetclip_demo.photos.kept_photo import keep
from streetclip_demo.photos.photo import open_photo

SHOWN = json.dumps({"has_photo": True})


@pytest.fixture
def services(tmp_path, gazetteer):
    """What the page is given for photos, with a model that is there when `ready` says so."""
    made = SimpleNamespace(
        ready=False, uploads=UploadFolder(tmp_path), open_photo=open_photo, gazetteer=gazetteer
    )
    made.model_state = lambda: SimpleNamespace(ready=made.ready)
    made.keep = lambda photo: keep(photo, photo.image.crop((0, 0, 8, 8)) if made.ready else None)
    made.example_count, made.open_example = lambda: 1, lambda number: made.keep(open_photo(picture()))
    yield made
    made.uploads.close()


def picture(width=60):
    file = io.BytesIO()
    street(width, 40).save(file, "PNG")
    return file.getvalue()


def sent(services, content):
    with services.uploads.receive() as arriving:
        arriving.write(content)
        return {"path": arriving.keep(".png")}


def files(services):
    return [path for path in services.uploads.path.rglob("*") if path.is_file()]


def test_a_photo_that_comes_before_the_model_is_read_again_when_that_is_there(services):
    session, _ = early.received(services, sent(services, picture()))
    visitor = Visitor(session)
    early.see(services, visitor)
    assert visitor.session is session
    assert session.photo.view is None
    assert early.waits(services, visitor, "")
    services.ready = True
    assert not early.waits(services, visitor, "")
    early.see(services, visitor)
    assert visitor.session.photo.view.size == (8, 8)
    assert visitor.session.photo.digest == session.photo.digest
    assert not healing.is_lost(services, visitor, SHOWN)
    assert files(services) == []


def test_a_photo_that_comes_to_the_model_leaves_no_file(services):
    services.ready = True
    session, _ = early.received(services, sent(services, picture()))
    assert session.photo.view is not None
    assert (session.upload, files(services)) == ("", [])


def test_a_photo_whose_file_is_gone_is_one_that_the_page_sends_again(services):
    visitor = Visitor(early.received(services, sent(services, picture()))[0])
    services.uploads.take(visitor.session.upload)
    services.ready = True
    early.see(services, visitor)
    assert healing.is_lost(services, visitor, SHOWN)


def test_a_file_is_kept_while_its_photo_waits_and_its_page_is_known(services):
    kept = Kept()
    asking = SimpleNamespace(session_hash="a", client=None)
    kept.visitor(asking).session = early.received(services, sent(services, picture()))[0]
    page = SimpleNamespace(_queue=SimpleNamespace(event_ids_to_events={}), kept=kept)
    assert awaited(page) == {str(path) for path in files(services)}
    kept.visitor(asking).session = Session()
    assert awaited(page) == set()


def test_a_photo_that_the_server_has_lost_waits_for_the_model_too(services):
    assert early.waits(services, Visitor(), SHOWN)
    assert not early.waits(services, Visitor(), "")


def test_all_who_miss_a_photo_give_its_loss_one_name_for_a_while():
    visitor = Visitor()
    name = visitor.loss()
    assert visitor.loss() == name
    visitor.asked_again -= round(SENDING_SECONDS * 1e9)
    assert visitor.loss() > name


def listening(make, services, visitor, upload, has=SHOWN):
    """What a listener of the photo yields first, and the error that it ends with."""
    tab = SimpleNamespace(shown=[None] * 5)
    answers = make(services, tab, SimpleNamespace(visitor=lambda request: visitor))(
        upload, has, "light", None
    )
    first, error = next(answers), None
    try:
        list(answers)
    except UserError as raised:
        error = str(raised)
    return first, error


@pytest.mark.parametrize("content", [b"hello", picture()[:500]], ids=["text", "cut"])
@pytest.mark.parametrize("is_ready", [False, True])
def test_what_is_no_photo_leaves_the_photo_and_its_answer_as_they_are(services, content, is_ready):
    services.ready = is_ready
    visitor = Visitor(early.received(services, sent(services, picture()))[0])
    before = visitor.session
    (photo, *others), error = listening(make_receive, services, visitor, sent(services, content))
    assert visitor.session is before
    assert photo["url"] == before.photo.uri
    assert others == [gr.skip()] * 6
    assert error.startswith("The photo is")


def test_what_is_no_photo_leaves_an_example_that_the_server_has_forgotten(services):
    services.ready, visitor = True, Visitor()
    has = json.dumps({"has_photo": True, "example": 0})
    (photo, *_), error = listening(make_receive, services, visitor, sent(services, b"hello"), has)
    assert photo["url"] == visitor.session.photo.uri
    assert error


def test_a_photo_that_was_chosen_while_the_one_before_was_sent_again_stays(services):
    services.ready = True
    visitor = Visitor(early.received(services, sent(services, picture(90)))[0])
    chosen = visitor.session
    first, error = listening(make_receive_again, services, visitor, sent(services, picture()))
    assert (first, error) == ([gr.skip()] * 7, None)
    assert visitor.session is chosen


def test_a_question_that_comes_after_the_photo_could_not_be_sent_again_is_told_so(services):
    services.ready, visitor = True, Visitor()
    _, error = listening(make_receive_again, services, visitor, None)
    tab = SimpleNamespace(shown=[None] * 5, has="has", theme="theme")
    locate = make_locate(services, tab, SimpleNamespace(visitor=lambda request: visitor), None)
    asked_before = {"has": SHOWN, "theme": "light"}
    answer, *_, loss = locate(asked_before, None)
    assert error in answer
    assert loss == gr.skip()
