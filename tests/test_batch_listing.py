"""Which photos arguments name: folders, patterns, lists, standard input; in which order, and what is left out."""

import io
import os
import sys

import pytest
from PIL import Image

from streetclip_demo.batch.listing import Listed, PhotoList
from streetclip_demo.errors import UserError


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to work in, with a folder "photos" in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    return tmp_path


def write(path, content=b""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(*arguments, **settings):
    return [photo.name for photo in PhotoList(arguments, **settings)]


def test_a_folder_stands_for_its_pictures_at_any_depth_by_name(here):
    for name in ("b.JPG", "a/z.webp", "a/b/c.heic", "c.png"):
        write(here / "photos" / name)
    assert names("photos") == [f"photos/{name}" for name in ("a/b/c.heic", "a/z.webp", "b.JPG", "c.png")]
    assert names("photos") == names("photos/")


def test_what_is_a_picture_is_told_by_its_ending_or_by_its_first_bytes(here):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG")
    write(here / "photos" / "12345", buffer.getvalue())
    write(here / "photos" / "raw.nef", b"MM\0*raw")
    write(here / "photos" / "broken.jpg", b"broken")  # which is to be reported
    write(here / "photos" / "notes.md", b"# Notes")
    write(here / "photos" / "empty")
    write(here / "photos" / "._c.jpg", b"left by a Mac")
    write(here / "photos" / ".thumbnails" / "t.jpg")
    found = PhotoList(["photos"])
    assert [photo.name for photo in found] == ["photos/12345", "photos/broken.jpg", "photos/raw.nef"]
    assert found.left_out == 2


def test_links_are_followed_but_not_in_a_circle(here):
    write(here / "elsewhere" / "x.jpg")
    (here / "photos" / "link").symlink_to(here / "elsewhere")
    (here / "photos" / "circle").symlink_to(here / "photos")
    assert names("photos") == ["photos/link/x.jpg"]


def test_a_pattern_is_looked_for_where_no_file_has_that_name(here):
    for name in ("a.jpg", "b.jpg", "sub/c.jpg", "[x].jpg", "x.jpg"):
        write(here / "photos" / name)
    assert names("photos/?.jpg") == ["photos/a.jpg", "photos/b.jpg", "photos/x.jpg"]
    assert names("photos/**/*.jpg").count("photos/sub/c.jpg") == 1
    assert names("photos/*").count("photos/sub/c.jpg") == 1
    assert names("photos/**").count("photos/sub/c.jpg") == 1
    assert names("photos/[x].jpg") == ["photos/[x].jpg"]
    assert names("photos/[none].jpg") == ["photos/[none].jpg"]  # it is reported


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("img_id,latitude\nsub/a.jpg,1\nb.jpg,2\n", None),
        ("\ufefflatitude;PATH\r\n1;sub/a.jpg\r\n2;b.jpg\r\n", None),
        ("where,file\nsub/a.jpg,x\nb.jpg,y\n", "Where"),
        ("sub/a.jpg\nb.jpg\n", None),
        ("1,sub/a.jpg\n2,b.jpg\n", None),
    ],
)
def test_a_csv_list_has_a_column_of_paths_which_lie_beside_it(here, table, column):
    write(here / "lists" / "list.csv", table.encode())
    write(here / "lists" / "sub" / "a.jpg")
    write(here / "b.jpg")  # not beside the list, but where the program was started
    found = list(PhotoList(["lists/list.csv"], column))
    assert found == [Listed("sub/a.jpg", "lists/sub/a.jpg"), Listed("b.jpg", "b.jpg")]


def test_names_that_repeat_or_are_missing_are_rows_too(here):
    write(here / "list.csv", b"file,n\na.jpg,1\na.jpg,2\n,3\n\nb.jpg\n")
    assert names("list.csv") == ["a.jpg", "a.jpg", "", "b.jpg"]


def test_a_name_in_quotes_may_have_commas_and_line_breaks(here):
    write(here / "list.csv", b'file\n"a, b\nc.jpg"\n')
    assert names("list.csv") == ["a, b\nc.jpg"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no such names")
def test_names_that_are_no_utf_8_are_found(here):
    write(here / os.fsdecode(b"\xff.jpg"))
    write(here / "list.csv", b"file\n\xff.jpg\n")
    ((name, path),) = PhotoList(["list.csv"])
    assert os.path.exists(path)
    assert os.fsencode(name) == b"\xff.jpg"


def test_a_text_file_and_standard_input_have_a_path_a_line(here):
    write(here / "list.txt", b"photos/a.jpg\r\n\nb, c.jpg\n")
    assert names("list.txt", "-", lines=io.StringIO("x.jpg\n\ny.jpg")) == [
        "photos/a.jpg",
        "b, c.jpg",
        "x.jpg",
        "y.jpg",
    ]


def test_a_column_without_a_table_is_told(here):
    with pytest.raises(UserError, match="--column photo is for a CSV list, and none is named"):
        PhotoList(["photos", "list.txt"], "photo")


def test_standard_input_can_be_gone_through_again(here):
    found = PhotoList(["-"], lines=io.StringIO("x.jpg\ny.jpg\n"))
    assert list(found) == list(found) != []


@pytest.mark.parametrize(
    ("content", "column", "said"),
    [
        (
            b"a,b\n1,2\n",
            None,
            "list.csv, line 1: expected a column of paths, as 'path' or 'file', got 'a', 'b'",
        ),
        (b"file,b\n1,2\n", "photos", "list.csv, line 1: expected a column 'photos', got 'file', 'b'"),
        ("file\na.jpg\n".encode("utf-16"), None, "list.csv is in UTF-16"),
        (b"file\na.jpg\n" + b"x" * 200_000, None, "list.csv is no CSV file in line 3"),
    ],
)
def test_a_list_that_cannot_be_used_is_told_with_file_and_line(here, content, column, said):
    write(here / "list.csv", content)
    with pytest.raises(UserError) as error:
        names("list.csv", column=column)
    assert said in str(error.value)
