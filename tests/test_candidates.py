"""The outline of labels: reading it, finding its places, explaining what cannot be used."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streetclip_demo.errors import LabelError
from streetclip_demo.places.candidates import (
    MAX_LABELS,
    Candidate,
    format_outline,
    gazetteer_cities,
    parse_outline,
    presets,
)
from streetclip_demo.places.outline import read_lines


@pytest.fixture
def parse(gazetteer):
    return lambda text: parse_outline(text, gazetteer)


@pytest.fixture
def only(parse):
    """The one root of a text, which must give no notes."""

    def only(text):
        outline = parse(text)
        assert outline.notes == ()
        (root,) = outline.roots
        return root

    return only


def shape(lines):
    """Nested names of lines or candidates."""
    return [(line.name, shape(line.children)) if line.children else line.name for line in lines]


def problems(text):
    with pytest.raises(LabelError) as caught:
        read_lines(text)
    return str(caught.value).split("\n")


# The text as a tree


@pytest.mark.parametrize(
    "text",
    [
        "a\n  b\n    c\n  d\ne\n",
        "a\n\tb\n\t\tc\n\td\ne",
        "a\n b\n  c\n d\ne",
        "a\r\n    b\r\n        c\r\n    d\r\ne\r\n",
        "a\r  b\r    c\r  d\re",
        "\ufeffa\n  b\n    c\n  d\ne",
        "   a\n     b\n       c\n     d\n   e",
        "# title\na\n\n  # a remark\n  b\n \t \n    c\n  d\n# end\ne\n\n",
        "a\n\u00a0\u00a0b\n\u00a0\u00a0\u00a0\u00a0c\n\u00a0\u00a0d\ne",
        "a\n\u3000b\n\u3000\u3000c\n\u3000d\ne",
        "a  \n  b\t\n    c \n  d\u200b\ne\x00",
        "a\n\tb\n        c\n    d\ne",
    ],
)
def test_indentation_line_ends_and_remarks(text):
    assert shape(read_lines(text)) == [("a", [("b", ["c"]), "d"]), "e"]


def test_a_line_knows_its_number_in_the_text():
    lines = read_lines("# one\n\nthree\r\n  four\n\n  six")
    assert [line.number for line in lines] == [3]
    assert [line.number for line in lines[0].children] == [4, 6]


def test_a_line_that_fits_no_indentation_above_is_named():
    assert problems("a\n    b\n  c\nd") == [
        "Line 3: its indentation is 2 columns, and above it is 0 and 4; use one of these."
    ]
    assert problems("  a\nb")[0].startswith("Line 2: it is indented less than the first line")


def test_nesting_has_a_limit():
    deep = "\n".join(" " * depth + "x" for depth in range(8))
    assert len(read_lines(deep)) == 1
    assert problems(deep + "\n        x") == ["Line 9: it is nested 9 deep; at most 8 levels can be scored."]


@pytest.mark.parametrize("text", ["", " \n\t\n", "# only a remark", "\ufeff", "\u200b\n\u200b"])
def test_an_empty_list_is_explained(text):
    assert problems(text) == ["The list has no labels. Write one label a line, or choose a preset."]


def test_5000_labels_are_refused_with_the_limit():
    text = "\n".join(f"label {index}" for index in range(5000))
    assert "5,000 labels; at most 2,000" in problems(text)[0]
    assert "Remove 3,000" in problems(text)[0]


def test_too_many_labels_are_counted_before_any_is_read(monkeypatch):
    monkeypatch.setattr("streetclip_demo.places.outline._label", lambda line: pytest.fail("read"))
    text = "# a list\n\n" + "\n".join(f"label {index}" for index in range(2001))
    assert "2,001 labels; at most 2,000" in problems(text)[0]


def test_lines_without_a_label_do_not_count_towards_the_limit():
    assert len(read_lines("# note\n\n" * 3000 + "Japan\nFrance")) == 2


def test_as_many_labels_as_the_limit_are_read():
    assert len(read_lines("\n".join(f"label {index}" for index in range(MAX_LABELS)))) == 2000


def test_a_label_of_10000_characters_is_refused_with_the_limit():
    assert problems("ok\n" + "x" * 10_000) == [
        "Line 2: the label has 10,000 characters; at most 500 can be used."
    ]


def test_labels_of_any_script_and_direction_stay_as_typed():
    names = [
        "القاهرة",
        "ירושלים",
        "東京",
        "กรุงเทพ",
        "می‌خواهم",
        "<script>alert(1)</script>",
        'a "b" & c',
        "O'Fallon",
    ]
    assert shape(read_lines("\n".join(names))) == names
    assert shape(read_lines("\u200f\u202bירושלים\u202c @ 31.78, 35.22")) == ["ירושלים"]


def test_spaces_and_invisible_characters_do_not_count():
    assert shape(read_lines("\u200b New \u00a0 York\u00ad\u2060 \x07")) == ["New York"]


# Positions


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("Zug @ 47.17, 8.52", (47.17, 8.52)),
        ("Zug@47.17,8.52", (47.17, 8.52)),
        ("Zug @ 47.17 8.52", (47.17, 8.52)),
        ("Zug @ 47.17; 8.52", (47.17, 8.52)),
        ("Zug @ (47.17, 8.52)", (47.17, 8.52)),
        ("Zug @ 47, 8", (47.0, 8.0)),
        ("Zug @ +47.17, .5", (47.17, 0.5)),
        ("Rio @ -22.9, -43.2", (-22.9, -43.2)),
        ("Rio @ −22.9, −43.2", (-22.9, -43.2)),
        ("Rio @ –22.9,–43.2", (-22.9, -43.2)),
        ("Rio @ 22.9 S, 43.2 W", (-22.9, -43.2)),
        ("Rio @ 22.9°S 43.2°W", (-22.9, -43.2)),
        ("Rio @ S 22.9, W 43.2", (-22.9, -43.2)),
        ("Rio @ 43.2w, 22.9s", (-22.9, -43.2)),
        ("Zug @ 47.17°, 8.52°", (47.17, 8.52)),
        ("Zug @ 47.17° N, 8.52° E", (47.17, 8.52)),
        ("Pole @ -90, 180", (-90.0, 180.0)),
        ("Zug @ ٤٧.١٧, ٨.٥٢", (47.17, 8.52)),
        ("a@b @ 1, 2", (1.0, 2.0)),
    ],
)
def test_a_position_is_read(text, point):
    (line,) = read_lines(text)
    assert line.point == pytest.approx(point)


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("Zug @", ["no position after", 'for example "Zug @ 47.17, 8.52"']),
        ("@ 47.17, 8.52", ["no name before"]),
        ("Zug @ 47.17", ["one number, and needs two"]),
        ("Zug @ 47,17, 8,52", ["decimal commas"]),
        ("Zug @ 47,17 8,52", ["decimal commas"]),
        ("Zug @ 47°10' N, 8°31' E", ["degrees and minutes"]),
        ("Zug @ here", ['"here" after the "@" is no position']),
        ("Zug @ 1, 2, 3", ["is no position"]),
        ("Zug @ nan, inf", ["is no position"]),
        ("Zug @ 1e400, 2", ["is no position"]),
        ("Zug @ 91, 181", ["Latitude must be between -90 and 90 degrees, got 91"]),
        ("Zug @ 10, 181", ["Longitude must be between -180 and 180 degrees, got 181"]),
        ("Tokyo @ 139.69, 35.69", ["Latitude", "got 139.69", "(latitude, longitude)", "swapped"]),
        ("Zug @ 47 N, 8 N", ["same coordinate twice"]),
        ("Zug @ -47 S, 8 E", ["minus sign and the letter S"]),
    ],
)
def test_a_broken_position_is_explained_by_its_line(text, reasons):
    (problem,) = problems(f"fine\n{text}")
    assert problem.startswith("Line 2: ")
    for reason in reasons:
        assert reason in problem


def test_all_problems_are_told_at_once_up_to_twenty():
    found = problems("a @ x\nfine\nb @ 100, 200\n" + "y" * 501)
    assert [problem.split(":")[0] for problem in found] == ["Line 1", "Line 3", "Line 4"]
    found = problems("a @ x\n" * 100)
    assert len(found) == 21
    assert found[-1] == "And 80 more lines have problems."


def test_a_typed_position_wins_over_the_places(only):
    zurich = only("Zürich @ 47.4, 8.5")
    assert zurich.place.country == "CH"
    assert zurich.point == (47.4, 8.5)


def test_a_typed_position_chooses_among_namesakes(parse):
    text = "United States\n  Springfield @ 44.05, -123.02\n  Springfield @ 39.8, -89.64\n"
    (country,) = parse(text).roots
    assert [city.region for city in country.children] == ["Oregon", "Illinois"]


def test_a_position_that_fits_only_when_swapped_is_remarked_on(parse):
    outline = parse("Nairobi @ 36.82, -1.29")
    assert outline.roots[0].point == (36.82, -1.29)
    assert len(outline.notes) == 1
    assert outline.notes[0].startswith("Line 1: the position is ")
    assert "swapped" in outline.notes[0]


# Places


@pytest.mark.parametrize(
    ("name", "level", "id"),
    [
        ("Japan", "country", "JP"),
        ("USA", "country", "US"),
        ("holland", "country", "NL"),
        ("Burma", "country", "MM"),
        ("the Bahamas", "country", "BS"),
        ("Cote d'Ivoire", "country", "CI"),
        ("Singapore", "country", "SG"),
        ("California", "region", "US.CA"),
        ("Texas", "region", "US.TX"),
        ("San Francisco", "city", "5391959"),
        ("Saigon", "city", "1566083"),
        ("krakow", "city", "3094802"),
        ("Berlin", "city", "2950159"),
    ],
)
def test_a_known_name_is_a_place(only, name, level, id):
    candidate = only(name)
    assert (candidate.name, candidate.level, candidate.place.id) == (name, level, id)
    assert candidate.point == (candidate.place.latitude, candidate.place.longitude)
    assert candidate.line == 1


def test_a_name_is_looked_up_inside_its_parent(only):
    states = only("United States\n  Georgia\n    Athens\n    Rome\n  Maine\n    Portland")
    georgia, maine = states.children
    assert (georgia.level, georgia.place.id) == ("region", "US.GA")
    assert [city.place.region for city in georgia.children] == ["US.GA", "US.GA"]
    assert maine.children[0].place.region == "US.ME"


def test_a_name_with_its_parents_is_looked_up_inside_them(parse):
    roots = parse("Portland, Maine\nPortland, Oregon\nParis, Texas, United States").roots
    assert [root.place.region for root in roots] == ["US.ME", "US.OR", "US.TX"]


def test_captions_get_the_names_of_what_a_place_lies_in_as_typed(only):
    city = only("USA\n  Georgia\n    Athens").children[0].children[0]
    assert (city.country, city.region) == ("USA", "Georgia")


def test_captions_get_the_gazetteers_names_where_nothing_was_typed(only):
    city = only("San Francisco")
    assert (city.country, city.region) == ("United States", "California")


def test_new_york_is_what_the_labels_around_it_are(parse):
    cities = parse("New York\nChicago\nBoston").roots
    assert {city.level for city in cities} == {"city"}
    states = parse("New York\nTexas\nMaine").roots
    assert {state.level for state in states} == {"region"}
    state = parse("New York\n  Buffalo\n  New York").roots[0]
    assert state.level == "region"
    assert {city.level for city in state.children} == {"city"}


def test_a_name_that_two_places_have_is_noted(parse):
    assert parse("Washington").notes == (
        "Line 1: 'Washington' is a region and a city; it is read as the region.",
    )
    (note,) = parse("Congo").notes
    assert note.startswith("Line 1: 'Congo' may be Democratic Republic of the Congo or Republic of the Congo")


def test_continents_group_countries(parse):
    europe, asia = parse("Europe\n  France\n    Paris\nAsia\n  Georgia").roots
    assert (europe.level, asia.level) == ("label", "label")
    assert europe.children[0].place.id == "FR"
    assert europe.children[0].children[0].country == "France"
    assert asia.children[0].place.id == "GE"


def test_a_territory_may_stand_under_a_country(parse):
    outline = parse("United States\n  Puerto Rico\n    San Juan")
    territory = outline.roots[0].children[0]
    assert (territory.level, territory.place.id) == ("country", "PR")
    assert territory.children[0].place.country == "PR"
    assert outline.notes[0].startswith("Line 2: 'Puerto Rico' is read as the country or territory")


def test_an_unknown_name_is_text_with_a_suggestion(parse):
    outline = parse("Germany\nFrence\n")
    unknown = outline.roots[1]
    assert (unknown.name, unknown.level, unknown.place, unknown.point) == ("Frence", "label", None, None)
    (note,) = outline.notes
    assert note.startswith("Line 2: 'Frence' is no known place; it is scored as text")
    assert "Did you mean 'France'" in note


def test_a_suggestion_lies_in_the_same_country(parse):
    (note,) = parse("France\n  Pariss").notes
    assert "Did you mean 'Paris'" in note


def test_a_place_of_another_country_is_told(parse):
    outline = parse("France\n  London")
    assert outline.roots[0].children[0].level == "label"
    assert outline.notes[0].startswith("Line 2: 'London' was not found in 'France' (there is London, England")


def test_free_text_is_noted_once_for_all_its_lines(parse):
    outline = parse("a tropical climate\nJapan\na polar climate")
    assert [root.level for root in outline.roots] == ["label", "country", "label"]
    assert outline.notes == (
        "Lines 1 and 3 are no known places: they are scored as text, without a point on the map.",
    )


def test_free_text_with_a_position_needs_no_note(only):
    assert only("my grandmother's street in the hills @ 1.5, 2.5").point == (1.5, 2.5)


def test_many_unknown_names_give_a_bounded_number_of_notes(parse):
    outline = parse("\n".join(f"Frence{index}" for index in range(300)))
    assert len(outline.roots) == 300
    assert len(outline.notes) <= 51


# Duplicates


def test_duplicates_are_merged_with_a_note(parse):
    outline = parse("Japan\nPeru\njapan\nJAPAN")
    assert shape(outline.roots) == ["Japan", "Peru"]
    assert outline.notes == (
        "Line 3: 'japan' is there already, on line 1; the two are one label now.",
        "Line 4: 'JAPAN' is there already, on line 1; the two are one label now.",
    )


def test_two_names_of_one_place_are_duplicates(parse):
    outline = parse("Netherlands\nHolland")
    assert shape(outline.roots) == ["Netherlands"]
    assert "'Holland' is the same place as 'Netherlands', on line 1" in outline.notes[0]


def test_children_of_duplicates_are_merged_too(parse):
    outline = parse("Japan\n  Tokyo\n  Osaka\nJapan\n  Osaka\n  Nagasaki")
    assert shape(outline.roots) == [("Japan", ["Tokyo", "Osaka", "Nagasaki"])]
    assert [note.split(":")[0] for note in outline.notes] == ["Line 4", "Line 5"]


def test_the_first_typed_position_of_duplicates_is_kept(parse):
    assert parse("Zug\nZug @ 47.1, 8.5\nZug @ 47.2, 8.6").roots[0].point == (47.1, 8.5)
    assert parse("a dry climate\na dry climate @ 1, 2").roots[0].point == (1.0, 2.0)


def test_one_name_under_two_parents_is_no_duplicate(parse):
    outline = parse("United States\n  Oregon\n    Springfield\n  Illinois\n    Springfield")
    oregon, illinois = outline.roots[0].children
    assert oregon.children[0].place != illinois.children[0].place
    assert outline.notes == ()


def test_the_same_text_in_another_unicode_form_is_a_duplicate(parse):
    assert len(parse("a café street\na cafe\u0301 street").roots) == 1


# Cities of the gazetteer


def test_a_country_gets_its_most_populous_cities(only, gazetteer):
    cities = gazetteer_cities(only("Japan"), gazetteer, 30)
    assert len(cities) == 30
    assert cities[0].name == "Tokyo"
    populations = [city.place.population for city in cities]
    assert populations == sorted(populations, reverse=True)
    assert not any(city.place.is_district for city in cities)
    assert {(city.level, city.country, city.line) for city in cities} == {("city", "Japan", 0)}
    assert all(city.region and city.point for city in cities)


def test_a_region_gets_its_own_cities(only, gazetteer):
    texas = only("United States\n  Texas").children[0]
    cities = gazetteer_cities(texas, gazetteer, 5)
    assert "Houston" in {city.name for city in cities}
    assert {(city.country, city.region) for city in cities} == {("United States", "Texas")}


@pytest.mark.parametrize("text", ["a dry climate", "San Francisco", "Japan\n  Osaka"])
def test_no_cities_are_added_where_they_have_no_place(parse, gazetteer, text):
    assert gazetteer_cities(parse(text).roots[0], gazetteer) == ()


def test_every_country_of_the_world_can_get_cities(gazetteer, parse):
    roots = parse(presets(gazetteer)["World (193 countries)"]).roots
    assert all(gazetteer_cities(root, gazetteer, 30) for root in roots)


# Presets

TITLES = [
    "World (193 countries)",
    "All countries and territories",
    "Africa",
    "Asia",
    "Europe",
    "North America",
    "South America",
    "Oceania",
    "Antarctica",
    "Card sample: East Asia",
    "Card sample: western US cities",
    "US states",
    "World with regions",
    "Climate zones",
    "Practice model's countries",
]


def test_the_presets_and_their_order(gazetteer):
    assert list(presets(gazetteer, ["Japan", "Peru"])) == TITLES
    assert presets(gazetteer, ["Japan", "Peru"])["Practice model's countries"] == "Japan\nPeru\n"
    assert list(presets(gazetteer)) == TITLES[:-1]


def count(candidates):
    return sum(1 + count(candidate.children) for candidate in candidates)


def levels(candidates):
    return {level for c in candidates for level in {c.level} | levels(c.children)}


@pytest.mark.parametrize(
    ("title", "number", "expected_levels"),
    [
        ("World (193 countries)", 193, {"country"}),
        ("All countries and territories", 250, {"country"}),
        ("Africa", 58, {"country"}),
        ("Asia", 52, {"country"}),
        ("Europe", 53, {"country"}),
        ("North America", 41, {"country"}),
        ("South America", 14, {"country"}),
        ("Oceania", 27, {"country"}),
        ("Antarctica", 5, {"country"}),
        ("Card sample: East Asia", 7, {"country"}),
        ("Card sample: western US cities", 6, {"city"}),
        ("US states", 1 + 51, {"country", "region"}),
        ("World with regions", 193 + 294, {"country", "region"}),
        ("Climate zones", 5, {"label"}),
    ],
)
def test_each_preset_is_read_as_what_it_is(gazetteer, parse, title, number, expected_levels):
    outline = parse(presets(gazetteer)[title])
    assert count(outline.roots) == number
    assert levels(outline.roots) == expected_levels
    assert len(outline.notes) == (1 if title == "Climate zones" else 0)


def test_us_cities_of_the_card_are_in_the_western_states(gazetteer, parse):
    roots = parse(presets(gazetteer)["Card sample: western US cities"]).roots
    assert {root.place.region for root in roots} == {"US.CA", "US.NV", "US.WA"}


def test_large_countries_have_their_regions(gazetteer, parse):
    roots = parse(presets(gazetteer)["World with regions"]).roots
    with_regions = {root.place.id for root in roots if root.children}
    assert with_regions >= {"US", "CA", "BR", "AU", "RU", "CN", "IN"}
    for root in roots:
        assert {region.place.country for region in root.children} <= {root.place.id}


# Any text


def unplaced(candidates):
    return [(c.name, c.level, c.place and c.place.id, unplaced(c.children)) for c in candidates]


def points(candidates):
    found = [value for c in candidates for value in (*(c.point or (0, 0)), *points(c.children))]
    return found


OUTLINE_LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "  ", "    ", "\t"]),
        st.sampled_from(["Japan", "Georgia", "Texas", "Paris", "Springfield", "a wet street", "Frence"])
        | st.text(max_size=8),
        st.sampled_from(["", " @ 10, 20.5", " @ 44.05, -123.02"]),
    ),
    max_size=8,
)


@given(OUTLINE_LINES)
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_read_again(gazetteer, lines):
    text = "\n".join("".join(line) for line in lines)
    with suppress(LabelError):
        first = parse_outline(text, gazetteer).roots
        second = parse_outline(format_outline(first), gazetteer).roots
        assert unplaced(second) == unplaced(first)
        assert points(second) == pytest.approx(points(first), abs=1e-6)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused_with_a_reason(gazetteer, text):
    with suppress(LabelError):
        outline = parse_outline(text, gazetteer)
        assert outline.roots
        assert all(root.name.strip() for root in outline.roots)


def test_a_candidate_is_a_value():
    assert Candidate("x", "label", None, None) == Candidate("x", "label", None, None)
    assert len({Candidate("x", "label", None, None), Candidate("x", "label", None, None)}) == 1
