"""A look through everything that this process holds: for byte sequences that should be there, or not any more."""

import gc
import sys

import numpy as np
from PIL import Image


def found(marks: dict[str, bytes]) -> dict[str, list[str]]:
    """For each mark, the types of the objects that hold it; marks that nothing holds are left out.

    Looks into bytes, bytearrays, memoryviews, texts, arrays and pictures, wherever they are reached from, also from
    what was put out of the garbage collector's sight and from running functions.
    """
    holders: dict[str, set[str]] = {}
    own = {id(mark) for mark in marks.values()}
    for thing in _everything():
        held = _held(thing) if id(thing) not in own else None
        for name in [name for name, mark in marks.items() if held is not None and mark in held]:
            holders.setdefault(name, set()).add(type(thing).__name__)
    return {name: sorted(types) for name, types in holders.items()}


def _everything() -> list[object]:
    gc.unfreeze()
    gc.collect()
    things = [*gc.get_objects(), *sys._current_frames().values()]
    seen = set(map(id, things))
    for thing in things:  # it grows meanwhile: what the garbage collector does not track is only referred to
        for other in gc.get_referents(thing):
            if id(other) not in seen and other is not things and other is not seen:
                seen.add(id(other))
                things.append(other)
    return things


def _held(thing: object) -> bytes | None:
    """What an object holds, as bytes; None where it is no holder of bytes."""
    kind = type(thing)  # not isinstance, which asks proxies what they stand for
    if issubclass(kind, bytes | bytearray):
        return thing
    if issubclass(kind, str):
        return thing.encode("utf-8", "replace")
    if issubclass(kind, memoryview):
        return thing.tobytes()
    if issubclass(kind, np.ndarray):
        return np.asarray(thing).tobytes() if thing.dtype != object else None  # also of a masked one
    if issubclass(kind, Image.Image) and thing._im is not None:
        return thing.tobytes()
    return None
