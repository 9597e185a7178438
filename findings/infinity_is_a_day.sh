#!/usr/bin/env bash
# One column of labels, three readers with their defaults, three types that nobody wrote.
#
# Expected: a column of the text "inf" is text, or at worst a floating-point number (as pandas has it), everywhere the same.
# Seen: DuckDB 2.0.1 takes it for DATE and hands Python date(9999, 12, 31), "-inf" the first day of the year 1, and "epoch" 1970-01-01;
# with read_json a JSON *string* "Infinity" too. In GeoJSON, where pyogrio keeps "inf" as text, "10:10+02" comes back as
# the time 10:10, and the zone is lost.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q duckdb==2.0.1 pandas==3.1.1 geopandas==1.2.0 pyogrio==0.13.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datetime
import json
import sys
from importlib.metadata import version

import duckdb
import geopandas
import pandas

print(*(f"{name} {version(name)}" for name in ("duckdb", "pandas", "geopandas", "pyogrio")), sep=", ")


def in_csv(label):
    with open("labels.csv", "w", encoding="utf-8") as file:
        file.write(f'label,n\n"{label}",1\n"{label}",2\n')
    rows = duckdb.sql("SELECT * FROM read_csv('labels.csv')")
    return str(rows.types[0]), rows.fetchall()[0][0], pandas.read_csv("labels.csv")["label"].iloc[0]


def in_geojson(label):
    point = {"type": "Point", "coordinates": [8.5, 47.2]}
    feature = {"type": "Feature", "geometry": point, "properties": {"label": label}}
    with open("labels.geojson", "w", encoding="utf-8") as file:
        json.dump({"type": "FeatureCollection", "features": [feature, feature]}, file)
    rows = duckdb.sql("SELECT label FROM read_json('labels.geojson')")
    return str(rows.types[0]), rows.fetchall()[0][0], geopandas.read_file("labels.geojson")["label"].iloc[0]


seen = {("csv", label): in_csv(label) for label in ("inf", "-inf", "epoch")}
seen |= {("geojson", label): in_geojson(label) for label in ("Infinity", "10:10+02")}
for (form, label), (kind, by_duckdb, by_pandas) in seen.items():
    print(f"{form:8}{label!r:12} DuckDB {kind}: {by_duckdb!r:32} pandas or geopandas: {by_pandas!r}")

last, first, epoch = datetime.date.max, datetime.date.min, datetime.date(1970, 1, 1)
described = (
    seen["csv", "inf"][:2] == ("DATE", last)
    and seen["csv", "inf"][2] == float("inf")
    and seen["csv", "-inf"][:2] == ("DATE", first)
    and seen["csv", "-inf"][2] == float("-inf")
    and seen["csv", "epoch"] == ("DATE", epoch, "epoch")
    and seen["geojson", "Infinity"] == ("DATE", last, "Infinity")
    and seen["geojson", "10:10+02"][1:] == ("10:10+02", datetime.time(10, 10))
)
sys.exit(0 if described else "This has changed.")
PY
