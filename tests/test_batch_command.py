"""`locate --out FOLDER` in one process, with a tiny checkpoint: what comes in, what is written, what is told."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from streetclip_demo.__main__ import main
from streetclip_demo.batch.run import BatchRun
from streetclip_demo.cli.commands import command_parser
from streetclip_demo.cli.rate import RateLine, duration

pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture
def ask(tiny_checkpoint, tmp_path, monkeypatch):
    """Run `locate` with arguments in a folder that has photos, among them one that cannot be read."""
    monkeypatch.chdir(tmp_path)
    Path("photos/more").mkdir(parents=True)
    for name, colour in (("a.png", "teal"), ("c.jpg", "red"), ("more/a.png", "navy")):
        Image.new("RGB", (40, 30), colour).save(Path("photos", name))
    Path("photos/b.jpg").write_text("no picture")
    Path("photos/notes.md").write_text("no picture either")
    Path("labels.txt").write_text("Japan\n  Nagasaki\nFrance\n", encoding="utf-8")
    model = ["--labels", "labels.txt", "--model", str(tiny_checkpoint), "--no-cities"]
    return lambda *arguments: main(["locate", *arguments, *model])


def rows(folder="out"):
    return [
        json.loads(line) for line in Path(folder, "answers.jsonl").read_text(encoding="utf-8").splitlines()
    ]


def unread(folder="out"):
    with open(Path(folder, "unread.csv"), encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_gives_a_row_for_each_photo_and_a_report_of_the_others(ask, capsys):
    assert ask("photos", "--out", "out") == 2
    out, err = capsys.readouterr()
    assert out == "3 of 4 photos are answered in out.\n"
    assert "1 file that is no picture is left out." in err
    assert "1 could not be: out/unread.csv says why." in err
    assert [(row["row"], row["file"]) for row in rows()] == [
        (1, "photos/a.png"),
        (3, "photos/c.jpg"),
        (4, "photos/more/a.png"),
    ]
    (report,) = unread()
    assert (report["row"], report["file"]) == ("2", "photos/b.jpg")
    assert "is not a picture that can be read: its content is text" in report["reason"]


def test_formats_that_are_named_twice_are_all_written():
    options = command_parser().parse_args(
        ["locate", "x", "--out", "o", "--formats", "csv", "--formats", "geojson,csv"]
    )
    assert options.formats == ["csv", "geojson", "csv"]


def test_one_photo_is_one(ask, capsys):
    assert ask("photos/a.png", "photos/b.jpg", "--out", "out") == 2
    assert capsys.readouterr().out == "1 of 2 photos is answered in out.\n"


def test_a_row_says_what_a_record_says(ask, capsys):
    assert ask("photos/a.png", "--out", "out", "--whole", "--estimator", "beam") == 0
    capsys.readouterr()
    assert ask("photos/a.png", "--json", "--estimator", "beam") == 0
    record, (row,) = json.loads(capsys.readouterr().out), rows()
    for key in ("guesses", "discs", "tree", "mark", "half_mass_radius_km"):
        assert row[key] == record[key]
    best = record["guesses"][0]
    assert {key: row[key] for key in best if key in row and key != "path"} == {
        key: best[key] for key in best if key in row and key != "path"
    }
    assert (row["place"], row["path"]) == (best["name"], " > ".join(best["path"]))
    assert (row["answer"], row["answer_probability"]) == (
        record["tree"][0]["name"],
        record["tree"][0]["probability"],
    )
    assert row["pixels_sha256"] == record["photo"]["pixels_sha256"]
    made = json.loads(Path("out/run.json").read_text(encoding="utf-8"))
    assert made["made_with"]["revision"] == record["manifest"]["revision"]
    assert made["asked"]["labels"] == record["manifest"]["labels"]


def test_a_run_that_is_stopped_goes_on_with_the_same_command(ask, monkeypatch, capsys):
    assert ask("photos", "--out", "whole", "--formats", "csv,geojson") == 2
    add, seen = BatchRun.add, []

    def stop_at_the_third(self, photo, outcome):
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(photo)
        add(self, photo, outcome)

    monkeypatch.setattr(BatchRun, "add", stop_at_the_third)
    assert ask("photos", "--out", "out", "--formats", "csv,geojson") == 130
    monkeypatch.setattr(BatchRun, "add", lambda *row: (seen.append(row[1]), add(*row)))
    assert (
        ask("photos", "--out", "out", "--formats", "csv,geojson") == 2
    )  # a row of the first run is not read
    assert [photo.name for photo in seen] == [
        f"photos/{name}" for name in ("a.png", "b.jpg", "c.jpg", "more/a.png")
    ]
    for path in Path("whole").iterdir():
        assert path.name == "run.json" or path.read_bytes() == Path("out", path.name).read_bytes(), path.name


def test_another_question_is_refused_in_one_line(ask, capsys):
    assert ask("photos", "--out", "out") == 2
    capsys.readouterr()
    assert ask("photos", "--out", "out", "--estimator", "beam") == 2
    out, err = capsys.readouterr()
    assert out == ""
    last = err.splitlines()[-1]
    assert last.startswith("The run in out asks something else: estimator was 'greedy' and is 'beam' now.")


def test_a_photo_that_changed_after_its_answer_is_told_and_its_row_stays(ask, capsys):
    assert ask("photos", "--out", "out") == 2
    before, _ = Path("out/answers.jsonl").read_bytes(), capsys.readouterr()
    assert ask("photos", "--out", "out") == 2
    assert "changed" not in capsys.readouterr().err
    Image.new("RGB", (80, 30), "white").save(Path("photos/c.jpg"))
    Path("photos/b.jpg").unlink()  # so the list differs: that is refused, as before
    assert ask("photos", "--out", "out") == 2
    assert "has another list: row 2 was 'photos/b.jpg'" in capsys.readouterr().err
    Path("photos/b.jpg").write_text("no picture, and another one")
    assert ask("photos", "--out", "out") == 2
    told = capsys.readouterr().err.splitlines()[1]
    assert told.startswith(
        "2 photos that are done have changed since (the first: row 2, photos/b.jpg); their rows"
    )
    assert Path("out/answers.jsonl").read_bytes() == before


def test_a_run_that_answered_nothing_may_ask_something_else(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (40, 30), "teal").save("photo.png")
    ask = ["locate", "photo.png", "--model", "practice", "--no-cities", "--out", "out"]
    assert main(ask) == 2
    assert unread()[0]["file"] == "photo.png"
    assert main([*ask, "--anyway"]) == 0
    assert ([row["file"] for row in rows()], unread()) == (["photo.png"], [])
    capsys.readouterr()
    assert main(ask) == 2  # an answer is not thrown away
    assert "anyway was True and is False now" in capsys.readouterr().err


def test_standard_input_is_a_list(ask, monkeypatch, capsys):
    lines = b"photos/c.jpg\nphotos/c.jpg\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    assert ask("-", "--out", "out") == 0
    assert [row["file"] for row in rows()] == ["photos/c.jpg"] * 2
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    assert ask("-", "--out", "out") == 0  # nothing is left to do
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    capsys.readouterr()
    assert ask("-", "--json") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_folder_gives_trees_and_files_as_single_photos_do(ask, capsys):
    Path("pages").mkdir()
    assert ask("photos", "--csv", "all.csv", "--geojson", "all.geojson", "--html", "pages") == 2
    out, err = capsys.readouterr()
    assert out.count("Best guess: ") == 3
    assert err.splitlines()[-1].startswith("photos/b.jpg: ")
    assert sorted(path.name for path in Path("pages").iterdir()) == ["a-2.html", "a.html", "c.html"]
    layer = json.loads(Path("all.geojson").read_bytes())
    assert [one["file"] for one in layer["photos"]] == ["photos/a.png", "photos/c.jpg", "photos/more/a.png"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["photos", "--csv", "photos/a.png"], "photos/a.png would replace a photo of the list"),
        (["photos", "--html", "one.html"], "--html: with several photos name a folder that exists"),
        (
            ["photos", "--map", "photos", "--html", "photos"],
            "--html would replace photos, which is --map too",
        ),
        (["list.csv", "--csv", "list.csv"], "--csv would replace list.csv, which is the list too"),
        (["photos", "--out", "out", "--json"], "--json and --out do not go together"),
        (["photos", "--out", "labels.txt"], "labels.txt cannot be written: File exists"),
        (["photos", "--out", "photos"], "photos holds other files (a.png), and no run"),
        (["photos", "--whole"], "--whole is for many photos in a folder: say which with --out"),
        (["photos", "--engine", "ray"], "--engine ray is for many photos in a folder: say which with --out"),
        (["photos", "--out", "out", "--actors", "2"], "--actors is for --engine ray"),
        (["empty", "--out", "out"], "There is no photo in what was named"),
        (["empty"], "There is no photo in what was named"),
        (
            ["list.csv", "--column", "b", "--out", "out"],
            "list.csv, line 1: expected a column 'b', got 'file'",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(ask, capsys, arguments, said):
    Path("empty").mkdir()
    Path("list.csv").write_text("file\nphotos/a.png\n")
    before = Path("photos/a.png").read_bytes()
    assert ask(*arguments) == 2
    assert said in capsys.readouterr().err.splitlines()[-1]
    assert Path("photos/a.png").read_bytes() == before


def test_a_format_that_is_none_is_told_with_those_there_are(ask, capsys):
    with pytest.raises(SystemExit):
        ask("photos", "--out", "out", "--formats", "csv,xlsx")
    assert "must be of jsonl, csv, geojson, geoparquet, got 'xlsx'" in capsys.readouterr().err


# The line on a terminal


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_line_says_rate_and_time_left():
    clock = iter([100.0, 110.0, 110.1, 160.0])
    terminal = Terminal()
    line = RateLine(terminal, total=1000, done=500, now=lambda: next(clock))
    line.show(520, 0)
    line.show(521, 0)  # too soon to look again
    line.show(560, 3)
    line.close()
    assert terminal.getvalue().split("\r") == [
        "",
        "520 of 1,000 photos, 2.0 a second, 4 min left\x1b[K",  # those of an earlier run do not count
        "560 of 1,000 photos, 1.0 a second, 7 min left, 3 not read\x1b[K\n",
    ]


def test_nothing_is_shown_where_there_is_no_terminal():
    stream = io.StringIO()
    line = RateLine(stream, total=10)
    line.show(10, 0)
    line.close()
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "0 s"),
        (99, "99 s"),
        (100, "2 min"),
        (5900, "98 min"),
        (7500, "2 h 5 min"),
        (260_000, "3 days 0 h"),
    ],
)
def test_time_left_is_said_in_two_units(seconds, said):
    assert duration(seconds) == said
