"""A page that takes no photos: not by its upload, not by any listener or endpoint, whoever calls them with whatever."""

import base64
import io
from dataclasses import replace

import httpx
import pytest
from page_server import model_behind, serve
from PIL import Image

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.cli.options import read_options
from streetclip_demo.errors import PhotoError
from streetclip_demo.page.frame.uploads import UploadFolder
from streetclip_demo.serve.compose import page_services, shipped_examples
from streetclip_demo.serve.hosting import Hosting
from streetclip_demo.words.language import LANGUAGES, catalogue
from streetclip_demo.words.text import EXAMPLES_ONLY


def png():
    made = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 90, 20)).save(made, "PNG")
    return made.getvalue()


@pytest.fixture(scope="module")
def opened():
    """What was opened as a photo."""
    return []


@pytest.fixture(scope="module")
def page(gazetteer, opened, tmp_path_factory):
    """Such a page, whose model never comes; a picture lies where uploads do, under a name that somebody knows."""
    model = model_behind(MODELS["practice"].source, gazetteer, shipped_examples())
    services = page_services(model, gazetteer, shipped_examples(), takes_photos=False)
    services = replace(services, open_photo=lambda source: opened.append(source) or 1 / 0)
    hosting = Hosting(takes_photos=False, model_state=services.model_state)
    temp = tmp_path_factory.mktemp("examples")
    with serve(model, gazetteer, shipped_examples(), temp, services=services, hosting=hosting) as page:
        yield page


@pytest.fixture(scope="module")
def client(page):
    with httpx.Client(base_url=page.url, timeout=60) as client:
        yield client


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_upload_is_refused_in_the_readers_language(client, page, language):
    answer = client.post(
        "gradio_api/upload", files={"files": ("a.png", png())}, headers={"accept-language": language}
    )
    assert (answer.status_code, answer.text.strip()) == (403, catalogue(language)["EXAMPLES_ONLY"])
    assert page.files() == []


def shapes(page):
    """A picture as a client may name or send it."""
    path = page.uploads.path / "known" / "photo.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(png())
    page.uploads._until[str(path)] = float("inf")  # as if it had come in
    data = "data:image/png;base64," + base64.b64encode(png()).decode()
    meta = {"_type": "gradio.FileData"}
    named = {"path": str(path), "meta": meta, "orig_name": "photo.png"}
    return [named, [named], {"url": data, "meta": meta}, {"path": None, "url": data}, str(path), data]


def asked(client, path, body, session="s"):
    answer = client.post(path, json=body)
    if answer.status_code != 200:
        return answer.text
    if path.endswith("queue/join"):
        return answer.text + client.get(f"gradio_api/queue/data?session_hash={session}").text
    if "/call/" in path:
        return client.get(f"{path}/{answer.json()['event_id']}").text
    return answer.text


def test_no_listener_opens_a_picture_however_it_is_called(client, page, opened):
    walked = 0
    named, _, data, *_ = shapes(page)
    for shape in (named, data):
        for one in client.get("config").json()["dependencies"]:
            if not one["backend_fn"] or one["api_visibility"] == "public":
                continue
            route = "run/predict" if one["queue"] is False else "queue/join"
            body = {"data": [shape] * len(one["inputs"]), "fn_index": one["id"], "session_hash": "s"}
            assert "Traceback" not in asked(client, f"gradio_api/{route}", body | {"event_data": None})
            walked += 1
    assert walked > 50
    assert opened == []


@pytest.mark.parametrize("way", ["call/locate", "call/v2/locate"])
def test_the_public_endpoint_opens_none_and_says_why(client, page, opened, way):
    for shape in shapes(page)[:4]:
        body = {"photo": shape} if "v2" in way else {"data": [shape, "Japan", "", True, "beam", 5, True]}
        said = asked(client, f"gradio_api/{way}", body)
        assert "complete" not in said
        assert EXAMPLES_ONLY in said or "error" in said
    assert opened == []


def test_no_lesson_with_photos_of_its_own_is_taken(client, page):
    (load,) = [number for number, one in page.page.fns.items() if getattr(one.fn, "__name__", "") == "load"]
    named = shapes(page)[0]
    body = {"data": [named, "light"], "fn_index": load, "session_hash": "s"}
    assert EXAMPLES_ONLY in asked(client, "gradio_api/queue/join", body)


def test_past_the_doors_too_nothing_goes_in_or_out(tmp_path):
    uploads = UploadFolder(tmp_path, takes=False)
    for way in (uploads.receive, lambda: uploads.claim("a"), lambda: uploads.take("a")):
        with pytest.raises(PhotoError, match="takes no photos"):
            way()
    uploads.close()


def test_the_page_shows_no_way_to_send_one(client):
    shown = {one["props"].get("elem_id"): one["props"] for one in client.get("config").json()["components"]}
    assert shown["photo"]["interactive"] is False
    assert shown["photo"]["sources"] == []
    assert shown["lesson-upload"]["visible"] is False


def test_the_option_and_the_environment_say_so(monkeypatch):
    assert read_options([]).examples_only is False
    assert read_options(["--examples-only"]).examples_only is True
    monkeypatch.setenv("STREETCLIP_EXAMPLES_ONLY", "1")
    assert read_options([]).examples_only is True
    monkeypatch.setenv("STREETCLIP_EXAMPLES_ONLY", "0")
    assert read_options([]).examples_only is False
