"""The page behind its doors: malformed requests, listeners called with anything, the queue as the only way in."""

import asyncio
import gzip
import json
import logging
import secrets
import socket
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest
from asgi import answer_of, scope_of
from gradio_client import Client, handle_file
from page_server import model_behind, serve
from PIL import Image
from visitors import Site, Visitor

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.locate.starting_lists import PRACTICE_PRESET, all_presets
from streetclip_demo.places.templates import DEFAULT_TEMPLATES, format_templates
from streetclip_demo.serve.compose import page_services, shipped_examples
from streetclip_demo.serve.doors import Doors
from streetclip_demo.words import text
from streetclip_demo.words.language import catalogue

JSON = {"content-type": "application/json"}
FORM = "multipart/form-data; boundary=a"
# Values that no component of the page sends.
WRONG = (None, "x", 5, -1e300, [1], {"path": "nowhere"}, {"a": {"b": 1}})
WRONG_EVENTS = ({"index": -5}, [1], "x", {"line": -1, "place": "x"}, {"index": True}, {"go": 5})


@pytest.fixture(scope="module")
def served(gazetteer, tmp_path_factory):
    """The page with the practice model, and no tests beside these."""
    model = model_behind(MODELS["practice"].source, gazetteer, shipped_examples())
    model.start()
    with serve(model, gazetteer, shipped_examples(), tmp_path_factory.mktemp("live")) as page:
        model.get()
        yield page


@pytest.fixture
def silent(served, capfd, caplog):
    """Fails if anything is written meanwhile, to the log or past it."""
    capfd.readouterr()
    yield
    assert capfd.readouterr().err == ""
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING] == []


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60, headers={"connection": "close"}) as client:
        yield client


def raw(served, *lines, body=b""):
    """What comes back for bytes on a socket."""
    where = urlsplit(served.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(b"\r\n".join([*lines, b"", b""]) + body)
        said = b""
        while part := connection.recv(65536):
            said += part
    return said


def listeners(client):
    return client.get("config").json()["dependencies"]


# Requests that are wrong


MALFORMED = [
    ("GET", "nowhere", {}, b"", 404),
    ("GET", "?page=nowhere", {}, b"", 404),
    ("GET", "assets/%00", {}, b"", 404),
    ("GET", "assets/nothing.js", {}, b"", 404),
    ("GET", "static/%0d%0aX-Forged:%201", {}, b"", 404),
    ("GET", "static/img", {}, b"", 403),
    ("GET", "gradio_api/file=/etc/hostname", {}, b"", 404),
    ("GET", "gradio_api/file=/%ff%fe", {}, b"", 404),
    ("GET", "gradio_api/file=http://127.0.0.1:9/", {}, b"", 404),
    ("GET", "gradio_api/queue/data", {}, b"", 400),
    ("GET", "gradio_api/queue/data?session_hash=%0aforged", {}, b"", 400),
    ("GET", "gradio_api/upload_progress?upload_id=nobody", {}, b"", 404),
    ("DELETE", "", {}, b"", 405),
    ("OPTIONS", "", {}, b"", 405),
    ("FORGED", "gradio_api/upload", {}, b"", 405),
    ("POST", "gradio_api/run/predict", JSON, b'{"fn_index": 99999, "data": [], "session_hash": "s"}', 404),
    ("POST", "gradio_api/queue/join", JSON, b'{"fn_index": 99999, "data": [], "session_hash": "s"}', 404),
    ("POST", "gradio_api/queue/join", JSON, b"{", 400),
    ("POST", "gradio_api/queue/join", JSON, b"\xff", 400),
    ("POST", "gradio_api/queue/join", {"content-type": "text/plain"}, b"{}", 415),
    ("POST", "gradio_api/call/nobody", JSON, b'{"data": []}', 404),
    ("POST", "gradio_api/call/locate", JSON, b'{"data": []}', 400),
    ("POST", "gradio_api/call/v2/locate", JSON, b'{"camera": 1}', 400),
    ("POST", "gradio_api/cancel", JSON, b'{"session_hash": "s"}', 400),
    ("POST", "gradio_api/reset", JSON, b"{}", 400),
    ("POST", "gradio_api/component_server", JSON, b'{"component_id": 1, "fn_name": "value"}', 404),
    ("POST", "gradio_api/component_server", {"content-type": FORM}, b"--a--", 415),
    ("POST", "gradio_api/upload", {"content-type": "text/plain"}, b"x", 415),
    ("POST", "gradio_api/upload", {"content-type": FORM}, b"x", 400),
    ("POST", "gradio_api/upload", {"content-type": FORM}, b"--a\r\n\r\nx\r\n--a--\r\n", 400),
    ("POST", "gradio_api/upload", {"content-type": FORM + 100 * "a"}, b"x", 415),
]


@pytest.mark.parametrize(("method", "path", "headers", "body", "status"), MALFORMED)
def test_a_wrong_request_gets_a_sentence_and_leaves_no_line(
    client, silent, method, path, headers, body, status
):
    forged = {"user-agent": "\x1b[31mforged", "x-gradio-user": "forged", "referer": "http://forged/"}
    answer = client.request(method, path, headers=headers | forged, content=body)
    assert answer.status_code == status
    assert len(answer.text.split()) >= 1
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "lines",
    [
        (b"FORGED",),
        (b"GET / HTTP/1.1", b"Host: a", b"Content-Length: x"),
        (b"GET / HTTP/1.1", b"Host: a", b"Cookie: " + 100_000 * b"a"),
        (b"\x16\x03\x01 no HTTP at all",),
    ],
)
def test_what_is_no_http_is_told_so_and_leaves_no_line(served, silent, lines):
    assert raw(served, *lines).startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))


def test_a_websocket_is_not_opened_and_leaves_no_line(served, silent):
    upgrade = (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    said = raw(
        served,
        b"GET /nowhere HTTP/1.1",
        b"Host: a",
        *upgrade,
        b"Sec-WebSocket-Version: 13",
        b"Connection: close",
    )
    assert b" 101 " not in said


def test_who_leaves_in_the_midst_leaves_no_line(served, client, silent):
    where = urlsplit(served.url)
    for path in ("queue/join", "upload"):
        kind = FORM if path == "upload" else "application/json"
        head = f"POST /gradio_api/{path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nContent-Length: 1000\r\n\r\n"
        with socket.create_connection((where.hostname, where.port)) as connection:
            connection.sendall(head.encode() + b"--a\r\n")
    assert client.get("robots.txt").status_code == 200


@pytest.mark.parametrize(
    "path", ["queue/data?session_hash=nobody", "call/locate/nobody", "call/v2/locate/nobody"]
)
def test_a_session_that_is_not_there_is_told_so_and_leaves_no_line(client, silent, path):
    answer = client.get(f"gradio_api/{path}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "404: Not Found" in answer.text  # whole: a cut answer would raise


def test_a_body_of_150_megabytes_is_refused_before_it_is_read(served, silent):
    head = (b"POST /gradio_api/queue/join HTTP/1.1", b"Host: a", b"Content-Type: application/json")
    said = raw(served, *head, b"Content-Length: 150000000", b"Connection: close")
    assert said.startswith(b"HTTP/1.1 413")
    assert b"2,097,152 bytes" in said


# Listeners that are called with anything


@pytest.mark.slow
def test_every_listener_tells_wrong_values_in_a_sentence(client, silent):
    public = {one["id"] for one in listeners(client) if one["api_visibility"] == "public"}
    walked = 0
    for one in listeners(client):
        if not one["backend_fn"] or one["id"] in public:
            continue
        for values, event in [
            *((wrong, None) for wrong in WRONG),
            *((None, event) for event in WRONG_EVENTS),
        ]:
            said = called(client, one, [values] * len(one["inputs"]), event)
            assert "Something went wrong" not in said, (one["id"], values, event)
            assert "Traceback" not in said
            walked += 1
    assert walked > 500


def called(client, listener, data, event=None):
    """What a listener answers or says, whichever way it is called."""
    body = {
        "data": data,
        "fn_index": listener["id"],
        "session_hash": "walk",
        "event_data": event,
        "trigger_id": 1,
    }
    if listener["queue"] is False:
        answer = client.post("gradio_api/run/predict", json=body)
        assert answer.status_code in (200, 400, 422)  # 400: a file is named that is no upload
        return answer.text
    joined = client.post("gradio_api/queue/join", json=body)
    if joined.status_code == 400:
        return joined.text
    assert joined.status_code == 200
    return client.get("gradio_api/queue/data?session_hash=walk").text


def test_gradios_client_and_plain_http_work(served, gazetteer, photos, tmp_path):
    with serve(served.model, gazetteer, (), tmp_path) as page:  # Gradio's folder is that of the newest page
        answer = Client(page.url, verbose=False).predict(
            handle_file(photos["rgb"]), labels="Japan\nPeru", anyway=True, api_name="/locate"
        )
        assert "Japan" in json.dumps(answer["tree"])
        assert "/locate" in httpx.get(f"{page.url}gradio_api/info").json()["named_endpoints"]


@pytest.mark.parametrize("seconds", [86_400, -86_400])
def test_a_clock_that_jumps_costs_nobody_the_photo_or_the_answer(
    served, client, monkeypatch, photos, seconds
):
    (path,) = client.post("gradio_api/upload", files={"files": photos["rgb"].read_bytes()}).json()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + seconds)
    named = {"path": path, "meta": {"_type": "gradio.FileData"}}
    body = {"data": [named, "Japan\nPeru", "", False, "beam", 5, True]}
    event = client.post("gradio_api/call/locate", json=body).json()["event_id"]
    monkeypatch.undo()  # and back again, in the midst
    answer = client.get(f"gradio_api/call/locate/{event}").text
    assert "event: complete" in answer
    assert "Peru" in answer


# The queue


class Counting:
    """Stands before the model: how many ask it at once."""

    def __init__(self, locate):
        self.locate, self.lock = locate, threading.Lock()
        self.now = self.most = self.calls = 0

    def __call__(self, *asked):
        with self.lock:
            self.now += 1
            self.calls += 1
            self.most = max(self.most, self.now)
        try:
            return self.locate(*asked)
        finally:
            with self.lock:
                self.now -= 1


# Many at once


LISTS = ("Japan\nPeru\nNorway", "Japan\nPeru", "Kenya\nNorway\nIndia")


async def questions(site, number):
    """What one visitor is told: of a street as it is sent, and with two other lists; and all places in the queue."""
    street = shipped_examples()[number % 12].path.read_bytes()
    async with Visitor(site) as visitor:
        told = [await visitor.send(street)]
        for one in range(2):
            told.append(await visitor.ask(LISTS[(number + one) % 3], beam=1 + number % 4))
    return [answer.digest for answer in told], [answer.place for answer in told]


def test_of_sixteen_visitors_at_once_each_gets_what_it_gets_alone(served):
    async def visit():
        site = await Site.at(served.url)
        at_once = await asyncio.gather(*[questions(site, number) for number in range(16)])
        alone = [await questions(site, number) for number in (0, 5, 15)]
        return at_once, alone

    with ThreadPoolExecutor(1) as thread:
        at_once, alone = thread.submit(asyncio.run, visit()).result()
    assert [at_once[number][0] for number in (0, 5, 15)] == [answers for answers, _ in alone]
    assert [answers for answers, _ in at_once[12:]] == [
        answers for answers, _ in at_once[:4]
    ]  # who ask the same
    assert len({tuple(answers) for answers, _ in at_once}) == 12
    assert max(place for _, places in at_once for place in places) > 1  # some waited, and were told where


def test_a_full_queue_says_so_at_once(served, client, silent, monkeypatch):
    (locate,) = [one for one in listeners(client) if one["api_name"] == "locate"]
    monkeypatch.setattr(served.page._queue, "max_size", 0)
    body = {"data": [None] * len(locate["inputs"]), "fn_index": locate["id"], "session_hash": "full"}
    said = {"en": text.QUEUE_FULL, "de": catalogue("de")["QUEUE_FULL"]}
    for path in ("queue/join", "call/locate"):
        for spoken, sentence in said.items():
            answer = client.post(f"gradio_api/{path}", json=body, headers={"accept-language": spoken})
            assert answer.status_code == 503
            assert answer.json()["detail"] == sentence


@pytest.mark.parametrize("path", ["", "config", "?lang=de", "?embed=1"])
def test_the_page_from_memory_is_the_page(served, client, path):
    remembered = [client.get(path).content for _ in range(2)][1]
    doors = served.page.server.config.app.middleware_stack
    fresh = Doors(doors._app._app.app, doors._known, doors._stop)
    headers = [(name.lower(), value) for name, value in client.build_request("GET", path).headers.raw]
    where = urlsplit(served.url)
    scope = scope_of(f"/{path.partition('?')[0]}", query=path.partition("?")[2].encode(), headers=headers)
    _, _, made = answer_of(fresh, scope | {"scheme": "http", "server": (where.hostname, where.port)})
    assert remembered == gzip.decompress(made)


@pytest.fixture(scope="module")
def counted(gazetteer, tmp_path_factory):
    """A page whose model counts, with no examples."""
    model = model_behind(MODELS["practice"].source, gazetteer)
    model.start()
    services = page_services(model, gazetteer, ())
    counting = Counting(services.locate)
    services = replace(services, locate=counting, locate_drawing=Counting(services.locate_drawing))
    with serve(model, gazetteer, (), tmp_path_factory.mktemp("counted"), services=services) as page:
        model.get()
        yield page, counting


def at_once(count, call):
    """Call from `count` threads; what each got."""
    got = []
    threads = [threading.Thread(target=lambda: got.append(call())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


@pytest.mark.parametrize("way", ["run/predict", "api/predict", "run/locate", "api/locate"])
def test_no_direct_call_runs_what_waits_in_the_queue(counted, way):
    page, counting = counted
    with httpx.Client(base_url=page.url, timeout=60) as client:
        before = counting.calls
        for one in listeners(client):
            if one["queue"] is False:
                continue
            body = {"data": [None] * len(one["inputs"]), "fn_index": one["id"], "session_hash": "s"}
            assert client.post(f"gradio_api/{way}", json=body).status_code == 404
        assert counting.calls == before


def test_the_model_is_asked_by_no_more_at_a_time_than_are_let_in_however_many_call(counted, tmp_path):
    page, counting = counted
    photos = [tmp_path / f"{shade}.png" for shade in range(0, 240, 30)]
    for shade, path in zip(range(0, 240, 30), photos, strict=True):
        Image.new("RGB", (64, 64), (shade, 90, 200)).save(path)
    waiting = list(photos)

    def locate():
        client, photo = Client(page.url, verbose=False), waiting.pop()
        return client.predict(handle_file(photo), labels="Japan\nPeru", anyway=True, api_name="/locate")

    before = counting.calls
    answers = at_once(8, locate)
    assert len(answers) == 8
    assert counting.calls == before + 8
    assert counting.most <= page.model.photos_at_once()


def test_a_direct_listener_asks_the_model_for_the_first_answer_only(client, gazetteer):
    """`start` answers what every visitor meets first; anything else it leaves to the queue."""
    (start,) = [
        one
        for one in listeners(client)
        if one["queue"] is False and min(len(one["inputs"]), len(one["outputs"])) >= 8
    ]
    labels = all_presets(gazetteer)[PRACTICE_PRESET]
    assert "headline" in started(client, start, labels, format_templates(DEFAULT_TEMPLATES), 5)
    for other in (("Japan\nPeru", None, 5), (labels, "country: In {country}.", 5), (labels, None, 4)):
        outline, templates, beam = other
        said = started(client, start, outline, templates or format_templates(DEFAULT_TEMPLATES), beam)
        assert "headline" not in said
        assert '"data"' in said  # it has answered


def started(client, start, outline, templates, beam):
    controls = ["light", "auto", None, outline, False, templates, "greedy", beam, True]
    data = [None] * (len(start["inputs"]) - len(controls)) + controls
    body = {"data": data, "fn_index": start["id"], "session_hash": secrets.token_hex(8)}
    answer = client.post("gradio_api/run/predict", json=body)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_an_event_is_compressed_and_waits_for_no_other(served):
    asked = {"Accept-Encoding": "gzip"}
    with httpx.stream(
        "GET", f"{served.url}gradio_api/heartbeat/somebody", headers=asked, timeout=60
    ) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        first = next(answer.iter_raw())  # and the stream goes on
    assert zlib.decompressobj(wbits=31).decompress(first).startswith(b"data: ")
