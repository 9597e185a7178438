"""A file of predictions or a report, walked through: the command's own figures, mistakes with their lines."""

import html
import json
import re
from pathlib import Path

import pytest
from test_language import reading

from streetclip_demo.__main__ import main
from streetclip_demo.errors import DatasetError
from streetclip_demo.evaluate import walk as walking
from streetclip_demo.evaluate.walk import read_walk
from streetclip_demo.page.errors.walk_html import walk_html
from streetclip_demo.words.language import LANGUAGES
from streetclip_demo.words.readable import said

pytestmark = pytest.mark.usefixtures("read_once")
# Osaka for Tokyo is 397 km off, Nairobi is exact, Paris has no answer; two photographers
ROWS = """img_id,latitude,longitude,pred_lat,pred_lon,author,country
tokyo.jpg,35.68,139.69,34.69,135.50,ada,JP
nairobi.jpg,-1.29,36.82,-1.29,36.82,ada,KE
paris.jpg,48.86,2.35,,,bob,FR
"""


@pytest.fixture(scope="module")
def walked(gazetteer):
    return read_walk("Your file", ROWS.encode(), gazetteer)


def test_errors_come_the_largest_first_and_those_without_an_answer_last(walked):
    assert [one.id for one in walked.errors] == ["tokyo.jpg", "nairobi.jpg", "paris.jpg"]
    tokyo, nairobi, paris = walked.errors
    assert tokyo.error_km == pytest.approx(397, abs=1)  # by geopy
    assert nairobi.error_km == 0
    assert (paris.answer, paris.error_km) == (None, None)
    assert (tokyo.country, tokyo.continent) == ("JP", "Asia")
    assert walked.photos == 3
    assert walked.clusters == {"photographer": 2}
    assert walked.figures["within_750_km"].value == pytest.approx(200 / 3)
    assert walked.countries["KE"][1]["within_1_km"].value == 100


def test_figures_are_those_of_the_command_and_its_report_is_the_same_walk(
    walked, tmp_path, gazetteer, capsys
):
    (tmp_path / "set.csv").write_text(ROWS)
    outcomes = tmp_path / "outcomes.csv"
    file = str(tmp_path / "set.csv")
    assert main(["evaluate", file, "--predictions", file, "--json", "--csv", str(outcomes)]) == 0
    printed = capsys.readouterr().out
    report = read_walk("Your file", printed.encode(), gazetteer)
    assert report.figures["within_750_km"] == walked.figures["within_750_km"]
    assert report.figures["median_km"] == walked.figures["median_km"]
    assert report.errors == walked.errors
    assert report.continents == walked.continents
    again = read_walk(
        "Your file", outcomes.read_bytes(), gazetteer
    )  # what --csv writes has both positions too
    assert again.errors == walked.errors
    assert again.figures["score"] == walked.figures["score"]
    assert again.clusters == {"cluster": 2}


WRONG = [
    (b"", "Your file is empty"),
    (ROWS.splitlines()[0].encode(), "Your file has no rows"),
    (ROWS.replace("36.82,ada", "200,ada").encode(), "Your file, line 3: Longitude must be between"),
    (ROWS.replace("34.69", "x").encode(), "Your file, line 2: latitude: 'x' is no number such as 48.8566."),
    (ROWS.replace("34.69", '"34,69"').encode(), "Your file, line 2: latitude: '34,69' has a decimal comma"),
    (ROWS.replace("paris", "tokyo").encode(), "Your file, line 4: 'tokyo.jpg' stands on line 2 too"),
    (ROWS.replace("pred_lat,pred_lon", "a,b").encode(), "line 1: a row must have two positions"),
    (ROWS.replace("img_id", "who").encode(), "line 1: no column for id"),
    (ROWS.replace("tokyo.jpg", "\xe9.jpg").encode("latin-1"), "line 2: byte 0xE9 is not UTF-8"),
    (ROWS.encode("utf-16"), "line 1: this is UTF-16"),
    (ROWS.encode("utf-16-le"), "line 1: a byte is 0, so this is UTF-16"),
    (b"\x1f\x8b\x08", "Your file is packed (gzip), not CSV"),
    (b"PK\x03\x04", "Your file is a ZIP archive or a spreadsheet (xlsx, ods), not CSV"),
    (b"PAR1", "Your file is a Parquet file, not CSV"),
    (b"\x89PNG", "Your file is a picture, not CSV"),
    (b"%PDF", "Your file is a PDF, not CSV"),
    (b"version https://git-lfs.github.com/spec/v1", "Your file is a pointer of Git LFS, not CSV"),
    (b"<!doctype html>", "Your file is a web page, not CSV"),
    (ROWS.replace("author", "lat").encode(), "the columns 'latitude' and 'lat' may both be the latitude"),
    (
        ROWS.replace("nairobi", '"nai').encode(),
        "line 3: 1 cell where the header names 7 columns. The row ends on line 4",
    ),
    (b"a b\n1,2\n", "line 2: 2 cells where the header names 1 column. The first line must name them all"),
    (ROWS.encode() + b"x" * 150_000, "line 5: this is no CSV (a cell has more than 131,072 letters"),
    (b"{", "Your file, line 1: this is no JSON"),
    (b"[]", "Your file is no report of this app's command evaluate"),
    (b'{"dataset": {"photos": 1}}', "it has no 'intervals'"),
    (b"[" * 200_000, "Your file is no report"),
]


@pytest.mark.parametrize(("sent", "told"), WRONG, ids=range(len(WRONG)))
def test_a_file_that_cannot_be_used_is_explained_with_its_line_in_each_language(sent, told, gazetteer):
    with pytest.raises(DatasetError) as refused:
        read_walk("Your file", sent, gazetteer)
    assert told in str(refused.value)
    for lang in LANGUAGES[1:]:
        reading(lang=lang)
        first = str(refused.value).splitlines()[0]
        assert said(first) != first, lang
    reading()


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (("errors", 0, 1), 91),
        (("errors", 0, 1), "1"),
        (("errors", 0, 1), float("inf")),
        (("errors", 0), ["short"]),
        (("errors",), [[]] * 20_001),
        (("figures", "score"), None),
        (("figures", "score", "value"), True),
        (("notes",), [1]),
        (("intervals", "clusters"), []),
        (("by_country",), {str(one): {} for one in range(301)}),
    ],
)
def test_a_report_that_was_changed_by_hand_is_refused(at, value, tmp_path, gazetteer, record):
    inner = changed = json.loads(record)
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = value
    with pytest.raises(DatasetError, match="is no report"):
        read_walk("Your file", json.dumps(changed).encode(), gazetteer)


@pytest.fixture(scope="module")
def record(gazetteer):
    return json.dumps(walking._evaluated(Path("x"), ROWS.encode(), gazetteer))


def test_too_many_bytes_and_too_many_rows_are_refused(gazetteer, monkeypatch):
    with pytest.raises(DatasetError, match=r"has 5\.0 MB; at most 5 MB"):
        read_walk("Your file", b"x" * (walking.MOST_BYTES + 1), gazetteer)
    monkeypatch.setattr(walking, "MOST_ROWS", 2)
    with pytest.raises(DatasetError, match="has 3 rows; at most 2"):
        read_walk("Your file", ROWS.encode(), gazetteer)


def test_what_a_file_holds_is_only_ever_text(gazetteer):
    name = "<img src=x onerror=alert(1)>&amp;\"'"
    rows = ROWS.replace("tokyo.jpg", '"' + name.replace('"', '""') + '"')
    shown = walk_html(read_walk("Your file", rows.encode(), gazetteer))
    assert "<img" not in shown
    data = json.loads(html.unescape(re.search(r'data-walk="([^"]*)"', shown)[1]))
    assert data["rows"][0][0] == name


def test_the_figures_are_written_as_their_reader_writes_numbers(walked):
    reading(lang="de")
    shown = walk_html(walked)
    reading()
    assert "<td>66,7 %" in shown
    assert "1 Foto hat keine Antwort: Es zählt als falsch" in shown
    assert "über Fotografen (2). Von weniger als 6 lässt sich kein Intervall bestimmen." in shown
    assert "Tokio" not in shown  # names of files stay
    data = json.loads(html.unescape(re.search(r'data-walk="([^"]*)"', shown)[1]))
    assert data["names"]["country"]["KE"] == "Kenia"
    assert data["names"]["continent"]["Asia"] == "Asien"
    assert data["groups"]["country"]["KE"][0] == ["1", ""]
