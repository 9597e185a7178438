import json

import pytest
from transformers import CLIPConfig

from streetclip_demo.checkpoints.clip_config import HalfConfig, read_config

CONFIGS = {
    "nothing said": {"model_type": "clip"},
    "halves": {"text_config": {"hidden_size": 64, "vocab_size": 99}, "vision_config": {"patch_size": 14}},
    "older form": {
        "projection_dim": 24,
        "text_config": {"hidden_size": 64, "hidden_act": "gelu"},
        "text_config_dict": {"hidden_size": 128},
        "vision_config_dict": {"image_size": 56, "layer_norm_eps": 1e-6},
    },
    "nulls": {"text_config": None, "text_config_dict": None},
}


@pytest.mark.parametrize("content", CONFIGS.values(), ids=CONFIGS)
def test_what_is_not_said_is_as_for_transformers(tmp_path, content):
    (tmp_path / "config.json").write_text(json.dumps(content))
    ours, expected = read_config(tmp_path), CLIPConfig(**json.loads(json.dumps(content)))
    assert ours.projection_dim == expected.projection_dim
    for half, other in ((ours.text, expected.text_config), (ours.vision, expected.vision_config)):
        assert isinstance(half, HalfConfig)
        assert vars(half) == {name: getattr(other, name) for name in vars(half)}


@pytest.mark.parametrize(
    ("half", "said"),
    [
        ({"hidden_size": 0}, "hidden_size in config.json is 0"),
        ({"hidden_size": "many"}, "hidden_size in config.json is 'many'"),
        ({"num_attention_heads": 7}, "7 attention heads do not share a width of 512"),
        ({"layer_norm_eps": None}, "layer_norm_eps in config.json is None"),
    ],
)
def test_what_makes_no_sense_is_said(tmp_path, half, said):
    (tmp_path / "config.json").write_text(json.dumps({"text_config": half}))
    with pytest.raises(ValueError, match=said):
        read_config(tmp_path)
