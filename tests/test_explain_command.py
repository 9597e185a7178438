"""`explain` and `what-if`, on the command line and from Python, with the practice model."""

import json

import numpy as np
import pytest
from PIL import Image

import streetclip_demo
from streetclip_demo.__main__ import main
from streetclip_demo.errors import QuestionError
from streetclip_demo.locate.opened import OpenModel
from streetclip_demo.locate.sweep import ASKED
from streetclip_demo.own_files import ASSETS
from streetclip_demo.posterior.attribution import checked_path

pytestmark = pytest.mark.usefixtures("read_once")

JAPAN = str(ASSETS / "examples" / "japan.png")
LABELS = "Japan\n  Tokyo\n  Osaka\nFrance\nBrazil\n"


@pytest.fixture
def asking(tmp_path):
    """The options that ask the practice model about a few places."""
    (tmp_path / "labels.txt").write_text(LABELS, encoding="utf-8")
    return ["--model", "practice", "--labels", str(tmp_path / "labels.txt")]


def printed(capsys):
    return json.loads(capsys.readouterr().out)


def test_regions_and_remainder_are_the_lead(asking, capsys):
    assert main(["explain", JAPAN, "--json", *asking]) == 0
    told = printed(capsys)
    assert (told["path"], set(told["rivals"])) == (["Japan"], {"France", "Brazil"})
    assert np.sum(told["patches"]) + told["remainder"] == pytest.approx(told["lead"], abs=1e-4)
    script = next(clue for clue in told["clues"] if clue["clue"] == "script")
    assert (script["says"], script["place"]) == ("signs in Japanese script", "Japan")
    assert script["share"] > script["share_without"]
    assert told["clues_are_measured"]


def test_a_place_is_named_by_its_path_and_its_map_is_a_picture(asking, capsys, tmp_path):
    target = tmp_path / "map.png"
    assert main(["explain", JAPAN, "--place", "Japan > Tokyo", "--picture", str(target), *asking]) == 0
    out = capsys.readouterr().out
    assert "Orange regions raised Tokyo, Japan against its rivals" in out
    assert "What speaks for Japan: signs in Japanese script" in out
    assert "signs in Japanese script (Japan: " in out
    colours = np.asarray(Image.open(target)).astype(int)
    assert colours.shape == (672, 672, 3)
    assert (colours.max(-1) > colours.min(-1)).any()  # on grey


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", JAPAN, "--place", "Japan > Lima"], "no place 'Japan > Lima'"),
        (["explain", JAPAN, "--place", ""], "names from the root of the tree"),
        (["explain", JAPAN, "--place", "Japan > > Tokyo"], "names from the root of the tree"),
        (["explain", JAPAN, "--place", "japan"], "Did you mean 'Japan'?"),
        (["explain", JAPAN, "--picture", "map.jpg"], "ends in .png"),
        (["explain", JAPAN, "--picture", JAPAN], "would replace the photo"),
        (["explain", JAPAN, "--picture", "no-such-folder/map.png"], "does not exist"),
        (["what-if", "no-such.png", "--box", "0,0,1,1"], "does not exist"),
    ],
)
def test_what_is_wrong_is_one_line(asking, capsys, arguments, said):
    assert main([*arguments, *asking]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("box", ["0.5,0,0.2,1", "0,0,1", "a,b,c,d", "0,0,1,2", "nan,0,1,1", "0;0;1;1", ""])
def test_a_box_that_is_none_is_refused_with_what_it_should_be(asking, capsys, box):
    with pytest.raises(SystemExit):
        main(["what-if", JAPAN, "--box", box, *asking])
    complaint = capsys.readouterr().err
    assert "--box" in complaint
    assert "must be" in complaint


def test_without_a_part_the_answer_is_that_of_the_picture_without_it(asking, capsys, tmp_path):
    target = tmp_path / "without.png"
    boxes = ["--box", "0.1,10%,0.9,90%", "--fill", "mean"]
    assert main(["what-if", JAPAN, *boxes, "--json", "--picture", str(target), *asking]) == 0
    told = printed(capsys)
    assert told["path"] == ["Japan"]
    assert told["share_after"] < told["share_before"]
    square = np.asarray(Image.open(target))
    assert (square[100:500, 100:500] == square[336, 336]).all()
    assert (square[:50] != square[336, 336]).any()
    assert main(["what-if", JAPAN, *boxes, *asking]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("  Without this part: Japan from ")


def test_a_sweep_names_the_window_that_asking_about_each_names(asking, capsys, tmp_path):
    target = tmp_path / "sweep.png"
    assert main(["what-if", JAPAN, "--sweep", "--json", "--picture", str(target), *asking]) == 0
    told = printed(capsys)
    assert len(told["windows"]) == 49
    assert sum(not window["is_estimate"] for window in told["windows"]) == ASKED
    assert [quarter["is_estimate"] for quarter in told["quarters"]] == 4 * [False]
    assert Image.open(target).size == (672, 672)
    left, top, right, bottom = told["windows"][told["strongest"]]["box"]
    assert main(["what-if", JAPAN, "--box", f"{left},{top},{right},{bottom}", "--json", *asking]) == 0
    assert printed(capsys)["share_after"] == told["windows"][told["strongest"]]["share_after"]
    swept = streetclip_demo.open("practice").sweep(JAPAN, labels=LABELS)
    assert swept.strongest == told["strongest"]
    assert main(["what-if", JAPAN, "--sweep", *asking]) == 0
    out = capsys.readouterr().out
    assert "Japan falls most without the window" in out
    assert "Of that window's quarters" in out


def test_from_python_the_same(asking, capsys):
    opened = streetclip_demo.open("practice")
    assert main(["what-if", JAPAN, "--box", "0,0,0.5,1", "--json", *asking]) == 0
    changed = opened.what_if(JAPAN, [(0, 0, 0.5, 1)], labels=LABELS)
    assert changed.share_after == printed(capsys)["share_after"]
    assert opened.explain(JAPAN, ("Japan", "Osaka"), labels=LABELS).rivals == ("Tokyo",)
    for ask in (
        lambda fill: opened.what_if(JAPAN, [(0, 0, 1, 1)], fill),
        lambda fill: opened.sweep(JAPAN, fill),
    ):
        with pytest.raises(QuestionError, match="fill must be"):
            ask("pink")
    with pytest.raises(QuestionError, match="A box must be"):
        opened.what_if(JAPAN, [(0, 0, 2, 1)])


def test_a_sweep_of_one_label_alone_is_refused(asking, capsys, tmp_path):
    (tmp_path / "labels.txt").write_text("Japan", encoding="utf-8")
    assert main(["what-if", JAPAN, "--sweep", *asking]) == 2
    assert "one label" in capsys.readouterr().err


def test_a_label_without_rivals_stands_above_none(asking, capsys, tmp_path):
    (tmp_path / "labels.txt").write_text("Japan", encoding="utf-8")
    assert main(["explain", JAPAN, *asking]) == 0
    said = capsys.readouterr().out
    assert "Its score is +" in said
    assert "rivals" not in said


@pytest.mark.parametrize("count", ["0", "-1", "two", "1.5", "²"])
def test_a_count_that_is_none_is_refused_with_what_it_should_be(asking, capsys, count):
    with pytest.raises(SystemExit):
        main(["explain", JAPAN, f"--beam={count}", *asking])
    assert "must be a whole number from 1 on" in capsys.readouterr().err


@pytest.mark.parametrize("place", [(), 5, [None], "", "Japan >", ["Japan", ""]])
def test_a_place_that_is_none_is_refused_in_python(place):
    with pytest.raises(QuestionError, match="names from the root"):
        checked_path(place)


def test_a_place_may_be_written_as_on_the_command_line():
    assert checked_path("Japan > Tokyo") == checked_path(["Japan", "Tokyo"]) == ("Japan", "Tokyo")


@pytest.mark.parametrize("boxes", [None, [], (0, 0, 1, 1), ["0,0,1,1"], [(0, 0, "1", 1)], 5])
def test_boxes_that_are_none_are_refused_in_python(boxes):
    with pytest.raises(QuestionError, match="box"):
        OpenModel(None, LABELS).what_if(JAPAN, boxes)  # which asks no model
