"""Gradio, with nothing to remember: what listeners got and gave is not kept for their session.

Gradio keeps for each session the last value of every component, such as the picture and the map, a copy of each
component that was ever updated, and what nobody has fetched, until hundreds of newer sessions have come. This page has
no use for any of it: what it remembers of visitors is in kept.py.
"""

import copy
from collections import OrderedDict
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.listening import ListeningBlocks
from streetclip_demo.page.frame.provided import Services

MOST_UNREAD = 200  # messages of a session that wait for their reader; a browser reads at once


class ForgetfulPage(ListeningBlocks):
    """Blocks without a memory of their own; to be built without gr.State."""

    kept: Kept  # sessions whose page is open
    services: Services  # what it was built around
    _idle_before: frozenset[str] | set[str] = (
        frozenset()
    )  # sessions that had nothing running at the last look

    async def preprocess_data(self, block_fn, inputs, state, explicit_call=False):
        return await super().preprocess_data(block_fn, inputs, _Passing(self), explicit_call)

    async def postprocess_data(self, block_fn, predictions, state):
        """As Gradio does; it is not asked for outputs that are skipped, for which it would make new components."""
        passing: Any = _Passing(self)
        is_list = isinstance(predictions, list | tuple) and len(predictions) == len(block_fn.outputs) > 1
        told = (
            [number for number, value in enumerate(predictions) if not _is_skipped(value)] if is_list else []
        )
        if not is_list or len(told) == len(predictions):
            return await super().postprocess_data(block_fn, predictions, passing)
        part = copy.copy(block_fn)
        part.outputs = [block_fn.outputs[number] for number in told]
        values = [predictions[number] for number in told]
        given = values[0] if len(values) == 1 else values
        sent = await super().postprocess_data(part, given, passing) if told else []
        by_number = dict(zip(told, sent, strict=True))
        return [by_number.get(number, gr.skip()) for number in range(len(predictions))]

    @property
    def state_holder(self) -> StateHolder:
        return self._state_holder

    @state_holder.setter
    def state_holder(self, holder: StateHolder) -> None:
        """Gradio's server brings its own holder when it starts; it is told that every session is one and the same."""
        holder.session_data = _OneForAll(SessionState(self))
        holder.time_last_used = _NoTimes()
        self._state_holder = holder

    def drop_unread(self) -> bool:
        """Let go of what is queued for sessions that nobody will fetch: of those not kept, or far behind.

        To be called now and then, again if it says so. A session that is not kept has until the second call after
        its last answer.
        """
        queue = self._queue
        idle = {
            session
            for session, asked in queue.pending_event_ids_session.items()
            if session not in self.kept and not any(event in queue.event_ids_to_events for event in asked)
        }
        messages = queue.pending_messages_per_session
        behind = {session for session, unread in messages.items() if unread.qsize() > MOST_UNREAD}
        for event in list(queue.event_ids_to_events.values()):
            if event.session_hash in behind:
                event.alive = (
                    False  # Gradio would look for somewhere to put its answer, and log that there is none
                )
        for session in (idle & self._idle_before) | behind:
            messages.pop(session, None)
            queue.pending_event_ids_session.pop(session, None)
        self._idle_before = idle
        return bool(idle)


def _is_skipped(value: object) -> bool:
    return isinstance(value, dict) and value == gr.skip()


class _Passing:
    """Stands for a session's state during one call: components that the call updates are kept until its end."""

    def __init__(self, page: gr.Blocks):
        self._blocks = page.default_config.blocks
        self._updated: dict[int, object] = {}

    def __contains__(self, key: int) -> bool:
        return key in self._updated or key in self._blocks

    def __getitem__(self, key: int):
        return self._updated.get(key) or self._blocks[key]

    def get(self, key: int, default=None):
        return self._updated.get(key) or self._blocks.get(key, default)

    def __setitem__(self, key: int, block) -> None:
        self._updated[key] = block

    def _update_config(self, key: int) -> None:
        """Gradio's own would keep the component's properties."""

    def _update_value_in_config(self, key: int, value) -> None:
        """Gradio's own would keep the value."""


class _OneForAll(OrderedDict):
    """Sessions by name, as Gradio looks them up; it is always the same one, and none is ever added."""

    def __init__(self, session: SessionState):
        super().__init__()
        self._session = session

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> SessionState:
        return self._session

    def move_to_end(self, name: str, last: bool = True) -> None:
        """There is no order."""


class _NoTimes(dict):
    """When each session was last used, which nobody asks."""

    def __setitem__(self, name: str, time: object) -> None:
        pass
