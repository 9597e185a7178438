"""What the lines of an outline may mean: by their names, their siblings and their typed positions.

Countries by their English names come first, then cities and regions, then other names. A code counts among codes only;
an ordinary word is a place only beside places; siblings and positions decide before population does.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

from streetclip_demo.gazetteer import CODED_COUNTRIES, Gazetteer, Place, Reading
from streetclip_demo.geo import great_circle_km
from streetclip_demo.label_siblings import Meaning, by_siblings
from streetclip_demo.outline_text import Line

MOST_SWAPPED = 3  # places of a name that a swapped position is compared with
COAST_KM = 100  # from a country's point, for the smallest


class Readings:
    """Reads the lines of one outline."""

    def __init__(self, gazetteer: Gazetteer, lines: Sequence[Line]):
        self._gazetteer = gazetteer
        self._lines = lines

    def meanings(self, lines: Sequence[Line], within: Place | None) -> list[Meaning]:
        """What sibling lines mean inside a place, or anywhere."""
        coded = self._coded(lines, within)
        found = [self._found(line.name, within, code_of) for line, code_of in zip(lines, coded, strict=True)]
        found = self._without_words(lines, found, within)
        if any(line.point for line in lines):
            found = [
                meaning if line.point is None else self._at_position(line, meaning)
                for line, meaning in zip(lines, found, strict=True)
            ]
        if any(line.children for line in lines):
            found = [self._by_children(line, meaning) for line, meaning in zip(lines, found, strict=True)]
        return by_siblings(found, within)

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
        like = [self._is_short(line.name) for line in lines]
        none = [None] * len(lines)
        if not any(like):
            return none
        country = within.country if within else None
        like = [
            is_short and self._is_code(line.name, country) for line, is_short in zip(lines, like, strict=True)
        ]
        enough = 2 if within is None else min(2, len(lines))
        if within is None and (parent := self._common_country(lines)):
            like = [self._is_short(line.name) for line in lines]
        else:
            parent = ""
        is_list = sum(like) >= enough and 2 * sum(like) >= len(lines)
        return [parent if is_code else None for is_code in like] if is_list else none

    def _common_country(self, lines: Sequence[Line]) -> str:
        """The country of whose parts the lines are codes, where they are not all codes of countries; "" if none."""
        names = [line.name for line in lines if self._is_short(line.name)]
        names = [name for name in names if not self._is_plain(name)]
        coded = [{region.country for region in self._gazetteer.coded_regions(name)} for name in names]
        if len(names) < 2 or all(self._is_code(name, None) for name in names):
            return ""
        countries = set.intersection(*coded)
        return next((code for code in CODED_COUNTRIES if code in countries), "")

    @staticmethod
    def _is_short(name: str) -> bool:
        return 1 < len(name) <= 3 and name.isupper() and name.isascii()

    def _is_plain(self, name: str) -> bool:
        """Whether capitals are a country's own abbreviation: USA, UK."""
        return any(
            reading.place.level == "country" and reading.kind == "english"
            for reading in self._gazetteer.readings(name, codes=False)
        )

    def _is_code(self, name: str, country: str | None) -> bool:
        if not self._is_short(name):
            return False
        readings = self._gazetteer.readings(name, country=country)
        return any(
            reading.kind == "code" or (reading.kind == "english" and reading.place.level != "city")
            for reading in readings
        )

    def _found(self, name: str, within: Place | None, code_of: str | None) -> Meaning:
        is_code = code_of is not None
        if within is None:
            readings = self._coded_parts(name, code_of) if code_of else ()
            readings = readings or self._gazetteer.readings(name, codes=is_code)
            if not readings and self._is_short(name):
                coded = (*self._gazetteer.find(name), *self._gazetteer.coded_regions(name))
                return Meaning(why="uncoded", left_out=coded[0]) if coded else Meaning()
        elif within.level == "country":
            found = self._gazetteer.readings(name, None, within.country, None, is_code)
            readings = tuple(reading for reading in found if reading.place.level != "country")
        else:
            region = within.id if within.level == "region" else within.region
            readings = self._gazetteer.readings(name, "city", within.country, region, is_code)
        return Meaning(readings)

    def _coded_parts(self, name: str, country: str) -> tuple[Reading, ...]:
        found = self._gazetteer.readings(name, "region", country)
        return tuple(reading for reading in found if reading.kind == "code")

    def _without_words(
        self, lines: Sequence[Line], found: list[Meaning], within: Place | None
    ) -> list[Meaning]:
        found = self._without_odd_capitals(lines, found)
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

    def _without_odd_capitals(self, lines: Sequence[Line], found: list[Meaning]) -> list[Meaning]:
        """UN and NaN are not Un and Nan, unless all labels are in capitals."""
        odd = [_has_odd_capitals(line.name, one) for line, one in zip(lines, found, strict=True)]
        if not any(odd) or (len(lines) > 1 and all(line.name.isupper() for line in lines)):
            return found
        return [
            Meaning(why="capitals", left_out=one.places[0]) if is_odd else one
            for one, is_odd in zip(found, odd, strict=True)
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
            nearest = meaning.places[away_km.index(min(away_km))]
            swapped = [place for place in meaning.places[:MOST_SWAPPED] if self.holds_swapped(place, line.point)]
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


def _has_odd_capitals(name: str, meaning: Meaning) -> bool:
    """Whether a short name has capitals inside that the place's own has not."""
    if len(name) > 3 or name[1:] == name[1:].lower() or not meaning.readings:
        return False
    first = meaning.readings[0]
    is_own = first.kind == "own" or (first.kind == "other" and first.place.level != "country")
    return is_own and name != first.place.name and name.isascii()


def _is_ordinary(name: str, reading: Reading, texts: int) -> bool:
    """Whether a name that is a word too is no place, where no place stands beside it and some texts may."""
    is_small = name == name.lower()
    if reading.place.level == "country" and reading.kind in ("own", "english"):
        return is_small and (texts > 0 or len(name) <= 3)
    return reading.kind != "own" or is_small or texts > 0


def all_lines(lines: Sequence[Line]) -> Iterator[Line]:
    """Each line, before those indented below it."""
    for line in lines:
        yield line
        yield from all_lines(line.children)


def _km(point: tuple[float, float], places: Sequence[Place]) -> list[float]:
    return great_circle_km(point, [(place.latitude, place.longitude) for place in places]).tolist()
