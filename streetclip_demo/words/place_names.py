"""Labels as the person calls them whose request is being answered: countries by CLDR's names. Knows no gazetteer.

What the model reads, what the list holds and what other programs get is the label as it was typed.
"""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol

from streetclip_demo.own_files import ASSETS, damaged, own_text
from streetclip_demo.words.language import language

NAMES = ASSETS / "gazetteer" / "local_names.csv"  # made by scripts/build_gazetteer.py


class Label(Protocol):
    """A label with the place that it names, if it names one."""

    @property
    def name(self) -> str: ...
    @property
    def place(self) -> Any: ...


class Branch(Protocol):
    """A label in a tree."""

    @property
    def candidate(self) -> Label: ...
    @property
    def children(self) -> Sequence["Branch"]: ...


@cache
def country_names(language: str) -> Mapping[str, str]:
    """Countries' names in a language, by their codes."""
    try:
        return {row["code"]: row[language] for row in csv.DictReader(own_text(NAMES).splitlines())}
    except KeyError as error:
        raise damaged(NAMES, f"it has no column {error}") from None


@cache
def _codes() -> Mapping[str, str]:
    return {name: code for code, name in country_names("en").items()}


def local_name(name: str, place_id: str | None) -> str:
    """A label in the reader's language, if it names a country; as it is otherwise, and in English."""
    reader = language()
    return name if reader == "en" else country_names(reader).get(place_id or "", name)


def local_country(name: str) -> str:
    """A country by its English name, in the reader's language; any other name as it is."""
    return local_name(name, _codes().get(name)) if language() != "en" else name


def shown(label: Label) -> str:
    """A label as its reader calls it."""
    return local_name(label.name, label.place.id if label.place else None)


def shown_path(roots: Sequence[Branch], path: Sequence[str]) -> tuple[str, ...]:
    """The names from the root of some trees to one of their labels, as the reader calls them."""
    names: list[str] = []
    for name in path if language() != "en" else ():
        branch = next((node for node in roots if node.candidate.name == name), None)
        if branch is None:
            break
        names.append(shown(branch.candidate))
        roots = branch.children
    return (*names, *path[len(names) :])


def joined(path: Sequence[str]) -> str:
    """A path as an address: "Nagasaki, Japan"."""
    return ", ".join(reversed(path))
