"""Other names of countries and ordinary words, for build_gazetteer.py: CLDR in six languages, ISO 3166, SCOWL."""

import json
import tarfile
import zipfile

LANGUAGES = ("en", "de", "fr", "es", "ja", "zh")  # the page's, and Chinese
WORD_LISTS = (10, 20, 35, 40, 50)  # SCOWL's sizes: the commonest words come first


def read_cldr(path):
    """Return {language: {code: names}}: a territory's name in CLDR, then its short and variant forms."""
    names = {}
    with tarfile.open(path) as archive:
        for language in LANGUAGES:
            member = archive.extractfile(f"package/main/{language}/territories.json")
            territories = json.load(member)["main"][language]["localeDisplayNames"]["territories"]
            names[language] = {}
            for key, name in territories.items():
                names[language].setdefault(key.partition("-")[0], []).append(name)
    return names


def read_iso(path):
    """Return {code: names}: the short, common and official names of ISO 3166, from pycountry's table."""
    with zipfile.ZipFile(path) as wheel:
        entries = json.loads(wheel.read("pycountry/databases/iso3166-1.json"))["3166-1"]
    kinds = ("name", "common_name", "official_name")
    return {entry["alpha_2"]: [entry[kind] for kind in kinds if kind in entry] for entry in entries}


def read_words(path):
    """Return the ordinary English words, in small letters."""
    words = set()
    with tarfile.open(path) as archive:
        for size in WORD_LISTS:
            words |= set(json.load(archive.extractfile(f"package/english-words-{size}.json")))
    return {word for word in words if word.isascii() and word.isalpha() and word.islower()}
