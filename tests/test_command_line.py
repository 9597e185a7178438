"""The command line in one process; models are a tiny checkpoint and the practice model. test_readme.py starts it."""

import contextlib
import csv
import html
import json
import os
import re
import resource
import sys
import tempfile
import threading
from argparse import Namespace
from pathlib import Path

import pandas
import pytest
from huggingface_hub import constants
from PIL import Image

from streetclip_demo.__main__ import main
from streetclip_demo.checkpoints.cards import PRACTICE_TITLE
from streetclip_demo.cli import prefetch as prefetching_module
from streetclip_demo.cli.located_files import LocatedFiles
from streetclip_demo.cli.options import read_options
from streetclip_demo.cli.prefetch import prefetch
from streetclip_demo.cli.printed import report
from streetclip_demo.cli.whole_file import WholeFile
from streetclip_demo.errors import UserError
from streetclip_demo.locate.starting_lists import PRACTICE_PRESET, WORLD_PRESET
from streetclip_demo.photos.decode_workers import DecodeWorkers
from streetclip_demo.places.candidates import Candidate
from streetclip_demo.places.templates import DEFAULT_TEMPLATES
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.prediction import Guess, Prediction
from streetclip_demo.posterior.tree import Node
from streetclip_demo.report.table import COLUMNS

pytestmark = pytest.mark.usefixtures("read_once")

ROOT = Path(__file__).resolve().parent.parent
# A model's first answers on a machine are compared with full precision's, whichever test comes first.
FIRST_COMPARISON = "tiny-clip: comparing its answers with full precision, once on this machine: 100%\n"
EXAMPLES = ROOT / "assets" / "examples"


@pytest.fixture(scope="module")
def model(tiny_checkpoint):
    return str(tiny_checkpoint)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "street.png"
    Image.linear_gradient("L").convert("RGB").save(path)
    return str(path)


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("Japan\n  Nagasaki\n  Kyoto\nFrance\n  Paris\nfog\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """No model on this machine, and no network: the hub's library reads both from the environment, once."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


def one_line(text):
    return text.count("\n") == 1 and text.endswith("\n")


# The tree


def test_the_tree_lists_every_label_with_its_share(model, photo, labels, capsys):
    assert main(["locate", photo, "--labels", labels, "--model", model, "--no-cities"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0] == photo
    assert lines[2].startswith("  Best guess: ")
    assert lines[3].startswith("  Shares among the labels on the list, not certainty; half lies within ")
    for name in ("Japan", "Nagasaki", "Kyoto", "France", "Paris", "fog"):
        assert sum(name in line and "%" in line for line in lines[5:]) == 1, out


def test_two_photos_give_two_trees(model, photo, labels, capsys):
    assert main(["locate", photo, photo, "--labels", labels, "--model", model, "--no-cities"]) == 0
    assert capsys.readouterr().out.count("Best guess: ") == 2


def test_cities_come_from_the_gazetteer_unless_switched_off(model, photo, tmp_path, capsys):
    path = tmp_path / "one.txt"
    path.write_text("Japan\nFrance\n", encoding="utf-8")
    assert main(["locate", photo, "--labels", str(path), "--model", model]) == 0
    assert "more)" in capsys.readouterr().out
    assert main(["locate", photo, "--labels", str(path), "--model", model, "--no-cities"]) == 0
    assert "more)" not in capsys.readouterr().out


def prediction_of(*names, mark=""):
    nodes = [Node(Candidate(name, "label", None, None), (name,), 0.1, 1.0, 0.5, 0.5) for name in names]
    guesses = (Guess(1, nodes[0], (names[0],)),)
    return Prediction(
        tuple(nodes), guesses, "beam", None, 100.0, 5, DEFAULT_TEMPLATES, Manifest("M", "r", mark=mark)
    )


def test_columns_stay_aligned_with_wide_letters_and_combining_marks():
    wide, combined, plain = list(report("x.jpg", prediction_of("長崎", "Cafe\u0301", "Cork"), 10))[-3:]
    # Each of the three names takes four columns of a terminal, with 2, 5 and 4 characters.
    assert [len(line) for line in (wide, combined, plain)] == [len(plain) - 2, len(plain) + 1, len(plain)]


def test_text_cannot_steer_the_terminal():
    text = "\n".join(report("evil\x1b[2J.jpg", prediction_of("red\x1b[31m", "\u202etfel"), 10))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_an_error_cannot_steer_the_terminal_either(model, labels, capsys):
    assert main(["locate", "evil\x1b[2J.jpg", "--labels", labels, "--model", model]) == 2
    assert main(["locate", "x.jpg", "--labels", "evil\x1b[2J.txt", "--model", model]) == 2
    err = capsys.readouterr().err
    assert err.count("evil\ufffd[2J") == 3  # as it was typed, the name, its path
    assert "\x1b" not in err


def test_the_mark_stands_above_the_answer():
    lines = list(report("x.jpg", prediction_of("a", "b", mark="Only for drawings."), 10))
    assert lines[1] == "  ! Only for drawings."


def test_labels_that_are_not_listed_are_summed():
    lines = list(report("x.jpg", prediction_of("a", "b", "c"), 1))
    assert lines[-1].split() == ["(2", "more)", "100", "%", "█" * 24]


# JSON and maps


def test_json_gives_one_line_for_each_photo(model, photo, labels, tmp_path, capsys):
    other = tmp_path / "other.png"
    Image.radial_gradient("L").convert("RGB").save(other)
    arguments = ["--labels", labels, "--model", model, "--no-cities", "--beam", "9", "--json"]
    assert main(["locate", photo, str(other), *arguments]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["file"], second["file"]) == (photo, str(other))
    assert first["photo"]["pixels_sha256"] != second["photo"]["pixels_sha256"]
    assert sum(node["probability"] for node in first["tree"]) == pytest.approx(1, abs=1e-6)
    for node in first["tree"]:
        if node["children"]:
            total = sum(child["probability"] for child in node["children"])
            assert total == pytest.approx(node["probability"], abs=1e-6)
    assert first["manifest"]["beam_width"] == 9
    assert first["manifest"]["labels"] == Path(labels).read_text(encoding="utf-8")
    assert first["manifest"]["revision"]


def test_options_reach_the_prediction(model, photo, labels, tmp_path, capsys):
    templates = tmp_path / "templates.txt"
    templates.write_text("country: Snow in {country}.\n", encoding="utf-8")
    arguments = ["--labels", labels, "--model", model, "--no-cities", "--json", "--estimator", "greedy"]
    assert main(["locate", photo, *arguments, "--top", "2", "--templates", str(templates)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["manifest"]["estimator"] == "greedy"
    assert len(record["guesses"]) == 2
    assert {"Snow in Japan.", "Snow in France."} <= {node["captions"][0] for node in record["tree"]}


def test_a_map_is_written(model, photo, labels, tmp_path, capsys):
    target = tmp_path / "out.html"
    arguments = ["--labels", labels, "--model", model, "--no-cities"]
    assert main(["locate", photo, *arguments, "--map", str(target)]) == 0
    document = target.read_text(encoding="utf-8")
    assert document.lstrip().lower().startswith("<!doctype html>")
    assert "Nagasaki" in document


def test_the_maps_of_several_photos_go_into_a_folder_and_do_not_overwrite_each_other(
    model, photo, labels, tmp_path, capsys
):
    photos = [photo]
    for name in ("more/street-2.png", "more/Street.jpg"):
        photos.append(str(tmp_path / name))
        (tmp_path / "more").mkdir(exist_ok=True)
        Image.new("RGB", (90, 60), "teal").save(photos[-1])
    arguments = ["locate", *photos, "--labels", labels, "--model", model, "--no-cities"]
    assert main([*arguments, "--map", str(tmp_path / "one.html")]) == 2
    assert one_line(capsys.readouterr().err)
    maps = tmp_path / "maps"
    maps.mkdir()
    assert main([*arguments, "--map", str(maps)]) == 0
    assert sorted(path.name for path in maps.iterdir()) == ["Street-3.html", "street-2.html", "street.html"]


# The other files


@pytest.fixture
def located(model, photo, tmp_path, monkeypatch, capsys):
    """Two photos located with hostile names and labels, and all the files that can be asked for."""
    monkeypatch.chdir(tmp_path)
    Image.open(photo).save("=1+1.png")
    Path("odd.txt").write_text("Japan\n  +SUM(A1)\n=1+1\n<img src=x onerror=alert(1)>\n", encoding="utf-8")
    Path("pages").mkdir()
    files = ["--csv", "all.csv", "--geojson", "all.geojson", "--html", "pages", "--with-photo", "--json"]
    photos = ["=1+1.png", "missing.png", "street.png"]
    assert main(["locate", *photos, "--labels", "odd.txt", "--model", model, "--no-cities", *files]) == 2
    out, err = capsys.readouterr()
    assert one_line(err)
    assert err.startswith("missing.png: ")
    return [json.loads(line) for line in out.splitlines()]


def test_the_table_has_every_label_of_every_photo_that_was_located(located):
    table = pandas.read_csv("all.csv")
    assert list(table.columns) == ["file", *COLUMNS]
    assert list(table["file"]) == ["'=1+1.png"] * 4 + ["street.png"] * 4
    leaves = table[table["is_leaf"] == 1].groupby("file")["probability"].sum()
    assert list(leaves) == pytest.approx([1, 1])
    assert set(table["revision"]) == {located[0]["manifest"]["revision"]}


def test_no_text_in_the_table_is_run_as_a_formula(located):
    with open("all.csv", encoding="utf-8-sig", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert {"'=1+1.png", "'+SUM(A1)", "'=1+1"} <= set(cells)
    assert [cell for cell in cells if re.match(r"[=+@]|-\D", cell)] == []


def test_the_layer_has_the_places_of_every_photo_and_what_they_rest_on(located):
    layer = json.loads(Path("all.geojson").read_text(encoding="utf-8"))
    assert set(layer) == {"type", "features", "photos"}
    assert [one["file"] for one in layer["photos"]] == ["=1+1.png", "street.png"]
    for one, record in zip(layer["photos"], located, strict=True):
        assert one["manifest"] == record["manifest"]
        assert one["photo"] == record["photo"]
        placed = [feature["properties"] for feature in layer["features"]]
        leaves = [about for about in [*placed, *one["not_on_map"]] if about["file"] == one["file"]]
        assert sum(about["probability"] for about in leaves) == pytest.approx(1)


def test_a_page_holds_the_record_and_no_label_is_markup_in_it(located):
    assert sorted(path.name for path in Path("pages").iterdir()) == ["=1+1.html", "street.html"]
    page = Path("pages/street.html").read_text(encoding="utf-8")
    (kept,) = re.findall(r'<script type="application/json" id="record">(.*?)</script>', page)
    assert {"file": "street.png"} | json.loads(kept) == located[1]
    assert re.findall(r"<img src=\"?([^;>]*)", page) == ["data:image/jpeg"]
    assert "srcdoc=" in page


def test_the_photo_is_in_the_page_only_if_it_was_asked_for(model, photo, labels, tmp_path):
    page = tmp_path / "page.html"
    arguments = ["--labels", labels, "--model", model, "--no-cities", "--html", str(page)]
    assert main(["locate", photo, *arguments]) == 0
    assert "data:image/jpeg" not in page.read_text(encoding="utf-8")


def test_an_earlier_file_stays_where_no_photo_was_located(model, labels, tmp_path, capsys):
    table = tmp_path / "table.csv"
    table.write_text("earlier")
    missing = str(tmp_path / "missing.png")
    assert main(["locate", missing, "--labels", labels, "--model", model, "--csv", str(table)]) == 2
    assert table.read_text() == "earlier"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["--map", "nowhere/out.html"], "--map: the folder nowhere does not exist"),
        (["--html", "nowhere/out.html"], "--html: the folder nowhere does not exist"),
        (["--csv", "nowhere/out.csv"], "--csv: the folder nowhere does not exist"),
        (["--geojson", "."], "--geojson: . is a folder"),
        (["--csv", "out", "--geojson", "./out"], "--geojson would replace out, which is --csv too"),
        (["--map", "x.html", "--html", "x.html"], "--html would replace x.html, which is --map too"),
        (["--map", ".", "--html", "."], "--html would replace street.html, which is --map too"),
        (["--csv", "street.png"], "--csv would replace street.png, which is the photo too"),
        (["--html", "labels.txt"], "--html would replace labels.txt, which is --labels too"),
        (["--with-photo"], "say where with --html"),
    ],
)
def test_a_file_that_cannot_be_written_is_told_before_the_model_is_loaded(
    photo, labels, tmp_path, monkeypatch, capsys, files, said
):
    monkeypatch.chdir(tmp_path)
    arguments = ["--labels", "labels.txt", "--model", "nobody/no-such-checkpoint", *files]
    assert main(["locate", "street.png", *arguments]) == 2
    err = capsys.readouterr().err
    assert one_line(err)
    assert said in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full, a disk that is full, is Linux's")
@pytest.mark.parametrize("option", ["--csv", "--geojson", "--html"])
def test_a_full_disk_is_told_in_one_line(model, photo, labels, capsys, option):
    arguments = ["--labels", labels, "--model", model, "--no-cities", option, "/dev/full"]
    assert main(["locate", photo, *arguments]) == 2
    err = capsys.readouterr().err.splitlines(keepends=True)[-1]  # after how the precision was chosen, once
    assert one_line(err)
    assert "cannot be written to /dev/full: No space left on device" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full, a disk that is full, is Linux's")
def test_a_full_temporary_folder_is_told_by_its_name(model, photo, labels, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "streetclip_demo.cli.located_files.tempfile.TemporaryFile",
        lambda mode, encoding: open("/dev/full", "w", encoding=encoding),  # noqa: SIM115
    )
    arguments = [
        "--labels",
        labels,
        "--model",
        model,
        "--no-cities",
        "--geojson",
        str(tmp_path / "places.json"),
    ]
    assert main(["locate", photo, *arguments]) == 2
    err = capsys.readouterr().err.splitlines(keepends=True)[-1]
    assert one_line(err)
    assert f"{tempfile.gettempdir()} cannot be written: No space left on device" in err
    assert not list(tmp_path.glob("places*"))


@pytest.fixture
def full_disk():
    """Use as a context: inside, no file of this process grows beyond so many bytes."""

    @contextlib.contextmanager
    def limited(size=10_000):
        most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, most[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, most)

    return limited


@pytest.mark.parametrize("option", ["--map", "--html", "--csv", "--geojson"])
def test_on_a_full_disk_the_older_file_stays(model, photo, labels, tmp_path, capsys, full_disk, option):
    folder = tmp_path / "results"
    folder.mkdir()
    older, other = folder / "older", folder / "other.csv"
    older.write_text("older")
    other.write_text("older")
    arguments = ["locate", *[photo] * 20, "--labels", labels, "--model", model, "--no-cities"]
    if option in ("--map", "--html"):
        arguments[1:21] = [photo]
    assert main(arguments) == 0  # its captions are kept by now
    capsys.readouterr()
    others = ["--csv", str(other)] if option == "--geojson" else []
    with full_disk():
        assert main([*arguments, option, str(older), *others]) == 2
    err = capsys.readouterr().err
    assert one_line(err)
    assert "cannot be written to" in err
    assert (older.read_text(), other.read_text()) == ("older", "older")
    assert sorted(os.listdir(folder)) == ["older", "other.csv"]


@pytest.mark.parametrize("metrics", ["8000", "127.0.0.1:8000", "0.0.0.0:8000"])
def test_page_and_metrics_need_two_ports(capsys, metrics):
    with pytest.raises(SystemExit, match="2"):
        read_options(["--port", "8000", "--metrics-port", metrics])
    assert "--port and --metrics-port are both 8000; name two ports" in capsys.readouterr().err
    assert read_options(["--port", "8000", "--metrics-port", "9100"]).port == 8000


def test_a_table_that_does_not_fit_at_its_end_leaves_nothing_of_the_places(tmp_path, gazetteer, full_disk):
    table, places = tmp_path / "a.csv", tmp_path / "a.geojson"
    asked = Namespace(photos=[], map=None, html=None, with_photo=False, labels=None, templates=None)
    asked.csv, asked.geojson = table, places
    located = LocatedFiles(asked, gazetteer)
    located._for_all[0]._file = WholeFile(table, "CSV file")
    located._for_all[1]._file = WholeFile(places, "GeoJSON file")
    located._for_all[0]._file.write("x" * 200)  # in memory until it is closed
    with full_disk(100), pytest.raises(UserError, match="CSV file cannot be written"), located:
        pass
    assert os.listdir(tmp_path) == []


def test_a_run_that_is_stopped_leaves_what_it_had(model, photo, labels, tmp_path, monkeypatch, capsys):
    table, seen = tmp_path / "table.csv", []

    def stop_after_one(*_):
        seen.append(1)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return iter(())

    monkeypatch.setattr("streetclip_demo.cli.locate.report", stop_after_one)
    arguments = ["locate", *[photo] * 3, "--labels", labels, "--model", model, "--no-cities"]
    assert main([*arguments, "--csv", str(table)]) == 130
    assert pandas.read_csv(table)["path"].value_counts()["fog"] == 2
    assert os.listdir(tmp_path).count("table.csv") == 1
    assert not list(tmp_path.glob(".*"))


def test_a_name_that_is_too_long_is_told_before_the_model_is_loaded(photo, labels, tmp_path, capsys):
    for option in ("--map", "--html", "--csv", "--geojson"):
        wanted = [option, str(tmp_path / ("x" * 300))]
        assert main(["locate", photo, "--labels", labels, "--model", "nobody/none", *wanted]) == 2
        err = capsys.readouterr().err
        assert one_line(err)
        assert "File name too long" in err


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no such names")
def test_json_is_valid_unicode_whatever_the_files_name_is(model, labels, tmp_path, capsys):
    names = [b"\xff.png", b"\xfe.png", "Köln\u2028.png".encode(), b"a\x01b\x1b[31m.png", b'"\\.png']
    photos = [os.fsdecode(os.path.join(os.fsencode(tmp_path), name)) for name in names]
    for path in photos:
        Image.linear_gradient("L").convert("RGB").save(path)
    layer, table = tmp_path / "places.geojson", tmp_path / "table.csv"
    arguments = ["--labels", labels, "--model", model, "--no-cities", "--json"]
    assert main(["locate", *photos, *arguments, "--csv", str(table), "--geojson", str(layer)]) == 0
    told = [json.loads(line)["file"] for line in capsys.readouterr().out.splitlines()]
    ends = ["\\xff.png", "\\xfe.png", "Köln\u2028.png", "a\x01b\x1b[31m.png", '"\\.png']
    assert told == [f"{tmp_path}/{end}" for end in ends]
    assert all(name.encode("utf-8") for name in told)
    assert [entry["file"] for entry in json.loads(layer.read_bytes())["photos"]] == told
    assert set(pandas.read_csv(table)["file"]) == set(told)


# What goes wrong


def test_a_broken_photo_is_reported_and_the_others_are_located(model, photo, labels, tmp_path, capsys):
    broken = tmp_path / "broken.jpg"
    broken.write_text("not a picture")
    missing = tmp_path / "missing.jpg"
    photos = [str(broken), photo, str(missing)]
    assert main(["locate", *photos, "--labels", labels, "--model", model, "--no-cities"]) == 2
    out, err = capsys.readouterr()
    assert out.count("Best guess: ") == 1
    first, second = err.splitlines()
    assert first.startswith(f"{broken}: ")
    assert second.startswith(f"{missing}: ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("street.png/", "cannot be read: Not a directory"),
        ("n" * 300 + ".jpg", "cannot be read: File name too long"),
        ("loop.jpg", "cannot be read: Too many levels of symbolic links"),
        ("/dev/null", "is a device"),
        ("/dev/zero", "is a device"),
    ],
)
def test_a_path_that_cannot_be_opened_is_told_and_the_others_are_located(
    model, photo, labels, tmp_path, monkeypatch, capsys, name, said
):
    monkeypatch.chdir(tmp_path)
    Path("loop.jpg").symlink_to("loop.jpg")
    arguments = ["--labels", labels, "--model", model, "--no-cities"]
    assert main(["locate", name, photo, *arguments]) == 2
    out, err = capsys.readouterr()
    assert out.count("Best guess: ") == 1
    assert one_line(err.removeprefix(FIRST_COMPARISON))
    assert said in err


def test_a_pipe_is_read(model, photo, labels, tmp_path, capsys):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[Path(photo).read_bytes()], daemon=True)
    writer.start()
    assert main(["locate", str(pipe), "--labels", labels, "--model", model, "--no-cities"]) == 0
    writer.join()
    assert capsys.readouterr().out.count("Best guess: ") == 1


def test_a_photo_that_takes_too_long_is_told_and_the_others_are_located(
    model, photo, labels, tmp_path, monkeypatch, capsys
):
    slow = tmp_path / "slow.jpg"
    slow.write_bytes(b"sleep 60")
    program = (sys.executable, "-m", "tests.slow_decoder")
    monkeypatch.setattr(
        "streetclip_demo.cli.locate.DecodeWorkers", lambda at_once: DecodeWorkers(at_once, 3, program)
    )
    assert main(["locate", str(slow), photo, "--labels", labels, "--model", model, "--no-cities"]) == 2
    out, err = capsys.readouterr()
    assert out.count("Best guess: ") == 1
    assert one_line(err.removeprefix(FIRST_COMPARISON))
    assert "takes more than 3 seconds to decode" in err


def test_a_checkpoint_that_was_named_and_is_missing_is_never_replaced(offline, photo, capsys):
    assert main(["locate", photo, "--model", "nobody/no-such-checkpoint"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert one_line(err), err
    assert "nobody/no-such-checkpoint" in err


def test_a_model_name_that_means_nothing_is_an_error(photo, capsys):
    assert main(["locate", photo, "--model", "practise"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert one_line(err)
    assert "Did you mean 'practice'?" in err


def test_labels_are_checked_before_the_model_is_loaded(photo, tmp_path, capsys):
    path = tmp_path / "labels.txt"
    path.write_text("Japan @ 136, 35\n", encoding="utf-8")
    assert main(["locate", photo, "--labels", str(path), "--model", "nobody/no-such-checkpoint"]) == 2
    err = capsys.readouterr().err
    assert one_line(err)
    assert "Line 1" in err


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff\xfe\x00", "UTF-8"), (b"", "no labels"), (None, "cannot be read")]
)
def test_a_labels_file_that_cannot_be_used_is_explained(model, photo, tmp_path, capsys, content, said):
    path = tmp_path / "labels.txt"
    if content is not None:
        path.write_bytes(content)
    assert main(["locate", photo, "--labels", str(path), "--model", model]) == 2
    err = capsys.readouterr().err
    assert one_line(err)
    assert said in err


def test_a_byte_order_mark_is_no_part_of_the_first_label(model, photo, tmp_path, capsys):
    path = tmp_path / "labels.txt"
    path.write_bytes("\ufeffJapan\nFrance\n".encode())
    assert main(["locate", photo, "--labels", str(path), "--model", model, "--no-cities", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)["tree"]
    assert {node["place_id"] for node in tree} == {"JP", "FR"}


def test_a_preset_is_found_by_the_beginning_of_its_title(model, photo, capsys):
    assert main(["locate", photo, "--model", model, "--preset", "climate", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)["tree"]
    assert "a polar climate" in {node["name"] for node in tree}


def test_a_wrong_preset_lists_those_there_are(model, photo, capsys):
    assert main(["locate", photo, "--model", model, "--preset", "the moon"]) == 2
    err = capsys.readouterr().err
    assert one_line(err)
    assert "World (193 countries)" in err


@pytest.mark.parametrize("arguments", [[], ["locate", "x.jpg", "--beam", "0"], ["find", "x.jpg"]])
def test_wrong_usage_exits_with_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_reader_that_stops_early_is_no_error(model, photo, labels, monkeypatch, capsys):
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(
        write_end, "w", encoding="utf-8"
    ) as closed_pipe:  # closing it flushes, as Python does at its end
        monkeypatch.setattr(sys, "stdout", closed_pipe)
        assert main(["locate", *[photo] * 3, "--labels", labels, "--model", model, "--no-cities"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full, a disk that is full, is Linux's")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_standard_output_on_a_full_disk_is_one_sentence(model, photo, labels, monkeypatch, capsys, options):
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main(["locate", photo, "--labels", labels, "--model", model, "--no-cities", *options]) == 2
    err = capsys.readouterr().err.splitlines(keepends=True)[-1]  # after how the precision was chosen, once
    assert err == "Standard output cannot be written: No space left on device.\n"


# The practice model


def test_without_streetclip_the_practice_model_says_so_and_refuses_a_photograph(offline, photo, capsys):
    assert main(["locate", photo]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    instead, refused = err.splitlines()
    assert "StreetCLIP" in instead
    assert PRACTICE_TITLE in instead
    assert refused.startswith(f"{photo}: ")
    assert "--anyway" in refused


def test_anyway_runs_the_practice_model_on_a_photograph_and_marks_the_result(photo, tmp_path, capsys):
    files = {option: tmp_path / f"out{option}" for option in ("--map", "--html", "--csv", "--geojson")}
    arguments = ["locate", photo, "--model", "practice", "--anyway", "--no-cities"]
    assert main([*arguments, *(str(part) for pair in files.items() for part in pair)]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("  ! ")
    assert main([*arguments, "--json"]) == 0
    mark = json.loads(capsys.readouterr().out)["mark"]
    assert mark
    for path in files.values():
        assert html.escape(mark) in path.read_text(encoding="utf-8"), path
    for feature in json.loads(files["--geojson"].read_text(encoding="utf-8"))["features"]:
        assert feature["properties"]["mark"] == mark


def test_the_practice_model_locates_the_drawn_streets_that_are_shipped(capsys):
    scenes = json.loads((EXAMPLES / "manifest.json").read_text(encoding="utf-8"))
    files = [str(EXAMPLES / scene["file"]) for scene in scenes]
    assert main(["locate", *files, "--model", "practice", "--json", "--no-cities"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["tree"][0]["name"] for record in records] == [scene["country"] for scene in scenes]
    assert {record["mark"] for record in records} == {""}


# Before there is no network


@pytest.fixture
def prefetching(model, monkeypatch):
    """Options of `python app.py --prefetch` for the tiny model, and a short list to begin with."""
    texts = {WORLD_PRESET: "Japan\nFrance", PRACTICE_PRESET: "Japan"}
    monkeypatch.setattr(prefetching_module, "all_presets", lambda gazetteer: texts)
    return read_options(["--prefetch", "--model", model, "--device", "cpu", "--precision", "float32"])


def test_prefetch_says_where_model_and_captions_are(prefetching, model, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "kept"))
    assert prefetch(prefetching) == 0
    out = capsys.readouterr().out
    assert f"Model: {model}" in out
    assert f"Captions: {tmp_path / 'kept' / 'captions'}" in out
    assert "Both are found there without a network" in out


def test_prefetch_fails_where_nothing_can_be_kept(prefetching, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "file"))
    assert prefetch(prefetching) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "set STREETCLIP_CACHE to a folder that can be written" in err.splitlines()[-1]
