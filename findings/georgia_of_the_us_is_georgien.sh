#!/usr/bin/env bash
# pycountry's translations of regions are those of English words, whatever they name: the state Georgia is the country.
#
# Expected: the catalogue iso3166-2, which pycountry ships in some 80 languages, says what each subdivision of ISO 3166-2 is called there, so
# that US-GA is "Georgia" in German.
# Seen: a message's key is the English name alone, without code or country. One name has one translation for all that bear it: the US state
# is "Georgien", which is the country in the Caucasus.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q pycountry==26.2.16
"$work/venv/bin/python" - <<'PY'
import collections
import gettext
import sys

import pycountry

german = gettext.translation("iso3166-2", pycountry.LOCALES_DIR, languages=["de"])
french = gettext.translation("iso3166-2", pycountry.LOCALES_DIR, languages=["fr"])
state = pycountry.subdivisions.get(code="US-GA")
bearers = collections.defaultdict(set)
for subdivision in pycountry.subdivisions:
    bearers[subdivision.name].add(subdivision.country_code)
shared = [name for name, countries in bearers.items() if len(countries) > 1]
print(f"{state.code} {state.name}: {german.gettext(state.name)!r} in German, {french.gettext(state.name)!r} in French")
print(f"{len(shared)} names are borne by subdivisions of several countries, such as {sorted(shared)[:6]}; each has one translation")
print("São Paulo in French:", repr(french.gettext("São Paulo")))
sys.exit(0 if german.gettext(state.name) == "Georgien" else "This has changed.")
PY
