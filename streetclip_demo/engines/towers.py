"""A CLIPModel's two halves, without the work that nothing is made of. torch and OpenVINO run both alike."""

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import CLIPModel


class ImageTower(torch.nn.Module):
    """A CLIPModel's image half. Puts a ClassTokenLayer in place of the model's last layer."""

    def __init__(self, model: CLIPModel) -> None:
        super().__init__()
        self.config, self.width = model.config, model.config.vision_config.hidden_size
        self.vision_model, self.visual_projection = model.vision_model, model.visual_projection
        layers = self.vision_model.encoder.layers
        layers[-1] = ClassTokenLayer(layers[-1])

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels (n, 3, side, side) to features (n, dimension)."""
        return self.visual_projection(self.vision_model(pixel_values=pixels).pooler_output)


class ClassTokenLayer(torch.nn.Module):
    """A CLIPEncoderLayer's answer for the class token alone: CLIP makes its features of nothing else.

    Queries, output and multilayer perceptron are computed for one row of 577, which saves a 28th of a forward.
    """

    def __init__(self, layer: torch.nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, hidden: torch.Tensor, *_, **__) -> torch.Tensor:
        """Hidden states (n, tokens, width), the class token first, to (n, 1, width)."""
        attention, (n, _, width) = self.layer.self_attn, hidden.shape
        token, normed = hidden[:, :1], self.layer.layer_norm1(hidden)
        sources = (
            attention.q_proj(normed[:, :1]),
            attention.k_proj(normed),
            attention.v_proj(normed),
        )
        heads = (
            rows.reshape(n, -1, attention.num_heads, attention.head_dim).transpose(1, 2) for rows in sources
        )
        seen = scaled_dot_product_attention(*heads, scale=attention.scale)  # (n, heads, 1, width of a head)
        token = token + attention.out_proj(seen.reshape(n, 1, width))
        return token + self.layer.mlp(self.layer.layer_norm2(token))


class CaptionTower(torch.nn.Module):
    """A CLIPModel's text half, for captions in batches of one shape: see caption_packing.py."""

    def __init__(self, model: CLIPModel) -> None:
        super().__init__()
        self.width = model.config.text_config.hidden_size
        self.text_model, self.text_projection = model.text_model, model.text_projection

    def forward(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor,
        paths: torch.Tensor,
        spots: torch.Tensor,
        ends: torch.Tensor,
    ) -> torch.Tensor:
        """What PackedCaptions holds, to features (captions, dimension) at their end tokens."""
        embeddings = self.text_model.embeddings
        hidden = embeddings.token_embedding(tokens) + embeddings.position_embedding(positions)  # (n, width)
        for layer in self.text_model.encoder.layers:
            hidden = hidden + _caption_attention(layer.self_attn, layer.layer_norm1(hidden), paths, spots)
            hidden = hidden + layer.mlp(layer.layer_norm2(hidden))
        return self.text_projection(self.text_model.final_layer_norm(hidden[ends]))


def _caption_attention(
    attention: torch.nn.Module, hidden: torch.Tensor, paths: torch.Tensor, spots: torch.Tensor
) -> torch.Tensor:
    """Hidden states (n, width) to the same: tokens look back along their captions' paths (captions, length)."""
    captions, length = paths.shape
    heads = (
        made(hidden)[paths].reshape(captions, length, attention.num_heads, attention.head_dim).transpose(1, 2)
        for made in (attention.q_proj, attention.k_proj, attention.v_proj)
    )
    seen = scaled_dot_product_attention(*heads, is_causal=True, scale=attention.scale)
    rows = seen.transpose(1, 2).reshape(captions * length, -1)  # (captions x length, width)
    return attention.out_proj(rows[spots])


Tower = ImageTower | CaptionTower
