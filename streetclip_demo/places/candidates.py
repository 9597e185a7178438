"""The labels to be scored: an edited outline resolved to places, cities to add, presets to begin with."""

import functools
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from streetclip_demo.own_files import ASSETS, own_json
from streetclip_demo.places import wrappings
from streetclip_demo.places.gazetteer import LEVELS, Gazetteer, Place
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.places.outline import INITIAL, MAX_LABELS, Line, read_lines
from streetclip_demo.places.readings import Readings
from streetclip_demo.places.siblings import PLAIN, Meaning, rival
from streetclip_demo.places.spelling import fold

__all__ = [
    "MAX_LABELS",
    "Candidate",
    "Outline",
    "count_labels",
    "format_outline",
    "gazetteer_cities",
    "parse_outline",
    "presets",
]

MAX_NOTES = 19  # listed in one message, and a line for the others
MOST_TOLD = 6  # names in one note
MOST_LETTERS = 60  # of a name in a note
MAX_SUGGESTIONS = 20  # unknown names that we look for near names of
SUGGEST = {"siblings": "beside", "children": "below"}  # what decides against the likelier reading of a name
RIVAL_POPULATION = 300_000  # a city that may be meant by the name of a larger region: Washington

CONTINENTS = ("Africa", "Asia", "Europe", "North America", "South America", "Oceania", "Antarctica")
CONTINENT_NAMES = frozenset(CONTINENTS)
EAST_ASIA = ("China", "South Korea", "Japan", "Philippines", "Taiwan", "Vietnam", "Cambodia")
WESTERN_CITIES = ("San Jose", "San Diego", "Los Angeles", "Las Vegas", "San Francisco", "Seattle")
CLIMATES = ("tropical", "dry", "temperate", "continental", "polar")


class Candidate(NamedTuple):
    """One label to be scored: a place of the gazetteer, or any text. Hundreds are made at each edit of a list."""

    name: str
    level: str  # "country", "region", "city" or "label" (text that is no known place)
    place: Place | None
    point: tuple[float, float] | None  # (latitude, longitude); a typed position wins over the place's
    children: tuple["Candidate", ...] = ()
    line: int = 0  # 1-based line of the text; 0 for one that the gazetteer added
    country: str = ""  # names of the country and region that it lies in, for captions; "" if not known
    region: str = ""


class Family(tuple[Candidate, ...]):
    """Candidates that share a parent. Thousands of them are hashed but once."""

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> "Family":
        """The same candidates; those that are a family already as they are."""
        return candidates if isinstance(candidates, cls) else cls(candidates)

    @functools.cached_property
    def _hash(self) -> int:
        return super().__hash__()

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True)
class Outline:
    """The labels of a text, with what the person should know about them."""

    roots: Family
    notes: tuple[str, ...] = ()


def parse_outline(text: str, gazetteer: Gazetteer) -> Outline:
    """Read an outline of labels and find the places that they name.

    Parameters
    ----------
    text : str
        One label a line; see `outline_text`.
    gazetteer : Gazetteer

    Returns
    -------
    Outline
        Duplicates merged, in the order of the text. A name that is no known place has the level "label" and
        is scored as text. Notes say what was merged, not found, or read in one of several ways.

    Raises
    ------
    LabelError
        Naming every line that cannot be used.
    """
    lines = read_lines(text)
    resolver = _Resolver(gazetteer, lines)
    roots = resolver.siblings(lines, None)
    return Outline(Family(roots), resolver.all_notes())


def count_labels(candidates: Iterable[Candidate]) -> int:
    """How many labels some candidates are, with all below them."""
    return sum(1 + count_labels(candidate.children) for candidate in candidates)


def format_outline(roots: Sequence[Candidate]) -> str:
    """Write candidates as the text that `parse_outline` reads; positions only where they were typed."""
    return "".join(f"{line}\n" for root in roots for line in _formatted(root, 0))


def gazetteer_cities(candidate: Candidate, gazetteer: Gazetteer, count: int = 30) -> tuple[Candidate, ...]:
    """The most populous cities of a country or region that has no children of its own; no districts."""
    place = candidate.place
    if place is None or candidate.children or candidate.level not in ("country", "region") or count < 1:
        return ()
    region = place.id if candidate.level == "region" else None
    cities = gazetteer.cities(place.country, region=region, limit=count)
    return tuple(_placed(Line(0, city.name), city, candidate, gazetteer) for city in cities)


def presets(gazetteer: Gazetteer, practice_countries: Iterable[str] = ()) -> dict[str, str]:
    """Outlines to begin with, by title, in the order in which they are offered."""
    return dict(_presets(gazetteer, tuple(practice_countries)))


@functools.lru_cache(maxsize=4)
def _presets(gazetteer: Gazetteer, practice_countries: tuple[str, ...]) -> dict[str, str]:
    world = own_json(ASSETS / "presets" / "countries_193.json", functools.partial(_known, gazetteer))
    everywhere = sorted((place.name for place in gazetteer.countries), key=_sorting)
    by_continent: dict[str, list[str]] = {continent: [] for continent in CONTINENTS}
    for place in gazetteer.countries:
        by_continent[gazetteer.continent(place.id)].append(place.name)
    filled = {
        "World (193 countries)": world,
        "All countries and territories": everywhere,
        **{continent: sorted(names, key=_sorting) for continent, names in by_continent.items() if names},
        "Card sample: East Asia": EAST_ASIA,
        "Card sample: western US cities": WESTERN_CITIES,
        "US states": _with_regions(["United States"], gazetteer),
        "World with regions": _with_regions(world, gazetteer),
        "Climate zones": [f"a {climate} climate" for climate in CLIMATES],
        "Practice model's countries": practice_countries,
    }
    return {title: "".join(f"{line}\n" for line in lines) for title, lines in filled.items() if lines}


def _known(gazetteer: Gazetteer, names: list[str]) -> list[str]:
    """The names, if each is a country's; LookupError if not."""
    for name in names:
        gazetteer.find(name, level="country")[0]
    return names


def _with_regions(countries: Iterable[str], gazetteer: Gazetteer) -> list[str]:
    lines = []
    for name in countries:
        code = gazetteer.find(name, level="country")[0].id
        lines += [name, *(f"  {region.name}" for region in gazetteer.regions(code))]
    return lines


def _sorting(name: str) -> str:
    return unicodedata.normalize("NFKD", name).casefold()


def _formatted(candidate: Candidate, depth: int) -> Iterator[str]:
    place, point = candidate.place, candidate.point
    typed = ""
    if point is not None and (place is None or point != (place.latitude, place.longitude)):
        typed = f" @ {_degrees(point[0])}, {_degrees(point[1])}"
    yield "  " * depth + candidate.name + typed
    for child in candidate.children:
        yield from _formatted(child, depth + 1)


def _degrees(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")  # 0.1 m


def _placed(line: Line, place: Place, within: Candidate | None, gazetteer: Gazetteer) -> Candidate:
    """The candidate for a place, with the names of what it lies in: as typed, else the gazetteer's."""
    point = line.point or (place.latitude, place.longitude)
    if place.level == "country":
        return Candidate(line.name, "country", place, point, (), line.number)
    country = region = ""
    if within and within.place:
        country = within.name if within.level == "country" else within.country
        region = within.name if within.level == "region" else ""
    country = country or gazetteer.country(place.country).name
    if place.level == "region" or not place.region:
        region = ""
    else:
        region = region or gazetteer.region(place.region).name
    return Candidate(line.name, place.level, place, point, (), line.number, country, region)


class _Resolver:
    """Finds the place that each line names, inside the place that it stands in, and collects notes."""

    def __init__(self, gazetteer: Gazetteer, lines: Sequence[Line]):
        self.gazetteer = gazetteer
        self.readings = Readings(gazetteer, lines)
        self.notes: list[tuple[int, str | Callable[[], str]]] = []  # those that are not listed are not made
        self.texts: list[int] = []  # lines that are like no place's name
        self.told: dict[
            str, list[tuple[int, str]]
        ] = {}  # what is told once for many lines: {kind: (line, what)}
        self.suggestions = 0
        marked = _marked(lines)
        if marked:
            self._unmark(sorted((line for line in marked if line.typed), key=attrgetter("number")))
            self._reread([line for line in marked if line.ways])

    def _unmark(self, marked: Sequence[Line]) -> None:
        """Tell of bullets, numbers and quotes that were taken off; give back a number that belongs to a name."""
        is_list = sum(line.is_numbered for line in marked) > 1
        initials = {line.typed.partition(".")[0] for line in marked if INITIAL.match(line.typed)}
        for line in marked:
            name = fold(line.name)
            is_place = bool(self.gazetteer.find(line.name)) and name not in self.gazetteer.words
            is_initial = (
                INITIAL.match(line.typed) and not {"A", "B"} <= initials and not {"I", "II"} <= initials
            )
            is_own = self.gazetteer.find(line.typed) or is_initial
            if line.is_numbered and (is_own or not (is_list or is_place)):
                line.name, line.ways = line.typed, wrappings.other_ways(line.typed)
            else:
                self._tell("marks", line, f"{_shown(line.typed)} is {_shown(line.name)}")

    def _reread(self, lines: Sequence[Line]) -> None:
        """Where a name is no place as it stands, but without an emoji or a count, or with its parent, read it so."""
        for line in lines:
            name, line.level = self._read_as(line)
            if name != line.name:
                self._tell("ways", line, f"{_shown(line.typed or line.name)} is {_shown(name)}")
                line.name = name

    def _read_as(self, line: Line) -> tuple[str, str]:
        """The name that a line is read by, and its level where that is said."""
        name, find = line.name, self.gazetteer.find
        if country := find(wrappings.flag_code(name), level="country"):
            return country[0].name, "country"
        plain = wrappings.without_symbols(name)
        if plain and find(plain):
            return plain, ""
        if find(name):
            return name, ""
        alone, level = wrappings.level_meant(name)
        if level and find(alone, level=level):
            return alone, level
        several = self._several(line)
        return next((way for way in line.ways if self._is_meant(way, several)), name), ""

    def _is_meant(self, way: str, several: Sequence[str]) -> bool:
        """Whether another way to read a label is a place, and not one of several or a word of a heading."""
        readings = self.gazetteer.readings(way)
        if not readings:
            return False
        if "," not in way:
            return not several and (readings[0].kind in PLAIN or not readings[0].is_word)
        return readings[0].place.level != "country" or not self.gazetteer.find(way.partition(",")[0])

    def siblings(self, lines: Sequence[Line], within: Candidate | None) -> tuple[Candidate, ...]:
        """Candidates for sibling lines, with theirs below; `within` is the nearest place above."""
        meanings = self.readings.meanings(lines, within.place if within else None)
        options = [self._options(line, one, within) for line, one in zip(lines, meanings, strict=True)]
        beside = _Beside.of(options, within)
        merged: dict[tuple, Candidate] = {}
        below: dict[tuple, list[Line]] = {}
        for line, found, meaning in zip(lines, options, meanings, strict=True):
            candidate = self._candidate(line, found, meaning, beside)
            key = (candidate.level, candidate.place.id if candidate.place else _folded(line.name))
            merged[key] = self._merged(merged[key], candidate, line) if key in merged else candidate
            if line.children:
                below.setdefault(key, []).extend(line.children)
        for key, lines_below in below.items():
            candidate = merged[key]
            children = self.siblings(lines_below, candidate if candidate.place else within)
            merged[key] = candidate._replace(children=children)
        return tuple(merged.values())

    def all_notes(self) -> tuple[str, ...]:
        """The notes, in the order of the lines."""
        notes = list(self.notes)
        if self.texts:
            numbers = sorted(self.texts)
            are = "is no known place: it is" if len(numbers) == 1 else "are no known places: they are"
            text = f"{_line_numbers(numbers)} {are} scored as text, without a point on the map."
            notes.append((numbers[0], text))
        notes += [(told[0][0], TOLD_ONCE[kind](told)) for kind, told in self.told.items()]
        notes.sort(key=lambda note: note[0])
        more = len(notes) - MAX_NOTES
        listed = (note if isinstance(note, str) else note() for _, note in notes[:MAX_NOTES])
        return (*listed, *([f"And {more} more notes of this kind."] if more > 0 else []))

    def _options(self, line: Line, meaning: Meaning, within: Candidate | None) -> dict[str, Place]:
        """The places that a line may mean, by level; two only where either may be meant, likelier first."""
        if within is None and line.name in CONTINENT_NAMES:
            return {place.level: place for place in self.gazetteer.find(line.name, level="country")}
        if not meaning.readings:
            return {}
        first = meaning.readings[0].place
        if len(meaning.readings) == 1:
            return {first.level: first}
        if first.level == "country":
            countries = [reading.place for reading in meaning.readings if reading.place.level == "country"]
            if len(countries) > 1 and line.point is None:
                names = " or ".join(place.name for place in countries)
                text = f"{_shown(line.name)} may be {names}; the first is meant here."
                self._note(line, f"{text} Write {countries[1].name!r} for the other.")
            return {"country": _nearest(countries, line.point)}
        namesakes: dict[str, list[Place]] = {}
        for reading in sorted(meaning.readings[1:], key=lambda reading: reading.kind not in PLAIN):
            if reading.place.level != "country":  # beside the likeliest, places by their own names: Victoria
                namesakes.setdefault(reading.place.level, []).append(reading.place)
        namesakes = {first.level: [first, *namesakes.pop(first.level, ())], **namesakes}
        options = {level: _nearest(places, line.point) for level, places in namesakes.items()}
        if len(options) > 1:
            city_is_small = next(iter(options)) == "region" and options["city"].population < RIVAL_POPULATION
            if city_is_small or line.children:  # what has parts of its own is the larger of two namesakes
                del options["city"]
        return options

    def _candidate(
        self, line: Line, options: dict[str, Place], meaning: Meaning, beside: "_Beside"
    ) -> Candidate:
        if not options:
            return self._territory(line, beside.within) or self._text(line, meaning, beside.within)
        level = next(iter(options)) if len(options) == 1 or beside.usual not in options else beside.usual
        place = options[level]
        is_plain = len(meaning.readings) == 1 and not meaning.decided_by and meaning.readings[0].kind in PLAIN
        if not is_plain and _needs_note(place, meaning, beside):
            levels = (level,) if level in beside.shared else LEVELS
            if len(options) > 1 and not beside.usual and self._are_far_apart(**options):
                self._note(line, f"{_shown(line.name)} is a region and a city; it is read as the {level}.")
                levels = (level,)
            self._tell_reading(line, place, meaning, levels)
        return _placed(line, place, beside.within, self.gazetteer)

    def _tell_reading(self, line: Line, place: Place, meaning: Meaning, levels: Collection[str]) -> None:
        """What to know where a name was not the place's own, or not the likeliest, or another's as well."""
        reading = next((one for one in meaning.readings if one.place is place), None)
        if reading is None:
            return
        other = rival(reading, meaning, levels)
        if meaning.decided_by in SUGGEST:
            who = SUGGEST[meaning.decided_by]
            if other:
                self._note_later(
                    line, self._rival_note, line, place, other, f", as the labels {who} it suggest"
                )
            else:
                where = self.gazetteer.label(place)
                self._note(line, f"{_shown(line.name)} is read as {where}, as the labels {who} it suggest.")
            return
        if reading.kind in ("code", "other"):
            self._tell(reading.kind, line, f"{_shown(line.name)} is {place.name}")
        country = next((one for one in meaning.places if one.level == "country"), None)
        if country and place.level != "country" and not meaning.decided_by:
            where = self.gazetteer.label(place)
            text = f"{_shown(line.name)} is read as {where}; for the country write {country.name!r}."
            self._note(line, text)
        elif other and not place.level == other.level == "country":
            self._note_later(line, self._rival_note, line, place, other)

    def _rival_note(self, line: Line, place: Place, other: Place, why: str = "") -> str:
        labels = [self.gazetteer.label(one) for one in (place, other)]
        if labels[0] == labels[1]:  # no name tells them apart
            where = ", ".join(map(_degrees, (round(other.latitude, 2), round(other.longitude, 2))))
            return (
                f"Line {line.number}: there are two of the name {labels[0]}; the likelier is meant here."
                f" Write '{other.name} @ {where}' for the other."
            )
        is_near = place.country == other.country
        ways = labels if is_near else [self._way_to_write(one) for one in (place, other)]
        may_be = f"{_shown(line.name)} may be {labels[0]} or {labels[1]}"
        said = f"Line {line.number}: {may_be}; the first is meant here{why}."
        if place.level == "country":
            return f"{said} Write {ways[1]!r} for the other."
        return f"{said} Write {ways[0]!r} or {ways[1]!r} to say which."

    def _way_to_write(self, place: Place) -> str:
        """The shortest name with parents that means this place only."""
        label = self.gazetteer.label(place)
        short = f"{place.name}, {self.gazetteer.country(place.country).name}"
        return short if self.gazetteer.find(short)[:1] == (place,) else label

    def _are_far_apart(self, region: Place, city: Place) -> bool:
        """Whether it matters which of two namesakes is meant: Berlin is its region, New York is not."""
        outside = city.region != region.id
        return outside or (
            bool(self.gazetteer.regions(region.country)) and city.population < 0.8 * region.population
        )

    def _territory(self, line: Line, within: Candidate | None) -> Candidate | None:
        """A country or territory under another one: Puerto Rico under United States."""
        found = self.gazetteer.find(line.name, level="country") if within else ()
        if within is None or not found:
            return None
        self._note(
            line,
            f"{_shown(line.name)} is read as the country or territory, listed under {_shown(within.name)}.",
        )
        return _placed(line, found[0], within, self.gazetteer)

    def _text(self, line: Line, meaning: Meaning, within: Candidate | None) -> Candidate:
        """A label that is no known place, or not meant as one, with a note that says so."""
        fate = (
            f"it is scored as text, {'at the position given' if line.point else 'without a point on the map'}"
        )
        if meaning.left_out is None:
            self._tell_unknown(line, within, fate)
        elif meaning.why == "far" and line.point:
            self._tell_far(line, line.point, meaning.left_out)
        else:
            self._tell(meaning.why, line, f"{_shown(line.name)} ({meaning.left_out.name})")
        country = within.country or within.name if within else ""
        region = within.name if within and within.level == "region" else within.region if within else ""
        return Candidate(line.name, "label", None, line.point, (), line.number, country, region)

    def _tell_unknown(self, line: Line, within: Candidate | None, fate: str) -> None:
        elsewhere = self.gazetteer.find(line.name) if within else ()
        near = () if elsewhere or self._several(line) else self._near_names(line.name, within)
        name = _shown(line.name)
        if within and elsewhere:
            where = self.gazetteer.label(elsewhere[0])
            self._note(line, f"{name} was not found in {_shown(within.name)} (there is {where}); {fate}.")
        elif near:
            names = " or ".join(repr(name) for name in near)
            self._note(line, f"{name} is no known place; {fate}. Did you mean {names}?")
        elif several := self._several(line):
            names = ", ".join(map(repr, several[:MOST_TOLD]))
            self._note(
                line, f"{name} names {len(several)} places and is one label. Write each on a line: {names}."
            )
        elif line.point is None:
            self.texts.append(line.number)

    def _several(self, line: Line) -> tuple[str, ...]:
        """The places that a label names, where it is several."""
        for parts in filter(None, map(wrappings.listed, (line.name, *line.ways[:1]))):
            found = [self.gazetteer.find(part)[:1] for part in parts]
            levels = {place.id: place.level for places in found for place in places}
            if len(levels) == len(parts) and len(set(levels.values())) == 1:
                return parts
        return ()

    def _tell_far(self, line: Line, point: tuple[float, float], place: Place) -> None:
        """The position is far from each place of that name; perhaps its numbers are swapped."""
        away_km = float(great_circle_km(point, (place.latitude, place.longitude)))
        text = f"the position is {away_km:,.0f} km from {self.gazetteer.label(place)}; "
        if self.readings.holds_swapped(place, point):
            text += "with its numbers swapped it would be there. Write latitude, then longitude."
        else:
            text += f"so {_shown(line.name)} is scored as text there."
        self._note(line, text)

    def _near_names(self, name: str, within: Candidate | None) -> tuple[str, ...]:
        self.suggestions += 1
        if self.suggestions > MAX_SUGGESTIONS or name in CONTINENTS:
            return ()
        if within is None or within.place is None:
            return self.gazetteer.suggest(name)
        return self.gazetteer.suggest(name, country=within.place.country)

    def _merged(self, first: Candidate, second: Candidate, line: Line) -> Candidate:
        same = _folded(first.name) == _folded(second.name)
        what = "is there already" if same else f"is the same place as {_shown(first.name)}"
        self._note(line, f"{_shown(second.name)} {what}, on line {first.line}; the two are one label now.")
        own = (first.place.latitude, first.place.longitude) if first.place else None
        return first._replace(point=second.point) if first.point == own and line.point else first

    def _tell(self, kind: str, line: Line, what: str) -> None:
        self.told.setdefault(kind, []).append((line.number, what))

    def _note_later(self, line: Line, make: Callable[..., str], *about: object) -> None:
        """A note that is made if it is listed."""
        self.notes.append((line.number, functools.partial(make, *about)))

    def _note(self, line: Line, text: str) -> None:
        self.notes.append((line.number, f"Line {line.number}: {text}"))


def _nearest(places: Sequence[Place], point: tuple[float, float] | None) -> Place:
    if point is None or len(places) == 1:
        return places[0]
    distances_km = great_circle_km(point, [(place.latitude, place.longitude) for place in places])
    return places[int(distances_km.argmin())]


def _marked(lines: Sequence[Line]) -> list[Line]:
    """The lines from which something was taken off, or may be."""
    marked = [line for line in lines if line.typed or line.ways]
    for line in lines:
        if line.children:
            marked += _marked(line.children)
    return marked


def _shown(name: str) -> str:
    """A name in a note, in quotes; a very long one is cut."""
    return repr(name if len(name) <= MOST_LETTERS else f"{name[:MOST_LETTERS]}...")


def _told(told: Sequence[tuple[int, str]]) -> tuple[str, str]:
    """(the lines, the first few of what is told of them)."""
    most = [what for _, what in told[:MOST_TOLD]]
    more = [f"and {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else []
    return _line_numbers(sorted(number for number, _ in told)), ", ".join([*most, *more])


def _once(words: str) -> Callable[[Sequence[tuple[int, str]]], str]:
    return lambda told: words.format(**dict(zip(("lines", "names"), _told(told), strict=True)))


TOLD_ONCE = {
    "marks": _once("{lines}: marks of a list, numbers, letters and quotes are taken off: {names}."),
    "ways": _once("{lines}: read in another way: {names}."),
    "code": _once("{lines}: read as codes: {names}."),
    "other": _once("{lines}: read as other names: {names}."),
    "uncoded": _once(
        "{lines}: scored as text, for a code counts only among other codes: {names}. Write the name if it is meant."
    ),
    "capitals": _once(
        "{lines}: scored as text, for no place is written with these capitals: {names}. Write the name in brackets if"
        " it is meant."
    ),
    "word": _once(
        "{lines}: scored as text, for these are ordinary words and no place stands beside them: {names}. Write a"
        " place's own name, or its country behind a comma, if it is meant."
    ),
}


def _usual_level(options: Sequence[dict[str, Place]]) -> str:
    """The level that most of the unmistakable siblings have, region or city; "" if neither has more."""
    votes = Counter(level for found in options if len(found) == 1 for level in found)
    if votes["region"] == votes["city"]:
        return ""
    return "region" if votes["region"] > votes["city"] else "city"


class _Beside(NamedTuple):
    """What a line's siblings say of it."""

    within: Candidate | None  # the nearest place above
    usual: str  # the level that most are of, region or city; "" if neither has more
    shared: frozenset[str]  # the levels that two or more are likeliest of

    @classmethod
    def of(cls, options: Sequence[dict[str, Place]], within: Candidate | None) -> "_Beside":
        """From the places that each line may mean, by level."""
        usual = _usual_level(options) if max(map(len, options), default=0) > 1 else ""
        votes = Counter(map(next, map(iter, filter(None, options))))
        return cls(within, usual, frozenset(level for level, count in votes.items() if count > 1))


def _needs_note(place: Place, meaning: Meaning, beside: _Beside) -> bool:
    """Whether a name was not the place's own, or not the likeliest, or may be another's as well."""
    readings = meaning.readings
    if not readings:
        return False
    first = readings[0]
    if first.place is not place or first.kind not in PLAIN or meaning.decided_by in SUGGEST:
        return True
    return len(readings) > 1 and not (place.level == "country" and "country" in beside.shared)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _line_numbers(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"Line {numbers[0]}"
    if len(numbers) > 8:
        return f"Lines {', '.join(map(str, numbers[:6]))} and {len(numbers) - 6} more"
    return f"Lines {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
