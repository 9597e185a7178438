"""`evaluate`: a folder of drawn scenes through the practice model, predictions made elsewhere, and what it writes."""

import contextlib
import csv
import io
import json
import random
import re
import sys

import pytest

from streetclip_demo.__main__ import main
from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.cli.commands import command_parser
from streetclip_demo.cli.evaluate import PAPER, asked
from streetclip_demo.evaluate import calibrating
from streetclip_demo.locate.calibration import read_calibration
from streetclip_demo.locate.loading import Wanted
from streetclip_demo.own_files import ASSETS
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.practice.facts import COUNTRIES

EXAMPLES = ASSETS / "examples"
pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory, gazetteer):
    """The example scenes with positions, one of them twice by pixels, one damaged and one missing."""
    folder = tmp_path_factory.mktemp("drawn")
    rows = []
    for number, path in enumerate(sorted(EXAMPLES.glob("*.png"))):
        country = gazetteer.find(path.stem.replace("-", " "), level="country")[0]
        city = gazetteer.cities(country.id, limit=1)[0]
        (folder / path.name).write_bytes(path.read_bytes())
        rows.append((path.name, f"p{number // 2}", city.latitude, city.longitude))
    (folder / "copy.png").write_bytes((folder / "japan.png").read_bytes())
    (folder / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    rows += [(name, "q", 35.0, 139.0) for name in ("copy.png", "damaged.png", "gone.png")]
    with open(folder / "set.csv", "w", newline="") as file:
        csv.writer(file).writerows([("IMG_ID", "AUTHOR", "LAT", "LON"), *rows])
    return folder


@pytest.fixture(scope="module")
def evaluated(drawn, tmp_path_factory, gazetteer):
    """What the command wrote: JSON, report, outcomes."""
    out = tmp_path_factory.mktemp("out")
    files = ["--html", out / "r.html", "--csv", out / "o.csv", "--with-photos"]
    arguments = ["evaluate", drawn, "--model", "practice", "--json", "--resamples", 200, *files]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gazetteer, "load", lambda: gazetteer)
        assert main(list(map(str, arguments))) == 0
    return json.loads(printed.getvalue()), (out / "r.html").read_text(), out / "o.csv"


def test_the_practice_model_is_far_above_a_constant_answer_and_shuffled_labels(evaluated):
    record, _, outcomes = evaluated
    with open(outcomes, newline="") as file:
        rows = list(csv.DictReader(file))
    true, found = ([row[key] for row in rows] for key in ("true_country", "country"))
    right = record["figures"]["country_top1"]["value"]
    assert right == pytest.approx(100 * sum(a == b for a, b in zip(true, found, strict=True)) / 13)
    assert right > 80
    assert 100 * max(map(true.count, true)) / 13 < 20  # always the commonest country
    shuffled = [random.Random(seed).sample(true, 13) for seed in range(20)]
    assert sum(a == b for one in shuffled for a, b in zip(one, found, strict=True)) / 20 / 13 < 0.3


def test_rows_in_are_rows_out_and_rows_reported(evaluated):
    record, *_ = evaluated
    dataset = record["dataset"]
    assert (dataset["rows"], dataset["photos"], dataset["photographers"]) == (15, 13, 7)
    assert [(one["id"], one["line"]) for one in dataset["left_out"]] == [
        ("gone.png", 16),
        ("damaged.png", 15),
    ]
    assert dataset["identical_pixels"] == [["japan.png", "copy.png"]]
    assert record["intervals"]["clusters"] == {"photographer": 7}
    assert record["mark"] == ""
    assert record["method"]["model"].startswith("Practice model")


def test_the_report_needs_no_network_and_holds_its_pictures_and_figures(evaluated):
    record, page, _ = evaluated
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    assert page.count("<svg") == 3
    assert page.count('src="data:image/jpeg') == 12  # six worst and six best of 13
    within = record["figures"]["within_750_km"]
    assert f"<td>{within['value']:.1f} %</td><td>{within['low']:.1f} to {within['high']:.1f}</td>" in page
    embedded = re.search(r'<script type="application/json" id="record">(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(embedded) == record


def test_names_from_a_file_are_escaped_in_the_report(tmp_path, capsys):
    (tmp_path / "set.csv").write_text("id,lat,lon\n<b>&amp;.jpg,1,2\n</script>,1,2\n")
    (tmp_path / "p.csv").write_text("id,lat,lon\n<b>&amp;.jpg,1,2\n</script>,1,3\n")
    report = tmp_path / "r.html"
    arguments = ["evaluate", tmp_path / "set.csv", "--predictions", tmp_path / "p.csv", "--html", report]
    assert main([*map(str, arguments), "--resamples", "10"]) == 0
    page = report.read_text()
    assert "<b>&amp;.jpg" not in page
    assert page.count("</script>") == 1


def test_what_it_wrote_of_each_photo_it_reads_again_as_predictions(evaluated, drawn, capsys):
    record, _, outcomes = evaluated
    arguments = ["evaluate", drawn / "set.csv", "--predictions", outcomes, "--json", "--resamples", 50]
    assert main(list(map(str, arguments))) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["dataset"]["photos"] == 15  # here the two photos that could not be read count as wrong
    known = record["figures"]["within_750_km"]["value"] * 13
    assert again["figures"]["within_750_km"]["value"] * 15 == pytest.approx(known)
    assert again["figures"]["mean_km"]["value"] == pytest.approx(record["figures"]["mean_km"]["value"])
    assert "no row for 2 photos (line 15: damaged.png)" in " ".join(again["notes"])


def test_a_table_says_over_what_the_intervals_are_and_what_is_published(tmp_path, capsys):
    (tmp_path / "im2gps.csv").write_text("id,lat,lon\n1,48.85,2.35\n2,35.7,139.7\n3,35.7,139.7\n")
    (tmp_path / "p.csv").write_text("id,lat,lon\n1,48.85,2.35\n2,34.7,135.5\n3,NaN,NaN\nx,1,1\n")
    arguments = [
        "evaluate",
        tmp_path / "im2gps.csv",
        "--predictions",
        tmp_path / "p.csv",
        "--distance",
        "wgs84",
    ]
    assert main([*map(str, arguments), "--resamples", "50"]) == 0
    said = capsys.readouterr().out
    assert "bootstrap of 50 resamples over 2 coordinates" in said
    assert "error < threshold, geodesic on the WGS-84 ellipsoid" in said
    assert "p.csv has 1 row without a position: line 4." in said
    assert "1 row of p.csv names no photo here (line 5: x)." in said
    assert re.search(
        r"within 1 km +33\.3  %$", said, re.MULTILINE
    )  # of two coordinates no interval can be had
    assert "of fewer than 6 no resamples tell what holds the truth" in said
    assert re.search(r"Im2GPS +StreetCLIP +–/28\.3/45\.1/74\.7/88\.2", said)
    assert "Im2GPS3k" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["set.csv", "--predictions", "q.csv"], "No row of .*q.csv names a photo"),
        (["set.csv", "--where", "split"], "--where must be COLUMN=VALUE"),
        (["set.csv", "--predictions", "q.csv", "--csv", "q.csv"], "would replace q.csv, which is read"),
        (["set.csv", "--with-photos"], "say where with --html"),
        (["set.csv", "--protocol", "paper", "--preset", "Europe"], "leave --preset out"),
    ],
)
def test_a_mistake_is_told_in_one_line(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set.csv").write_text("id,lat,lon\n1.png,1,1\n")
    (tmp_path / "q.csv").write_text("id,lat,lon\nother,1,1\n")
    (tmp_path / "1.png").write_bytes((EXAMPLES / "japan.png").read_bytes())
    assert main(["evaluate", *arguments]) == 2
    problem = capsys.readouterr().err
    assert re.search(said, problem)
    assert problem.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "option"),
    [("evaluate", "--csv"), ("ablate", "--html"), ("calibrate", "--out"), ("streets", "--out")],
)
@pytest.mark.parametrize("written", ["set.csv", "labels.txt"])
def test_no_file_that_is_read_is_replaced(command, option, written, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set.csv").write_text("id,lat,lon\n1.png,1,1\n")
    (tmp_path / "labels.txt").write_text("Japan\n")
    (tmp_path / "1.png").write_bytes((EXAMPLES / "japan.png").read_bytes())
    dataset = "set.csv" if command == "streets" else "."
    asked = [command, dataset, "--model", "practice", "--labels", "labels.txt", option, written]
    assert main(asked) == 2
    assert f"{option} would replace {written}, which is read" in capsys.readouterr().err


def test_the_papers_protocol_is_193_countries_then_30_cities_greedily_with_two_captions(gazetteer):
    options = command_parser().parse_args(["evaluate", "x", "--protocol", "paper"])
    question = asked(options, Wanted.by(options), gazetteer)
    names = json.loads((ASSETS / "presets" / "countries_193.json").read_text())
    assert question.labels.splitlines() == names
    assert len(names) == 193
    assert (question.add_cities, question.cities_per_country) == (True, 30)
    assert (question.beam_width, question.estimator) == (1, "greedy")
    assert PAPER.country == ("A Street View photo in {name}.",)
    assert PAPER.city == ("A Street View photo from {city}.",)


def test_calibrate_writes_what_answers_then_use(drawn, tmp_path, monkeypatch, capsys):
    arguments = ["calibrate", str(drawn), "--model", "practice", "--resamples", "20"]
    monkeypatch.setattr(calibrating, "LEAST_PHOTOS", 4)
    monkeypatch.setattr(calibrating, "LEAST_CLUSTERS", 2)
    monkeypatch.setattr(calibrating, "fit_temperature", lambda *_: 0.7)  # all of these few are right
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path))
    assert main(arguments) == 0
    said = capsys.readouterr().out
    (path,) = (tmp_path / "calibration").glob("*.json")
    assert f"Written to {path}." in said
    record = json.loads(path.read_text())
    found = read_calibration(MODELS["practice"], record["revision"])
    fitted = found.temperatures.country
    assert f"country: temperature {fitted:.3f}, fitted on" in said
    assert record["fitted_on"]["dataset"] == drawn.name
    assert record["fitted_on"]["levels"][0]["photos"] + record["fitted_on"]["levels"][0]["other_photos"] == 13
    assert found.said[0].startswith(
        f"Shares of countries are calibrated: temperature {fitted:.2f}, fitted on"
    )


def test_every_option_of_these_commands_is_described():
    described = (ASSETS.parent / "docs" / "evaluation.md").read_text() + (
        ASSETS.parent / "README.md"
    ).read_text()
    parsers = command_parser()._subparsers._group_actions[0].choices
    options = {
        option
        for name in ("evaluate", "ablate", "calibrate")
        for action in parsers[name]._actions
        for option in action.option_strings
        if option not in ("-h", "--help")
    }
    assert len(options) > 25
    assert [
        option for option in sorted(options) if f"`{option}" not in described and option not in described
    ] == []


def test_a_drawn_dataset_has_its_countries_where_they_say(tmp_path, gazetteer):
    sys.path.insert(0, str(ASSETS.parent / "scripts"))
    from draw_dataset import plan

    planned = plan(60, seed=1)
    rows = [row for row, _, _ in planned]
    assert len({row[0] for row in rows}) == 60
    assert {row[4] for row in rows} <= {country.iso for country in COUNTRIES}
    at = gazetteer.country_at([(float(row[2]), float(row[3])) for row in rows])
    assert sum(row[4] == code for row, code in zip(rows, at, strict=True)) > 54  # some cities lie at a border
    by = {}
    for row in rows:
        by.setdefault(row[1], set()).add(row[4])
    assert all(len(countries) == 1 for countries in by.values())
