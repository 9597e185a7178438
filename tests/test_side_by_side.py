"""Several models on one photo, on the command line: trees, data and one map. A tiny checkpoint beside another."""

import json
import re
import shutil
from pathlib import Path

import pytest
from huggingface_hub import constants
from PIL import Image

import streetclip_demo
from streetclip_demo.__main__ import main
from streetclip_demo.checkpoints.cards import MODELS, PRACTICE_TITLE
from streetclip_demo.checkpoints.hub_cache import repository_folder
from streetclip_demo.errors import ModelError, QuestionError
from streetclip_demo.locate.loading import model_names

pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture(scope="module")
def models(tiny_checkpoint, other_checkpoint):
    """Two tiny checkpoints with other weights, as --model takes them."""
    return f"{tiny_checkpoint},{other_checkpoint}"


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "street.png"
    Image.linear_gradient("L").convert("RGB").save(path)
    return str(path)


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("Japan\n  Nagasaki\n  Kyoto\nFrance\n  Paris\nPeru\n", encoding="utf-8")
    return str(path)


def asked(capsys, *options):
    status = main(["locate", *map(str, options)])
    told = capsys.readouterr()
    return status, told.out, told.err


def shares(record):
    return {node["name"]: node["probability"] for node in record["tree"]}


def test_each_model_has_its_tree_and_a_line_compares_them(models, photo, labels, capsys):
    status, out, _ = asked(capsys, photo, "--model", models, "--labels", labels)
    assert status == 0
    assert re.findall(r"street\.png: (.+)", out) == ["tiny-clip", "other-clip"]
    assert out.count("Best guess: ") == 2
    assert re.search(
        r"tiny-clip and other-clip: (their pins lie .+ apart; )?by country, they share .+ %", out
    )
    assert re.search(
        r"^Combined: .+ The product of the models, weighted: tiny-clip \(50 %\), other-clip \(50 %\)\.",
        out,
        re.M,
    )


def test_json_has_all_models_each_comparison_and_the_combined_answer(models, photo, labels, capsys):
    status, out, _ = asked(capsys, photo, "--model", models, "--labels", labels, "--json", "--weights", "3,1")
    record = json.loads(out)
    one, other = map(shares, record["models"])
    (compared,) = record["comparisons"]
    assert (status, compared["models"]) == (0, ["tiny-clip", "other-clip"])
    assert compared["overlap"] == pytest.approx(sum(min(one[name], other[name]) for name in one))
    raw = {name: one[name] ** 0.75 * other[name] ** 0.25 for name in one}
    assert shares(record["combined"]) == pytest.approx(
        {name: value / sum(raw.values()) for name, value in raw.items()}
    )
    assert record["combined"]["weights"] == [0.75, 0.25]
    assert record["models"][0]["manifest"]["revision"] != record["models"][1]["manifest"]["revision"]
    assert record["models"][0]["manifest"]["labels"] == record["models"][1]["manifest"]["labels"]


def test_side_by_side_a_model_says_what_it_says_alone(models, photo, labels, capsys):
    both = json.loads(asked(capsys, photo, "--model", models, "--labels", labels, "--json")[1])
    for name, record in zip(models.split(","), both["models"], strict=True):
        alone = json.loads(asked(capsys, photo, "--model", name, "--labels", labels, "--json")[1])
        assert record["tree"] == alone["tree"]
        assert record["guesses"] == alone["guesses"]


def test_all_of_the_weight_gives_that_models_tree(models, photo, labels, capsys):
    out = asked(capsys, photo, "--model", models, "--labels", labels, "--json", "--weights", "0,1")[1]
    record = json.loads(out)
    assert record["combined"]["tree"] == record["models"][1]["tree"]


def test_one_map_and_one_table_have_all_models(models, photo, labels, tmp_path, capsys):
    files = {name: tmp_path / f"all.{name}" for name in ("html", "csv", "geojson", "page.html")}
    asked(
        capsys,
        *(photo, "--model", models, "--labels", labels, "--map", files["html"], "--html", files["page.html"]),
        *("--csv", files["csv"], "--geojson", files["geojson"]),
    )
    drawn = files["html"].read_text(encoding="utf-8")
    for letter, look, title in (("A", "model-a", "tiny-clip"), ("B", "model-b", "other-clip")):
        assert f'key {look}\\"\\u003e\\u003c/span\\u003e{letter} \\u00b7 {title}' in drawn
        assert f'guess-disc\\"\\u003e{letter}1' in drawn
    table = files["csv"].read_text(encoding="utf-8-sig")
    assert table.count(",tiny-clip,") == table.count(",other-clip,") > 2
    layer = json.loads(files["geojson"].read_text(encoding="utf-8"))
    assert [one["manifest"]["model"] for one in layer["photos"]] == ["tiny-clip", "other-clip"]
    assert {one["properties"]["model"] for one in layer["features"]} == {"tiny-clip", "other-clip"}
    page = files["page.html"].read_text(encoding="utf-8")
    written = json.loads(re.search(r'id="record">(.+?)</script>', page, re.S)[1])
    assert [one["manifest"]["model"] for one in written["models"]] == ["tiny-clip", "other-clip"]
    assert page.count('<section class="manifest">') == 2
    assert "<h2>B · other-clip</h2>" in page


def test_what_one_model_cannot_answer_is_told_and_the_other_answers(tiny_checkpoint, photo, labels, capsys):
    status, out, err = asked(
        capsys, photo, "--model", f"{tiny_checkpoint},practice", "--labels", labels, "--json"
    )
    record = json.loads(out)
    assert (status, len(record["models"]), record["comparisons"]) == (2, 1, [])
    assert PRACTICE_TITLE in err
    assert record["models"][0]["manifest"]["model"] == "tiny-clip"


def test_a_photo_that_cannot_be_read_is_told_and_the_next_is_answered(
    models, photo, labels, tmp_path, capsys
):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    status, out, err = asked(capsys, broken, photo, "--model", models, "--labels", labels, "--json")
    assert (status, len(out.splitlines())) == (2, 1)
    assert "broken.png" in err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--query", "the Alps"], "asks GeoCLIP alone"),
        (["--out", "rows"], "writes the rows of one model"),
        (["--weights", "1,2,3"], "must be 2 numbers"),
        (["--weights", "0,0"], "must be 2 numbers"),
        (["--gallery", "points.csv"], "Add --model geoclip"),
    ],
)
def test_options_of_one_model_are_refused_in_a_sentence(models, photo, capsys, options, sentence):
    status, out, err = asked(capsys, photo, "--model", models, *options)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert sentence in err


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("practice,practice", "named twice"),
        ("practice,clip,streetclip,geoclip", "At most 3"),
        ("practice,klip", "No model named 'klip'"),
        ("practice,", "No model was named"),
    ],
)
def test_models_that_cannot_stand_side_by_side(photo, capsys, model, sentence):
    status, _, err = asked(capsys, photo, "--model", model)
    assert status == 2
    assert sentence in err


def test_weights_are_for_several_models(photo, capsys):
    assert "for several models" in asked(capsys, photo, "--model", "practice", "--weights", "1,1")[2]


def test_a_folder_whose_name_has_a_comma_is_one_model(tmp_path):
    folder = tmp_path / "a,b"
    folder.mkdir()
    assert model_names(str(folder)) == [str(folder)]
    assert model_names("clip,streetclip") == ["clip", "streetclip"]
    assert model_names(None) == ["streetclip"]


# Of the hub


def test_zero_shot_clip_answers_beside_streetclip_with_the_same_captions(
    tiny_checkpoint, other_checkpoint, photo, labels, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    for card, folder in ((MODELS["streetclip"], tiny_checkpoint), (MODELS["clip"], other_checkpoint)):
        shutil.copytree(folder, repository_folder(card.source) / "snapshots" / folder.name)
    _, out, _ = asked(capsys, photo, "--model", "streetclip,clip", "--labels", labels, "--json")
    record = json.loads(out)
    told = [one["manifest"] for one in record["models"]]
    assert [one["model"] for one in told] == ["StreetCLIP", "CLIP ViT-L/14-336"]
    assert [one["revision"] for one in told] == ["tiny-clip", "other-clip"]
    street, clip = ({node["name"]: node for node in one["tree"]} for one in record["models"])
    assert [street[name]["captions"] for name in street] == [clip[name]["captions"] for name in street]
    assert street["Japan"]["probability"] != clip["Japan"]["probability"]
    assert record["combined"]["manifest"]["model"] == "StreetCLIP 50% × CLIP ViT-L/14-336 50%"


# From Python


def test_from_python_several_models_are_asked_as_by_the_command(models, photo, labels, capsys):
    told = json.loads(
        asked(capsys, photo, "--model", models, "--labels", labels, "--json", "--weights", "3,1")[1]
    )
    opened = streetclip_demo.open(*models.split(","), device="cpu")
    side = opened.locate(photo, Path(labels).read_text(encoding="utf-8"), weights=(3, 1))
    assert [one.model for one in side.predictions] == ["tiny-clip", "other-clip"]
    both = [*side.predictions, side.combined]
    for prediction, record in zip(both, [*told["models"], told["combined"]], strict=True):
        assert {one.candidate.name: one.probability for one in prediction.roots} == pytest.approx(
            shares(record)
        )
    for weights in ((1,), (0, 0), (-1, 2), (float("nan"), 1), 3, "ab"):
        with pytest.raises(QuestionError, match="one for each model"):
            opened.locate(photo, weights=weights)
    with pytest.raises(ModelError, match="named twice"):
        streetclip_demo.open("practice", "practice")
