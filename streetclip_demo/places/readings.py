"""What the lines of an outline may mean: by their names, their siblings and their typed positions.

Countries by their English names come first, then cities and regions, then other names. A code counts among codes only;
an ordinary word is a place only beside places; siblings and positions decide before population does.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from operator import attrgetter

from streetclip_demo.places.gazetteer import CODED_COUNTRIES, REMEMBERED_NAMES, Gazetteer, Place, Reading
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.places.outline import Line
from streetclip_demo.places.siblings import Meaning, by_siblings, weigh

MOST_SWAPPED = 3  # places of a name that a swapped position is compared with
REMEMBERED_FAMILIES = 300
COAST_KM = 100  # from a country's point, for the smallest


class Readings:
    """Reads the lines of one outline."""

    def __init__(self, gazetteer: Gazetteer, lines: Sequence[Line]):
        self._gazetteer = gazetteer
        self._lines = lines

    def meanings(self, lines: Sequence[Line], within: Place | None) -> Sequence[Meaning]:
        """What sibling lines mean inside a place, or anywhere."""
        has_children = any(map(attrgetter("children"), lines))
        if any(line.level or line.point is not None for line in lines):
            found = self._placed(lines, self.by_names(lines, within))
        elif has_children:
            found = list(_names(self._gazetteer, tuple([line.name for line in lines]), within))
        else:
            return _family(self._gazetteer, tuple([line.name for line in lines]), within)
        if has_children:
            found = [self._by_children(line, meaning) for line, meaning in zip(lines, found, strict=True)]
        return by_siblings(found, within)

    def by_names(self, lines: Sequence[Line], within: Place | None) -> list[Meaning]:
        """What sibling lines may mean by their names, codes and words."""
        coded = self._coded(lines, within)
        found = [self._found(line.name, within, code_of) for line, code_of in zip(lines, coded, strict=True)]
        return self._without_words(lines, found, within)

    def _placed(self, lines: Sequence[Line], found: Sequence[Meaning]) -> list[Meaning]:
        """Only places where the lines say that they are, and of the level that they say."""
        found = [
            _of_level(meaning, line.level) if line.level else meaning
            for line, meaning in zip(lines, found, strict=True)
        ]
        return [
            meaning if line.point is None else self._at_position(line.point, meaning)
            for line, meaning in zip(lines, found, strict=True)
        ]

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
        return sum(bool(self._found(child.name, place, None).readings) for child in line.children)

    # ------------------------------------------------------------ codes and words

    def _coded(self, lines: Sequence[Line], within: Place | None) -> list[str | None]:
        """What each line is a code of: "" of countries, or parts of the place; "US" of its parts; None of nothing."""
        like = [len(line.name) <= 3 and _is_short(line.name) for line in lines]
        none: list[str | None] = [None] * len(lines)
        if not any(like):
            return none
        country = within.country if within else None
        like = [
            is_short and self._is_code(line.name, country) for line, is_short in zip(lines, like, strict=True)
        ]
        enough = 2 if within is None else min(2, len(lines))
        if within is None and (parent := self._common_country(lines)):
            like = [_is_short(line.name) for line in lines]
        else:
            parent = ""
        is_list = sum(like) >= enough and 2 * sum(like) >= len(lines)
        return [parent if is_code else None for is_code in like] if is_list else none

    def _common_country(self, lines: Sequence[Line]) -> str:
        """The country of whose parts the lines are codes, where they are not all codes of countries; "" if none."""
        names = [line.name for line in lines if _is_short(line.name)]
        names = [name for name in names if not self._is_plain(name)]
        coded = [{region.country for region in self._gazetteer.coded_regions(name)} for name in names]
        if len(names) < 2 or all(self._is_code(name, None) for name in names):
            return ""
        countries = set.intersection(*coded)
        return next((code for code in CODED_COUNTRIES if code in countries), "")

    def _is_plain(self, name: str) -> bool:
        """Whether capitals are a country's own abbreviation: USA, UK."""
        return any(
            reading.place.level == "country" and reading.kind == "english"
            for reading in self._gazetteer.readings(name, codes=False)
        )

    def _is_code(self, name: str, country: str | None) -> bool:
        if not _is_short(name):
            return False
        readings = self._gazetteer.readings(name, country=country)
        return any(
            reading.kind == "code" or (reading.kind == "english" and reading.place.level != "city")
            for reading in readings
        )

    def _found(self, name: str, within: Place | None, code_of: str | None) -> Meaning:
        if within is None:
            return _anywhere(self._gazetteer, name, code_of)
        region = within.region if within.level != "country" else None
        return _inside(self._gazetteer, name, within.level, within.country, region, code_of is not None)

    def _without_words(
        self, lines: Sequence[Line], found: list[Meaning], within: Place | None
    ) -> list[Meaning]:
        words = [index for index, one in enumerate(found) if one.is_word]
        if not words:
            return found
        found = self._without_odd_capitals(lines, found, words)
        if within is not None:
            return found
        others = [
            bool(one.readings)
            for line, one in zip(lines, found, strict=True)
            if not one.is_word and line.point is None
        ]
        places, texts = sum(others), len(others) - sum(others)
        if places and places >= texts:
            return found
        found = list(found)
        for index in words:
            line, readings = lines[index], found[index].readings
            if readings and line.point is None and _is_ordinary(line.name, readings[0], texts):
                found[index] = Meaning(why="word", left_out=readings[0].place)
        return found

    def _without_odd_capitals(
        self, lines: Sequence[Line], found: list[Meaning], words: Sequence[int]
    ) -> list[Meaning]:
        """UN and NaN are not Un and Nan, unless all labels are in capitals."""
        odd = [index for index in words if _has_odd_capitals(lines[index].name, found[index].readings)]
        if not odd or (len(lines) > 1 and all(line.name.isupper() for line in lines)):
            return found
        found = list(found)
        for index in odd:
            found[index] = Meaning(why="capitals", left_out=found[index].places[0])
        return found

    # ------------------------------------------------------------ positions

    def _at_position(self, point: tuple[float, float], meaning: Meaning) -> Meaning:
        """Only places that a typed position can lie in."""
        if not meaning.readings:
            return meaning
        away_km = _km(point, meaning.places)
        measured = list(zip(meaning.readings, away_km, strict=True))
        fit = tuple(reading for reading, km in measured if self._holds(reading.place, point, km))
        if not fit:  # a border may be drawn otherwise, and islands are far
            countries = [one for one in measured if one[0].place.level == "country"]
            fit = tuple(
                reading for reading, km in countries if km <= self._gazetteer.extent_km(reading.place)
            )
        if not fit:
            nearest = meaning.places[away_km.index(min(away_km))]
            swapped = [place for place in meaning.places[:MOST_SWAPPED] if self.holds_swapped(place, point)]
            return Meaning(why="far", left_out=(*swapped, nearest)[0])
        return Meaning(fit, decided_by="position")

    def _holds(self, place: Place, point: tuple[float, float], away_km: float) -> bool:
        if place.level == "country":
            return self._countries_at.get(point) == place.id or away_km <= COAST_KM
        return away_km <= self._gazetteer.extent_km(place)

    def holds_swapped(self, place: Place, point: tuple[float, float]) -> bool:
        """Whether a place is where a position's numbers would point in the other order."""
        latitude, longitude = point[::-1]
        if abs(latitude) > 90:
            return False
        away_km = _km((latitude, longitude), [place])[0]
        if place.level == "country":
            return away_km <= COAST_KM or self._gazetteer.country_at([(latitude, longitude)]) == [place.id]
        return away_km <= self._gazetteer.extent_km(place)

    @cached_property
    def _countries_at(self) -> dict[tuple[float, float], str | None]:
        """The country at each typed position, all asked at once."""
        points = list({line.point: None for line in all_lines(self._lines) if line.point})
        return dict(zip(points, self._gazetteer.country_at(points), strict=True))


@lru_cache(maxsize=REMEMBERED_FAMILIES)
def _family(gazetteer: Gazetteer, names: tuple[str, ...], within: Place | None) -> tuple[Meaning, ...]:
    """What names beside each other mean. Of an edited list most families stay, and each list is read several times."""
    return tuple(by_siblings(list(_names(gazetteer, names, within)), within))


@lru_cache(maxsize=REMEMBERED_FAMILIES)
def _names(gazetteer: Gazetteer, names: tuple[str, ...], within: Place | None) -> tuple[Meaning, ...]:
    """The same before siblings and the lines below are heard."""
    lines = [Line(0, name) for name in names]
    return tuple(Readings(gazetteer, lines).by_names(lines, within))


@lru_cache(maxsize=REMEMBERED_NAMES)
def _anywhere(gazetteer: Gazetteer, name: str, code_of: str | None) -> Meaning:
    """What a name means by itself. Most lines of a list were read before."""
    readings: tuple[Reading, ...] = ()
    if code_of:
        found = gazetteer.readings(name, "region", code_of)
        readings = tuple(reading for reading in found if reading.kind == "code")
    readings = readings or gazetteer.readings(name, codes=code_of is not None)
    if readings or not _is_short(name):
        return _meaning(gazetteer, name, readings)
    coded = (*gazetteer.find(name), *gazetteer.coded_regions(name))
    return Meaning(why="uncoded", left_out=coded[0]) if coded else Meaning()


@lru_cache(maxsize=REMEMBERED_NAMES)
def _inside(
    gazetteer: Gazetteer, name: str, level: str, country: str, region: str | None, codes: bool
) -> Meaning:
    """What a name means inside a country, or inside a region or beside a city."""
    found = gazetteer.readings(name, None if level == "country" else "city", country, region, codes)
    readings = tuple(reading for reading in found if reading.place.level != "country")
    return _meaning(gazetteer, name, readings)


def _is_short(name: str) -> bool:
    return 1 < len(name) <= 3 and name.isupper() and name.isascii()


def _meaning(gazetteer: Gazetteer, name: str, readings: tuple[Reading, ...]) -> Meaning:
    is_word = bool(readings) and readings[0].is_word
    is_odd = _has_odd_capitals(name, readings)
    return Meaning(readings, is_word=is_word or is_odd, weighed=weigh(name, readings, gazetteer))


def _of_level(meaning: Meaning, level: str) -> Meaning:
    """Only places of the level that a line names."""
    fit = tuple(reading for reading in meaning.readings if reading.place.level == level)
    return Meaning(fit[:1], is_word=False) if fit else meaning


def _has_odd_capitals(name: str, readings: tuple[Reading, ...]) -> bool:
    """Whether a short name has capitals inside that the place's own has not."""
    if len(name) > 3 or name[1:] == name[1:].lower() or not (readings and name.isascii()):
        return False
    first = readings[0]
    is_own = first.kind == "own" or (first.kind == "other" and first.place.level != "country")
    return is_own and name != first.place.name


def _is_ordinary(name: str, reading: Reading, texts: int) -> bool:
    """Whether a name that is a word too is no place, where no place stands beside it and some texts may."""
    is_small = name == name.lower()
    if reading.place.level == "country" and reading.kind in ("own", "english"):
        return is_small and (texts > 0 or len(name) <= 3)
    if reading.kind == "english" and name.isupper():  # LA, SF
        return texts > 0
    return reading.kind != "own" or is_small or texts > 0


def all_lines(lines: Sequence[Line]) -> Iterator[Line]:
    """Each line, before those indented below it."""
    for line in lines:
        yield line
        yield from all_lines(line.children)


def _km(point: tuple[float, float], places: Sequence[Place]) -> list[float]:
    return great_circle_km(point, [(place.latitude, place.longitude) for place in places]).tolist()
