"""Who is remembered by the page, for how long, and that nobody can push out others."""

import asyncio
from types import SimpleNamespace

import gradio as gr
import pytest
from asgi import run

from streetclip_demo.page.frame.forgetful import MOST_UNREAD, ForgetfulPage
from streetclip_demo.page.frame.kept import Kept, Limits
from streetclip_demo.page.frame.living_pages import LivingPages

HERE = "10.0.0.1"


def request(session, client=HERE):
    return SimpleNamespace(session_hash=session, client=SimpleNamespace(host=client))


@pytest.fixture
def kept(clock):
    return Kept(Limits(grace_seconds=20, idle_seconds=600, most_visitors=3), clock)


def test_a_visitor_is_the_same_from_one_request_to_the_next(kept):
    kept.visitor(request("a")).uploads = 7
    assert kept.visitor(request("a")).uploads == 7
    assert kept.visitor(request("b")).uploads == 0


def test_a_request_without_a_session_leaves_nothing(kept):
    kept.visitor(request(None)).uploads = 7
    assert kept.visitor(request(None)).uploads == 0
    assert len(kept) == 0


def test_a_closed_page_is_forgotten_after_the_grace_and_not_before(kept, clock):
    kept.page_opened("a", HERE)
    clock.now = 5000  # it may stay open as long as it likes
    kept.sweep()
    assert "a" in kept
    kept.page_closed("a")
    clock.now += 19.9
    kept.sweep()
    assert "a" in kept
    clock.now += 0.1
    kept.sweep()
    assert "a" not in kept


def test_a_page_that_comes_back_within_the_grace_finds_everything(kept, clock):
    kept.page_opened("a", HERE)
    kept.visitor(request("a")).uploads = 7
    kept.page_closed("a")
    clock.now += 10
    kept.page_opened("a", HERE)
    clock.now += 1000
    kept.sweep()
    assert kept.visitor(request("a")).uploads == 7


def test_who_never_had_a_page_is_forgotten_when_idle(kept, clock):
    kept.visitor(request("program"))
    clock.now = 599
    kept.sweep()
    assert "program" in kept
    clock.now = 600
    kept.sweep()
    assert "program" not in kept


def test_requests_with_made_up_sessions_push_out_no_open_page(kept):
    kept.page_opened("page", HERE)
    kept.visitor(request("page")).uploads = 7
    for number in range(1000):
        kept.visitor(request(f"made-up-{number}", client="10.6.6.6"))
    assert kept.visitor(request("page")).uploads == 7
    assert len(kept) == 3


def test_one_client_with_many_pages_pushes_out_its_own(kept):
    kept.page_opened("first", HERE)
    kept.page_opened("second", "10.0.0.2")
    for number in range(1000):
        kept.page_opened(f"greedy-{number}", "10.6.6.6")
    assert "first" in kept
    assert "second" in kept
    assert "greedy-999" in kept
    assert len(kept) == 3


def test_a_visitor_who_finds_no_room_is_answered_all_the_same(kept):
    for number in range(3):
        kept.page_opened(f"page-{number}", f"10.0.0.{number}")
    kept.visitor(request("program")).uploads = 1
    assert "program" not in kept


# The connection that a page holds open


def test_a_page_is_open_while_its_heartbeat_is_and_then_it_is_forgotten(clock):
    kept = Kept(Limits(grace_seconds=0.04, idle_seconds=600), clock)
    seen, closed = [], asyncio.Event()

    async def server(scope, receive, send):
        seen.append(("a" in kept, scope["path"]))
        await closed.wait()
        raise ConnectionError  # as a server may end when a browser has gone

    def forget():
        clock.now += 1
        kept.sweep()
        return len(kept) > 0

    async def visit():
        app = LivingPages(server, kept, forget)
        scope = {"type": "http", "path": "/gradio_api/heartbeat/a", "client": (HERE, 1)}
        heartbeat = asyncio.create_task(app(scope, None, None))
        await asyncio.sleep(0.1)
        assert "a" in kept
        closed.set()
        with pytest.raises(ConnectionError):
            await heartbeat
        await asyncio.sleep(0.1)
        assert "a" not in kept

    run(visit())
    assert seen == [(True, "/gradio_api/heartbeat/a")]


def test_other_requests_open_no_page():
    kept = Kept()

    async def server(scope, receive, send):
        pass

    async def visit():
        app = LivingPages(server, kept, lambda: False)
        for path in ("/", "/gradio_api/queue/join", "/heartbeats"):
            await app({"type": "http", "path": path, "client": (HERE, 1)}, None, None)
        await app({"type": "lifespan"}, None, None)

    run(visit())
    assert len(kept) == 0


# What is queued for who reads nothing


def test_of_a_session_that_is_far_behind_nothing_more_is_answered():
    """Gradio would look for where its answers go, and write a traceback for each."""
    with ForgetfulPage() as page:
        gr.Button().click(lambda: None)
    page.kept = Kept()
    page.queue()
    queue, event = page._queue, SimpleNamespace(session_hash="slow", alive=True, _id="e")
    queue.event_ids_to_events["e"] = event
    queue.pending_messages_per_session["slow"] = SimpleNamespace(qsize=lambda: MOST_UNREAD + 1)
    page.drop_unread()
    assert "slow" not in queue.pending_messages_per_session
    queue.send_message(event, None)
