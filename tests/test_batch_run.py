"""A run over many photos: each row once, whatever stops it and wherever; the same bytes as one that was not stopped."""

import contextlib
import csv
import json
import shutil

import geopandas
import pytest

from streetclip_demo.batch.geoparquet import GeoParquet
from streetclip_demo.batch.listing import Listed
from streetclip_demo.batch.outcome import Outcome
from streetclip_demo.batch.run import FORMATS, BatchRun
from streetclip_demo.errors import UserError
from streetclip_demo.report.row import FLAT

COUNT = 23
ASKED = {"model": "M", "labels": "Japan\nFrance", "estimator": "greedy"}
PHOTOS = [
    Listed(name, f"/photos/{name}") for name in ["a.jpg", "a.jpg", *map("{}, é.jpg".format, range(COUNT - 2))]
]
GROWING = ("answers.jsonl", "answers.csv", "answers.geojson", "unread.csv", "journal.txt")


def outcome(number):
    """Every fifth photo is unreadable, every third answer is no place."""
    if number % 5 == 4:
        return Outcome(reason="=it is no picture")
    point = (None, None) if number % 3 == 2 else (number / 7, -number / 3)
    row = dict.fromkeys(FLAT) | dict(zip(("latitude", "longitude"), point, strict=True))
    row |= {"place": "Zürich\n2020-01-01", "probability": number / 90, "guesses": [{"rank": 1}]}
    return Outcome(row, {"model": "M", "device": "cpu"})


def run(folder, until=COUNT, photos=PHOTOS, formats=FORMATS, asked=ASKED, on_row=lambda number: None):
    """Go on with a run, or begin it, up to a row; return the numbers of the rows that were computed, from 0."""
    computed = []
    with contextlib.closing(BatchRun(folder, photos, formats)) as going:
        going.begin(asked)
        for photo in going.rows():
            if going.done == until:
                break
            computed.append(going.done)
            on_row(going.done)
            going.add(photo, outcome(going.done))
    return computed


def contents(folder):
    """All that a run leaves, but for when it began."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "run.json"}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """GeoParquet in parts of seven rows."""
    monkeypatch.setattr(GeoParquet.__init__, "__defaults__", (7,))


@pytest.fixture
def whole(tmp_path):
    """What a run leaves that was never stopped."""
    assert run(tmp_path / "whole") == list(range(COUNT))
    return contents(tmp_path / "whole")


class Killed(BaseException):
    """Nothing may be tidied up."""


def kill(folder, at):
    """A run as it is on the disk when its process is killed while it computes a row."""
    found = folder.with_name(f"{folder.name}-{at}")

    def on_row(number):
        if number == at:
            shutil.copytree(folder, found)
            raise Killed

    with pytest.raises(Killed):
        run(folder, on_row=on_row)
    shutil.rmtree(folder)
    found.rename(folder)


def test_a_run_that_is_killed_three_times_leaves_the_same_bytes(tmp_path, whole):
    folder = tmp_path / "killed"
    for at in (3, 12, 22):
        kill(folder, at)
    assert run(folder) == [22]
    assert contents(folder) == whole


def test_each_row_is_answered_or_reported_once_though_names_repeat(tmp_path, whole):
    folder = tmp_path / "whole"
    answered = [
        json.loads(line) for line in (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    with open(folder / "unread.csv", encoding="utf-8-sig", newline="") as file:
        unread = list(csv.DictReader(file))
    assert [int(line["row"]) for line in unread] == [5, 10, 15, 20]
    assert unread[0]["reason"] == "'=it is no picture"  # no spreadsheet runs it
    rows = sorted([row["row"] for row in answered] + [int(line["row"]) for line in unread])
    assert rows == list(range(1, COUNT + 1))
    assert [row["file"] for row in answered[:3]] == ["a.jpg", "a.jpg", "0, é.jpg"]


def test_all_formats_say_the_same(tmp_path, whole):
    folder = tmp_path / "whole"
    lines = [json.loads(line) for line in (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    with open(folder / "answers.csv", encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    layer = json.loads((folder / "answers.geojson").read_text(encoding="utf-8"))["features"]
    parts = sorted(folder.glob("*.parquet"))
    frames = [geopandas.read_parquet(part) for part in parts]
    assert list(map(len, frames)) == [7, 7, 5]
    assert len({tuple(frame.dtypes) for frame in frames}) == 1
    points = [point for frame in frames for point in frame.geometry]
    assert frames[0].crs == "EPSG:4326"
    for line, cells, feature, point in zip(lines, table, layer, points, strict=True):
        assert (int(cells["row"]), cells["file"]) == (line["row"], line["file"])
        assert feature["properties"]["row"] == line["row"]
        if line["latitude"] is None:
            assert cells["latitude"] == ""
            assert feature["geometry"] is None
            assert point is None
        else:
            assert float(cells["latitude"]) == line["latitude"]
            assert feature["geometry"]["coordinates"] == [line["longitude"], line["latitude"]]
            assert (point.x, point.y) == (line["longitude"], line["latitude"])
    assert layer[0]["properties"]["place"] == lines[0]["place"]


def test_the_layer_is_whole_after_each_row(tmp_path):
    folder = tmp_path / "layer"

    def look(number):
        found = json.loads((folder / "answers.geojson").read_bytes())["features"]
        assert len(found) == number - number // 5

    run(folder, on_row=look)


@pytest.mark.parametrize("name", GROWING)
def test_lines_that_were_not_finished_are_written_again(tmp_path, whole, name):
    folder = tmp_path / "torn"
    kill(folder, 12)
    with open(folder / name, "ab") as file:
        file.write(b'13 2 "torn')
    assert run(folder) == list(range(12, COUNT))
    assert contents(folder) == whole


def test_rows_that_never_reached_the_disk_are_computed_again(tmp_path, whole):
    folder = tmp_path / "power"
    kill(folder, 12)
    lines = (folder / "answers.jsonl").read_bytes()
    (folder / "answers.jsonl").write_bytes(
        lines[: len(lines) - 10]
    )  # the journal was faster than what it tells of
    assert run(folder) == list(range(11, COUNT))
    assert contents(folder) == whole


def test_a_run_that_is_done_computes_nothing_and_changes_nothing(tmp_path, whole):
    assert run(tmp_path / "whole") == []
    assert contents(tmp_path / "whole") == whole


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"asked": ASKED | {"estimator": "beam"}},
            "asks something else: estimator was 'greedy' and is 'beam' now",
        ),
        ({"asked": ASKED | {"labels": "Japan\n" * 50}}, "asks something else: another labels"),
        ({"asked": ASKED | {"model": "N"}}, "model was 'M' and is 'N' now"),
        ({"formats": ["jsonl"]}, "asks something else: "),
        ({"photos": PHOTOS[:-1]}, "another list: row 23 was '20, é.jpg' and is no photo now"),
        ({"photos": [*PHOTOS, Listed("x", "x")]}, "another list: row 24 was no photo and is 'x' now"),
        ({"photos": [PHOTOS[2], *PHOTOS[1:]]}, "another list: row 1 was 'a.jpg' and is '0, é.jpg' now"),
    ],
)
def test_a_run_that_would_be_another_is_refused_and_stays_as_it_is(tmp_path, change, said):
    folder = tmp_path / "run"
    run(folder, until=5)
    before = contents(folder)
    with pytest.raises(UserError) as error:
        run(folder, **change)
    assert said in str(error.value)
    assert contents(folder) == before
    assert run(folder) == list(range(5, COUNT))


def test_another_device_or_revision_is_refused_before_its_first_row(tmp_path):
    folder = tmp_path / "run"
    run(folder, until=5)
    before = contents(folder)
    with contextlib.closing(BatchRun(folder, PHOTOS, FORMATS)) as going:
        going.begin(ASKED)
        other = Outcome(outcome(5).row, {"model": "M", "device": "cuda:0"})
        with pytest.raises(UserError, match="was computed otherwise: device was 'cpu' and is 'cuda:0' now"):
            going.add(next(going.rows()), other)
    assert contents(folder) == before


def test_a_folder_is_for_one_process_at_a_time(tmp_path):
    first = BatchRun(tmp_path / "run", PHOTOS, FORMATS)
    with pytest.raises(UserError, match="Another run is writing"):
        BatchRun(tmp_path / "run", PHOTOS, FORMATS)
    first.close()
    BatchRun(tmp_path / "run", PHOTOS, FORMATS).close()


def test_other_files_are_not_written_over(tmp_path):
    (tmp_path / "answers.csv").write_text("mine")
    with pytest.raises(UserError, match=r"holds other files \(answers.csv\), and no run"):
        BatchRun(tmp_path, PHOTOS, FORMATS)
    assert (tmp_path / "answers.csv").read_text() == "mine"


def test_answers_that_are_gone_are_told_and_not_computed_again(tmp_path):
    folder = tmp_path / "run"
    run(folder, until=12)
    (folder / "answers.csv").unlink()
    with pytest.raises(UserError, match=r"not those that its journal.txt tells of"):
        run(folder)


def test_geoparquet_without_pyarrow_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install -r requirements-geoparquet\.txt"):
        run(tmp_path / "run")
    assert run(tmp_path / "run", formats=["csv"]) == list(range(COUNT))
