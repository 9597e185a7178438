"""What Prometheus may ask: how many requests, how long they took, what waits, what memory is used.

Labels are words of this file and of the routes. None is a visitor's: no name, no label, no address.
"""

import functools
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.core import CounterMetricFamily, InfoMetricFamily, Metric

from streetclip_demo.errors import NobodyWaits, UserError, complain
from streetclip_demo.locate.library import ModelState
from streetclip_demo.page.frame.provided import Other, Services
from streetclip_demo.serve.hosting import Answered

SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)  # upper ends of the histograms' parts
Answer = TypeVar("Answer")
Step = TypeVar("Step")
RESULTS = {0: "left", 2: "ok", 3: "ok", 4: "refused", 5: "failed"}  # by a status' first digit


class Metrics:
    """The counts of one app."""

    def __init__(
        self,
        model_states: Callable[[], Sequence[ModelState]],
        captions_from: Callable[[], Mapping[str, int]],
    ):
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # its memory, processor time and open files
        self.registry.register(_Asked(model_states, captions_from))
        counted = functools.partial(Counter, registry=self.registry)
        timed = functools.partial(Histogram, registry=self.registry, buckets=SECONDS)
        self._requests = counted(
            "streetclip_requests", "Requests by kind of route and result.", ["kind", "result"]
        )
        self._request_seconds = timed(
            "streetclip_request_seconds", "From a request to the end of its answer.", ["kind"]
        )
        self._answers = counted("streetclip_answers", "Questions that a model was asked.", ["kind", "result"])
        self._answer_seconds = timed(
            "streetclip_answer_seconds", "One question, without its wait in the queue.", ["kind"]
        )
        self._photos = counted(
            "streetclip_photos", "Photos that visitors sent and that were decoded.", ["result"]
        )
        self._photo_seconds = timed(
            "streetclip_photo_seconds", "Decoding one photo, its wait for a turn included."
        )

    def observe(self, done: Answered) -> None:
        """Count a request that is over."""
        result = "limited" if done.status == 429 else RESULTS.get(done.status // 100, "ok")
        self._requests.labels(done.kind, result).inc()
        self._request_seconds.labels(done.kind).observe(done.seconds)

    def measured(self, services: Services) -> Services:
        """The same services, counted and timed."""

        def open_photo(source):
            with _Timed(self._photos.labels, self._photo_seconds):
                return services.open_photo(source)

        def others() -> Iterator[Other]:
            for other in services.others:
                yield replace(
                    other,
                    locate=self._counted("other model", other.locate),
                    explain=self._counted("explanation", other.explain),
                    sweep=self._counted_steps("sweep", other.sweep),
                )

        query = services.locate_query
        return replace(
            services,
            open_photo=open_photo,
            locate=self._counted("place", services.locate),
            locate_query=query and self._counted("sentence", query),
            ask_captions=self._counted("clues", services.ask_captions),
            explain=self._counted("explanation", services.explain),
            sweep=self._counted_steps("sweep", services.sweep),
            others=tuple(others()),
        )

    def _counted(self, kind: str, ask: Callable[..., Answer]) -> Callable[..., Answer]:
        """The same question, counted and timed."""

        def asked(*about):
            with self._timed(kind):
                return ask(*about)

        return asked

    def _counted_steps(self, kind: str, ask: Callable[..., Iterator[Step]]) -> Callable[..., Iterator[Step]]:
        """The same of what is answered step by step; its end is the last step, or that nobody asks for the next."""

        def asked(*about):
            with self._timed(kind):
                yield from ask(*about)

        return asked

    def _timed(self, kind: str) -> "_Timed":
        return _Timed(functools.partial(self._answers.labels, kind), self._answer_seconds.labels(kind))

    def watch(self, page) -> None:
        """Tell what waits and who is here at the moment of asking."""
        gauge = functools.partial(Gauge, registry=self.registry)
        gauge("streetclip_queue_length", "Questions that wait for their turn.").set_function(
            lambda: len(page._queue)
        )
        gauge("streetclip_visitors", "Visitors that are remembered.").set_function(lambda: len(page.kept))
        rooms = page.services.rooms
        gauge("streetclip_rooms", "Rooms of classes that are open.").set_function(lambda: len(rooms))


def serve_metrics(metrics: Metrics, where: tuple[str, int] | None) -> None:
    """Answer Prometheus at a host's port, in a thread; exits with 2 where the port cannot be had."""
    if where is None:
        return
    host, port = where
    try:
        start_http_server(port, host, metrics.registry)
    except OSError as problem:
        sentence = (
            f"Metrics cannot be served at {host}:{port}: {problem.strerror}."
            " Choose another --metrics-port, or end the program that has it."
        )
        sys.exit(complain(UserError(sentence)))


class _Timed:
    """Counts what its block does by how it ends, and times what it did."""

    def __init__(self, counter: Callable[[str], Counter], seconds: Histogram):
        self._counter, self._seconds = counter, seconds  # the counter of a result

    def __enter__(self) -> None:
        self._begun = time.monotonic()

    def __exit__(self, kind, error, frames) -> Literal[False]:
        self._counter(_result(error)).inc()
        self._seconds.observe(time.monotonic() - self._begun)
        return False


def _result(error: BaseException | None) -> str:
    if error is None:
        return "ok"
    if isinstance(error, NobodyWaits | GeneratorExit):
        return "left"
    return "refused" if isinstance(error, UserError) else "failed"


class _Asked:
    """What is known elsewhere, read when it is asked for."""

    def __init__(
        self,
        model_states: Callable[[], Sequence[ModelState]],
        captions_from: Callable[[], Mapping[str, int]],
    ):
        self._model_states, self._captions_from = model_states, captions_from

    def collect(self) -> Iterator[Metric]:
        models = InfoMetricFamily(
            "streetclip_model", "The models that the page offers; its own first.", labels=[]
        )
        for state in self._model_states():
            models.add_metric([], _about(state))
        yield models
        captions = CounterMetricFamily(
            "streetclip_captions", "Captions by where their embedding came from.", labels=["source"]
        )
        for source, count in self._captions_from().items():
            captions.add_metric([source], count)
        yield captions


def _about(state: ModelState) -> dict[str, str]:
    stage = "ready" if state.ready else "none" if state.problem else "loading"
    return {"model": state.title, "revision": state.revision, "state": stage}
