"""What a page has that a request may name: listeners, endpoints, components' functions, uploads. Knows no requests."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from streetclip_demo.page.frame.messages import MODEL_QUEUE


@dataclass(frozen=True)
class Endpoint:
    """A public endpoint's parameters, in order."""

    parameters: tuple[str, ...]
    required: frozenset[str]
    defaults: tuple[Any, ...] = ()  # of the last parameters


@dataclass(frozen=True)
class Known:
    """What may be named."""

    queued: Mapping[int, int]  # a listener that waits its turn: how many values it takes
    direct: Mapping[int, int]  # one that is answered at once; none of them uses the model or opens a photo
    endpoints: Mapping[str, Endpoint]
    server_functions: frozenset[tuple[int, str]]  # a component's id and the function's name
    claim_upload: Callable[[str], bool] = lambda name: (
        False
    )  # whether a name is one of an upload that is here
    asking: frozenset[int] = frozenset()  # listeners that use the model
    is_full: Callable[[], bool] = lambda: False  # whether as many questions wait as may


def known_of(page, claim_upload: Callable[[str], bool]) -> Known:
    """What a built `gr.Blocks` has, and the uploads that are here."""
    listeners = {number: one for number, one in page.fns.items() if one.fn is not None}
    return Known(
        queued={number: len(one.inputs) for number, one in listeners.items() if one.queue},
        direct={number: len(one.inputs) for number, one in listeners.items() if not one.queue},
        endpoints={
            one.api_name: _endpoint(one.fn) for one in listeners.values() if one.api_visibility == "public"
        },
        server_functions=frozenset(
            (number, function.__name__)
            for number, block in page.blocks.items()
            for function in getattr(block, "server_fns", ())
        ),
        asking=frozenset(number for number, one in listeners.items() if one.concurrency_id == MODEL_QUEUE),
        claim_upload=claim_upload,
        is_full=lambda: page._queue.max_size is not None and len(page._queue) >= page._queue.max_size,
    )


def _endpoint(function) -> Endpoint:
    parameters = inspect.signature(function).parameters.values()
    required = frozenset(one.name for one in parameters if one.default is one.empty)
    defaults = tuple(one.default for one in parameters if one.default is not one.empty)
    return Endpoint(tuple(one.name for one in parameters), required, defaults)
