"""Other names and codes of places and ordinary words, for build_gazetteer.py: CLDR, ISO 3166, SCOWL, everyday names."""

import csv
import json
import tarfile
import zipfile
from collections import defaultdict

READERS = ("de", "fr", "es", "ja")  # of the page, beside English
LANGUAGES = ("en", "de", "fr", "es", "ja", "zh", "zh-Hant", "zh-Hant-HK")  # the page's, and Chinese
# Languages with a script of their own: their names are no city's in English.
SCRIPTS = (
    *(
        "am",
        "ar",
        "be",
        "bg",
        "bn",
        "el",
        "fa",
        "gu",
        "he",
        "hi",
        "hy",
        "ka",
        "kk",
        "km",
        "kn",
        "ko",
        "ky",
        "lo",
        "mk",
    ),
    *("ml", "mn", "mr", "my", "ne", "or", "pa", "ps", "ru", "si", "sr", "ta", "te", "th", "uk", "ur", "yue"),
)
WORD_LISTS = (10, 20, 35, 40, 50)  # SCOWL's sizes: the commonest words come first


def read_cldr(path):
    """Return {language: {code: names}}: a territory's name in CLDR, then its short and variant forms."""
    names = {}
    with tarfile.open(path) as archive:
        for language in (*LANGUAGES, *SCRIPTS):
            member = archive.extractfile(f"package/main/{language}/territories.json")
            territories = json.load(member)["main"][language]["localeDisplayNames"]["territories"]
            names[language] = {}
            for key, name in territories.items():
                names[language].setdefault(key.partition("-")[0], []).append(name)
    return names


def read_local_names(path, english):
    """Return rows of codes with a country's name in each reader's language: CLDR's, or its short one.

    `english` are the gazetteer's names by code. The short form is taken where CLDR's long one is not the gazetteer's
    in English either, as of Hong Kong.
    """
    tables = {}
    with tarfile.open(path) as archive:
        for language in ("en", *READERS):
            member = archive.extractfile(f"package/main/{language}/territories.json")
            tables[language] = json.load(member)["main"][language]["localeDisplayNames"]["territories"]
    rows = []
    for code, name in sorted(english.items()):
        short = f"{code}-alt-short"
        key = code if tables["en"][code].replace("&", "and") == name else short
        local = {reader: tables[reader].get(key, tables[reader][code]) for reader in READERS}
        rows.append({"code": code, "en": name} | local)
    return rows


def read_iso(path):
    """Return {code: names}: the short, common and official names of ISO 3166, from pycountry's table."""
    with zipfile.ZipFile(path) as wheel:
        entries = json.loads(wheel.read("pycountry/databases/iso3166-1.json"))["3166-1"]
    kinds = ("name", "common_name", "official_name")
    return {entry["alpha_2"]: [entry[kind] for kind in kinds if kind in entry] for entry in entries}


def read_region_codes(path):
    """Return [(code, name)] of the parts of countries whose ISO 3166-2 code has letters only: "CA-ON", "Ontario"."""
    with zipfile.ZipFile(path) as wheel:
        entries = json.loads(wheel.read("pycountry/databases/iso3166-2.json"))["3166-2"]
    return [(entry["code"], entry["name"]) for entry in entries if entry["code"][3:].isalpha()]


def read_everyday(path):
    """Return {id of a country or region: [(language, name)]}: former and everyday names, kept by hand."""
    names = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names[row["id"]].append((row["language"], row["name"]))
    return dict(names)


def read_words(path):
    """Return the ordinary English words, in small letters."""
    words = set()
    with tarfile.open(path) as archive:
        for size in WORD_LISTS:
            words |= set(json.load(archive.extractfile(f"package/english-words-{size}.json")))
    return {word for word in words if word.isascii() and word.isalpha() and word.islower()}
