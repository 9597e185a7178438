"""A CSV file of points: what is read, what is cleaned and said, what is refused with its lines."""

import numpy as np
import pytest

from streetclip_demo.errors import GalleryError
from streetclip_demo.places.point_table import read_points


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "points.csv"
    path.write_text(text, encoding=encoding)
    return read_points(path)


@pytest.mark.parametrize(
    "text",
    [
        "LAT,LON\n48.9,2.3\n-33.9,151.2\n",
        'id,longitude,name,Latitude\n1,2.3,Paris,48.9\n2,151.2,"Sydney, NSW",-33.9\n',
        "lat;lng\n48.9;2.3\n\n-33.9;151.2\n",
        "48.9,2.3\n-33.9,151.2\n",
        "latitude\tlongitude\r\n48.9\t2.3\r\n-33.9\t151.2",
    ],
)
def test_columns_go_by_their_names_and_two_of_numbers_are_latitude_and_longitude(tmp_path, text):
    table = read(tmp_path, text, "utf-8-sig")
    assert table.points.tolist() == [[48.9, 2.3], [-33.9, 151.2]]
    assert (table.counts.tolist(), table.notes) == ([1, 1], ())


def test_repeated_points_are_one_and_lines_that_cannot_be_are_left_out_with_a_note(tmp_path):
    text = "lat,lon\n10,20\n,5\n10,20\nnan,7\n10,400\n10,350\n91,181\n"
    table = read(tmp_path, text)
    assert table.points.tolist() == [[10, 20], [10, -10]]
    assert table.counts.tolist() == [2, 1]
    assert table.notes == (
        "Left out: 2 lines (3, 5) without coordinates.",
        "Read as west: line 7 with a longitude from 180 to 360.",
        "Left out: 2 lines (6, 8) with a point off the globe.",
        "Repeated points are one: line 4.",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "lat,lon\n48.9,2.3\n131.0,33.5\n",
            r"line 3: latitude must be between -90 and 90 degrees, got 131; .*swapped\?",
        ),
        ("lat,lon\n48.9,2.3\n48°N,x\n", "line 3: no numbers with decimal points, as '48°N, x'"),
        ('lat;lon\n"48,9";"2,3"\n', "line 2"),
        ("name,place\nParis,France\n", "line 1: expected a heading with the columns latitude and longitude"),
        ("lat,latitude,lon\n1,2,3\n", "line 1: expected a heading"),
        ("", "is empty"),
        ("lat,lon\n", "holds no point"),
        ("lat,lon\n,\nnan,nan\n", "holds no point"),
    ],
)
def test_what_is_no_table_of_points_is_refused_with_its_line(tmp_path, text, said):
    with pytest.raises(GalleryError, match=said):
        read(tmp_path, text)


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path):
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    with pytest.raises(GalleryError, match="no text in UTF-8"):
        read_points(tmp_path / "binary.csv")
    with pytest.raises(GalleryError, match="cannot be read"):
        read_points(tmp_path / "missing.csv")


def test_as_many_points_as_a_gallery_can_have_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("streetclip_demo.places.point_table.MAX_POINTS", 3)
    points = np.arange(4)
    with pytest.raises(GalleryError, match="has 4 points; at most 3"):
        read(tmp_path, "lat,lon\n" + "".join(f"{point},0\n" for point in points))
