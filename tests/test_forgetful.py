"""Gradio with nothing to remember: no value of a listener stays, and nothing waits for ever to be fetched."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest
from gradio.state_holder import SessionState

from streetclip_demo.page.frame.forgetful import MOST_UNREAD, ForgetfulPage

SECRET = "the-street-where-Ada-lives"
TESTS = Path(__file__).parent
WALK = """
import sys
from memory_walk import found
secret = sys.argv[1]
more = {"more": secret[4:].encode() + b" and more"}
held = {"somewhere": [secret + " and more"]}
print(found({"secret": secret.encode()}), found(more))
held.clear()
print(found(more))
"""


def shouting(kind):
    """A page of a kind with one listener that repeats a text louder."""
    with kind() as page:
        heard, said = gr.Textbox(), gr.Textbox()
        heard.submit(lambda words: words.upper(), heard, said, api_name="shout")
    return page


def state_after_a_call(page):
    """What Gradio keeps for a session when its listener has answered with a secret."""
    (listener,) = page.fns.values()
    state = SessionState(page)

    async def call():
        await page.preprocess_data(listener, [SECRET], state)
        return await page.postprocess_data(listener, SECRET.upper(), state)

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, call()).result() == [SECRET.upper()]
    return str(state.config_values)


def test_neither_what_a_listener_got_nor_what_it_gave_is_kept():
    assert SECRET not in state_after_a_call(shouting(ForgetfulPage))
    assert SECRET.upper() not in state_after_a_call(shouting(ForgetfulPage))


@pytest.mark.parametrize("skipped", [(), (0,), (1,), (0, 2), (0, 1, 2)])
def test_what_is_skipped_leaves_the_others_as_gradio_sends_them(skipped):
    def answers(kind):
        with kind() as page:
            outputs = [gr.Textbox(), gr.Button(), gr.HTML()]
            page.load(lambda: None, None, outputs)
        (listener,) = page.fns.values()
        given = [
            gr.skip() if i in skipped else one for i, one in enumerate(["a", gr.update(visible=False), "b"])
        ]
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(
                asyncio.run, page.postprocess_data(listener, given, SessionState(page))
            ).result()

    of_gradio = answers(gr.Blocks)
    assert answers(ForgetfulPage) == [gr.skip() if i in skipped else of_gradio[i] for i in range(3)]


def test_gradios_own_blocks_keep_both():
    """So that the test above can fail."""
    assert SECRET in state_after_a_call(shouting(gr.Blocks))
    assert SECRET.upper() in state_after_a_call(shouting(gr.Blocks))


def test_an_update_of_properties_is_sent_and_not_kept():
    page = shouting(ForgetfulPage)
    (listener,) = page.fns.values()
    state = SessionState(page)
    before = dict(state.blocks_config.blocks)

    async def call():
        return await page.postprocess_data(listener, gr.Textbox(SECRET, label="new"), state)

    with ThreadPoolExecutor(1) as thread:
        (update,) = thread.submit(asyncio.run, call()).result()
    assert (update["value"], update["label"]) == (SECRET, "new")
    assert state.blocks_config.blocks == before


def test_a_served_page_makes_no_session_of_a_request():
    page = shouting(ForgetfulPage)
    page.kept = set()
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True)
    try:
        for number in range(20):
            body = {"data": ["hush"], "session_hash": f"made-up-{number}"}
            answer = httpx.post(f"{url}gradio_api/run/shout", json=body, timeout=30)
            assert answer.json()["data"] == ["HUSH"]
        assert len(page.state_holder.session_data) == 0
        assert len(page.state_holder.time_last_used) == 0
    finally:
        page.close(verbose=False)


@pytest.fixture
def queue():
    """A queue in which a kept session, one with work to do, an idle one and one that never reads have messages."""
    names = ("kept", "working", "idle", "never-reads")
    unread = {
        name: SimpleNamespace(qsize=lambda name=name: 1 + MOST_UNREAD * (name == "never-reads"))
        for name in names
    }
    return SimpleNamespace(
        pending_event_ids_session={"kept": set(), "working": {"now"}, "idle": {"done"}, "never-reads": set()},
        event_ids_to_events={"now": SimpleNamespace(session_hash="working", alive=True)},
        pending_messages_per_session=unread,
    )


def test_messages_that_nobody_will_fetch_are_let_go_of(queue):
    page = shouting(ForgetfulPage)
    page._queue, page.kept = queue, {"kept", "never-reads"}
    assert page.drop_unread()
    assert set(queue.pending_messages_per_session) == {"kept", "working", "idle"}  # it may yet be on its way
    page.drop_unread()
    assert set(queue.pending_messages_per_session) == {"kept", "working"}
    assert set(queue.pending_event_ids_session) == {"kept", "working"}


def test_the_walk_through_memory_finds_what_is_held_and_not_what_was():
    """In a process of its own, in which little lies about."""
    done = subprocess.run([sys.executable, "-c", WALK, SECRET], cwd=TESTS, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("{'secret': ['str']} {'more': ['str']}\n{}\n", "")
