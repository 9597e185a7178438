"""The outcomes of a list by Ray Data: actors that hold a model, on one machine or many. Ray is an optional requirement.

Paths go to the actors, where all machines see the same files, or the files' bytes, never pictures. Ray does again what
a lost worker had begun; rows come back in the list's order and are written by the machine that asks, as without Ray.
"""

import contextlib
import itertools
import logging
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from streetclip_demo.batch.listing import Listed
from streetclip_demo.errors import PhotoError, UserError
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.loading import Wanted, load_locator
from streetclip_demo.locate.locator import PageLocator
from streetclip_demo.own_files import ROOT
from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.photos.photo import Photo, read_source
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.surroundings import prepare

ROWS_AT_ONCE = 16  # that an actor gives back together
MOST_ROWS_A_BLOCK = 2_000  # that are done again where a worker is lost
BLOCKS_AN_ACTOR = 16  # at least, where the list is long enough: else some would wait for the last one


class Task(Protocol):
    """What is done with each photo; it and its outcomes can be pickled."""

    def outcomes(
        self,
        sources: Iterable,
        abouts: Iterable[str],
        open_photo: Callable[..., Photo],
        locator: PageLocator,
    ) -> Generator[Any, None, None]:
        """An outcome for each photo, in order; `abouts` says of each what else is known of it."""
        ...

    def unread(self, reason: str) -> Any:
        """The outcome of a photo whose file cannot be read."""
        ...


@dataclass(frozen=True)
class Work:
    """What each actor is told."""

    wanted: Wanted
    task: Task
    folder: str  # from which relative paths are meant


def ray_outcomes(
    photos: Iterable[Listed],
    count: int,
    work: Work,
    actors: int | None = None,
    sends_photos: bool = False,
    abouts: Iterable[str] = itertools.repeat(""),
) -> Generator[Any, None, None]:
    """The outcomes of the work's task, by the cluster that RAY_ADDRESS names, else by this machine.

    Parameters
    ----------
    photos : iterable of Listed
    count : int
        How many they are.
    work : Work
    actors : int, optional
        Models at work: by default one for each GPU, or without GPUs one for each machine.
    sends_photos : bool
        Whether this machine reads the files and sends them. Else each machine must find them at the same paths.
    abouts : iterable of str
        What the task is told of each photo.
    """
    if count == 0:
        return
    ray = _ray()
    with _connected(ray):
        actors, needs = _places(ray, actors)
        size = max(ROWS_AT_ONCE, min(MOST_ROWS_A_BLOCK, count // (actors * BLOCKS_AN_ACTOR)))
        dataset = ray.data.from_arrow_refs([ray.put(block) for block in _blocks(photos, abouts, size)])
        if sends_photos:
            dataset = dataset.map_batches(
                _read, batch_size=ROWS_AT_ONCE, num_cpus=0, **_here(ray, work.folder)
            )
        dataset = dataset.map_batches(
            Answering,
            fn_constructor_args=(work,),
            batch_size=None,
            compute=ray.data.ActorPoolStrategy(size=actors),
            **needs,
        )
        expected = itertools.count()
        for batch in dataset.iter_batches(batch_size=None, batch_format="pyarrow"):
            for row, told in zip(batch["row"].to_pylist(), batch["told"].to_pylist(), strict=True):
                if row != next(expected):
                    raise UserError(
                        f"Ray gave row {row} out of its order. The same command goes on from there."
                    )
                yield _outcome(told)


class Answering:
    """An actor: a model and what decodes photos for it. Rows go in, pickled outcomes come out."""

    def __init__(self, work: Work):
        self._work = work
        self._failed = ""
        _go_to(work.folder)
        try:
            prepare()
            self._decoding = DecodeWorkers(_own_cpus())
            self._locator = load_locator(work.wanted, Gazetteer.load(), practice_digests())
        except UserError as error:  # an actor that cannot be made would be made again and again
            self._failed = str(error)

    def __call__(self, block: dict) -> Iterator[dict]:
        rows, told = iter(block["row"].tolist()), self._told(block)
        while some := list(itertools.islice(told, ROWS_AT_ONCE)):
            yield {"row": list(itertools.islice(rows, len(some))), "told": some}

    def _told(self, block: dict) -> Iterator[bytes]:
        count, given = len(block["row"]), 0
        try:
            if self._failed:
                raise UserError(self._failed)
            task = self._work.task
            with _sources(block) as (sources, reasons):
                abouts = [one for one, reason in zip(block["about"], reasons, strict=True) if not reason]
                answered = task.outcomes(sources, abouts, self._decoding.open_photo, self._locator)
                with contextlib.closing(answered):
                    for reason in reasons:
                        yield pickle.dumps(task.unread(reason) if reason else next(answered))
                        given += 1
        except UserError as error:
            yield from [pickle.dumps(Failed(str(error)))] * (count - given)


@dataclass(frozen=True)
class Failed:
    """In an outcome's place: why there are no more."""

    reason: str


def _outcome(told: bytes) -> Any:
    found = pickle.loads(told)  # of our own actors, whose arguments Ray pickles too
    if isinstance(found, Failed):
        raise UserError(found.reason)
    return found


# What goes to the actors


def _blocks(photos: Iterable[Listed], abouts: Iterable[str], size: int) -> Iterator:
    """Tables of row numbers, from 0, paths as bytes (a path need not be text), and what else is known."""
    import pyarrow

    paths = (os.fsencode(photo.path) for photo in photos)
    numbered = zip(itertools.count(), paths, abouts, strict=False)  # the others have no end
    while some := list(itertools.islice(numbered, size)):
        rows, own_paths, own_abouts = zip(*some, strict=True)
        yield pyarrow.table(
            {
                "row": pyarrow.array(rows),
                "path": pyarrow.array(own_paths, pyarrow.binary()),
                "about": pyarrow.array(own_abouts, pyarrow.string()),
            }
        )


def _here(ray: ModuleType, folder: str) -> dict:
    """Options of a task that runs on this machine."""
    node = ray.get_runtime_context().get_node_id()
    return {"fn_kwargs": {"folder": folder}, "label_selector": {"ray.io/node-id": node}}


def _read(batch: dict, folder: str) -> dict:
    """Files' bytes beside their paths, or the reason why there are none."""
    _go_to(folder)
    data, reasons = [], []
    for path in batch["path"]:
        content, reason = b"", ""
        try:
            content, _ = read_source(os.fsdecode(path))
        except PhotoError as error:
            reason = str(error)
        data.append(content)
        reasons.append(reason)
    return batch | {"data": data, "reason": reasons}


@contextlib.contextmanager
def _sources(block: dict) -> Iterator[tuple[Iterable[str], list[str]]]:
    """Paths that can be opened here, and for each row the reason why it has none."""
    paths = [os.fsdecode(path) for path in block["path"]]
    if "data" not in block:
        yield paths, [""] * len(paths)
        return
    with tempfile.TemporaryDirectory() as folder:
        reasons = list(block["reason"])
        yield _files(folder, paths, block["data"], reasons), reasons


def _files(folder: str, paths: list[str], contents: Iterable[bytes], reasons: list[str]) -> Iterator[str]:
    """The bytes that came, as files with the names that they had, so that what is said of them is the same."""
    for number, (path, content, reason) in enumerate(zip(paths, contents, reasons, strict=True)):
        if not reason:
            own = Path(folder, str(number))
            own.mkdir()
            (own / Path(path).name).write_bytes(content)
            yield str(own / Path(path).name)


# Ray


def _ray() -> ModuleType:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent anywhere
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
        import ray.data
    except ImportError:
        raise UserError(
            "--engine ray needs Ray, which is not installed. Install it with `pip install -r requirements-ray.txt`, on"
            " each machine."
        ) from None
    return ray


@contextlib.contextmanager
def _connected(ray: ModuleType) -> Iterator[None]:
    was_connected = ray.is_initialized()
    if not was_connected:
        try:
            environment = {"env_vars": {"PYTHONPATH": str(ROOT)}}
            ray.init(log_to_driver=False, logging_level=logging.ERROR, runtime_env=environment)
        except (ConnectionError, ValueError, RuntimeError) as problem:
            raise UserError(f"Ray cannot be had: {problem}. See docs/scale.md.") from None
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        # Ray prints what became of lost workers on standard output, log_to_driver or not: there answers go
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except ray.exceptions.RayError as problem:
        raise UserError(f"Ray stopped: {str(problem).splitlines()[0]} The same command goes on.") from None
    finally:
        if not was_connected:
            ray.shutdown()


def _places(ray: ModuleType, actors: int | None) -> tuple[int, dict]:
    """How many actors, and what each needs of its machine."""
    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    gpus, cpus = ([int(node.get(kind, 0)) for node in alive] for kind in ("GPU", "CPU"))
    if sum(gpus):
        actors = actors or sum(gpus)
        return actors, {"num_gpus": sum(gpus) / max(actors, sum(gpus)), "num_cpus": 1}
    actors = actors or sum(count > 0 for count in cpus)
    return actors, {"num_cpus": max(1, sum(cpus) // actors)}


def _go_to(folder: str) -> None:
    with contextlib.suppress(OSError):  # then only whole paths are found here, and the others are reported
        os.chdir(folder)


def _own_cpus() -> int:
    import ray

    assigned: Callable = ray.get_runtime_context().get_assigned_resources
    return max(1, int(assigned().get("CPU", 1)))
