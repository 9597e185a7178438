"""The doors of the page over HTTP: what a client names is an upload of this app, or it is nothing."""

import concurrent.futures
import contextlib
import http.server
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

import gradio
import httpx
import pytest
from gradio_client import Client, handle_file
from page_server import model_behind, serve
from PIL import Image

from streetclip_demo.page.frame import uploads as uploads_module
from streetclip_demo.page.frame.upload_sweep import awaited
from streetclip_demo.page.frame.uploads import NOT_AN_UPLOAD

safehttpx = gradio.processing_utils.sh  # what Gradio fetches addresses with
IS_FILE = {"_type": "gradio.FileData"}
ROOT = Path(__file__).resolve().parent.parent
MARK = b"Bytes-that-nobody-may-get"
ASKED = ["Japan\nPeru", "", True, "beam", 5, False]  # what the public endpoint takes beside a photo
SERVER_ROUTES = ("queue/join", "run/predict", "api/predict", "run/predict/", "component_server")


def picture() -> bytes:
    """A PNG with a mark in it."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 140, 60)).save(buffer, "PNG")
    return buffer.getvalue() + MARK


@pytest.fixture(scope="module")
def served(tiny_checkpoint, gazetteer, tmp_path_factory):
    """The page where Gradio's usual folder is another user's: here a file, for who runs this may be root."""
    temp = tmp_path_factory.mktemp("temp")
    (temp / "gradio").write_bytes(b"another user's")
    model = model_behind(tiny_checkpoint, gazetteer)
    model.start()
    with serve(model, gazetteer, (), temp) as page:
        model.get()
        yield page


@pytest.fixture
def api(served):
    with httpx.Client(base_url=f"{served.url}gradio_api/", timeout=60) as client:
        yield client


class Listening(http.server.ThreadingHTTPServer):
    """A server on loopback that counts who asks it for anything, and gives all a picture."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.count = 0
        self.url = f"http://127.0.0.1:{self.server_port}/photo.png"


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.count += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(picture())

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def listening():
    with Listening() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def resolved(monkeypatch):
    """Names of other hosts that anybody in this process asks the address of. Loopback counts as public meanwhile."""
    asked, ask = [], socket.getaddrinfo

    def noting(host, *rest, **named):
        if host not in ("127.0.0.1", b"127.0.0.1", "localhost", b"localhost"):
            asked.append(host)
        return ask("127.0.0.1" if asked and host == asked[-1] else host, *rest, **named)

    async def anything(host):
        asked.append(host)
        return "127.0.0.1"

    monkeypatch.setattr(socket, "getaddrinfo", noting)
    monkeypatch.setattr(safehttpx, "is_public_ip", lambda ip: True)
    monkeypatch.setattr(gradio.processing_utils, "is_public_ip", lambda ip: True)
    monkeypatch.setattr(safehttpx, "async_validate_url", anything)
    return asked


@pytest.fixture
def outside(tmp_path):
    """A folder of the server with a picture and a text that no client may reach."""
    (tmp_path / "private.png").write_bytes(picture())
    (tmp_path / "private.txt").write_bytes(MARK)
    return tmp_path


def upload(api, data: bytes, name="photo.png", field="files") -> httpx.Response:
    return api.post("upload", files={field: (name, data)})


@pytest.fixture
def hostile(served, outside, listening):
    """Whatever a client might name that is no upload."""
    link = served.uploads.path / "link.png"
    link.symlink_to(outside / "private.png")
    yield _names(served, outside, listening, link)
    link.unlink(missing_ok=True)  # the app itself sweeps it away every few seconds


def _names(served, outside: Path, listening: Listening, link: Path) -> list[str]:
    files = [outside / "private.png", outside / "private.txt", link, outside, served.uploads.path, Path("/")]
    relative = ["..", "../..", "../../etc/passwd", "README.md", "./README.md", ".git/HEAD", ""]
    addresses = [listening.url, listening.url.replace("127.0.0.1", "doors.example"), "file:///etc/passwd"]
    addresses += [
        "ftp://doors.example/a.png",
        "//doors.example/a.png",
        f"{served.url}gradio_api/file=/etc/passwd",
    ]
    return [*map(str, files), *relative, *addresses]


def as_file(name: str) -> list:
    """The ways in which a value may look like a file to Gradio."""
    plain = {"path": name}
    whole = plain | {"meta": IS_FILE, "orig_name": "photo.png", "mime_type": "image/png", "size": 1}
    addressed = whole | {"url": name}
    inside = {"value": [{"image": whole, "deep": [whole]}]}
    return [
        plain,
        whole,
        addressed,
        whole | {"is_stream": True},
        [whole],
        inside,
        {"url": name, "meta": IS_FILE},
    ]


def is_refused(answer: httpx.Response, outside: Path) -> bool:
    """Whether an answer is one to a client's mistake, and says nothing of the server's files."""
    return 400 <= answer.status_code < 500 and MARK not in answer.content and str(outside) not in answer.text


def snapshot(*folders: Path) -> dict:
    """What lies in these folders, with when it was changed."""
    return {
        path: (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for folder in folders
        for path in folder.rglob("*")
    }


# What may be named


def test_no_listener_takes_a_file_that_is_no_upload(served, api, outside, listening, resolved, hostile):
    before = snapshot(outside)
    listeners = list(served.page.fns.values())
    assert len(listeners) > 40
    for number, listener in enumerate(listeners):
        name = hostile[number % len(hostile)]  # in turn, for each listener another one in another way first
        for place in range(max(len(listener.inputs), 1)):
            for file in as_file(name):
                data = [None] * len(listener.inputs)
                data[place : place + 1] = [file]
                call = {"data": data, "fn_index": listener._id, "session_hash": f"walk{number}"}
                answer = api.post("queue/join", json=call)
                assert is_refused(answer, outside)
    assert snapshot(outside) == before
    assert (listening.count, resolved) == (0, [])


@pytest.mark.parametrize("route", [*SERVER_ROUTES, "call/locate", "call/v2/locate"])
def test_no_route_takes_a_file_that_is_no_upload(served, api, outside, listening, resolved, hostile, route):
    before = snapshot(outside)
    taking = [fn for fn in served.page.fns.values() if any(part.elem_id == "photo" for part in fn.inputs)]
    for name in hostile:
        for file in as_file(name):
            calls = [{"data": [file], "event_data": None, "fn_index": taking[0]._id, "session_hash": "s"}]
            calls += [{"data": [None], "event_data": file, "fn_index": taking[0]._id, "session_hash": "s"}]
            calls += [{"photo": file, "labels": "Japan\nPeru"}]
            for call in calls:
                answer = api.post(route, json=call)
                if route == "call/locate" and call.get("data") == [None]:
                    assert answer.json().keys() == {
                        "event_id"
                    }  # it asks without a photo, and is told so there
                else:
                    assert is_refused(answer, outside)
    assert snapshot(outside) == before
    assert (listening.count, resolved) == (0, [])


def test_whoever_names_another_file_is_told_what_to_name(api, outside, listening, resolved):
    for name in (str(outside / "private.png"), str(outside / "missing.png"), "../..", listening.url):
        answer = api.post("call/locate", json={"data": [{"path": name}, *ASKED]})
        assert (answer.status_code, answer.json()["detail"]) == (400, NOT_AN_UPLOAD)
    assert (listening.count, resolved) == (0, [])


def test_letters_in_disguise_name_no_file_either(api, outside):
    name = str(outside / "private.png")
    disguised = json.dumps({"data": [{"path": name}, "Japan"]}).replace("path", "p\\u0061th")
    twice = f'{{"data": [{{"path": "x", "path": {json.dumps(name)}}}, "Japan"]}}'
    for body in (disguised.encode(), twice.encode(), disguised.encode("utf-16"), disguised.encode("utf-32")):
        answer = api.post("call/locate", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
    nested = b'{"data": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}"
    answer = api.post("call/locate", content=nested, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)


def test_what_a_client_says_of_its_upload_beside_the_name_is_dropped(served, api, listening, resolved):
    """Also its address: the answer is that of the upload."""
    (name,) = upload(api, picture()).json()
    file = {"path": name, "url": listening.url, "meta": IS_FILE, "orig_name": "../../a", "is_stream": True}
    call = api.post("call/locate", json={"data": [file, *ASKED]}).json()
    answer = api.get(f"call/locate/{call['event_id']}").text
    assert "event: complete" in answer
    assert (listening.count, resolved) == (0, [])
    assert not Path(name).exists()


@pytest.mark.parametrize("route", ["file={}", "file/{}", "proxy={}", "stream/{}", "custom_component/{}"])
def test_no_address_of_the_page_gives_a_file_or_asks_another_host(
    api, outside, listening, resolved, hostile, route
):
    names = [name for name in hostile if name]
    for name in (*names, f"{outside}/missing.png", "../../../etc/passwd"):
        in_address = quote(name, safe="/").replace(".", "%2E")  # or httpx would resolve dots by itself
        for method in ("GET", "HEAD"):
            answer = api.request(method, route.format(in_address), follow_redirects=True)
            assert is_refused(answer, outside)
    said = {api.get(route.format(f"{outside}/{name}.png")).text for name in ("private", "missing")}
    assert len(said) == 1  # whether it exists or not
    assert (listening.count, resolved) == (0, [])


def test_addresses_of_the_page_itself_name_no_files(served, outside, listening, resolved):
    """Nor what a proxy in front might say, nor what Gradio reads from the query."""
    values = [str(outside / "private.txt"), "../../etc/passwd", listening.url, "a/../../b", "\u202e\x01"]
    for name in ("lang", "example", "preset", "deep_link", "view", "__theme", "session_hash"):
        for value in values:
            answer = httpx.get(served.url, params={name: value})
            assert MARK not in answer.content
            assert answer.status_code < 500
    for header in ("X-Forwarded-Host", "X-Gradio-Server", "X-Direct-Url", "Referer", "Origin"):
        answer = httpx.get(served.url, headers={header: "doors.example"})
        assert answer.status_code < 500
    assert (listening.count, resolved) == (0, [])


@pytest.mark.parametrize(
    "payload", ["/etc/passwd", 7, ["a"], {}, {"path": None}, {"path": 7}, {"path": ["a"]}]
)
def test_what_is_no_file_is_told_so_and_not_that_something_went_wrong(served, api, payload):
    call = api.post("call/locate", json={"data": [payload, *ASKED]}).json()
    told = api.get(f"call/locate/{call['event_id']}").text
    assert json.loads(told.partition("data: ")[2])["error"] == NOT_AN_UPLOAD


# What a person does


def test_an_upload_is_seen_until_it_is_read_and_then_gone(served, api):
    data = picture()
    (name,) = upload(api, data, "Home of Ada.PNG").json()
    shown = api.get(f"file={name}")
    assert (shown.content, shown.headers["content-type"]) == (data, "image/png")
    assert shown.headers["cache-control"] == "no-store"
    served.uploads.take(name)
    assert api.get(f"file={name}").status_code == 404


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "photo", "a.png/../b.js"])
def test_an_upload_that_is_no_picture_is_shown_as_nothing_that_a_browser_runs(served, api, name):
    (there,) = upload(api, b"<script>alert(1)</script>", name).json()
    shown = api.get(f"file={there}")
    assert shown.headers["content-type"] == "application/octet-stream"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-disposition"] == "attachment"
    served.uploads.take(there)


def test_many_calls_with_one_photo_are_all_answered(served, tmp_path):
    photo = tmp_path / "photo.png"
    photo.write_bytes(picture())
    client = Client(served.url, verbose=False)

    def locate(_):
        return client.predict(handle_file(photo), "Japan\nPeru", api_name="/locate")

    with concurrent.futures.ThreadPoolExecutor(16) as callers:
        records = list(callers.map(locate, range(16)))
    assert {len(record["tree"]) for record in records} == {2}
    assert list(served.uploads.path.glob("*/*")) == []


def test_who_names_anothers_upload_without_knowing_its_name_gets_nothing(served, api):
    (name,) = upload(api, picture()).json()
    token = Path(name).parent.name
    assert len(token) == 43  # 256 bits
    for guess in (name.replace(token, token[::-1]), str(Path(name).parent), f"{name}x", name.upper()):
        assert api.post("call/locate", json={"data": [{"path": guess}]}).status_code == 400
    assert served.uploads.take(name) == picture()


def test_how_far_an_upload_is_can_be_followed(served, api):
    answer = api.post("upload", params={"upload_id": "u1"}, files={"files": ("photo.png", picture())})
    followed = api.get("upload_progress", params={"upload_id": "u1"})
    assert followed.text.endswith('data: {"msg": "done"}\n\n')
    served.uploads.take(answer.json()[0])


# What stays on the disk


def kept(served) -> list[Path]:
    files = (Path(folder, name) for folder, _, names in os.walk(served.temp) for name in names)
    return [path for path in files if path.is_file() and MARK in content(path)]  # some are removed meanwhile


def content(path: Path) -> bytes:
    """What is in a file; nothing, where the app has just removed it."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    return b""


def wait_until_nothing_is_kept(served) -> None:
    until = time.monotonic() + 20
    while kept(served):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_file_in_another_field_is_not_kept(served, api):
    assert upload(api, picture(), field="other").status_code == 400
    assert kept(served) == []
    parts = [("other", ("a.png", picture())), ("files", ("b.png", b"wanted")), ("text", (None, MARK))]
    (name,) = api.post("upload", files=parts).json()
    assert kept(served) == []
    assert served.uploads.take(name) == b"wanted"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"no form", "multipart/form-data; boundary=x"),
        (b"--x\r\nno header\r\n", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n' + MARK,
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_what_is_no_whole_form_is_refused_and_not_kept(served, api, content, kind):
    answer = api.post("upload", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert 'field "files"' in answer.text
    assert kept(served) == []


@pytest.mark.parametrize("kind", ["multipart/form-data", "image/png", ""])
def test_what_does_not_say_that_it_is_a_form_is_refused_and_not_kept(served, api, kind):
    answer = api.post("upload", content=b"no form", headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert kept(served) == []


def test_several_files_at_once_are_refused_and_none_is_kept(served, api):
    parts = [("files", ("a.png", picture())), ("files", ("b.png", picture()))]
    assert api.post("upload", files=parts).status_code == 400
    assert kept(served) == []


def test_an_upload_that_breaks_off_is_not_kept(served):
    address = httpx.URL(served.url)
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n' + MARK * 20_000
    with socket.create_connection((address.host, address.port)) as connection:
        connection.sendall(
            b"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" + head
        )
        until = time.monotonic() + 20
        while not kept(served):  # it has begun to arrive
            assert time.monotonic() < until
            time.sleep(0.02)
    wait_until_nothing_is_kept(served)


def test_half_a_file_does_not_stay_where_there_is_no_space(served, api, monkeypatch):
    monkeypatch.setattr(uploads_module, "MOST_BYTES", 100_000)
    answer = upload(api, MARK * 20_000)
    assert (answer.status_code, "no space left" in answer.text) == (507, True)
    assert kept(served) == []
    served.uploads.take(upload(api, picture()).json()[0])  # and the next one finds room


def test_a_file_of_more_than_sixty_megabytes_is_refused(served, api):
    answer = upload(api, bytes(60 * 2**20 + 1))
    assert (answer.status_code, "60 MB" in answer.text) == (413, True)
    assert list(served.uploads.path.glob("*/*")) == []


def test_gradio_writes_nothing_anywhere(served):
    """What would be its own folder is another user's, and the app's holds uploads only."""
    assert (served.temp / "gradio").read_bytes() == b"another user's"
    served.uploads.sweep(awaited(served.page))
    assert [path for path in served.files() if path != served.temp / "gradio"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for another process")
def test_the_app_starts_where_gradios_folder_is_anothers_and_leaves_nothing_when_interrupted(tmp_path):
    (tmp_path / "gradio").write_bytes(b"another user's")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "app.py", "--model", "practice", "--host", "127.0.0.1", "--port", str(port)]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    environment.pop("GRADIO_TEMP_DIR", None)
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as app:
        next(line for line in app.stdout if str(port) in line)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/gradio_api/", timeout=60) as api:
            (name,) = upload(api, picture()).json()
            assert Path(name).read_bytes() == picture()
        app.send_signal(signal.SIGINT)
        app.wait(60)
    assert [path.name for path in tmp_path.iterdir()] == ["gradio"]


def test_what_waits_for_its_turn_is_not_swept(tiny_checkpoint, gazetteer, tmp_path, monkeypatch):
    model = model_behind(
        tiny_checkpoint, gazetteer
    )  # not started: some calls wait for it, one more for those
    at_work = model.photos_at_once()
    with (
        serve(model, gazetteer, (), tmp_path) as page,
        httpx.Client(base_url=f"{page.url}gradio_api/") as api,
    ):
        names = [upload(api, picture()).json()[0] for _ in range(at_work + 2)]
        calls = []
        for name in names[: at_work + 1]:
            call = {"data": [{"path": name, "meta": IS_FILE}, *ASKED]}
            calls.append(api.post("call/locate", json=call).json()["event_id"])
        until = time.monotonic() + 20
        while any(Path(name).exists() for name in names[:at_work]):  # they are read at once
            assert time.monotonic() < until
            time.sleep(0.05)
        monkeypatch.setattr(page.uploads, "_clock", lambda: time.monotonic() + 600)
        page.uploads.sweep(awaited(page.page))
        assert [Path(name).exists() for name in names] == [*[False] * at_work, True, False]
        model.start()
        for call in calls:
            assert "event: complete" in api.get(f"call/locate/{call}", timeout=120).text
    assert list(tmp_path.glob(f"{uploads_module.PREFIX}*")) == []
