"""What the shipped practice model has been measured to know: the table beside the checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from streetclip_demo.own_files import own_json
from streetclip_demo.practice.facts import PRACTICE_DIR


@dataclass(frozen=True)
class ClueMeasure:
    """How well one clue is read on recombined scenes, and what swapping it does to the true country."""

    accuracy: float
    majority: float
    scenes: int
    mean_drop: float
    swaps: int
    learnt: bool


@dataclass(frozen=True)
class Gate:
    """The release measurements; a clue that is not `learnt` must not be offered as an explanation."""

    country_accuracy: float
    country_scenes: int
    clues: Mapping[str, ClueMeasure]
    passed: bool

    @property
    def learnt(self) -> tuple[str, ...]:
        """The clues that the model reads, in the order of `facts.CLUES`."""
        return tuple(key for key, measure in self.clues.items() if measure.learnt)


def load_gate(path: Path = PRACTICE_DIR / "gate.json") -> Gate:
    """Read the measured table."""
    return own_json(Path(path), _gate)


def _gate(record: dict) -> Gate:
    fields = ClueMeasure.__dataclass_fields__
    clues = {key: ClueMeasure(**{name: row[name] for name in fields}) for key, row in record["clues"].items()}
    return Gate(record["country"]["accuracy"], record["country"]["scenes"], clues, record["passed"])
