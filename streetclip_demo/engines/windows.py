"""Features of a photo with windows of it cut out, for less than a forward each; close to a forward's, not the same.

What is computed anew for a window are the tokens in and around it and the class token, which look at the whole photo's
other tokens as they were before the cut. Those would have changed a little, too: whoever needs to be right asks again.
"""

from typing import Any

import torch

from streetclip_demo.engines.towers import ImageTower, Layer


class WindowTower(torch.nn.Module):
    """An image tower for photos with windows cut out. Has the tower's own weights."""

    def __init__(self, tower: ImageTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, pixels: torch.Tensor, cuts: torch.Tensor, anew: torch.Tensor) -> torch.Tensor:
        """A photo (1, 3, side, side), the same without windows (n, ...), and the tokens to compute anew (n, tokens).

        Returns features (n, dimension). The class token, the first, is to be among the tokens of each.
        """
        vision = self.tower.vision_model
        hidden = vision.pre_layrnorm(vision.embeddings(pixels))
        rows = [tokens.nonzero()[:, 0] for tokens in anew]
        windows = [
            vision.pre_layrnorm(vision.embeddings(cut[None]))[:, chosen]
            for cut, chosen in zip(cuts, rows, strict=True)
        ]
        layers: Any = vision.encoder["layers"]  # torch types what a ModuleDict holds as any Module
        for layer in layers:
            hidden, windows = _step(layer, hidden, windows, rows)
        return torch.cat([self.tower.visual_projection(vision.post_layernorm(one[:, 0])) for one in windows])


def _step(
    layer: Layer, hidden: torch.Tensor, windows: list[torch.Tensor], rows: list[torch.Tensor]
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """One layer's step of the photo (1, tokens, width), and of each window's rows, which look at the photo's others."""
    attention, normed = layer.self_attn, layer.layer_norm1(hidden)
    queries, keys, values = attention.sources(normed, normed)
    moved = []
    for window, chosen in zip(windows, rows, strict=True):
        own = layer.layer_norm1(window)
        looking, own_keys, own_values = attention.sources(own, own)
        seen = keys.index_copy(2, chosen, own_keys), values.index_copy(2, chosen, own_values)
        window = window + attention.mixed(looking, *seen)
        moved.append(window + layer.mlp(layer.layer_norm2(window)))
    hidden = hidden + attention.mixed(queries, keys, values)
    return hidden + layer.mlp(layer.layer_norm2(hidden)), moved
