"""Countries' names in the page's languages, after CLDR."""

import csv
from collections.abc import Mapping
from functools import cache

from streetclip_demo.own_files import ASSETS, damaged, own_text

NAMES = ASSETS / "gazetteer" / "local_names.csv"  # made by scripts/build_gazetteer.py


@cache
def country_names(language: str) -> Mapping[str, str]:
    """Countries' names in a language, by their codes."""
    try:
        return {row["code"]: row[language] for row in csv.DictReader(own_text(NAMES).splitlines())}
    except KeyError as error:
        raise damaged(NAMES, f"it has no column {error}") from None


@cache
def _codes() -> Mapping[str, str]:
    return {name: code for code, name in country_names("en").items()}


def country_in(name: str, language: str) -> str:
    """A country by its English name, in a language; any other name as it is."""
    return country_names(language).get(_codes().get(name, ""), name)
