import json
import shutil
import subprocess
import sys

import pytest

from streetclip_demo.checkpoints.cards import MODELS, PRACTICE_TITLE, is_hub_id, model_card
from streetclip_demo.checkpoints.on_disk import remove_from_disk
from streetclip_demo.errors import ModelError


def test_a_key_names_its_card():
    assert model_card("streetclip").source == "geolocal/StreetCLIP"
    assert model_card("streetclip").licence == "CC BY-NC 4.0"
    assert model_card("clip").source == "openai/clip-vit-large-patch14-336"


def test_only_the_practice_model_cannot_locate_photographs():
    assert [key for key, card in MODELS.items() if not card.locates_photographs] == ["practice"]
    assert MODELS["practice"].title == PRACTICE_TITLE == "Practice model (drawn streets)"


@pytest.mark.parametrize("name", ["practice", "/"])
def test_nobody_is_told_to_delete_a_folder_that_is_not_removed(name):
    with pytest.raises(ModelError, match="only reads; nothing was removed: /"):
        remove_from_disk(model_card(name))


def test_a_known_hub_id_is_the_same_model_as_its_key():
    assert model_card("geolocal/StreetCLIP") is MODELS["streetclip"]
    assert model_card("GEOLOCAL/streetclip") is MODELS["streetclip"]


def test_another_hub_id_gets_a_card_of_its_own():
    card = model_card("someone/their-clip")
    assert (card.source, card.title, card.is_directory) == ("someone/their-clip", "someone/their-clip", False)


def test_a_directory_is_a_model(tmp_path):
    card = model_card(f"{tmp_path}/")
    assert card.source == str(tmp_path)
    assert card.is_directory
    assert card.locates_photographs


def test_a_relative_directory_that_looks_like_a_hub_id_is_the_directory(tmp_path, monkeypatch):
    (tmp_path / "models" / "mine").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    card = model_card("models/mine")
    assert card.source == str(tmp_path / "models" / "mine")
    assert card.is_directory


def test_a_copy_of_the_practice_model_stays_the_practice_model(tmp_path):
    copy = shutil.copytree(MODELS["practice"].source, tmp_path / "copy")
    card = model_card(copy)
    assert card.title == PRACTICE_TITLE
    assert not card.locates_photographs
    assert card.source == str(copy)


def test_a_checkpoint_may_say_that_it_locates_no_photographs(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "clip", "locates_photographs": False}))
    card = model_card(tmp_path)
    assert card.title == PRACTICE_TITLE
    assert not card.locates_photographs


def test_the_practice_folder_is_the_practice_model():
    source = MODELS["practice"].source
    assert model_card(source) is MODELS["practice"]
    assert not is_hub_id(source)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "No model was named"),
        ("streetclp", "Did you mean 'streetclip'?"),
        ("/nowhere/at/all", "no such folder"),
        ("a b/c", "hub id owner/name"),
        ("../StreetCLIP", "no such folder"),
    ],
)
def test_a_name_that_is_no_model_is_explained(name, said):
    with pytest.raises(ModelError) as error:
        model_card(name)
    assert said in str(error.value)
    assert "Expected one of streetclip, clip, geoclip, practice" in str(error.value)


def test_a_file_is_not_a_model(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"")
    with pytest.raises(ModelError, match="is a file, not a folder"):
        model_card(path)


def test_models_and_photos_do_without_torch():
    modules = "streetclip_demo.checkpoints.cards, streetclip_demo.photos.photo"
    code = f"import sys, {modules}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
