"""What people and programs write around the names of a list: marks, counts, columns, parents, abbreviations."""

import pytest

from streetclip_demo.errors import LabelError
from streetclip_demo.places.candidates import parse_outline
from streetclip_demo.places.outline import read_lines, remove_line


@pytest.fixture
def outline(gazetteer):
    return lambda text: parse_outline(text, gazetteer)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "**Japan**",
            "*Japan*",
            "_Japan_",
            "__Japan__",
            "***Japan***",
            "~~Japan~~",
            "`Japan`",
            "- **Japan**",
        ),
        *(
            "| Japan |",
            "|Japan|",
            "(Japan)",
            "[Japan]",
            "{Japan}",
            "<b>Japan</b>",
            "<li>Japan</li>",
            "Japan<br>",
        ),
        *(
            '<a href="x">Japan</a>',
            "[Japan](https://en.wikipedia.org/wiki/Japan)",
            "Japan&nbsp;",
            "&#74;apan",
        ),
        *("Japan;", '"Japan",', "- [ ] Japan", "[x] Japan"),
    ],
)
def test_marks_that_are_no_part_of_a_name_come_off_with_a_note(outline, typed):
    (root,) = outline(typed).roots
    assert (root.name, root.place.id) == ("Japan", "JP")
    assert outline(typed).notes == (
        f"Line 1: marks of a list, numbers, letters and quotes are taken off: {typed!r} is 'Japan'.",
    )


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "\U0001f1ef\U0001f1f5 Japan",
            "Japan \U0001f1ef\U0001f1f5",
            "\U0001f1ef\U0001f1f5",
            "Japan \U0001f5fe",
        ),
        *("⭐ Japan", "Japan ✈️", "Japan: 12", "Japan (12)", "Japan - 12", "Japan = 3.5 %", "Japan,126000000"),
        *("| Japan | Tokyo |", "Japan;JP", "Japan: 1,234"),
    ],
)
def test_what_may_belong_to_a_name_comes_off_where_the_rest_is_a_place(outline, typed):
    (root,) = outline(typed).roots
    assert (root.name, root.place.id) == ("Japan", "JP")
    assert outline(typed).notes == (f"Line 1: read in another way: {typed!r} is 'Japan'.",)


def test_columns_of_a_spreadsheet_are_one_place(outline):
    assert [root.name for root in outline("Japan\tTokyo\nPeru\tLima\nFrance\t67000000").roots] == [
        "Japan",
        "Peru",
        "France",
    ]
    (city,) = outline("Paris\tTexas").roots
    assert (city.name, city.region) == ("Paris, Texas", "Texas")


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "\U0001f30b volcano",
            "a road: 12",
            "Route 66",
            "Zone (3)",
            "wet | dry",
            "1 < 2",
            "AT&T",
            "a * b",
            "f(x)",
        ),
        *("Red Square Moscow", "Street Japan", "Victoria Station", "paris texas", "Desert State"),
        *("<script>alert(1)</script>", "Name;Code", "snake_case", "Japan 12"),
    ],
)
def test_text_stays_as_typed(outline, typed):
    (root,) = outline(typed).roots
    assert (root.name, root.level) == (typed, "label")


def test_lines_of_brackets_and_rules_of_tables_are_no_labels():
    assert [line.name for line in read_lines('[\n  "Japan",\n  "Peru"\n]')] == ["Japan", "Peru"]
    assert [line.name for line in read_lines("| Country |\n|:---|\n| Japan |")] == ["Country", "Japan"]
    assert remove_line('[\n  "Japan",\n  "Peru"\n]', 2) == '[\n  "Peru"\n]'


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        *[("Paris (Texas)", "Paris, Texas, United States"), ("Paris TX", "Paris, Texas, United States")],
        *[("Georgia (country)", "Georgia"), ("Georgia (US state)", "Georgia, United States")],
        *[("Georgia (U.S. state)", "Georgia, United States"), ("Georgia/USA", "Georgia, United States")],
        *[("New York (state)", "New York, United States"), ("Mexico (country)", "Mexico")],
        ("Springfield (Illinois)", "Springfield, Illinois, United States"),
        *[("Springfield IL", "Springfield, Illinois, United States"), ("Tokyo | Japan", "Tokyo, Japan")],
        *[("Tokyo (Japan)", "Tokyo, Japan"), ("Tokyo - Japan", "Tokyo, Japan"), ("Tokyo JP", "Tokyo, Japan")],
        *[
            ("Perth, W.A.", "Perth, Western Australia, Australia"),
            ("London (UK)", "London, England, United Kingdom"),
        ],
        *[
            ("Athens, Ga.", "Athens, Georgia, United States"),
            ("St. Louis, Mo.", "St. Louis, Missouri, United States"),
        ],
        *[("S. Africa", "South Africa"), ("N. Macedonia", "North Macedonia"), ("N. Zealand", "New Zealand")],
        *[("S. Dakota", "South Dakota, United States"), ("New S. Wales", "New South Wales, Australia")],
        *[
            ("Rep. of Korea", "South Korea"),
            ("Rep. Dominicana", "Dominican Republic"),
            ("E. Timor", "Timor-Leste"),
        ],
        *[("Paris Texas", "Paris, Texas, United States"), ("San Jose Costa Rica", "San José, Costa Rica")],
        *[
            ("Birmingham UK", "Birmingham, England, United Kingdom"),
            ("Georgia USA", "Georgia, United States"),
        ],
        *[("Washington State", "Washington, United States"), ("State of Georgia", "Georgia, United States")],
        *[("Is. of Man", "Isle of Man"), ("Dem. Rep. of the Congo", "Democratic Republic of the Congo")],
    ],
)
def test_a_parent_or_an_abbreviation_is_read_with_a_note(outline, gazetteer, typed, place):
    (root,) = outline(typed).roots
    assert gazetteer.label(root.place) == place
    assert any(f"read in another way: {typed!r} is" in note for note in outline(typed).notes)


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        *[("Cambridge, Mass.", "Cambridge, Massachusetts, United States")],
        *[("Portland, Ore.", "Portland, Oregon, United States"), ("Cambridge, MA", None)],
        *[("Korea (South)", "South Korea"), ("Congo (Kinshasa)", "Democratic Republic of the Congo")],
        *[("Halle/Saale", "Halle (Saale), Saxony-Anhalt, Germany"), ("Frankfurt (Oder)", None)],
        *[
            ("Washington, D.C.", "Washington, District of Columbia, United States"),
            ("St. Kitts & Nevis", None),
        ],
    ],
)
def test_a_name_that_is_a_place_as_it_stands_stays(outline, gazetteer, typed, place):
    (root,) = outline(typed).roots
    assert root.name == typed
    assert place in (None, gazetteer.label(root.place))
    assert root.place.name != "Newton"  # which was called Cambridge


@pytest.mark.parametrize(
    "typed",
    [
        *("Japan, France, Peru", "Japan; France; Peru", "Japan / France / Peru", "Japan, France and Peru"),
        *(
            '["Japan", "France", "Peru"]',
            "Japan|France|Peru",
            "Japan\tFrance\tPeru",
            '{"Japan": 1, "France": 2, "Peru": 3}',
        ),
    ],
)
def test_several_places_on_a_line_have_a_hint(outline, typed):
    (root,) = outline(typed).roots
    assert root.level == "label"
    assert any(
        note.endswith("names 3 places and is one label. Write each on a line: 'Japan', 'France', 'Peru'.")
        for note in outline(typed).notes
    )


def test_two_countries_of_a_name_are_told_once_with_how_to_write_the_other(outline):
    (note,) = outline("Korea").notes
    assert note.endswith(
        "may be South Korea or North Korea; the first is meant here. Write 'North Korea' for the other."
    )


@pytest.mark.parametrize("mark", ["*", "`", "-", "(", "|", "\U0001f5fe", "1,", "<b>", "a.", "[", "&amp;"])
def test_a_line_of_many_marks_is_read(mark):
    """A pattern that tries each way to part them would not end."""
    (line,) = read_lines(f"{mark * (400 // len(mark))}x")
    assert line.name.endswith("x")
    with pytest.raises(LabelError, match="at most 500"):
        read_lines(f"{mark * 20_000}x")
