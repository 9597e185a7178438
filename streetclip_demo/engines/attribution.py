"""How much of a photo's features each patch brought: the direct effects of Gandelsman et al. (ICLR 2024).

The class token, of which CLIP makes its features, is a sum: what it began as, what each layer's attention fetched from
each token, what each perceptron added. The last normalisation is linear once its mean and deviation are known, and so
is the projection. So the features are a sum too, in which each patch has a part: what attention fetched from it, in all
layers. The remainder (the class token's own way, perceptrons, biases) belongs to no patch.
"""

from typing import Any

import torch

from streetclip_demo.engines.towers import Attention, ImageTower, Layer, VisionModel


class AttributingTower(torch.nn.Module):
    """An image tower that also says what each patch brought. Has the tower's own weights."""

    def __init__(self, tower: ImageTower) -> None:
        super().__init__()
        self.tower = tower
        self.config, self.width = tower.config, tower.width

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels (n, 3, side, side) to (n, 1 + patches, dimension): the features, then each patch's part of them."""
        vision = self.tower.vision_model
        hidden, fetched = _fetched(vision, pixels)
        whole = self.tower.visual_projection(vision.post_layernorm(hidden))
        parts = self.tower.visual_projection(_normalised(vision.post_layernorm, fetched, hidden))
        return torch.cat([whole[:, None], parts], dim=1)


def _fetched(vision: VisionModel, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The class token's last hidden state (n, width), and what came to it from each patch (n, patches, width)."""
    hidden = vision.pre_layrnorm(vision.embeddings(pixels))
    fetched = torch.zeros_like(hidden[:, 1:])
    layers: Any = vision.encoder["layers"]  # torch types what a ModuleDict holds as any Module
    for layer in layers:
        hidden, more = _attributed(layer, hidden)
        fetched += more
    return hidden[:, 0], fetched


def _attributed(layer: Layer, hidden: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """One layer's step, and what the class token fetched in it from each patch (n, patches, width)."""
    attention, normed = layer.self_attn, layer.layer_norm1(hidden)
    queries, keys, values = attention.sources(normed, normed)
    hidden = hidden + attention.mixed(queries, keys, values)
    return hidden + layer.mlp(layer.layer_norm2(hidden)), _by_token(attention, queries, keys, values)[:, 1:]


def _by_token(
    attention: Attention, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
) -> torch.Tensor:
    """What the class token fetches from each token (n, tokens, width), biases left out."""
    weights = (attention.scale * queries[:, :, :1] @ keys.transpose(-1, -2)).softmax(
        -1
    )  # (n, heads, 1, tokens)
    weighted = (weights.transpose(-1, -2) * values).transpose(1, 2).flatten(2)
    return attention.out_proj(weighted) - attention.out_proj.bias


def _normalised(norm: torch.nn.LayerNorm, parts: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
    """What a normalisation makes of parts (n, patches, width) of a whole (n, width); its bias is left out."""
    deviation = (whole.var(-1, unbiased=False, keepdim=True) + norm.eps).sqrt()[:, None]
    return (parts - parts.mean(-1, keepdim=True)) / deviation * norm.weight
