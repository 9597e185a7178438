"""What every answer says to the browser, and which answers scripts of other sites may read."""

import pytest
from asgi import answer_of, receiving, scope_of

from streetclip_demo.cli.options import read_options
from streetclip_demo.serve.doors import Doors
from streetclip_demo.serve.hosting import Hosting
from streetclip_demo.serve.known import Endpoint, Known
from streetclip_demo.serve.stopping import Stop

KNOWN = Known({1: 0}, {}, {"locate": Endpoint(("photo",), frozenset())}, frozenset())
ORIGIN = (b"origin", b"https://evil.example")


async def gradio_like(scope, receive, send):
    """Answers any site with leave to read, as Gradio's own middleware does."""
    origin = dict(scope["headers"]).get(b"origin")
    leave = [(b"access-control-allow-origin", origin), (b"access-control-allow-credentials", b"true")]
    await send({"type": "http.response.start", "status": 200, "headers": leave if origin else []})
    await send({"type": "http.response.body", "body": b"in"})


def headers(path="/", method="GET", ancestors="", more=()):
    """Status and headers of an answer."""
    scope = scope_of(path, method, headers=[*more, (b"content-type", b"application/json")])
    status, found, _ = answer_of(
        Doors(gradio_like, KNOWN, Stop(), Hosting(ancestors)), scope, receiving(b'{"data": [1]}')
    )
    return status, {name.decode(): value.decode() for name, value in found.items()}


def directives(policy):
    return dict(part.split(" ", 1) for part in policy.split("; "))


@pytest.mark.parametrize("path", ["/", "/config", "/nowhere", "/assets/a.js"])
def test_every_answer_has_them_also_a_refusal(path):
    _, found = headers(path)
    policy = directives(found["content-security-policy"])
    assert policy["default-src"] == policy["object-src"] == policy["script-src-attr"] == "'none'"
    assert policy["connect-src"] == "'self' data: blob:"
    assert policy["img-src"] == "'self' data: blob: https://tile.openstreetmap.org"
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "strict-origin-when-cross-origin"
    assert found["permissions-policy"].startswith("camera=(self), microphone=()")
    assert "x-frame-options" not in found


def test_each_start_of_the_server_has_another_name_in_all_its_answers():
    doors = [Doors(gradio_like, KNOWN, Stop(), Hosting()) for _ in range(2)]
    starts = [
        [
            dict(answer_of(one, scope_of(path, "GET"), receiving(b""))[1])[b"streetclip-start"]
            for path in ("/", "/config")
        ]
        for one in doors
    ]
    assert len(set(starts[0])) == len(set(starts[1])) == 1
    assert starts[0] != starts[1]


def test_any_page_may_frame_it_until_a_host_says_which():
    assert "frame-ancestors" not in headers()[1]["content-security-policy"]
    policy = headers(ancestors="https://example.org file:")[1]["content-security-policy"]
    assert directives(policy)["frame-ancestors"] == "https://example.org file:"


def test_the_option_and_the_environment_say_which(monkeypatch):
    assert read_options([]).frame_ancestors == ""
    monkeypatch.setenv("STREETCLIP_FRAME_ANCESTORS", "  https://*.example.org:8443   'self' ")
    assert read_options([]).frame_ancestors == "https://*.example.org:8443 'self'"
    assert read_options(["--frame-ancestors", "file:"]).frame_ancestors == "file:"


@pytest.mark.parametrize(
    "wrong", ["a; script-src *", "a, b", "'unsafe-inline'", "a\r\nx: y;", "https://ex ample;"]
)
def test_nothing_else_gets_into_the_policy(wrong, capsys):
    with pytest.raises(SystemExit) as stopped:
        read_options(["--frame-ancestors", wrong])
    assert stopped.value.code == 2
    assert "must be sites such as https://example.org, 'self' or file:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/config"),
        ("GET", "/gradio_api/info"),
        ("POST", "/gradio_api/call/locate"),
        ("GET", "/gradio_api/call/locate/0a"),
    ],
)
def test_scripts_of_any_site_may_use_the_public_endpoint_without_credentials(method, path):
    status, found = headers(path, method, more=[ORIGIN])
    assert (status, found["access-control-allow-origin"]) == (200, "*")
    assert "access-control-allow-credentials" not in found
    status, found = headers(
        path, "OPTIONS", more=[ORIGIN, (b"access-control-request-method", method.encode())]
    )
    assert (status, found["access-control-allow-origin"]) == (204, "*")
    assert found["access-control-allow-headers"] == "content-type"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/gradio_api/heartbeat/s"),
        ("POST", "/gradio_api/queue/join"),
        ("GET", "/assets/a.js"),
    ],
)
def test_no_other_answer_can_be_read_by_another_site(method, path):
    _, found = headers(path, method, more=[ORIGIN])
    assert not [name for name in found if name.startswith("access-control")]
    status, found = headers(
        path, "OPTIONS", more=[ORIGIN, (b"access-control-request-method", method.encode())]
    )
    assert status == 405
    assert not [name for name in found if name.startswith("access-control")]
