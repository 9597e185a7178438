"""Names of countries in six languages and in ISO 3166, cities that bear such names, and ordinary words."""

import csv
import json
from pathlib import Path

import pycountry
import pytest
from babel import Locale

from streetclip_demo.places.candidates import parse_outline, presets
from streetclip_demo.places.gazetteer import EXACT_POPULATION
from streetclip_demo.places.spelling import fold

HERE = Path(__file__).parent
LANGUAGES = ("en", "de", "fr", "es", "ja", "zh")
SCRIPTS = (
    "zh_Hant",
    "ko",
    "th",
    "ru",
    "uk",
    "el",
    "he",
    "ar",
    "fa",
    "hi",
    "ta",
    "ka",
    "am",
    "km",
    "sr",
    "bg",
    "mk",
)
# CLDR 48's short and variant forms, which Babel leaves out.
VARIANTS = json.loads((HERE / "cldr_variants.json").read_text(encoding="utf-8"))
# What the presets meant before names of other languages were added.
RESOLVED = json.loads((HERE / "resolved_presets.json").read_text(encoding="utf-8"))

# An English city or region of more than 20,000 people is spelt so: it is meant, with a note.
BORNE_BY_CITIES = {
    "Granada",
    "Guadalupe",
    "Líbano",
    "Salvador",
    "San Martín",
    "Santa Elena",
    "Santa Lucía",
    "Singapur",
}
BORNE_BY_CITIES |= {"Équateur"}  # a region of the Democratic Republic of the Congo
# Spanish for the United Kingdom, but Russia's code.
CODES = {"RU"}
# One name of two countries: the first of them is meant.
OF_TWO = {"Congo", "Saint-Martin", "St. Martin"}


def names_in_cldr(gazetteer):
    for language in LANGUAGES:
        named = dict(Locale(language).territories)
        for key, name in (named | VARIANTS[language]).items():
            code = key.partition("-")[0]
            if code in {country.id for country in gazetteer.countries}:
                yield name, code


def names_in_iso(gazetteer):
    for country in pycountry.countries:
        for kind in ("name", "common_name", "official_name"):
            if hasattr(country, kind) and country.alpha_2:
                yield getattr(country, kind), country.alpha_2


@pytest.mark.parametrize("names", [names_in_cldr, names_in_iso])
def test_every_name_in_cldr_and_iso_is_its_country(gazetteer, names):
    listed = list(names(gazetteer))
    assert len(listed) > 400
    wrong = {
        (name, code)
        for name, code in listed
        if name not in BORNE_BY_CITIES | CODES
        and code not in [place.id for place in gazetteer.find(name)[: 2 if name in OF_TWO else 1]]
    }
    assert wrong == set()


def test_every_name_in_a_script_of_its_own_is_its_country(gazetteer):
    codes = {country.id for country in gazetteer.countries}
    wrong = {
        (name, code)
        for language in SCRIPTS
        for code, name in Locale.parse(language).territories.items()
        if code in codes
        and not name.isascii()
        and code not in [place.id for place in gazetteer.find(name)[:1]]
    }
    assert wrong == set()


def everyday_names():
    with (HERE.parent / "scripts" / "everyday_names.csv").open(encoding="utf-8", newline="") as file:
        return [(row["name"], row["id"]) for row in csv.DictReader(file)]


def test_every_everyday_name_is_its_place(gazetteer):
    names = everyday_names()
    assert {("Weißrussland", "BY"), ("臺灣", "TW"), ("EEUU", "US"), ("Inglaterra", "GB.ENG")} <= set(names)
    assert [name for name, id in names if gazetteer.find(name)[0].id != id] == []


@pytest.mark.parametrize("name", ["Mesopotamia", "Scandinavia", "Kleinrussland", "tree", "N/A"])
def test_what_is_no_misspelt_name_has_no_suggestion(gazetteer, name):
    assert gazetteer.suggest(name) == ()


def test_a_misspelt_foreign_name_of_a_region_has_a_suggestion(gazetteer):
    assert gazetteer.suggest("Inglatera") == ("England",)


def test_a_name_that_a_city_bears_too_is_the_city_with_a_note(gazetteer):
    assert {name for name, _ in names_in_cldr(gazetteer)} >= BORNE_BY_CITIES
    for name in BORNE_BY_CITIES:
        outline = parse_outline(name, gazetteer)
        assert outline.roots[0].level != "country"
        assert any("for the country write" in note for note in outline.notes), name


def test_foreign_names_have_a_note_and_english_ones_none(gazetteer):
    outline = parse_outline(
        "Deutschland\nZypern\nGroßbritannien\n韩国\nキプロス\nHolland\nBurma\nPeru", gazetteer
    )
    ids = [root.place.id for root in outline.roots]
    assert ids == ["DE", "CY", "GB", "KR", "NL", "MM", "PE"]
    (note,) = [note for note in outline.notes if "read as other names" in note]
    assert note.startswith("Lines 1, 2, 3, 4 and 5: ")
    assert "'Zypern' is Cyprus" in note


def test_every_city_that_bears_a_countrys_foreign_name_is_found(gazetteer):
    lost, borne = [], 0
    keys = {
        key: row[0]
        for row in gazetteer._country_rows.values()
        for key in row[7].partition("||")[2].split("|")
        if key
    }
    for country in gazetteer.countries:
        for city in gazetteer.cities(country.id):
            if city.population > EXACT_POPULATION and fold(city.name) in keys:
                borne += 1
                first = gazetteer.find(city.name)[0]
                if first.level == "country":
                    lost.append((city.name, country.id, first.id))
    assert borne >= 20
    assert lost == []


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Salvador", "BR"),
        ("Granada", "ES"),
        ("Norfolk", "US"),
        ("Formosa", "AR"),
        ("Franca", "BR"),
        ("Man", "CI"),
    ],
)
def test_a_city_beats_a_countrys_foreign_name(gazetteer, name, country):
    outline = parse_outline(name, gazetteer)
    assert (outline.roots[0].level, outline.roots[0].place.country) == ("city", country)
    assert any("for the country write" in note for note in outline.notes)


def test_the_presets_mean_what_they_meant(gazetteer):
    def flat(candidates):
        for one in candidates:
            yield f"{one.name}|{one.level}|{one.place and one.place.id}"
            yield from flat(one.children)

    texts = presets(gazetteer)
    for title, expected in RESOLVED.items():
        assert list(flat(parse_outline(texts[title], gazetteer).roots)) == expected, title


# Nouns of streets, rooms and nature, as people ask CLIP for them.
WORDS = (HERE / "scene_words.txt").read_text(encoding="utf-8").split()


def test_a_list_of_ordinary_words_has_no_place(gazetteer):
    assert len(set(WORDS)) > 350
    places = [root.name for root in parse_outline("\n".join(WORDS), gazetteer).roots if root.place]
    assert places == []


def test_ordinary_words_are_text_alone_too(gazetteer):
    countries = {"jersey", "turkey"}  # typed alone, these are meant
    places = [
        word for word in WORDS if word not in countries and parse_outline(word, gazetteer).roots[0].place
    ]
    assert places == []


def test_a_word_beside_places_is_a_place(gazetteer):
    assert parse_outline("Nice\nLyon\nTours", gazetteer).roots[2].place.country == "FR"
    assert parse_outline("island\nDeutschland", gazetteer).roots[0].place.id == "IS"
    assert parse_outline("France\n  Nice\n  Tours", gazetteer).roots[0].children[1].place.country == "FR"


def test_a_word_that_is_text_has_a_note_that_names_the_place(gazetteer):
    (note,) = parse_outline("car\nisland", gazetteer).notes
    assert note.startswith("Lines 1 and 2: scored as text, for these are ordinary words")
    assert "'car' (Central African Republic)" in note
