"""The area "Whole picture, or several photos", without a browser: what is taken, what is refused, what is kept."""

from types import SimpleNamespace

import pytest
from PIL import Image

from streetclip_demo.errors import PhotoError
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.session import MOST_PHOTOS, Session
from streetclip_demo.page.locate import counted_area, healing
from streetclip_demo.page.locate.counted_area import make_add, make_remove, with_way
from streetclip_demo.photos.kept_photo import keep
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.photos.views import THREE
from streetclip_demo.words import text


def kept_photo(red=0):
    image = Image.new("RGB", (8, 6), (red, 0, 0))
    return keep(photo_from_image(image), image)


@pytest.fixture
def page():
    """Its listeners, as a visitor has them: `add(red)` sends a photo of a shade of red."""
    kept, request = Kept(), SimpleNamespace(session_hash="visitor", client=None)
    services = SimpleNamespace(
        uploads=SimpleNamespace(take=lambda name: int(name)),
        open_photo=lambda red: photo_from_image(Image.new("RGB", (8, 6), (red, 0, 0))),
        keep=lambda photo: keep(photo, photo.image),
    )
    visitor = kept.visitor(request)
    visitor.session = Session(kept_photo())
    add, remove = make_add(services, kept), make_remove(kept)
    return SimpleNamespace(
        kept=kept,
        visitor=visitor,
        add=lambda red: add({"path": str(red)}, healing.written(visitor.session), request),
        remove=lambda number: remove("", request, SimpleNamespace(_data={"index": number}, index=number)),
    )


def test_a_photo_that_is_added_makes_another_question_and_the_page_remembers_how_many(page):
    page.visitor.session = page.visitor.session.answered("asked", "answer")
    assert healing.read(page.add(1)).more == 1
    assert len(page.visitor.session.photos) == 2
    assert not page.visitor.session.knows("asked")
    assert page.kept.added() == 1


def test_the_same_photo_and_one_too_many_are_refused(page):
    with pytest.raises(PhotoError, match="here already"):
        page.add(0)
    for red in range(1, MOST_PHOTOS):
        page.add(red)
    with pytest.raises(PhotoError, match=f"At most {MOST_PHOTOS} photos"):
        page.add(99)
    assert len(page.visitor.session.photos) == MOST_PHOTOS


def test_all_pages_together_keep_no_more_than_a_bound(page, monkeypatch):
    monkeypatch.setattr(counted_area, "MOST_ADDED", 1)
    page.add(1)
    with pytest.raises(PhotoError, match="Too many photos are kept here"):
        page.add(2)


def test_without_a_first_photo_none_can_be_added(page):
    page.visitor.session = Session()
    with pytest.raises(PhotoError) as told:
        page.add(1)
    assert str(told.value) == text.ADD_NO_FIRST


def test_an_answer_about_other_photos_than_are_there_now_is_not_taken(page):
    asked = page.visitor.session
    page.add(1)
    page.visitor.answered(asked, "question", "answer")
    assert page.visitor.session.prediction is None


def test_another_way_is_another_question_and_a_new_photo_comes_without_company(page):
    page.add(1)
    page.visitor.session = page.visitor.session.answered("asked", "answer")
    with_way(page.visitor, THREE)
    assert not page.visitor.session.knows("asked")
    before = page.visitor.session
    with_way(page.visitor, THREE)
    assert page.visitor.session is before
    assert Session(kept_photo(9)).more == ()
