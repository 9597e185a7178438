"""Labels as the person calls them whose request is being answered: countries by CLDR's names. Knows no gazetteer.

What the model reads, what the list holds and what other programs get is the label as it was typed.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any, Protocol

from streetclip_demo.words.countries import country_names
from streetclip_demo.words.language import language, made, text

RIGHT_TO_LEFT = ("R", "AL")  # Unicode's classes of letters


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


def local_name(name: str, place_id: str | None) -> str:
    """A label in the reader's language, if it names a country; as it is otherwise, and in English."""
    reader = language()
    return name if reader == "en" else country_names(reader).get(place_id or "", name)


def local_country(name: str) -> str:
    """A country by its English name, in the reader's language; any other name as it is."""
    return made("country", name)


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


def isolated(name: str) -> str:
    """A name from right to left, so that it turns nothing round it in a sentence; others as they are."""
    if any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in name):
        return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"
    return name


def joined(path: Sequence[str]) -> str:
    """A path as an address: "Nagasaki, Japan"."""
    return text.COMMA.join(map(isolated, reversed(path)))
