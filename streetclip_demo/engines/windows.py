"""Features of a photo with windows of it cut out, for less than a forward each; close to a forward's, not the same.

What is computed anew for a window are the tokens in and around it and the class token, which look at the whole photo's
other tokens as they were before the cut. Those would have changed a little, too: whoever needs to be right asks again.
"""

from collections.abc import Iterable
from typing import Any

import torch

from streetclip_demo.engines.towers import ImageTower, Layer

Kept = list[tuple[torch.Tensor, torch.Tensor]]  # keys and values of each layer


class WindowTower(torch.nn.Module):
    """An image tower for photos with windows cut out. Has the tower's own weights."""

    def __init__(self, tower: ImageTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, pixels: torch.Tensor, cuts: torch.Tensor, anew: torch.Tensor) -> torch.Tensor:
        """All at once: a photo (1, 3, side, side), the same without windows (n, ...), tokens of each (n, tokens)."""
        kept = self.kept(pixels)
        return torch.cat(
            [self.without(kept, cut[None], tokens) for cut, tokens in zip(cuts, anew, strict=True)]
        )

    def kept(self, pixels: torch.Tensor) -> Kept:
        """What the tokens of a photo (1, 3, side, side) have for others to look at, layer by layer."""
        vision = self.tower.vision_model
        hidden = vision.pre_layrnorm(vision.embeddings(pixels))
        found = []
        for layer in self._layers():
            attention, normed = layer.self_attn, layer.layer_norm1(hidden)
            queries, keys, values = attention.sources(normed, normed)
            found.append((keys, values))
            hidden = hidden + attention.mixed(queries, keys, values)
            hidden = hidden + layer.mlp(layer.layer_norm2(hidden))
        return found

    def without(self, kept: Kept, cut: torch.Tensor, anew: torch.Tensor) -> torch.Tensor:
        """Features (1, dimension) of that photo without a window (1, 3, side, side).

        Of the tokens to compute anew (tokens,), bool, the first is to be one: the class token.
        """
        vision, chosen = self.tower.vision_model, anew.nonzero()[:, 0]
        window = vision.pre_layrnorm(vision.embeddings(cut))[:, chosen]
        for layer, (keys, values) in zip(self._layers(), kept, strict=True):
            attention, normed = layer.self_attn, layer.layer_norm1(window)
            looking, own_keys, own_values = attention.sources(normed, normed)
            seen = keys.index_copy(2, chosen, own_keys), values.index_copy(2, chosen, own_values)
            window = window + attention.mixed(looking, *seen)
            window = window + layer.mlp(layer.layer_norm2(window))
        return self.tower.visual_projection(vision.post_layernorm(window[:, 0]))

    def _layers(self) -> Iterable[Layer]:
        layers: Any = self.tower.vision_model.encoder[
            "layers"
        ]  # torch types what a ModuleDict holds as any Module
        return layers
