"""Whether another model fits into memory beside those that are there: measured, where the system tells. Loads none."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from streetclip_demo.checkpoints.cards import ModelCard

SPARE_BYTES = 700e6  # left free for photos, answers, and what a forward needs besides weights
STATED = {"MB": 1e6, "GB": 1e9}
WEIGHTS = ("*.safetensors", "*.bin")
CGROUPS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/memory"))

Bytes = Callable[[], float | None]  # None where the system does not tell


def available_bytes() -> float | None:
    """What a process can still have: of the machine, or of its container where that has less. Linux."""
    found = [_of_machine(), *map(_of_container, CGROUPS)]
    return min((size for size in found if size is not None), default=None)


def resident_bytes() -> float | None:
    """What this process has. Linux."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None


class Room:
    """What models have been seen to take. Safe to use from several threads, though two that load at once are one sum.

    Parameters
    ----------
    available, resident : callable
        As the functions above.
    """

    def __init__(self, available: Bytes = available_bytes, resident: Bytes = resident_bytes):
        self._available, self._resident = available, resident
        self._taken: dict[ModelCard, float] = {}

    def fits(self, card: ModelCard) -> bool:
        """Whether a model can be loaded now; also where the system does not tell, or the model's size is unknown."""
        available, needed = self._available(), self.needed(card)
        return available is None or needed is None or needed + SPARE_BYTES <= available

    def needed(self, card: ModelCard) -> float | None:
        """Bytes of a model's weights' files, or what loading it took, where that was seen to be more.

        Not what loading took alone: weights are read from their files when they are first computed with.
        """
        known = [size for size in (self._taken.get(card), weights_bytes(card)) if size is not None]
        return max(known, default=None)

    @contextmanager
    def measured(self, card: ModelCard) -> Iterator[None]:
        """Measure what loading a model takes."""
        before = self._resident()
        yield
        after = self._resident()
        if before is not None and after is not None:
            self._taken[card] = max(after - before, 1.0)


def weights_bytes(card: ModelCard) -> float | None:
    """Of a folder's weights, or as the hub's card says; None where neither is known."""
    if card.is_directory:
        folder = Path(card.source)
        sizes = (sum(path.stat().st_size for path in folder.glob(form)) for form in WEIGHTS)
        return next((float(size) for size in sizes if size), None)
    number, _, unit = card.size.rpartition(" ")
    with suppress(ValueError, KeyError):
        return float(number) * STATED[unit]
    return None


def _of_machine() -> float | None:
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _of_container(group: Path) -> float | None:
    """Its limit but for what it uses, of which pages of files can be given back."""
    for most, used in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
        with suppress(OSError, ValueError):  # there is none, or it is "max"
            limit = int((group / most).read_text())
            return max(limit - int((group / used).read_text()) + _of_files(group), 0)
    return None


def _of_files(group: Path) -> int:
    with suppress(OSError, ValueError):
        stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return int(stat.get("total_inactive_file", stat.get("inactive_file", 0)))
    return 0
