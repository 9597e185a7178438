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
import zlib
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from streetclip_demo.errors import DataError
from streetclip_demo.geo import check_points
from streetclip_demo.place_names import Spellings, fold

ASSETS = Path(__file__).resolve().parent.parent / "assets"
ATTRIBUTION = "Place data © GeoNames (geonames.org), CC BY 4.0, modified. Made with Natural Earth."
WORLDVIEW = (
    "Borders follow Natural Earth's German point of view and GeoNames; other views exist. "
    "A probability is not a legal position."
)
LEVELS = ("country", "region", "city")
REMEMBERED_NAMES = 10_000
LARGE_COUNTRIES = ("RU", "CA", "CN", "US", "BR", "AU", "IN", "AR", "KZ")  # over 2.5 million square kilometres
OFFSHORE_DEGREES = 0.5  # a point this near a coast or border still belongs to the nearest country
ALIAS_WEIGHT = 0.15  # a name's own bearer comes before a bigger place that is also called so
DISTRICT_WEIGHT = 0.1


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


class Gazetteer:
    """All places, with names to find them by and outlines to draw and ask them by."""

    def __init__(self, directory, countries, regions, cities):
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
    def load(cls, directory=ASSETS / "gazetteer"):
        """Read the gazetteer's tables from a folder; DataError says which file is missing or damaged."""
        directory = Path(directory)
        return cls(
            directory,
            _read_table(directory / "countries.csv", 8),
            _read_table(directory / "regions.csv.gz", 6),
            _read_table(directory / "cities.csv.gz", 9),
        )

    @cached_property
    def edition(self):
        """The date of the tables, as SOURCE.md gives it, and their digest."""
        names = ("countries.csv", "regions.csv.gz", "cities.csv.gz")
        digest = hashlib.sha256(b"".join((self._directory / name).read_bytes() for name in names)).hexdigest()
        source = self._directory / "SOURCE.md"
        about = source.read_text(encoding="utf-8") if source.exists() else ""
        date = re.search(r"Date of the tables: (\d{4}-\d\d-\d\d)", about)
        return " ".join([*(date.groups() if date else ()), f"sha256:{digest[:16]}"])

    # ------------------------------------------------------------ by code

    @cached_property
    def countries(self):
        """All countries and territories, by name."""
        places = (_country_place(row) for row in self._country_rows.values())
        return tuple(sorted(places, key=lambda place: fold(place.name)))

    def country(self, code):
        """Return a country or territory by its code: ISO 3166 alpha-2, and XK for Kosovo."""
        if code not in self._country_rows:
            raise KeyError(
                f"No country has the code {code!r}; codes are those of ISO 3166, and XK for Kosovo."
            )
        return _country_place(self._country_rows[code])

    def continent(self, code):
        """Return the continent of a country: one of seven English names."""
        return self._continents[self.country(code).id]

    def region(self, id):
        """Return a region by its id, such as "US.CA"."""
        if id not in self._region_rows:
            raise KeyError(f"No region has the id {id!r}; ids are GeoNames codes such as 'US.CA'.")
        return _region_place(self._region_rows[id])

    def regions(self, country_code):
        """Return the regions of one of the large countries, by name; () for all others."""
        if country_code not in LARGE_COUNTRIES:
            return ()
        rows = [row for id, row in self._region_rows.items() if id.partition(".")[0] == country_code]
        places = [_region_place(row) for row in rows]
        return tuple(sorted(places, key=lambda place: fold(place.name)))

    def cities(self, country_code, region=None, limit=None):
        """Return the cities of a country or of one of its regions, most populous first, without districts."""
        places = []
        for row in self._city_rows.get(country_code, ()):
            if limit is not None and len(places) >= limit:
                break
            if row[7] == "0" and region in (None, row[5]):
                places.append(_city_place(row))
        return tuple(places)

    def note(self, code):
        """Return a note on a country or territory whose borders or status are disputed, or None."""
        return self._notes.get(code)

    def label(self, place):
        """Return a place's name with its parents: "Springfield, Illinois, United States"."""
        names = [place.name]
        if place.level != "country":
            names.append(self.country(place.country).name)
        if place.level == "city" and place.region in self._region_rows:
            names.insert(1, self.region(place.region).name)
        if names[0] == names[-1]:  # Singapore
            names = names[:1]
        return ", ".join(dict.fromkeys(names))

    # ------------------------------------------------------------ by name

    def find(self, name, *, level=None, country=None, region=None):
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
            Countries first. Then the more populous first, where a place that is only *also* called so, and a
            district, counts less; a region comes after its own city of the same name if that holds a tenth of
            its people.
        """
        return self._found(name, level, country, region)

    def _find(self, name, level, country, region):
        key = fold(name)
        weighted = [
            (_weight(place, keys, key), place)
            for place, keys in self._named(key, name.strip(), level, country)
            if country in (None, place.country) and region in (None, place.region)
        ]
        if not weighted and "," in name:
            return self._find_inside(name, level, country, region)
        return _ranked(weighted)

    def _named(self, key, code, level, country):
        """Yield (place, its keys) for a folded name, and for a code in capitals."""
        if level in (None, "country"):
            rows = self._country_codes.get(code) or self._country_index.get(key, ())
            yield from ((_country_place(row), row[7]) for row in rows)
        if level in (None, "region"):
            rows = list(self._region_index.get(key, ()))
            if code.isupper() and f"{country}.{code}" in self._region_rows:
                rows.append(self._region_rows[f"{country}.{code}"])
            yield from ((_region_place(row), row[5]) for row in rows)
        if level in (None, "city"):
            yield from ((_city_place(row), row[8]) for row in self._city_index.get(key, ()))

    def _find_inside(self, name, level, country, region):
        """Find "Paris, Texas, United States": the last part names a parent of the rest."""
        rest, _, last = name.rpartition(",")
        found = []
        for parent in self.find(last, country=country):
            if parent.level == "country" and country is None:
                found += self.find(rest, level=level, country=parent.id, region=region)
            elif parent.level == "region" and region is None:
                found += self.find(rest, level=level, country=parent.country, region=parent.id)
        return tuple(dict.fromkeys(found))

    def suggest(self, name, *, level=None, country=None, limit=3):
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
    def _country_codes(self):
        """Rows by both of a country's codes."""
        codes = {}
        for row in self._country_rows.values():
            for code in dict.fromkeys(row[:2]):
                codes.setdefault(code, []).append(row)
        return codes

    @cached_property
    def _country_index(self):
        return _index(self._country_rows.values(), 7)

    @cached_property
    def _region_index(self):
        return _index(self._region_rows.values(), 5)

    @cached_property
    def _city_index(self):
        return _index((row for rows in self._city_rows.values() for row in rows), 8)

    @cached_property
    def _spellings(self):
        """All names of countries, but only their own names of regions and cities."""
        entries = []
        for row in self._country_rows.values():
            entries += ((key, row[2], "country", row[0], row[6]) for key in row[7].split("|"))
        for id, row in self._region_rows.items():
            entries.append((row[5].partition("|")[0], row[1], "region", id.partition(".")[0], row[4]))
        for code, rows in self._city_rows.items():
            entries += ((row[8].partition("|")[0], row[1], "city", code, row[6]) for row in rows)
        return Spellings(entries)

    # ------------------------------------------------------------ shapes

    def outlines(self, codes=None):
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

    def country_at(self, points):
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
        points = check_points(points).reshape(-1, 2)
        longitudes = (points[:, 1] + 180) % 360 - 180
        found = [None] * len(points)
        best = np.full(len(points), np.inf)
        for shift in (0, -360, 360):  # the nearest land may lie across the antimeridian
            near = np.flatnonzero(np.abs(longitudes + shift) <= 180 + OFFSHORE_DEGREES)
            shifted = geopandas.points_from_xy(longitudes[near] + shift, points[near, 0])
            pairs, distances = index.nearest(
                shifted, max_distance=OFFSHORE_DEGREES, return_distance=True, return_all=False
            )
            for position, polygon, distance in zip(near[pairs[0]], pairs[1], distances, strict=True):
                if distance < best[position]:
                    best[position], found[position] = distance, codes[polygon]
        return found

    @cached_property
    def _outline_features(self):
        features = self._read_json("outlines.geojson")["features"]
        return {feature["properties"]["code"]: feature for feature in features}

    @cached_property
    def _polygons(self):
        import geopandas

        features = self._read_json("countries.geojson.gz")["features"]
        parts = geopandas.GeoDataFrame.from_features(features).explode()  # a country's islands one by one
        return parts.sindex, parts["code"].tolist()

    @cached_property
    def _notes(self):
        return self._read_json("disputed.json")

    def _read_json(self, name):
        path = self._directory / name
        try:
            return json.loads(_read_bytes(path))
        except ValueError as error:
            raise _damaged(path) from error


def _country_place(row):
    code, _, name, latitude, longitude, _, population, _ = row
    return Place(code, name, "country", float(latitude), float(longitude), code, None, int(population))


def _region_place(row):
    id, name, latitude, longitude, population, _ = row
    point = float(latitude), float(longitude)
    return Place(id, name, "region", *point, id.partition(".")[0], id, int(population))


def _city_place(row):
    id, name, latitude, longitude, country, region, population, is_district, _ = row
    point = float(latitude), float(longitude)
    return Place(id, name, "city", *point, country, region or None, int(population), is_district == "1")


def _weight(place, keys, key):
    weight = place.population + 1
    if keys.partition("|")[0] != key:
        weight *= ALIAS_WEIGHT
    return weight * (DISTRICT_WEIGHT if place.is_district else 1)


def _ranked(weighted):
    """Sort (weight, place) as `find` promises; return the places."""
    weights = {place: weight for weight, place in weighted}
    regions = {place.id: place for place in weights if place.level == "region"}
    for place in weights:
        region = regions.get(place.region) if place.level == "city" else None
        if region is not None and 10 * place.population >= region.population:
            weights[region] = min(weights[region], weights[place] - 1)
    return tuple(sorted(weights, key=lambda place: (place.level != "country", -weights[place], place.id)))


def _grouped(rows, key):
    groups = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def _index(rows, column):
    """Return {folded name: rows}, from the column that holds each row's folded names."""
    index = defaultdict(list)
    for row in rows:
        for key in row[column].split("|"):
            index[key].append(row)
    return dict(index)


def _read_table(path, columns):
    """Return the rows of a CSV file below its heading, as lists of strings."""
    try:
        text = _read_bytes(path).decode()
        rows = list(csv.reader(text.splitlines()))
    except ValueError as error:
        raise _damaged(path) from error
    if not text.endswith("\n") or len(rows) < 2 or any(len(row) != columns for row in rows):
        raise _damaged(path)
    return rows[1:]


def _read_bytes(path):
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


def _damaged(path):
    return DataError(
        f"The gazetteer's file {path.name} in {path.parent} is damaged. "
        "Take a fresh copy of the app, or make the file with scripts/build_gazetteer.py."
    )
