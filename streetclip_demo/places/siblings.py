"""What labels that stand beside each other say of one another: the country or region that they have in common.

Where each of them has a likely place in one country, or in one region of it, that decides before population does; else
most of those that are sure decide for those that are not.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from streetclip_demo.places.gazetteer import LEVELS, Place, Reading

RIVAL_SHARE = 0.2  # of the likeliest reading's weight: with a namesake of more, a line is not sure by itself
TOLD_SHARE = 0.15  # of it: a namesake of more is told
SIBLINGS_SHARE = 1 / 30  # of it: what is less, siblings cannot make likelier
LEAST_SHARE = 0.05  # of it: a namesake in a sibling's country is told from here on
LEAST_IN_REGION = 3  # labels that lie in one region may have it in common; of countries, two do
APART_DEGREES = 0.27  # of the equator, 30 km
LEAST_NAMESAKE = 20_000  # people, to be told beside a country
LESSER_SHARE = (
    0.5  # of a place's people, where it is only also called so, or is a district: siblings make up for it
)
DECIDED = ("position", "children")
PLAIN = ("own", "english")  # kinds of names that are the place's in English


class Meaning(NamedTuple):
    """The readings of one line that are left, likeliest first; none if it is text. Made for each line at each edit."""

    readings: tuple[Reading, ...] = ()
    why: str = ""  # "word", "capitals", "uncoded" or "far" where places of that name are left out
    left_out: Place | None = None  # the likeliest of them
    decided_by: str = ""  # "siblings" or "children" against the likelier; "agreed" with it; "position"
    is_word: bool = False  # whether the name is an ordinary word too, or spelt as no place is: UN, NaN
    likelier: Reading | None = None  # a namesake where a sibling lies, which has not decided

    @property
    def places(self) -> tuple[Place, ...]:
        """The places, likeliest first."""
        return tuple(reading.place for reading in self.readings)


def by_siblings(found: list[Meaning], within: Place | None) -> list[Meaning]:
    """The meanings of sibling lines, inside a place or anywhere, after each has heard the others."""
    if len(found) < 2 or not _undecided(found) or _are_countries(found):
        return found
    if within is not None:
        return _in_common(found, _region, LEAST_IN_REGION) or _by_most(found, _region)
    narrowed = _in_common(found, _country, 2)
    if narrowed is None:
        return _with_likelier(_by_most(found, _country))
    return _in_common(narrowed, _region, LEAST_IN_REGION) or narrowed


def rival(chosen: Reading, meaning: Meaning, levels: Collection[str] = LEVELS) -> Place | None:
    """The namesake of comparable weight that may be meant as well; None if there is none, or others have decided.

    Only namesakes of some levels may be meant, where siblings say which.
    """
    if meaning.decided_by in (*DECIDED, "siblings"):
        return None
    place = chosen.place
    least = TOLD_SHARE * chosen.weight
    if place.level == "country":
        least = max(least, LEAST_NAMESAKE)
    for other in meaning.readings:
        is_likely = other.weight >= least or other is meaning.likelier
        is_plain = other.kind in PLAIN or chosen.kind not in PLAIN
        if (
            other is not chosen
            and other.place.level in levels
            and is_likely
            and is_plain
            and _is_elsewhere(other.place, place)
        ):
            return other.place
    return None


def _is_elsewhere(one: Place, other: Place) -> bool:
    """Whether neither of two places lies in, or close to, the other."""
    if "country" in (one.level, other.level):
        return one.country != other.country
    if one.region == other.region and one.level != other.level:
        return False
    north = one.latitude - other.latitude
    east = (one.longitude - other.longitude) * math.cos(math.radians(one.latitude))
    return math.hypot(north, east) > APART_DEGREES


def _is_undecided(meaning: Meaning) -> bool:
    return len(meaning.readings) > 1 and meaning.decided_by not in DECIDED


def _undecided(found: list[Meaning]) -> list[int]:
    """Positions of the lines that may still be read in several ways: few of a long list."""
    several = [index for index, meaning in enumerate(found) if len(meaning.readings) > 1]
    return [index for index in several if _is_undecided(found[index])]


def _are_countries(found: list[Meaning]) -> bool:
    """Whether each line is likeliest a country: then they have that in common already."""
    return all(meaning.readings[0].place.level == "country" for meaning in found if meaning.readings)


def _country(place: Place) -> str | None:
    """What siblings may have in common: the level of countries, or the country that they lie in."""
    return "" if place.level == "country" else place.country


def _region(place: Place) -> str | None:
    """The same inside a country."""
    return place.region


Where = Callable[[Place], str | None]


# ------------------------------------------------------------ all of them


def _in_common(found: list[Meaning], where: Where, least: int) -> list[Meaning] | None:
    """The meanings in the likeliest place that all lines have in common; None if there is none."""
    undecided = _undecided(found)
    known = [index for index, meaning in enumerate(found) if meaning.readings]
    sure = {where(found[index].readings[0].place) for index in set(known).difference(undecided)}
    if len(known) < least or len(sure) > 1 or not undecided or None in sure:
        return None
    shares = [_shares(found[index], where) for index in undecided]
    common = set.intersection(*map(set, shares), *([sure] if sure else []))
    fit = {parent: [one[parent] for one in shares] for parent in common if parent is not None}
    fit = {parent: values for parent, values in fit.items() if _is_convincing(values, len(known))}
    if not fit:
        return None
    best = max(sorted(fit), key=lambda parent: math.prod(fit[parent]))
    inside = {index: _inside(found[index], where, best) for index in undecided}
    return [inside.get(index, meaning) for index, meaning in enumerate(found)]


def _shares(meaning: Meaning, where: Where) -> dict[str | None, float]:
    """How likely a line is in each place that it may lie in, beside its likeliest reading; 0 to 1."""
    first = meaning.readings[0]
    shares = {where(first.place): 1.0}
    most = 1.0
    if first.place.level == "country" and first.kind in PLAIN:
        most = RIVAL_SHARE / 2  # only others that are sure can outdo a country's own name
    for reading in meaning.readings[1:]:
        share = min(most, _people(reading) / _people(first))
        parent = where(reading.place)
        if share >= max(SIBLINGS_SHARE, shares.get(parent, 0)):
            shares[parent] = share
    return shares


def _people(reading: Reading) -> float:
    is_lesser = reading.kind == "other" or reading.place.is_district
    return (reading.place.population + 1) * (LESSER_SHARE if is_lesser else 1)


def _is_convincing(shares: Sequence[float], lines: int) -> bool:
    """Whether shares of so many lines outweigh those of them that are unlikely; those left out are sure."""
    unlikely = sum(share < RIVAL_SHARE for share in shares)
    likely = lines - unlikely
    return not unlikely or (likely >= 2 and likely > unlikely)


def _inside(meaning: Meaning, where: Where, parent: str) -> Meaning:
    there = [reading for reading in meaning.readings if where(reading.place) == parent]
    there.sort(
        key=lambda reading: reading.kind not in (*PLAIN, "code")
    )  # its own name, before a bigger place's other
    is_agreed = there[0] is meaning.readings[0] and meaning.decided_by != "siblings"
    return Meaning(tuple(there), decided_by="agreed" if is_agreed else "siblings")


# ------------------------------------------------------------ most of them


class _Common(NamedTuple):
    """What most of a line's siblings have in common."""

    vote: str
    votes: int
    total: int  # of the siblings that are sure

    @classmethod
    def of(cls, most: Sequence[tuple[str, int]], total: int, own: str | None) -> "_Common":
        """Without the line's own vote."""
        counts = [(vote, count - (vote == own)) for vote, count in most]
        return cls(*max(counts, key=lambda one: one[1]), total - (own is not None))


def _by_most(found: list[Meaning], where: Where) -> list[Meaning]:
    """Where most of the siblings that are sure lie in one country, or region of it, so do the others."""
    firsts = [where(meaning.readings[0].place) for meaning in found if meaning.readings]
    if len(set(firsts)) == len(firsts) and sum([len(meaning.readings) == 1 for meaning in found]) > 2:
        return found  # no two have anything in common, as the regions of one country
    own = [_vote(meaning, where) for meaning in found]
    votes = Counter(vote for vote in own if vote is not None)
    most = votes.most_common(2)
    if not most or (most[0][1] == 1 and votes.total() > 2):
        return found
    return [
        _among(meaning, vote, _Common.of(most, votes.total(), vote), where)
        if _is_undecided(meaning)
        else meaning
        for meaning, vote in zip(found, own, strict=True)
    ]


def _vote(meaning: Meaning, where: Where) -> str | None:
    """What a line says of its siblings; None if it is not sure itself."""
    readings = meaning.readings
    if not readings or (len(readings) > 1 and _is_open(meaning, where)):
        return None
    return where(readings[0].place)


def _is_open(meaning: Meaning, where: Where) -> bool:
    first, *others = meaning.readings
    if first.place.level == "country" and first.kind in (*PLAIN, "code"):
        return False
    here = where(first.place)
    least = RIVAL_SHARE * first.weight
    likely = [other.place for other in others if other.weight >= least or other.place.level == "country"]
    return any(where(place) != here for place in likely)


def _among(meaning: Meaning, own: str | None, common: _Common, where: Where) -> Meaning:
    """The readings of one line that lie where its siblings do."""
    first = meaning.readings[0]
    is_agreed = where(first.place) == common.vote
    most = 2 * common.votes > common.total
    if own is None:
        decides = most
    elif is_agreed:
        return meaning
    elif first.place.level == "country":  # Georgia among states
        decides = common.votes > 1 and most
    else:
        decides = common.votes > 1 and common.votes == common.total
    if not decides:
        return meaning
    there = [reading for reading in meaning.readings if where(reading.place) == common.vote]
    if not there:
        return meaning
    is_own = first.kind != "own" and any(reading.kind == "own" for reading in there)  # Bethlehem, not Belém
    least = RIVAL_SHARE if own is None and common.votes < 2 and not is_own else SIBLINGS_SHARE
    is_likely = first.place.level == "country" or max(map(_people, there)) >= least * _people(first)
    return _inside(meaning, where, common.vote) if is_likely else meaning


def _with_likelier(found: list[Meaning]) -> list[Meaning]:
    """Remember the namesakes in a country where a sibling lies: less weight is enough for a note."""
    countries = Counter(_country(meaning.readings[0].place) for meaning in found if meaning.readings)
    return [
        meaning._replace(likelier=_likelier(meaning, countries)) if _is_undecided(meaning) else meaning
        for meaning in found
    ]


def _likelier(meaning: Meaning, countries: Counter) -> Reading | None:
    first, *others = meaning.readings
    here = _country(first.place)
    return next(
        (
            other
            for other in others
            if _country(other.place) not in ("", here)
            and countries[_country(other.place)]
            and other.weight >= LEAST_SHARE * first.weight
        ),
        None,
    )
