"""Which requests are let in: the routes that the page, slides and Gradio's clients use, and what they may name."""

import pytest
from asgi import scope_of

from streetclip_demo.serve.known import Endpoint, Known
from streetclip_demo.serve.refusal import Refused
from streetclip_demo.serve.routes import find_route, path_of

KNOWN = Known({1: 2}, {2: 1}, {"locate": Endpoint(("photo", "labels"), frozenset({"photo"}))}, frozenset())


def refusal(path, method="GET", query=b"", **more):
    with pytest.raises(Refused) as refused:
        find_route(scope_of(path, method, query, **more), KNOWN)
    return refused.value.refusal


@pytest.mark.parametrize(
    ("method", "path", "query", "kind"),
    [
        ("GET", "/", b"lang=de&embed=1", "page"),
        ("HEAD", "/", b"", "page"),
        ("GET", "/config", b"", "page"),
        ("GET", "/gradio_api/info", b"all_endpoints=True", "page"),
        ("GET", "/assets/index-D_a-1.js", b"", "file"),
        ("GET", "/static/fonts/IBMPlexSans/IBMPlexSans-Bold.woff2", b"", "file"),
        ("GET", "/theme.css", b"v=1", "file"),
        ("GET", "/gradio_api/queue/data", b"session_hash=hiyv3xdpnub", "stream"),
        ("GET", "/gradio_api/heartbeat/hiyv3xdpnub", b"", "stream"),
        ("GET", "/gradio_api/call/locate/0123abcd", b"", "stream"),
        ("POST", "/gradio_api/run/predict", b"", "call"),
        ("POST", "/gradio_api/run/predict/", b"", "call"),
        ("POST", "/gradio_api/queue/join", b"__theme=light", "call"),
        ("POST", "/gradio_api/call/locate", b"", "call"),
        ("POST", "/gradio_api/call/v2/locate", b"", "call"),
        ("POST", "/gradio_api/component_server/", b"", "call"),
        ("POST", "/gradio_api/upload", b"upload_id=ab12", "upload"),
    ],
)
def test_what_is_used_is_open_also_under_a_path(method, path, query, kind):
    for root_path in ("", "/demo"):
        assert find_route(scope_of(path, method, query, root_path=root_path), KNOWN).kind == kind


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/deep_link"),
        ("POST", "/gradio_api/process_recording"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("GET", "/gradio_api/proxy=https://example.org/"),
        ("GET", "/gradio_api/file=https://example.org/a.png"),
        ("GET", "/gradio_api/file=relative.png"),
        ("GET", "/gradio_api/file/etc/passwd"),
        ("GET", "/file=/etc/passwd"),
        ("POST", "/gradio_api/run/locate"),
        ("POST", "/gradio_api/api/predict"),
        ("POST", "/gradio_api/api/locate"),
        ("GET", "/gradio_api/runs"),
        ("POST", "/gradio_api/run-history/connect"),
        ("GET", "/gradio_api/dev/reload"),
        ("GET", "/gradio_api/custom_component/a/client/b/c.js"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/gradio_api/vibe-code"),
        ("GET", "/gradio_api/profiling/traces"),
        ("POST", "/gradio_api/stream/abc"),
        ("GET", "/gradio_api/stream/a/b/c/playlist.m3u8"),
        ("GET", "/gradio_api/queue/status"),
        ("GET", "/gradio_api/user"),
        ("GET", "/gradio_api/token"),
        ("GET", "/gradio_api/login_check"),
        ("GET", "/gradio_api/mcp/schema"),
        ("GET", "/gradio_api/openapi.json"),
        ("POST", "/login"),
        ("GET", "/logout"),
        ("GET", "/svelte/x.js"),
        ("GET", "/pwa_icon"),
        ("GET", "/docs"),
        ("GET", "/nowhere"),
        ("GET", "//"),
        ("GET", "/assets/"),
        ("GET", "/assets/../app.py"),
        ("GET", "/assets/.hidden"),
        ("GET", "/assets/a\x00b.js"),
        ("GET", "/assets/" + 300 * "a"),
        ("GET", "/static/a//b"),
        ("GET", "/config\n"),
    ],
)
def test_all_else_is_closed_and_says_so_in_one_sentence(method, path):
    refused = refusal(path, method)
    assert refused.status == 404
    assert refused.sentence == "There is no such page here. The demo is at the root of this address."


@pytest.mark.parametrize("query", [b"page=secret", b"page=a&page=", b"deep_link=abc", b"lang=de&page=%00"])
@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info"])
def test_a_page_that_is_not_there_is_a_404(path, query):
    assert refusal(path, query=query).status == 404


def test_a_wrong_method_is_told_which_ones_there_are():
    refused = refusal("/gradio_api/call/locate", "DELETE")
    assert (refused.status, refused.headers) == (405, ((b"allow", b"POST"),))
    assert refusal("/", "OPTIONS").headers == ((b"allow", b"GET, HEAD"),)


@pytest.mark.parametrize(
    "path", ["/gradio_api/call/open_page", "/gradio_api/call/v2/nothing", "/gradio_api/call/v2"]
)
def test_only_public_endpoints_are_called_by_name(path):
    refused = refusal(path, "POST")
    assert (refused.status, "no public endpoint" in refused.sentence) == (404, True)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/gradio_api/queue/data", b""),
        ("/gradio_api/queue/data", b"session_hash="),
        ("/gradio_api/queue/data", b"session_hash=a%0Ab"),
        ("/gradio_api/queue/data", b"session_hash=a&session_hash=b"),
        ("/gradio_api/queue/data", b"session_hash=" + 65 * b"a"),
        ("/gradio_api/upload_progress", b"upload_id=../x"),
        ("/gradio_api/upload_progress", b"session_hash=a"),
    ],
)
def test_ids_are_given_and_plain(path, query):
    assert refusal(path, query=query).status == 400


def test_an_address_and_headers_have_a_most_of_bytes():
    assert find_route(scope_of("/", query=b"labels=" + 8000 * b"a"), KNOWN)  # the longest that the page reads
    assert refusal("/", query=16_400 * b"a").status == 414
    assert refusal("/", headers=[(b"cookie", 33_000 * b"a")]).status == 431


@pytest.mark.parametrize(
    ("root_path", "path", "below"),
    [("", "/", "/"), ("/demo", "/config", "/config"), ("/demo", "/", "/"), ("", "/config/", "/config")],
)
def test_a_path_is_that_below_the_root(root_path, path, below):
    assert path_of(scope_of(path, root_path=root_path)) == below


def test_a_proxy_may_have_taken_the_root_off():
    assert path_of(scope_of("/config") | {"root_path": "/demo"}) == "/config"
    assert path_of(scope_of("/demonstration") | {"root_path": "/demo"}) == "/demonstration"
