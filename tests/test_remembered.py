"""The page and its files from memory: the same bytes as Gradio's, made once, and never one visitor's for another."""

import asyncio
import gzip

import pytest
from asgi import answer_of, receiving, run, scope_of

from streetclip_demo.serve.remembered import MOST_OF_ONE, Remembered

GZIP = (b"accept-encoding", b"gzip, deflate")


class App:
    """Answers with what a page may depend on, and counts how often it was asked."""

    def __init__(self, status=200, kind=b"text/html", size=0):
        self.status, self.kind, self.size, self.asked = status, kind, size, 0

    async def __call__(self, scope, receive, send):
        self.asked += 1
        await asyncio.sleep(0)
        depends = (scope["root_path"], scope["path"], sorted(scope["headers"]))
        body = repr(depends).encode() + self.size * b" "
        headers = [(b"content-type", self.kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body[:9], "more_body": True})
        await send({"type": "http.response.body", "body": body[9:]})


def asked(app, *requests):
    """Answers to these requests, one after the other."""
    return [answer_of(app, scope_of(path, headers=headers)) for path, headers in requests]


@pytest.mark.parametrize(
    "path", ["/", "/config", "/assets/index-D1.js", "/static/img/logo.svg", "/theme.css"]
)
def test_what_is_the_same_for_all_is_made_once_and_sent_whole(path):
    app = App()
    alone = answer_of(App(), scope_of(path))
    first, second = asked(Remembered(app), (path, ()), (path, ()))
    assert app.asked == 1
    assert first == second
    assert second[2] == alone[2]


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/file=/tmp/photo.jpg", "/gradio_api/queue/data", "/gradio_api/heartbeat/a", "/assets"],
)
def test_what_belongs_to_one_visitor_is_never_remembered(path):
    app = App()
    asked(Remembered(app), (path, ()), (path, ()))
    assert app.asked == 2


@pytest.mark.parametrize(
    "header",
    [
        (b"host", b"elsewhere"),
        (b"x-forwarded-host", b"elsewhere"),
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-prefix", b"/demo"),
        (b"x-gradio-server", b"http://elsewhere"),
        (b"accept-language", b"de"),
    ],
)
def test_a_page_for_another_address_or_reader_is_another_page(header):
    app = App()
    _, other, again = asked(Remembered(app), ("/", ()), ("/", [header]), ("/", ()))
    assert app.asked == 2
    assert header[1] in other[2]
    assert header[1] not in again[2]


def test_clients_behind_a_proxy_are_sent_one_page():
    app = App()
    asked(Remembered(app), *(("/", [(b"x-forwarded-for", client)]) for client in (b"10.0.0.1", b"10.0.0.2")))
    assert app.asked == 1


def test_a_request_for_a_part_is_passed_on():
    app = App()
    asked(Remembered(app), ("/assets/a.js", ()), ("/assets/a.js", [(b"range", b"bytes=0-3")]))
    assert app.asked == 2


@pytest.mark.parametrize("app", [App(status=404), App(size=MOST_OF_ONE)])
def test_what_failed_or_is_large_is_made_anew(app):
    asked(Remembered(app), ("/", ()), ("/", ()))
    assert app.asked == 2


def test_text_is_compressed_for_those_who_take_that():
    app = App()
    plain, packed = asked(Remembered(app), ("/", ()), ("/", [GZIP]))
    assert b"content-encoding" not in plain[1]
    assert packed[1][b"content-encoding"] == b"gzip"
    assert packed[1][b"content-length"] == str(len(packed[2])).encode()
    assert gzip.decompress(packed[2]).startswith(b"('', '/'")


def test_only_files_that_are_named_by_their_content_may_be_kept_for_ever():
    page, file, font = asked(Remembered(App()), ("/", ()), ("/assets/a-1.js", ()), ("/static/a.woff2", ()))
    assert b"immutable" in file[1][b"cache-control"]
    assert b"cache-control" not in page[1] | font[1]


def test_many_at_once_are_sent_what_is_made_once():
    app = App()
    remembered = Remembered(app)
    bodies = []

    async def ask():
        sent = []

        async def send(message):
            sent.append(message)

        await remembered(scope_of("/"), receiving(b""), send)
        bodies.append(sent[1]["body"])

    async def all_at_once():
        await asyncio.gather(*[ask() for _ in range(20)])

    run(all_at_once())
    assert app.asked == 1
    assert len(bodies) == 20
    assert len(set(bodies)) == 1


def test_memory_has_an_end_and_what_was_sent_longest_ago_goes_first():
    app = App(size=1000)
    remembered = Remembered(app, most_bytes=2500)
    asked(remembered, ("/assets/1", ()), ("/assets/2", ()), ("/assets/1", ()), ("/assets/3", ()))
    assert app.asked == 3
    asked(remembered, ("/assets/1", ()))
    assert app.asked == 3
    asked(remembered, ("/assets/2", ()))
    assert app.asked == 4
