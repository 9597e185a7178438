"""The halves of a CLIPModel against the whole: the same features, though some of the work is left out."""

import pytest
import torch
from transformers import CLIPModel

from streetclip_demo.engines.caption_packing import CAPTIONS_AT_ONCE, pack
from streetclip_demo.engines.towers import CaptionTower, ImageTower


@pytest.fixture(scope="module")
def model(tiny_checkpoint):
    return CLIPModel.from_pretrained(tiny_checkpoint, dtype=torch.float32).eval()


@torch.inference_mode()
def test_the_class_token_alone_makes_the_same_features(model):
    pixels = torch.randn(3, 3, 56, 56, generator=torch.Generator().manual_seed(0))
    expected = model.get_image_features(pixel_values=pixels).pooler_output
    tower = ImageTower(model)
    rows = []
    tower.vision_model.encoder.layers[-1].layer.mlp.register_forward_hook(
        lambda *call: rows.append(call[2].shape[:-1])
    )
    found = tower(pixels)
    assert rows == [(3, 1)]  # of an image's tokens one goes through the last perceptron
    assert (found - expected).abs().max() < 1e-6
    assert (expected[0] - expected[1]).abs().max() > 1e-3


@torch.inference_mode()
def test_no_value_is_looked_at_on_the_way(tiny_checkpoint):
    """On a GPU Python would wait for it each time. The meta device has no values."""

    def on_meta(*arrays):
        return (torch.as_tensor(array).to("meta") for array in arrays)

    images, captions = (
        kind(CLIPModel.from_pretrained(tiny_checkpoint)).eval().to("meta")
        for kind in (ImageTower, CaptionTower)
    )
    assert images(torch.empty(3, 3, 56, 56, device="meta")).shape == (3, images.config.projection_dim)
    (packed,) = pack([[1, 5, 2], [1, 5, 6, 2], [1, 7, 2]], 77)
    features = captions(*on_meta(*packed.arrays))
    assert features.shape == (CAPTIONS_AT_ONCE, images.config.projection_dim)
    with pytest.raises(RuntimeError, match="meta"):
        bool(features.any())
