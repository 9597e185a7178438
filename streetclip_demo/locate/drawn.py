"""The practice model kept honest: it has only seen drawings, so it answers for no photograph unless asked anyway."""

import functools
import threading
from collections.abc import Iterable

from streetclip_demo.checkpoints.cards import MODELS, ModelCard
from streetclip_demo.own_files import ASSETS, own_json

MOST_KNOWN = 10_000  # drawings that are remembered: 2 MB


class KnownDrawings:
    """Digests of drawn scenes, which the practice model may locate: those that ship, and the last that were drawn."""

    def __init__(self, shipped: Iterable[str] = ()):
        self._shipped = frozenset(shipped)
        self._drawn: dict[str, None] = {}  # in the order of drawing
        self._lock = threading.Lock()

    def add(self, digest: str) -> None:
        """Remember one that was drawn just now; the oldest is forgotten for it if there are many."""
        with self._lock:
            self._drawn.pop(digest, None)
            self._drawn[digest] = None
            if len(self._drawn) > MOST_KNOWN:
                del self._drawn[next(iter(self._drawn))]

    def __contains__(self, digest: str) -> bool:
        return digest in self._shipped or digest in self._drawn


@functools.cache
def practice_digests() -> frozenset[str]:
    """Digests of the scenes that ship in assets/examples."""
    path = ASSETS / "examples" / "manifest.json"
    return own_json(path, lambda scenes: frozenset(scene["digest"] for scene in scenes))


def needs_real_model(card: ModelCard) -> str:
    """Why a model that has only seen drawings gives no answer, and what to do."""
    real = MODELS["streetclip"]
    return (
        f"{card.title}: this model has only seen drawings, so it cannot tell where a photograph was taken."
        f" To locate photographs, get {real.title} ({real.size}, licence {real.licence}) with"
        " `python app.py --prefetch`, or copy its folder from another machine and start with"
        " `python app.py --model FOLDER`. To see how it works all the same, with an answer that is marked, add"
        " `--anyway` (in Python: `anyway=True`)."
    )


def mark(card: ModelCard) -> str:
    """The caveat that stands on what such a model says of a photograph."""
    return f"{card.title} on a photograph: it has only seen drawings, so these places mean nothing."
