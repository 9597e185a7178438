#!/usr/bin/env bash
# pandas 3.1 looks through what a converter of read_csv returns for "missing" once more: Namibia's code is lost, and a package that relied on it.
#
# Expected: read_csv(converters={"country": str}) hands each cell to str and keeps what it returns, as in pandas 3.0.6. This was the way to keep "NA" as
# it is written where empty cells of other columns are to be NaN; a converter's own answer is final.
# Seen: pandas 3.1.1 makes NaN of "NA", "null" and "" behind the converter (its docstring now says so), also where the converter itself made that text
# of another, as "NA" of "Namibia". Nothing warns. country_converter 1.3.2, which takes any pandas and reads its own table of countries
# so, cannot be made at all: TypeError from `re`. With keep_default_na=False text stays as it is, in both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for pandas in 3.0.6 3.1.1; do
    python3 -m venv "$work/$pandas"
    "$work/$pandas/bin/pip" install -q "pandas==$pandas" country_converter==1.3.2 numpy==2.4.6
done
cat > "$work/ask.py" <<'PY'
import io
import json
import sys

import country_converter
import pandas

CODES = {"Norway": "NO", "Namibia": "NA"}
by_code, by_name = "country,km\nNO,1\nNA,\n", "country,km\nNorway,1\nNamibia,\n"


def countries(table, converter, **options):
    """The column of countries, with None for what is missing."""
    column = pandas.read_csv(io.StringIO(table), converters={"country": converter}, **options)["country"]
    return [None if pandas.isna(country) else country for country in column]


def converted():
    try:
        return country_converter.CountryConverter().convert("Namibia", to="ISO2")
    except TypeError as error:
        return f"TypeError: {error}"


told = {
    "converters={'country': str}": countries(by_code, str),
    "converters={'country': CODES.get}": countries(by_name, CODES.get),
    "converters={'country': str}, keep_default_na=False": countries(by_code, str, keep_default_na=False),
    "CountryConverter().convert('Namibia', to='ISO2')": converted(),
}
for what, answer in told.items():
    print(f"pandas {pandas.__version__}: {what:52} {answer}", file=sys.stderr)
print(json.dumps([*told.values()]))
PY
for pandas in 3.0.6 3.1.1; do
    "$work/$pandas/bin/python" "$work/ask.py" > "$work/$pandas.json"
done
python3 - "$work/3.0.6.json" "$work/3.1.1.json" <<'PY'
import json
import sys

before, now = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
kept, lost = ["NO", "NA"], ["NO", None]
error = "TypeError: first argument must be string or compiled pattern"
is_so = before == [kept, kept, kept, "NA"] and now == [lost, lost, kept, error]
sys.exit(0 if is_so else "This has changed.")
PY
