"""Captions and their templates."""

import doctest
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streetclip_demo.errors import TemplateError
from streetclip_demo.places import templates as prompts
from streetclip_demo.places.templates import (
    DEFAULT_TEMPLATES,
    LEVELS,
    Templates,
    captions,
    format_templates,
    parse_templates,
    unfilled,
    with_article,
)

CITY = {"name": "Lyon", "city": "Lyon", "region": "Auvergne", "country": "France"}


def test_doctests():
    assert doctest.testmod(prompts).failed == 0


def test_default_captions_are_streetclips():
    country = {"name": "Japan", "country": "Japan"}
    region = {"name": "Texas", "region": "Texas", "country": "United States"}
    assert captions(DEFAULT_TEMPLATES, "country", country) == ("A Street View photo in Japan.",)
    assert captions(DEFAULT_TEMPLATES, "region", region) == (
        "A Street View photo in the region of Texas in the United States.",
    )
    assert captions(DEFAULT_TEMPLATES, "city", CITY) == ("A Street View photo from Lyon.",)
    climate = {"name": "a dry climate", "label": "a dry climate"}
    assert captions(DEFAULT_TEMPLATES, "label", climate) == ("A Street View photo in a dry climate.",)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("United States", "the United States"),
        ("Netherlands", "the Netherlands"),
        ("Philippines", "the Philippines"),
        ("netherlands", "the netherlands"),
        ("USA", "the USA"),
        ("The Bahamas", "The Bahamas"),
        ("the Netherlands", "the Netherlands"),
        ("Japan", "Japan"),
        ("Netherlands Antilles", "Netherlands Antilles"),
    ],
)
def test_the_article_stands_where_pretraining_had_it(name, expected):
    assert with_article(name) == expected


def test_name_is_the_label_as_typed_and_country_has_its_article():
    templates = Templates(country=("{name}: a street in {country}",))
    known = {"name": "United States", "country": "United States"}
    assert captions(templates, "country", known) == ("United States: a street in the United States",)


def test_several_templates_give_several_captions_in_order():
    templates = Templates(city=("{city}, {region}", "{city} in {country}"))
    assert captions(templates, "city", CITY) == ("Lyon, Auvergne", "Lyon in France")


def test_a_template_with_a_hole_is_left_out():
    templates = Templates(city=("{city}, {region}", "{city} in {country}"))
    known = {"name": "Lyon", "city": "Lyon", "region": "", "country": "France"}
    assert captions(templates, "city", known) == ("Lyon in France",)
    assert unfilled(templates, "city", known) == ("{city}, {region}",)
    assert unfilled(templates, "city", CITY) == ()


def test_where_no_template_can_be_filled_the_default_one_is():
    templates = Templates(city=("{city}, {region}",))
    assert captions(templates, "city", {"name": "Lyon", "city": "Lyon"}) == (
        "A Street View photo from Lyon.",
    )
    lone_region = {"name": "Bavaria", "region": "Bavaria"}
    assert captions(DEFAULT_TEMPLATES, "region", lone_region) == ("A Street View photo in Bavaria.",)


def test_braces_in_a_label_are_text():
    assert captions(DEFAULT_TEMPLATES, "label", {"name": "{country} {0}"}) == (
        "A Street View photo in {country} {0}.",
    )


def test_doubled_braces_in_a_template_are_text():
    templates = parse_templates("label: {{{name}}}")
    assert captions(templates, "label", {"name": "x"}) == ("{x}",)


def test_templates_are_read_by_level_and_the_others_stay_as_they_are():
    text = "\ufeff# mine\r\ncity: From {city}.\r\n\r\nCity:  A street of {city}, {country}: here.\r\n"
    templates = parse_templates(text + "label: {name}\n")
    assert templates.city == ("From {city}.", "A street of {city}, {country}: here.")
    assert templates.label == ("{name}",)
    assert templates.country == DEFAULT_TEMPLATES.country
    assert templates.region == DEFAULT_TEMPLATES.region


def test_no_templates_are_the_default_ones():
    assert parse_templates("") == parse_templates("\n \n# nothing\n") == DEFAULT_TEMPLATES


def test_a_template_given_twice_counts_once():
    assert parse_templates("city: {city}\ncity: {city}\n").city == ("{city}",)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("A photo in {country}.", ["Line 2", "a level (country, region, city, label)"]),
        ("town: {city}", ["Line 2", "expected a level"]),
        ("country:", ["Line 2", "is empty"]),
        ("country: in {city}", ["Line 2", "no field {city}", "{country}, {name}"]),
        ("city: {continent}", ["Line 2", "{continent}", "{city}, {name}, {region}, {country}"]),
        ("country: a street", ["Line 2", "names no country", "{country}"]),
        ("city: a city of {country}", ["Line 2", "names no city", "{city}"]),
        ("country: {country", ["Line 2", "opened and not closed"]),
        ("country: country}", ["Line 2", "closed and not opened"]),
        ("country: {}", ["Line 2", "{} is not the name of a field"]),
        ("country: {country.__class__}", ["Line 2", "{country.__class__} is not the name of a field"]),
        ("country: {country[0]}", ["Line 2", "is not the name of a field"]),
        ("country: {country!r}", ["Line 2", "is not the name of a field"]),
        ("country: {country:>9999999}", ["Line 2", "is not the name of a field"]),
        ("country: {country}" + "x" * 600, ["Line 2", "609 characters", "500"]),
    ],
)
def test_a_wrong_template_is_explained(line, parts):
    with pytest.raises(TemplateError) as caught:
        parse_templates(f"label: {{name}}\n{line}\n")
    assert str(caught.value).count("\n") == 0
    for part in parts:
        assert part in str(caught.value)


def test_all_wrong_lines_are_named_at_once():
    with pytest.raises(TemplateError) as caught:
        parse_templates("country: x\n\ncity: y\nlabel: {name}")
    assert [line.split(":")[0] for line in str(caught.value).split("\n")] == ["Line 1", "Line 3"]


def test_too_many_templates_are_refused_with_the_limit():
    parse_templates("".join(f"label: {{name}} {index}\n" for index in range(80)))
    with pytest.raises(TemplateError, match="81 templates; at most 80"):
        parse_templates("".join(f"label: {{name}} {index}\n" for index in range(81)))


words = st.text(st.characters(exclude_characters="{}\r\n", exclude_categories=["Cs", "Cc"]), max_size=20)


@given(st.lists(st.tuples(st.sampled_from(LEVELS), words, words), max_size=10))
def test_what_is_written_is_read_again(parts):
    lines = [f"{level}: a{before}{{name}}{after}b" for level, before, after in parts]
    templates = parse_templates("\n".join(lines))
    assert parse_templates(format_templates(templates)) == templates


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_reason(text):
    with suppress(TemplateError):
        assert parse_templates(text) == parse_templates(format_templates(parse_templates(text)))
