"""The places we can name: countries or territories, regions, cities. Knows nothing of models or captions.

The files are made by scripts/build_gazetteer.py from GeoNames and Natural Earth; assets/gazetteer/SOURCE.md
describes them. Reading them takes about a tenth of a second; the search index is made, and the polygons are
read, when first asked for.
"""

import csv
import gzip
import hashlib
import json
import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from streetclip_demo.errors import DataError
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.places.geo import check_points, great_circle_km
from streetclip_demo.places.spelling import Spellings, fold

LEVELS = ("country", "region", "city")
REMEMBERED_NAMES = 10_000
LARGE_COUNTRIES = ("RU", "CA", "CN", "US", "BR", "AU", "IN", "AR", "KZ")  # over 2.5 million square kilometres
CODED_COUNTRIES = ("US", "CA", "AU", "BR", "IN")  # whose regions' codes are written without the country
OFFSHORE_DEGREES = 0.5  # a point this near a coast or border still belongs to the nearest country
ALIAS_WEIGHT = 0.15  # a name's own bearer comes before a bigger place that is also called so
DISTRICT_WEIGHT = 0.1
CITY_EXTENT_KM, EXTENT_OF_ROOT = 30, 0.02  # km, and km per square root of a city's people
REGION_EXTENT_KM, EXTENT_OF_REGION = 150, 1.5  # beyond, and times, the way to its farthest city
COUNTRY_EXTENT_KM = 100  # beyond the farthest corner of its outline
EXACT_POPULATION = (
    20_000  # a city or region of more people comes before a country that another language calls so
)


@dataclass(frozen=True)
class Place:
    """A named place.

    Parameters
    ----------
    id : str
        "FR" for a country, "US.CA" for a region, the GeoNames id "2988507" for a city.
    name : str
        In English.
    level : str
        "country" (or territory), "region" or "city".
    latitude, longitude : float
        In degrees. A country's point lies inside it; a region's is the city nearest to where its people live.
    country : str
        ISO 3166 code; XK for Kosovo.
    region : str or None
        Id of the region, where there is one.
    population : int
        People; city and metropolitan figures are mixed, so they are good for ranking only.
    is_district : bool
        Whether a city is part of a bigger one, as Brooklyn is.
    """

    id: str
    name: str
    level: str
    latitude: float
    longitude: float
    country: str
    region: str | None
    population: int
    is_district: bool = False


class Reading(NamedTuple):
    """A place that a name may mean."""

    place: Place
    weight: float  # people, less of them where the place is only also called so, or is a district
    kind: str  # what the name is: "own", another "english" one, an "other" language's, or a "code"
    is_word: bool = False  # whether the name is an ordinary English word too
    names: int = 0  # how many other names the place has


Row = list[str]  # of a table


class Gazetteer:
    """All places, with names to find them by and outlines to draw and ask them by."""

    def __init__(self, directory: Path, countries: list[Row], regions: list[Row], cities: list[Row]):
        """Take tables as `load` reads them: rows of strings in the order of the files' columns."""
        self._directory = directory
        self._continents = {row[0]: row[5] for row in countries}
        self._country_rows = {row[0]: row for row in countries}
        self._region_rows = {row[0]: row for row in regions}
        self._found = lru_cache(maxsize=REMEMBERED_NAMES)(
            self._find
        )  # a list is looked up again at each edit
        self._city_rows = _grouped(cities, lambda row: row[4])  # {country: rows, most populous first}

    @classmethod
    def load(cls, directory: str | Path = ASSETS / "gazetteer") -> "Gazetteer":
        """Read the gazetteer's tables from a folder; DataError says which file is missing or damaged."""
        directory = Path(directory)
        return cls(
            directory,
            _read_table(directory / "countries.csv", 8),
            _read_table(directory / "regions.csv.gz", 6),
            _read_table(directory / "cities.csv.gz", 9),
        )

    @cached_property
    def edition(self) -> str:
        """The date of the tables, as SOURCE.md gives it, and their digest."""
        names = ("countries.csv", "regions.csv.gz", "region_codes.csv", "cities.csv.gz")
        digest = hashlib.sha256(b"".join((self._directory / name).read_bytes() for name in names)).hexdigest()
        source = self._directory / "SOURCE.md"
        about = source.read_text(encoding="utf-8") if source.exists() else ""
        date = re.search(r"Date of the tables: (\d{4}-\d\d-\d\d)", about)
        return " ".join([*(date.groups() if date else ()), f"sha256:{digest[:16]}"])

    # ------------------------------------------------------------ by code

    @cached_property
    def countries(self) -> tuple[Place, ...]:
        """All countries and territories, by name."""
        return tuple(sorted(self._country_places.values(), key=lambda place: fold(place.name)))

    @cached_property
    def _country_places(self) -> dict[str, Place]:
        return {code: _country_place(row) for code, row in self._country_rows.items()}

    @cached_property
    def _region_places(self) -> dict[str, Place]:
        return {id: _region_place(row) for id, row in self._region_rows.items()}

    def country(self, code: str) -> Place:
        """Return a country or territory by its code: ISO 3166 alpha-2, and XK for Kosovo."""
        if code not in self._country_places:
            raise KeyError(
                f"No country has the code {code!r}; codes are those of ISO 3166, and XK for Kosovo."
            )
        return self._country_places[code]

    def continent(self, code: str) -> str:
        """Return the continent of a country: one of seven English names."""
        return self._continents[self.country(code).id]

    def region(self, id: str) -> Place:
        """Return a region by its id, such as "US.CA"."""
        if id not in self._region_places:
            raise KeyError(f"No region has the id {id!r}; ids are GeoNames codes such as 'US.CA'.")
        return self._region_places[id]

    def regions(self, country_code: str) -> tuple[Place, ...]:
        """Return the regions of one of the large countries, by name; () for all others."""
        if country_code not in LARGE_COUNTRIES:
            return ()
        places = [place for place in self._region_places.values() if place.country == country_code]
        return tuple(sorted(places, key=lambda place: fold(place.name)))

    def cities(
        self, country_code: str, region: str | None = None, limit: int | None = None
    ) -> tuple[Place, ...]:
        """Return the cities of a country or of one of its regions, most populous first, without districts.

        With a limit, no two of them have one name, for they would be one label: the bigger is taken.
        """
        rows = (
            row for row in self._city_rows.get(country_code, ()) if row[7] == "0" and region in (None, row[5])
        )
        if limit is None:
            return tuple(map(_city_place, rows))
        places: dict[str, Row] = {}
        for row in rows:
            if len(places) >= limit:
                break
            places.setdefault(row[8].partition("|")[0], row)
        return tuple(map(_city_place, places.values()))

    def rarity(self, id: str) -> float:
        """Return how many times as many people are in the world as in a country ("US") or region ("US.CA")."""
        in_countries, in_cities = self._people
        if id in self._region_rows:
            return in_cities / (1 + int(self._region_rows[id][4]))
        return in_countries / (1 + int(self._country_rows[id][6]))

    @cached_property
    def _people(self) -> tuple[int, int]:
        """The people of all countries, and of all regions: those are in cities."""
        countries = sum(int(row[6]) for row in self._country_rows.values())
        return countries, sum(int(row[4]) for row in self._region_rows.values())

    def note(self, code: str) -> str | None:
        """Return a note on a country or territory whose borders or status are disputed, or None."""
        return self._notes.get(code)

    def label(self, place: Place) -> str:
        """Return a place's name with its parents: "Springfield, Illinois, United States"."""
        names = [place.name]
        if place.level != "country":
            names.append(self.country(place.country).name)
        if place.level == "city" and place.region and place.region in self._region_rows:
            names.insert(1, self.region(place.region).name)
        if names[0] == names[-1]:  # Singapore
            names = names[:1]
        return ", ".join(dict.fromkeys(names))

    # ------------------------------------------------------------ by name

    def find(
        self, name: str, *, level: str | None = None, country: str | None = None, region: str | None = None
    ) -> tuple[Place, ...]:
        """Return the places that a name may mean, the likeliest first; () if there are none.

        Accents, case, punctuation and articles do not matter, many other names are known ("Holland",
        "Saigon", "Deutschland"), codes are in capitals ("US"), and parents may follow
        ("Paris, Texas, United States").

        Parameters
        ----------
        name : str
            The name as a person writes it.
        level : {"country", "region", "city"}, optional
            Only places of this level.
        country, region : str, optional
            Only places inside the country ("US") or region ("US.CA") of this code.

        Returns
        -------
        tuple[Place, ...]
            Countries by their English names first. Then the more populous first, where a place that is only *also*
            called so, and a district, counts less; a region comes after its own city of the same name if that
            holds a tenth of its people. A country's name in another language comes before these, but not before a
            city or region of more than 20,000 people that is spelt so. Among namesakes, typed accents must match.
        """
        return tuple(reading.place for reading in self.readings(name, level, country, region))

    def readings(
        self,
        name: str,
        level: str | None = None,
        country: str | None = None,
        region: str | None = None,
        codes: bool = True,
    ) -> tuple[Reading, ...]:
        """Return what `find` does, with what each was found by; without `codes`, "IT" is not Italy."""
        return self._found(name, level, country, region, codes)

    def _find(
        self, name: str, level: str | None, country: str | None, region: str | None, codes: bool
    ) -> tuple[Reading, ...]:
        key = fold(name)
        code = name.strip() if codes else ""
        readings = {
            reading.place: reading
            for reading in self._named(key, code, level, country)
            if country in (None, reading.place.country) and region in (None, reading.place.region)
        }
        if not readings and "," in name:
            return self._find_inside(name, level, country, region, codes)
        ranked = _ranked(list(readings.values()), name)
        if region:  # Cambridge in Massachusetts, and not Newton, which was called so
            ranked = tuple(sorted(ranked, key=lambda reading: reading.kind == "other"))
        if key not in self.words:
            return ranked
        return tuple(reading._replace(is_word=True) for reading in ranked)

    def _named(self, key: str, code: str, level: str | None, country: str | None) -> Iterator[Reading]:
        """Yield a reading for each place of a folded name, and of a code in capitals."""
        if level in (None, "country"):
            coded = self._country_codes.get(code, ())
            yield from (_reading(_country_place(row), row[7], key, bool(coded)) for row in coded)
            rows = () if coded else self._country_index.get(key, ())
            yield from (_reading(_country_place(row), row[7], key) for row in rows)
        if level in (None, "region"):
            of_code = self._region_codes.get(code, {}).get(country) if code and country else None
            if of_code:
                yield _reading(_region_place(of_code), of_code[5], key, is_code=True)
            yield from (_reading(_region_place(row), row[5], key) for row in self._region_index.get(key, ()))
        if level in (None, "city"):
            yield from (_reading(_city_place(row), row[8], key) for row in self._city_index.get(key, ()))

    def _find_inside(
        self, name: str, level: str | None, country: str | None, region: str | None, codes: bool
    ) -> tuple[Reading, ...]:
        """Find "Paris, Texas, United States": the last part names a parent of the rest."""
        rest, _, last = name.rpartition(",")
        found: list[Reading] = []
        for parent in self.find(last, country=country):
            if parent.level == "country" and country is None:
                found += self.readings(rest, level, parent.id, region, codes)
            elif parent.level == "region" and region is None:
                found += self.readings(rest, level, parent.country, parent.id, codes)
        if country is None and not found:  # "Paris, TX", as Americans write
            for state in self.coded_regions(last.strip()) or self._begun_regions(last.strip()):
                found += self.readings(rest, level, state.country, state.id, codes)
        return tuple({reading.place: reading for reading in reversed(found)}.values())[::-1]

    def _begun_regions(self, abbreviation: str) -> tuple[Place, ...]:
        """The regions of the same countries that begin so: "Mass." """
        if not abbreviation.endswith(".") or len(abbreviation) < 4:
            return ()
        regions = [region for country in CODED_COUNTRIES for region in self.regions(country)]
        return tuple(region for region in regions if fold(region.name).startswith(fold(abbreviation)))

    def coded_regions(self, code: str) -> tuple[Place, ...]:
        """Return the regions of the countries whose own codes people write by themselves ("TX", "NSW")."""
        rows = self._region_codes.get(code, {})
        return tuple(_region_place(rows[country]) for country in CODED_COUNTRIES if country in rows)

    @cached_property
    def words(self) -> frozenset[str]:
        """Folded names of places that are ordinary English words in small letters too, and the shortest ones."""
        return frozenset(own_text(self._directory / "words.txt").split())

    def suggest(
        self, name: str, *, level: str | None = None, country: str | None = None, limit: int = 3
    ) -> tuple[str, ...]:
        """Return the names of places that are spelt like a name nobody has, the likeliest first.

        Parameters
        ----------
        name : str
            The name as a person wrote it.
        level : {"country", "region", "city"}, optional
            Only places of this level.
        country : str, optional
            Only places inside the country of this code.
        limit : int
            How many names at most.

        Returns
        -------
        tuple[str, ...]
            Names that `find` knows; () if none is near.
        """
        return self._spellings.near(name, level=level, country=country, limit=limit)

    @cached_property
    def _country_codes(self) -> dict[str, list[Row]]:
        """Rows by both of a country's codes."""
        codes: dict[str, list[Row]] = {}
        for row in self._country_rows.values():
            for code in dict.fromkeys(row[:2]):
                codes.setdefault(code, []).append(row)
        return codes

    @cached_property
    def _region_codes(self) -> dict[str, dict[str, Row]]:
        """{code within the country: {country: row}}, by ISO 3166-2."""
        codes: dict[str, dict[str, Row]] = {}
        path = self._directory / "region_codes.csv"
        for whole, id in _read_table(path, 2):
            if id not in self._region_rows:
                raise _damaged(path)
            country, _, code = whole.partition("-")
            codes.setdefault(code, {})[country] = self._region_rows[id]
        return codes

    @cached_property
    def _country_index(self) -> dict[str, list[Row]]:
        return _index(self._country_rows.values(), 7)

    @cached_property
    def _region_index(self) -> dict[str, list[Row]]:
        return _index(self._region_rows.values(), 5)

    @cached_property
    def _city_index(self) -> dict[str, list[Row]]:
        return _index((row for rows in self._city_rows.values() for row in rows), 8)

    @cached_property
    def _spellings(self) -> Spellings:
        """All names of countries, but only their own names, and foreign ones, of regions, and own ones of cities."""
        entries: list[tuple[str, str, str, str, str]] = []
        for row in self._country_rows.values():
            entries += ((key, row[2], "country", row[0], row[6]) for key in row[7].split("|") if key)
        for id, row in self._region_rows.items():
            own, foreign = row[5].partition("|")[0], row[5].partition("||")[2].split("|")
            entries += (
                (key, row[1], "region", id.partition(".")[0], row[4]) for key in (own, *foreign) if key
            )
        for code, rows in self._city_rows.items():
            entries += ((row[8].partition("|")[0], row[1], "city", code, row[6]) for row in rows)
        return Spellings(entries)

    # ------------------------------------------------------------ shapes

    def outlines(self, codes: Iterable[str] | None = None) -> dict[str, Any]:
        """Return outlines for a web map as a GeoJSON FeatureCollection.

        Parameters
        ----------
        codes : iterable of str, optional
            Countries to give; all but Antarctica, which the usual map cannot show, if left out.

        Returns
        -------
        dict
            Features have the properties "code" and "name". Coordinates are (longitude, latitude), to two
            decimals, simplified to 0.15 degree of the equator; the smallest countries are points. Do not
            change the features, which are shared between calls.
        """
        features = self._outline_features
        chosen = features.keys() - {"AQ"} if codes is None else set(codes)
        drawn = [feature for code, feature in features.items() if code in chosen]
        return {"type": "FeatureCollection", "features": drawn}

    def country_at(self, points: ArrayLike) -> list[str | None]:
        """Return the country at each point: the one it lies in, or the nearest within half a degree.

        Parameters
        ----------
        points : array_like, shape (n, 2)
            Points as (latitude, longitude) in degrees.

        Returns
        -------
        list[str or None]
            Codes; None on the open sea.
        """
        import geopandas  # here, because only this needs it

        index, codes = self._polygons
        asked = check_points(points).reshape(-1, 2)
        longitudes = (asked[:, 1] + 180) % 360 - 180
        found: list[str | None] = [None] * len(asked)
        best = np.full(len(asked), np.inf)
        for shift in (0, -360, 360):  # the nearest land may lie across the antimeridian
            near = np.flatnonzero(np.abs(longitudes + shift) <= 180 + OFFSHORE_DEGREES)
            shifted = geopandas.points_from_xy(longitudes[near] + shift, asked[near, 0])
            pairs, distances = index.nearest(
                shifted, max_distance=OFFSHORE_DEGREES, return_distance=True, return_all=False
            )
            for position, polygon, distance in zip(near[pairs[0]], pairs[1], distances, strict=True):
                if distance < best[position]:
                    best[position], found[position] = distance, codes[polygon]
        return found

    def countries_at(self, points: ArrayLike) -> list[str | None]:
        """Return what `country_at` does, ten times as fast where points are many: polygons are asked."""
        import geopandas

        index, codes = self._polygons
        asked = check_points(points).reshape(-1, 2)
        longitudes = (asked[:, 1] + 180) % 360 - 180
        there = geopandas.GeoSeries(geopandas.points_from_xy(longitudes, asked[:, 0]))
        polygons, inside = there.sindex.query(index.geometries, predicate="contains")
        found: list[str | None] = [None] * len(asked)
        for polygon, position in zip(polygons.tolist(), inside.tolist(), strict=True):
            found[position] = found[position] or codes[polygon]
        left = [position for position, code in enumerate(found) if code is None]
        for position, code in zip(left, self.country_at(asked[left]) if left else (), strict=True):
            found[position] = code
        return found

    def extent_km(self, place: Place) -> float:
        """Return how far from a place's point may still be in it: a generous guess, in kilometres."""
        if place.level == "city":
            return CITY_EXTENT_KM + EXTENT_OF_ROOT * place.population**0.5
        return self._extents(place)

    @cached_property
    def _extents(self) -> Callable[[Place], float]:
        return lru_cache(maxsize=REMEMBERED_NAMES)(self._extent)

    def _extent(self, place: Place) -> float:
        own = place.latitude, place.longitude
        if place.level == "country":
            corners = np.array(_corners(self._outline_features[place.id]["geometry"]["coordinates"]))
            return COUNTRY_EXTENT_KM + float(great_circle_km(own, corners[:, ::-1]).max())
        cities = [(city.latitude, city.longitude) for city in self.cities(place.country, place.id)]
        farthest = float(great_circle_km(own, cities).max()) if cities else 0
        return REGION_EXTENT_KM + EXTENT_OF_REGION * farthest

    @cached_property
    def _outline_features(self) -> dict[str, dict[str, Any]]:
        features = self._read_json("outlines.geojson")["features"]
        return {feature["properties"]["code"]: feature for feature in features}

    @cached_property
    def _polygons(self) -> tuple[Any, list[str]]:
        import geopandas

        features = self._read_json("countries.geojson.gz")["features"]
        parts = geopandas.GeoDataFrame.from_features(features).explode()  # a country's islands one by one
        return parts.sindex, parts["code"].tolist()

    @cached_property
    def _notes(self) -> dict[str, str]:
        return self._read_json("disputed.json")

    def _read_json(self, name: str) -> Any:
        path = self._directory / name
        try:
            return json.loads(_read_bytes(path))
        except ValueError as error:
            raise _damaged(path) from error


def _country_place(row: Row) -> Place:
    code, _, name, latitude, longitude, _, population, _ = row
    return Place(code, name, "country", float(latitude), float(longitude), code, None, int(population))


def _region_place(row: Row) -> Place:
    id, name, latitude, longitude, population, _ = row
    point = float(latitude), float(longitude)
    return Place(id, name, "region", *point, id.partition(".")[0], id, int(population))


def _city_place(row: Row) -> Place:
    id, name, latitude, longitude, country, region, population, is_district, _ = row
    point = float(latitude), float(longitude)
    return Place(id, name, "city", *point, country, region or None, int(population), is_district == "1")


def _reading(place: Place, keys: str, key: str, is_code: bool = False) -> Reading:
    """What a folded name, one of a place's keys, says of it: its own, others in English || those of other languages."""
    english = keys.partition("||")[0]
    is_own = english.partition("|")[0] == key
    weight = (place.population + 1) * (1 if is_own else ALIAS_WEIGHT)
    kind = "own" if is_own else "english" if key in english.split("|") else "other"
    weight *= DISTRICT_WEIGHT if place.is_district else 1
    return Reading(place, weight, "code" if is_code else kind, names=keys.count("|"))


def _ranked(readings: Sequence[Reading], name: str) -> tuple[Reading, ...]:
    """Sort readings of a name as `find` promises."""
    weights = {reading.place: reading.weight for reading in readings}
    if len(readings) < 2:
        return tuple(readings)
    regions = {place.id: place for place in weights if place.level == "region"}
    for place in weights:
        region = regions.get(place.region) if place.level == "city" and place.region else None
        if region is not None and 10 * place.population >= region.population:
            weights[region] = min(weights[region], weights[place] - 1)
    spelt = _spelt(name)
    # Against a country's name in another language a city needs its whole name, with its accents.
    is_strict = any(reading.place.level == "country" and reading.kind == "other" for reading in readings)
    whole = spelt if is_strict or not name.isascii() else None
    exact = {reading.place for reading in readings if _is_exact(reading, whole)}
    if exact and not is_strict:
        exact |= {reading.place for reading in readings if _is_shortened(reading, name)}

    is_spelt = not name.isascii() and any(
        reading.kind == "own" and _spelt(reading.place.name) == spelt for reading in readings
    )

    def order(reading: Reading) -> tuple:
        place = reading.place
        if place.level == "country":
            tier = 2 if reading.kind == "other" and exact else 0
        else:
            tier = 1 if place in exact else 3
        accents_differ = is_spelt and reading.kind == "own" and _spelt(place.name) != spelt
        return tier, accents_differ, -weights[place], place.id

    return tuple(sorted(readings, key=order))


def _is_exact(reading: Reading, spelt: str | None) -> bool:
    """Whether a name is that of a city or region in English; what is only called so abroad comes after it."""
    place = reading.place
    if place.level == "country" or place.is_district or place.population <= EXACT_POPULATION:
        return False
    is_decided = place.level == "city" and reading.kind == "english"  # Odessa is Odesa
    is_spelt = spelt is None or _spelt(place.name) == spelt
    return is_decided or (reading.kind == "own" and is_spelt)


def _is_shortened(reading: Reading, name: str) -> bool:
    """Whether people leave words of a city's own name out: Halle (Saale), Victoria de Durango."""
    place = reading.place
    if place.level != "city" or reading.kind != "other" or place.is_district:
        return False
    return f" {fold(name)} " in f" {fold(place.name).replace('-', ' ')} "


def _spelt(name: str) -> str:
    """A name as it is compared with its accents."""
    return unicodedata.normalize("NFC", name.strip()).casefold()


def _corners(coordinates: list) -> list[list[float]]:
    """All points of a GeoJSON geometry, as [longitude, latitude]."""
    if not isinstance(coordinates[0], list):
        return [coordinates]
    return [corner for part in coordinates for corner in _corners(part)]


def _grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def _index(rows: Iterable[Row], column: int) -> dict[str, list[Row]]:
    """Return {folded name: rows}, from the column that holds each row's folded names."""
    index: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for key in row[column].split("|"):
            index[key].append(row)
    index.pop("", None)  # between the bars that part languages
    return dict(index)


def _read_table(path: Path, columns: int) -> list[Row]:
    """Return the rows of a CSV file below its heading, as lists of strings."""
    try:
        text = _read_bytes(path).decode()
        rows = list(csv.reader(text.splitlines()))
    except ValueError as error:
        raise _damaged(path) from error
    if not text.endswith("\n") or len(rows) < 2 or any(len(row) != columns for row in rows):
        raise _damaged(path)
    return rows[1:]


def _read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except FileNotFoundError as error:
        raise DataError(
            f"The gazetteer's file {path.name} is missing from {path.parent}. "
            "Take a fresh copy of the app, or make the file with scripts/build_gazetteer.py."
        ) from error
    except (EOFError, OSError, zlib.error) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> DataError:
    return DataError(
        f"The gazetteer's file {path.name} in {path.parent} is damaged. "
        "Take a fresh copy of the app, or make the file with scripts/build_gazetteer.py."
    )
