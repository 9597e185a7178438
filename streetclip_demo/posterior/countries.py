"""The country that each label of a tree lies in. Knows no model."""

from collections.abc import Iterator, Sequence

from streetclip_demo.places.candidates import Candidate
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.tree import Node, walk


def with_countries(
    roots: Sequence[Node], gazetteer: Gazetteer
) -> Iterator[tuple[tuple[str, ...], Node, str | None]]:
    """Each node of some trees with its path and its country's code: its own, or that of what it lies in.

    A label whose position was typed, and a spot of a gallery, is in the country at that position. None where there is
    no country.
    """
    codes: dict[tuple[str, ...], str | None] = {}
    for path, node in walk(roots):
        codes[path] = country_of(node.candidate, codes.get(path[:-1]), gazetteer)
        yield path, node, codes[path]


def country_of(candidate: Candidate, above: str | None, gazetteer: Gazetteer) -> str | None:
    """The country of a candidate that lies in something of a country `above`."""
    if candidate.place:
        return candidate.place.country
    if candidate.point and candidate.level == "label":
        return gazetteer.country_at([candidate.point])[0]
    return above
