#!/usr/bin/env bash
# geopy reads a position in degrees and minutes on the wrong side of Greenwich, or of the equator, where the degrees are "-0".
#
# Expected: Point("51 30m 26s, -0 7m 39s") is in London, 0.1275 degrees west: Point takes degrees, minutes and seconds with a sign, as it takes "-0.1275".
# Seen: geopy 2.5.0 asks whether float("-0") is below 0, which it is not, and adds the minutes: 0.1275 degrees east, 18 km from there, though it keeps the sign of
# "-1 17m 11s". All within a degree of Greenwich's meridian or the equator is hit: London, Accra, Quito. With "W" or "S" in place of the sign it is
# right, and lat_lon_parser 1.3.1 reads both. Point's own format() writes letters, so it comes to light with other people's tables.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q geopy==2.5.0 lat-lon-parser==1.3.1
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

from geopy.distance import great_circle
from geopy.point import Point
from lat_lon_parser import parse

# what is read, and where it is by hand: degrees + minutes / 60 + seconds / 3600
PLACES = {
    "London": ("51°30'26\", -0°7'39\"", (51.507222, -0.1275)),
    "London without signs": ("51°30'26\" N, 0°7'39\" W", (51.507222, -0.1275)),
    "London in decimals": ("51.507222, -0.1275", (51.507222, -0.1275)),
    "Accra": ("5 33m 0s, -0 12m 0s", (5.55, -0.2)),
    "Quito": ("-0°13'12\", -78°30'45\"", (-0.22, -78.5125)),
    "Nairobi": ("-1°17'11\", 36°49'2\"", (-1.286389, 36.817222)),
}
print(*(f"{name} {version(name)}" for name in ("geopy", "lat-lon-parser")), sep=", ")
off, off_elsewhere = {}, {}
for place, (written, truth) in PLACES.items():
    point = Point(written)
    by_parser = tuple(parse(part.replace("m", "'").replace("s", '"')) for part in written.split(","))
    off[place], off_elsewhere[place] = (round(great_circle(read, truth).km) for read in (point, by_parser))
    print(f"{place:21}{written:26} {point.latitude:8.4f}, {point.longitude:8.4f}: {off[place]} km off; lat_lon_parser {off_elsewhere[place]} km")
wrong = {place: km for place, km in off.items() if km}
is_so = wrong == {"London": 18, "Accra": 44, "Quito": 49} and not any(off_elsewhere.values())
sys.exit(0 if is_so else f"This has changed: {wrong}")
PY
