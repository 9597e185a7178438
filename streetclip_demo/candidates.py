"""The outline of labels that a person edits: read, checked, resolved to places. Knows no model."""

from dataclasses import dataclass

from streetclip_demo.gazetteer import Place

MAX_LABELS = 2000


@dataclass(frozen=True)
class Candidate:
    """One label to be scored: a place of the gazetteer, or any text."""

    name: str
    level: str  # "country", "region", "city" or "label" (text that is no known place)
    place: Place | None
    point: tuple[float, float] | None  # (latitude, longitude); a typed position wins over the place's
    children: tuple["Candidate", ...] = ()
    line: int = 0  # 1-based line of the text; 0 for one that the gazetteer added
    country: str = ""  # names of the country and region that it lies in, for captions; "" if not known
    region: str = ""


@dataclass(frozen=True)
class Outline:
    """The labels of a text, with what the person should know about them."""

    roots: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()


def parse_outline(text, gazetteer):
    """Read an outline."""
    raise NotImplementedError


def format_outline(roots):
    """Write an outline."""
    raise NotImplementedError


def gazetteer_cities(candidate, gazetteer, count=30):
    """The most populous cities of a country or region."""
    raise NotImplementedError


def presets(gazetteer, practice_countries=()):
    """Outlines to begin with, by title."""
    raise NotImplementedError
