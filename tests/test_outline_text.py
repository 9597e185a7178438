"""The text of an outline: a label is taken out without a change to anything else; which lines are remembered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streetclip_demo.errors import LabelError
from streetclip_demo.places import outline as outline_text
from streetclip_demo.places.outline import read_lines, remove_line

TYPED = "# Asia\nJapan\n\tTokyo  \n  # the second one\n\tNagasaki @ 32.75, 129.88\n\n\nPeru\r\nMali"


def test_a_line_goes_with_its_children_and_nothing_else():
    assert remove_line(TYPED, 2) == "# Asia\n  # the second one\n\n\nPeru\r\nMali"


def test_a_child_goes_alone():
    assert remove_line(TYPED, 5) == TYPED.replace("\tNagasaki @ 32.75, 129.88\n", "")


def test_other_systems_line_ends_stay():
    assert remove_line(TYPED, 8) == TYPED.replace("Peru\r\n", "")
    assert remove_line("Japan\rPeru\rMali", 2) == "Japan\rMali"


def test_the_last_line_needs_no_line_end():
    assert remove_line(TYPED, 9) == TYPED.removesuffix("Mali")


@pytest.mark.parametrize("number", [1, 6, 0, 10])
def test_a_line_without_a_label_cannot_be_removed(number):
    with pytest.raises(LabelError, match=f"Line {number} of the list has no label"):
        remove_line(TYPED, number)


@st.composite
def outlines(draw):
    """Texts of outlines, with comments and blank lines, nested as deep as their indentation says."""
    lines, depth = [], -1
    for number in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(["label", "label", "label", "comment", "blank"])) if lines else "label"
        if kind == "label":
            depth = draw(st.integers(0, min(depth + 1, 7)))
            lines.append("  " * depth + f"Place {number}")
        else:
            lines.append("      # a note" if kind == "comment" else " ")
    ends = draw(st.lists(st.sampled_from(["\n", "\r\n"]), min_size=len(lines), max_size=len(lines)))
    return "".join(line + end for line, end in zip(lines, ends, strict=True))


def tree(lines, without=0):
    return [(line.name, tree(line.children, without)) for line in lines if line.number != without]


def numbers(lines):
    return [number for line in lines for number in (line.number, *numbers(line.children))]


@given(outlines(), st.data())
def test_what_is_left_is_the_same_tree_without_that_branch(text, data):
    lines = read_lines(text)
    number = data.draw(st.sampled_from(numbers(lines)))
    left = remove_line(text, number)
    expected = tree(lines, without=number)
    if expected:
        assert tree(read_lines(left)) == expected
    others = [line for line in text.splitlines(True) if not line.strip().startswith("Place")]
    assert [line for line in left.splitlines(True) if not line.strip().startswith("Place")] == others


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_lines_end_as_unicode_says(end):
    text = end.join(["Japan", "  Kyoto", "Peru"])
    assert tree(read_lines(text)) == [("Japan", [("Kyoto", [])]), ("Peru", [])]
    assert remove_line(text, 2) == end.join(["Japan", "Peru"])


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("- United States", "United States"),
        ("* Peru", "Peru"),
        ("•Peru", "Peru"),
        ("– [x] Peru", "Peru"),
        ("1. Chile", "Chile"),
        ("(12) Chile", "Chile"),
        ("1.Chile", "Chile"),
        ("2)Peru", "Peru"),
        ("a. Chile", "Chile"),
        ("(b) Peru", "Peru"),
        ("iv) Cuba", "Cuba"),
        ("1.5 km of road", "1.5 km of road"),
        ("St. Gallen", "St. Gallen"),
        ("Mission 2. Street", "Mission 2. Street"),
        ("Paris - Texas", "Paris - Texas"),
        ("3) “Chile”", "Chile"),
        ("1、日本", "日本"),
        ("「日本」", "日本"),
        ("„Köln“", "Köln"),
        ("« Lyon »", "Lyon"),
        ('"Peru",', "Peru"),
        ("- - 'Peru'", "Peru"),
        ("'s-Hertogenbosch", "'s-Hertogenbosch"),
        ("O'Fallon", "O'Fallon"),
        ('"a" and "b"', '"a" and "b"'),
        ("-5 degrees", "-5 degrees"),
        ("25 de Mayo", "25 de Mayo"),
        ("1.", "1."),
        ('""', '""'),
    ],
)
def test_what_belongs_to_a_list_is_no_part_of_a_name(typed, name):
    (line,) = read_lines(typed)
    assert (line.name, line.typed) == (name, typed if typed != name else "")
    (placed,) = read_lines(f"  {typed} @ 1, 2")
    assert (placed.name, placed.point) == (name, (1, 2))


def test_lines_are_remembered_but_neither_long_ones_nor_what_is_indented_below():
    outline_text._remembered.cache_clear()
    first, again = (read_lines(f"Japan\n  {'x' * 400}\n  Kyoto{' ' * 500}")[0] for _ in range(2))
    assert outline_text._remembered.cache_info().currsize == 2
    assert [line.name for line in again.children] == ["x" * 400, "Kyoto"]
    assert first.children == again.children
    assert first.children is not again.children
    assert read_lines("Japan")[0].children == []
