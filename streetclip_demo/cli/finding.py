"""One thing that doctor looked at. A value only."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What it is, how it stands, and what to do where it does not stand well."""

    what: str
    level: Literal["ok", "warning", "problem"]
    said: str
    do: str = ""


def warning(what: str, said: str, do: str = "") -> Finding:
    """The app works, though not as well as it could."""
    return Finding(what, "warning", said, do)


def problem(what: str, said: str, do: str = "") -> Finding:
    """The app does not start, or not with this."""
    return Finding(what, "problem", said, do)


def gigabytes(count: float) -> str:
    """A size as people read it."""
    return f"{count / 1e9:.1f} GB"
