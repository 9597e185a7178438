"""What the lines of an outline may mean: by their names, their siblings and their typed positions.

Countries by their English names come first, then cities and regions, then other names. A code counts among codes only;
an ordinary word is a place only beside places; siblings and positions decide before population does.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from streetclip_demo.places.gazetteer import Gazetteer, Place, Reading
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.places.outline import Line

RIVAL_SHARE = 0.2  # of the likeliest reading's weight: a namesake of more is told
SIBLINGS_SHARE = 1 / 30  # of it: what is less, siblings cannot make likelier
COAST_KM = 100  # from a country's point, for the smallest
APART_DEGREES = 0.27  # of the equator, 30 km


class Meaning(NamedTuple):
    """The readings of one line that are left, likeliest first; none if it is text. Made for each line at each edit."""

    readings: tuple[Reading, ...] = ()
    why: str = ""  # "word", "uncoded" or "far" where places of that name are left out
    left_out: Place | None = None  # the likeliest of them
    decided_by: str = ""  # "siblings" or "children" against the likelier reading, "position", or ""

    @property
    def places(self) -> tuple[Place, ...]:
        """The places, likeliest first."""
        return tuple(reading.place for reading in self.readings)


class Readings:
    """Reads the lines of one outline."""

    def __init__(self, gazetteer: Gazetteer, lines: Sequence[Line]):
        self._gazetteer = gazetteer
        self._lines = lines

    def meanings(self, lines: Sequence[Line], within: Place | None) -> list[Meaning]:
        """What sibling lines mean inside a place, or anywhere."""
        coded = self._coded(lines, within)
        found = [self._found(line.name, within, is_code) for line, is_code in zip(lines, coded, strict=True)]
        found = self._without_words(lines, found, within)
        found = [
            meaning if line.point is None else self._at_position(line, meaning)
            for line, meaning in zip(lines, found, strict=True)
        ]
        found = [self._by_children(line, meaning) for line, meaning in zip(lines, found, strict=True)]
        return _by_siblings(found, within)

    # ------------------------------------------------------------ children

    def _by_children(self, line: Line, meaning: Meaning) -> Meaning:
        """Where none of the lines below lies in the likeliest place, the one that most of them lie in."""
        if len(meaning.readings) < 2 or not line.children or meaning.decided_by:
            return meaning
        first, *others = meaning.readings
        if self._known_below(line, first.place):
            return meaning
        best = max(others, key=lambda reading: self._known_below(line, reading.place))
        if not self._known_below(line, best.place):
            return meaning
        return Meaning((best,), decided_by="children")

    def _known_below(self, line: Line, place: Place) -> int:
        """How many of the lines below are places inside this one."""
        if place.level == "city":
            return 0
        return sum(bool(self._found(child.name, place, False).readings) for child in line.children)

    # ------------------------------------------------------------ codes and words

    def _coded(self, lines: Sequence[Line], within: Place | None) -> list[bool]:
        """Which lines are codes: those in capitals that are one, if a sibling is and at least half are."""
        like = [self._is_code(line.name, within) for line in lines]
        if not any(like):
            return like
        enough = 2 if within is None else min(2, len(lines))
        return like if sum(like) >= enough and 2 * sum(like) >= len(lines) else [False] * len(lines)

    def _is_code(self, name: str, within: Place | None) -> bool:
        if len(name) > 3 or not (len(name) > 1 and name.isupper() and name.isascii()):
            return False
        country = within.country if within else None
        readings = self._gazetteer.readings(name, country=country)
        return any(reading.kind in ("code", "english") for reading in readings)

    def _found(self, name: str, within: Place | None, is_code: bool) -> Meaning:
        if within is None:
            readings = self._gazetteer.readings(name, codes=is_code)
            if not readings and self._is_code(name, None):
                return Meaning(why="uncoded", left_out=self._gazetteer.find(name)[0])
        elif within.level == "country":
            found = self._gazetteer.readings(name, None, within.country, None, is_code)
            readings = tuple(reading for reading in found if reading.place.level != "country")
        else:
            region = within.id if within.level == "region" else within.region
            readings = self._gazetteer.readings(name, "city", within.country, region, is_code)
        return Meaning(readings)

    def _without_words(
        self, lines: Sequence[Line], found: list[Meaning], within: Place | None
    ) -> list[Meaning]:
        if within is not None:
            return found
        words = [bool(one.readings) and one.readings[0].is_word for one in found]
        if not any(words):
            return found
        others = [
            bool(one.readings)
            for line, one, is_word in zip(lines, found, words, strict=True)
            if not is_word and line.point is None
        ]
        places, texts = sum(others), len(others) - sum(others)
        if places and places >= texts:
            return found
        return [
            Meaning(why="word", left_out=one.places[0])
            if is_word and line.point is None and _is_ordinary(line.name, one.readings[0], texts)
            else one
            for line, one, is_word in zip(lines, found, words, strict=True)
        ]

    # ------------------------------------------------------------ positions

    def _at_position(self, line: Line, meaning: Meaning) -> Meaning:
        """Only places that a typed position can lie in."""
        if not meaning.readings:
            return meaning
        away_km = _km(line.point, meaning.places)
        measured = list(zip(meaning.readings, away_km, strict=True))
        fit = tuple(reading for reading, km in measured if self._holds(reading.place, line.point, km))
        if not fit:  # a border may be drawn otherwise, and islands are far
            countries = [one for one in measured if one[0].place.level == "country"]
            fit = tuple(
                reading for reading, km in countries if km <= self._gazetteer.extent_km(reading.place)
            )
        if not fit:
            return Meaning(why="far", left_out=meaning.places[away_km.index(min(away_km))])
        return Meaning(fit, decided_by="position")

    def _holds(self, place: Place, point: tuple[float, float], away_km: float) -> bool:
        if place.level == "country":
            return self._countries_at.get(point) == place.id or away_km <= COAST_KM
        return away_km <= self._gazetteer.extent_km(place)

    @cached_property
    def _countries_at(self) -> dict[tuple[float, float], str | None]:
        """The country at each typed position, all asked at once."""
        points = list({line.point: None for line in all_lines(self._lines) if line.point})
        return dict(zip(points, self._gazetteer.country_at(points), strict=True))


def rival(chosen: Reading, meaning: Meaning) -> Place | None:
    """The namesake that may be meant as well, at the same level; None if there is none, or others have decided."""
    if meaning.decided_by or chosen.place.level == "country":
        return None
    for other in meaning.readings:
        place = other.place
        if place.level == chosen.place.level and place != chosen.place and other.kind == chosen.kind:
            is_likely = other.weight >= RIVAL_SHARE * chosen.weight
            return place if is_likely and _are_apart(place, chosen.place) else None
    return None


def _are_apart(one: Place, other: Place) -> bool:
    north = one.latitude - other.latitude
    east = (one.longitude - other.longitude) * math.cos(math.radians(one.latitude))
    return math.hypot(north, east) > APART_DEGREES


def _is_ordinary(name: str, reading: Reading, texts: int) -> bool:
    """Whether a name that is a word too is no place, where no place stands beside it and some texts may."""
    is_small = name == name.lower()
    if reading.place.level == "country" and reading.kind in ("own", "english"):
        return is_small and (texts > 0 or len(name) <= 3)
    return reading.kind != "own" or is_small or texts > 0


def _by_siblings(found: list[Meaning], within: Place | None) -> list[Meaning]:
    """Where most of the siblings that are sure lie in one country, or region of it, so do the others."""
    if len(found) < 2:
        return found
    own = [_vote(meaning, within) for meaning in found]
    votes = Counter(vote for vote in own if vote is not None)
    most = votes.most_common(2)
    if not most:
        return found
    return [
        meaning
        if len(meaning.readings) < 2 or meaning.decided_by or vote == most[0][0]
        else _among(meaning, vote, _Common.of(most, votes.total(), vote), within)
        for meaning, vote in zip(found, own, strict=True)
    ]


class _Common(NamedTuple):
    """What most of a line's siblings have in common."""

    vote: str
    count: int
    total: int  # of the siblings that are sure

    @classmethod
    def of(cls, most: Sequence[tuple[str, int]], total: int, own: str | None) -> "_Common":
        """Without the line's own vote."""
        counts = [(vote, count - (vote == own)) for vote, count in most]
        return cls(*max(counts, key=lambda one: one[1]), total - (own is not None))


def _place_in(place: Place, within: Place | None) -> str | None:
    """What siblings have in common: the level of countries, or the country or region that places lie in."""
    if within is not None:
        return place.region
    return "" if place.level == "country" else place.country


def _vote(meaning: Meaning, within: Place | None) -> str | None:
    """What a line says of its siblings; None if it is not sure itself."""
    readings = meaning.readings
    if not readings or (len(readings) > 1 and _is_open(meaning, within)):
        return None
    return _place_in(readings[0].place, within)


def _is_open(meaning: Meaning, within: Place | None) -> bool:
    first, *others = meaning.readings
    if first.place.level == "country" and first.kind in ("own", "english", "code"):
        return False
    here = _place_in(first.place, within)
    return any(
        _place_in(other.place, within) != here
        and (other.weight >= RIVAL_SHARE * first.weight or other.place.level == "country")
        for other in others
    )


def _among(meaning: Meaning, own: str | None, common: _Common, within: Place | None) -> Meaning:
    """The readings of one line that lie where its siblings do."""
    first = meaning.readings[0]
    is_agreed = _place_in(first.place, within) == common.vote
    most = 2 * common.count > common.total
    if own is None:
        decides = most
    elif is_agreed:
        return meaning
    elif first.place.level == "country":  # Georgia among states
        decides = common.count > 1 and most
    else:
        decides = common.count > 1 and common.count == common.total
    if not decides:
        return meaning
    there = tuple(reading for reading in meaning.readings if _place_in(reading.place, within) == common.vote)
    least = 0 if own is None or first.place.level == "country" else SIBLINGS_SHARE * first.weight
    if not there or there[0].weight < least:
        return meaning
    return Meaning(there, decided_by="agreed" if is_agreed else "siblings")


def all_lines(lines: Sequence[Line]) -> Iterator[Line]:
    """Each line, before those indented below it."""
    for line in lines:
        yield line
        yield from all_lines(line.children)


def _km(point: tuple[float, float], places: Sequence[Place]) -> list[float]:
    return great_circle_km(point, [(place.latitude, place.longitude) for place in places]).tolist()
