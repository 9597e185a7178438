"""A look through everything that this process holds: for byte sequences that should be there, or not any more."""

import gc
import json
import os
import traceback

import numpy as np
from PIL import Image


def found(marks: dict[str, bytes]) -> dict[str, list[str]]:
    """For each mark, the types of the objects that hold it; marks that nothing holds are left out.

    Looks into bytes, bytearrays, memoryviews, texts, arrays and pictures, wherever they are reached from, also from
    what was put out of the garbage collector's sight. It walks in a fork, in which nothing else runs: a server at work
    on whose every object somebody holds on for seconds may end of it, as under Python 3.12.
    """
    gc.collect()
    reading, writing = os.pipe()
    # One call each, in which no other thread runs. The fork has no other threads, and loses what was theirs alone, so
    # what the objects refer to is held as well.
    things = gc.get_objects()
    things += gc.get_referents(*things)
    child = os.fork()
    if child == 0:
        _tell(writing, marks, things)
    del things
    os.close(writing)
    with os.fdopen(reading) as answer:
        told = answer.read()
    os.waitpid(child, 0)
    return json.loads(told)


def _tell(writing: int, marks: dict[str, bytes], things: list[object]) -> None:
    """In the fork: the answer, and the end."""
    gc.disable()
    gc.unfreeze()  # here alone: a server under Python 3.12.1 was seen not to come back from its next collection
    things += gc.get_objects()
    try:
        with os.fdopen(writing, "w") as answer:
            json.dump(_holders(marks, things), answer)
    except BaseException:  # noqa: BLE001 - whoever asked has no answer then
        traceback.print_exc()
    finally:
        os._exit(0)


def _holders(marks: dict[str, bytes], things: list[object]) -> dict[str, list[str]]:
    holders: dict[str, set[str]] = {}
    own = {id(mark) for mark in marks.values()}
    shortest = min(map(len, marks.values()))
    for thing in _everything(things):
        held = _held(thing, shortest) if id(thing) not in own else None
        for name in [name for name, mark in marks.items() if held is not None and mark in held]:
            holders.setdefault(name, set()).add(type(thing).__name__)
    return {name: sorted(types) for name, types in holders.items()}


def _everything(roots: list[object]) -> list[object]:
    """Each thing once, with all that can be reached from it."""
    seen: set[int] = set()
    things: list[object] = []

    def add(others: list[object]) -> None:
        for other in others:
            if id(other) not in seen and other is not things and other is not seen and other is not roots:
                seen.add(id(other))
                things.append(other)

    add(roots)
    for thing in things:  # it grows meanwhile: what the garbage collector does not track is only referred to
        add(gc.get_referents(thing))
    return things


def _held(thing: object, shortest: int) -> bytes | None:
    """What an object holds, as bytes; None where it is no holder of bytes, or of too few for the shortest mark."""
    kind = type(thing)  # not isinstance, which asks proxies what they stand for
    if issubclass(kind, bytes | bytearray):
        return thing
    if issubclass(kind, str):
        return thing.encode("utf-8", "replace") if 4 * len(thing) >= shortest else None
    if issubclass(kind, memoryview):
        return thing.tobytes()
    if issubclass(kind, np.ndarray):
        return np.asarray(thing).tobytes() if thing.dtype != object else None  # also of a masked one
    if issubclass(kind, Image.Image) and thing._im is not None:
        return thing.tobytes()
    return None
