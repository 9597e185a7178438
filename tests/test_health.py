"""Whether the process lives, and whether it can answer, as a container's keeper asks it."""

import asyncio
import json
import threading

import pytest
from asgi import answer_of, scope_of
from starlette.concurrency import run_in_threadpool

from streetclip_demo.locate.library import ModelState
from streetclip_demo.serve.doors import Doors
from streetclip_demo.serve.hosting import Hosting
from streetclip_demo.serve.known import Known
from streetclip_demo.serve.stopping import Stop

LOADING = ModelState("StreetCLIP", stage="download", done=0.25)
READY = ModelState("StreetCLIP", "e3561ba2ad9b", ready=True)
STANDS_IN = ModelState("Practice model", "sha256:1", is_practice=True, ready=True, reason="The hub is away.")
NONE = ModelState("StreetCLIP", problem="There is no such folder.")


async def stuck(scope, receive, send):
    raise AssertionError("the app below was asked")


@pytest.fixture
def stop():
    return Stop()


def asked(path, state, stop, method="GET", root_path=""):
    app = Doors(stuck, Known({}, {}, {}, frozenset()), stop, Hosting(model_state=lambda: state))
    status, headers, body = answer_of(app, scope_of(path, method, root_path=root_path))
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"cache-control"] == b"no-store"
    return status, json.loads(body) if body else None


@pytest.mark.parametrize("state", [LOADING, READY, NONE])
def test_the_process_lives_whatever_the_model_does(state, stop):
    assert asked("/healthz", state, stop) == (200, {"alive": True})


@pytest.mark.parametrize(
    ("state", "status", "said"),
    [
        (
            LOADING,
            503,
            {"ready": False, "reason": "loading", "model": "StreetCLIP", "stage": "download", "done": 0.25},
        ),
        (NONE, 503, {"ready": False, "reason": "no model", "detail": "There is no such folder."}),
        (READY, 200, {"ready": True, "model": "StreetCLIP", "revision": "e3561ba2ad9b"}),
        (
            STANDS_IN,
            200,
            {"ready": True, "model": "Practice model", "revision": "sha256:1", "instead": "The hub is away."},
        ),
    ],
)
def test_it_is_ready_when_there_is_a_model(state, status, said, stop):
    assert asked("/readyz", state, stop) == (status, said)


def test_who_stops_lives_but_is_not_ready(stop):
    stop.finish(seconds=0)
    assert asked("/healthz", READY, stop)[0] == 200
    assert asked("/readyz", READY, stop) == (503, {"ready": False, "reason": "stopping"})


def test_both_are_there_under_a_path_and_for_who_wants_no_body(stop):
    assert asked("/readyz", READY, stop, root_path="/demo")[0] == 200
    assert asked("/healthz", READY, stop, method="HEAD") == (200, None)


def test_both_answer_while_every_thread_is_at_work(stop):
    """Neither takes a thread: whoever holds them all holds up no look at the app."""
    held = threading.Event()

    async def busy(scope, receive, send):
        waiting = [asyncio.ensure_future(run_in_threadpool(held.wait)) for _ in range(100)]  # there are 40
        await asyncio.sleep(0.05)
        app = Doors(stuck, Known({}, {}, {}, frozenset()), stop, Hosting(model_state=lambda: READY))
        await app({**scope, "path": "/readyz"}, receive, send)
        held.set()
        await asyncio.gather(*waiting)

    assert answer_of(busy, scope_of("/"))[0] == 200
