"""The halves of a CLIPModel against the whole: the same features, though some of the work is left out."""

import json

import pytest
import torch
from checkpoints import copy_checkpoint
from transformers import CLIPModel
from transformers.activations import ACT2FN

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.engines.caption_packing import CAPTIONS_AT_ONCE, pack
from streetclip_demo.engines.tower_weights import read_tower
from streetclip_demo.engines.towers import ACTIVATIONS, CaptionTower, ImageTower
from streetclip_demo.errors import ModelError


@pytest.fixture(scope="module")
def model(tiny_checkpoint):
    return CLIPModel.from_pretrained(tiny_checkpoint, dtype=torch.float32).eval()


@torch.inference_mode()
def test_the_class_token_alone_makes_the_same_features(model, tiny_checkpoint):
    pixels = torch.randn(3, 3, 56, 56, generator=torch.Generator().manual_seed(0))
    expected = model.get_image_features(pixel_values=pixels).pooler_output
    tower = read_tower(model_card(tiny_checkpoint), tiny_checkpoint, ImageTower, torch.float32)
    rows = []
    tower.vision_model.encoder["layers"][-1].mlp.register_forward_hook(
        lambda *call: rows.append(call[2].shape[:-1])
    )
    found = tower(pixels)
    assert rows == [(3, 1)]  # of an image's tokens one goes through the last perceptron
    assert (found - expected).abs().max() < 1e-6
    assert (expected[0] - expected[1]).abs().max() > 1e-3


@pytest.mark.parametrize("kind", ["quick_gelu", "gelu", "gelu_pytorch_tanh", "relu", "silu"])
def test_activations_are_those_of_transformers(kind):
    hidden = torch.linspace(-8, 8, 999)
    assert set(ACTIVATIONS) == {"quick_gelu", "gelu", "gelu_pytorch_tanh", "relu", "silu"}
    assert (ACTIVATIONS[kind](hidden) - ACT2FN[kind](hidden)).abs().max() < 1e-6


def test_an_activation_that_is_not_known_is_said(tiny_checkpoint, tmp_path):
    text = json.loads((tiny_checkpoint / "config.json").read_text())["text_config"] | {"hidden_act": "mish"}
    folder = copy_checkpoint(tiny_checkpoint, tmp_path / "copy", text_config=text)
    with pytest.raises(ModelError, match=r"hidden_act .* is 'mish'"):
        read_tower(model_card(folder), folder, ImageTower, torch.float32)


@torch.inference_mode()
def test_no_value_is_looked_at_on_the_way(tiny_checkpoint):
    """On a GPU Python would wait for it each time. The meta device has no values."""

    def on_meta(*arrays):
        return (torch.as_tensor(array).to("meta") for array in arrays)

    images, captions = (
        read_tower(model_card(tiny_checkpoint), tiny_checkpoint, kind, torch.float32).to("meta")
        for kind in (ImageTower, CaptionTower)
    )
    assert images(torch.empty(3, 3, 56, 56, device="meta")).shape == (3, images.config.projection_dim)
    (packed,) = pack([[1, 5, 2], [1, 5, 6, 2], [1, 7, 2]], 77)
    features = captions(*on_meta(*packed.arrays))
    assert features.shape == (CAPTIONS_AT_ONCE, images.config.projection_dim)
    with pytest.raises(RuntimeError, match="meta"):
        bool(features.any())
