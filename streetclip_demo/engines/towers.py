"""A CLIPModel's two halves, without the work that nothing is made of. torch and OpenVINO run both alike.

Modules have the names that a checkpoint's tensors have. transformers' own classes compute the same; they are the tests'
oracle, and importing them takes twice as long as torch.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import LayerNorm, Module, ModuleDict, ModuleList, Parameter
from torch.nn.functional import gelu, relu, scaled_dot_product_attention, silu

from streetclip_demo.checkpoints.clip_config import ClipConfig, HalfConfig, TextConfig, VisionConfig


def quick_gelu(hidden: torch.Tensor) -> torch.Tensor:
    """OpenAI's approximation of GELU, with which CLIP was trained."""
    return hidden * torch.sigmoid(1.702 * hidden)


ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "quick_gelu": quick_gelu,
    "gelu": gelu,
    "gelu_pytorch_tanh": lambda hidden: gelu(hidden, approximate="tanh"),
    "relu": relu,
    "silu": silu,
}


class Unfilled:
    """Leaves out a module's random numbers, in whose place a checkpoint's come.

    On the meta device, where towers are made, torch imports its compiler for them, which takes more than torch itself.
    """

    def reset_parameters(self) -> None:
        """Do nothing."""


class Linear(Unfilled, torch.nn.Linear):
    """A linear layer."""


class Conv2d(Unfilled, torch.nn.Conv2d):
    """A convolution."""


class Embedding(Unfilled, torch.nn.Embedding):
    """A table of vectors."""


class ImageTower(Module):
    """A CLIPModel's image half."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.config, self.width = config, config.vision.hidden_size
        self.vision_model = VisionModel(config.vision)
        self.visual_projection = Linear(self.width, config.projection_dim, bias=False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels (n, 3, side, side) to features (n, dimension)."""
        return self.visual_projection(self.vision_model(pixels))


class VisionModel(Module):
    """Pixels to what the last layer makes of the class token."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.embeddings = PatchEmbeddings(config)
        self.pre_layrnorm = LayerNorm(
            config.hidden_size, eps=config.layer_norm_eps
        )  # so it is spelt in the files
        self.encoder = _layers(config)
        self.post_layernorm = LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels (n, 3, side, side) to hidden states (n, width)."""
        hidden = self.pre_layrnorm(self.embeddings(pixels))  # (n, tokens, width), the class token first
        layers: Any = self.encoder["layers"]  # torch types what a ModuleDict holds as any Module
        *earlier, last = layers
        for layer in earlier:
            hidden = layer(hidden)
        return self.post_layernorm(last(hidden, rows=1)[:, 0])


class PatchEmbeddings(Module):
    """A token for each square patch of an image, behind one for the whole."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        width, patch = config.hidden_size, config.patch_size
        self.class_embedding = Parameter(torch.empty(width))
        self.patch_embedding = Conv2d(config.num_channels, width, patch, stride=patch, bias=False)
        self.position_embedding = Embedding((config.image_size // patch) ** 2 + 1, width)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels (n, 3, side, side) to hidden states (n, tokens, width)."""
        patches = self.patch_embedding(pixels).flatten(2).transpose(1, 2)  # (n, tokens - 1, width)
        whole = self.class_embedding.expand(len(pixels), 1, -1)
        return torch.cat([whole, patches], dim=1) + self.position_embedding.weight


class Layer(Module):
    """A layer of either half."""

    def __init__(self, config: HalfConfig) -> None:
        super().__init__()
        self.self_attn = Attention(config)
        self.layer_norm1 = LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.mlp = Perceptron(config)
        self.layer_norm2 = LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, hidden: torch.Tensor, rows: int | None = None) -> torch.Tensor:
        """Hidden states (n, tokens, width) to those of the first `rows` tokens, or of all.

        CLIP makes its features of the class token alone: the last layer's queries, output and perceptron are computed
        for one row of 577, which saves a 28th of a forward.
        """
        normed = self.layer_norm1(hidden)
        hidden = hidden[:, :rows] + self.self_attn(normed[:, :rows], normed)
        return hidden + self.mlp(self.layer_norm2(hidden))


class Attention(Module):
    """Several heads; what is looked at need not be all that looks."""

    def __init__(self, config: HalfConfig) -> None:
        super().__init__()
        width, self.num_heads = config.hidden_size, config.num_attention_heads
        self.scale = (width // self.num_heads) ** -0.5
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (Linear(width, width) for _ in range(4))

    def forward(self, looking: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """Hidden states (n, rows, width), and those that they look at (n, tokens, width), to (n, rows, width)."""
        return self.mixed(*self.sources(looking, seen))

    def sources(
        self, looking: torch.Tensor, seen: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Queries, keys and values (n, heads, rows or tokens, width of a head)."""
        return self.heads(self.q_proj(looking)), self.heads(self.k_proj(seen)), self.heads(self.v_proj(seen))

    def mixed(self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """What rows that look make of what they see (n, rows, width)."""
        found = scaled_dot_product_attention(queries, keys, values, scale=self.scale)
        return self.out_proj(found.transpose(1, 2).flatten(2))

    def heads(self, rows: torch.Tensor) -> torch.Tensor:
        """Rows (n, rows, width) to (n, heads, rows, width of a head)."""
        return rows.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)


class Perceptron(Module):
    """Two linear layers."""

    def __init__(self, config: HalfConfig) -> None:
        super().__init__()
        if config.hidden_act not in ACTIVATIONS:
            raise ValueError(
                f"hidden_act in config.json is {config.hidden_act!r}; known are {', '.join(ACTIVATIONS)}"
            )
        self.activation = ACTIVATIONS[config.hidden_act]
        self.fc1 = Linear(config.hidden_size, config.intermediate_size)
        self.fc2 = Linear(config.intermediate_size, config.hidden_size)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Hidden states to the same shape."""
        return self.fc2(self.activation(self.fc1(hidden)))


class CaptionTower(Module):
    """A CLIPModel's text half, for captions in batches of one shape: see caption_packing.py."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.config, self.width = config, config.text.hidden_size
        self.text_model = TextModel(config.text)
        self.text_projection = Linear(self.width, config.projection_dim, bias=False)

    def forward(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor,
        paths: torch.Tensor,
        spots: torch.Tensor,
        ends: torch.Tensor,
    ) -> torch.Tensor:
        """What PackedCaptions holds, to features (captions, dimension) at their end tokens."""
        return self.text_projection(self.text_model(tokens, positions, paths, spots, ends))


class TextModel(Module):
    """Packed captions to what the last layer makes of their end tokens."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.embeddings = ModuleDict(
            {
                "token_embedding": Embedding(config.vocab_size, config.hidden_size),
                "position_embedding": Embedding(config.max_position_embeddings, config.hidden_size),
            }
        )
        self.encoder = _layers(config)
        self.final_layer_norm = LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor,
        paths: torch.Tensor,
        spots: torch.Tensor,
        ends: torch.Tensor,
    ) -> torch.Tensor:
        """What PackedCaptions holds, to hidden states (captions, width)."""
        embeddings = self.embeddings
        hidden = embeddings["token_embedding"](tokens) + embeddings["position_embedding"](positions)
        layers: Any = self.encoder["layers"]  # as above
        for layer in layers:  # hidden: (n, width)
            hidden = hidden + _caption_attention(layer.self_attn, layer.layer_norm1(hidden), paths, spots)
            hidden = hidden + layer.mlp(layer.layer_norm2(hidden))
        return self.final_layer_norm(hidden[ends])


def _caption_attention(
    attention: Attention, hidden: torch.Tensor, paths: torch.Tensor, spots: torch.Tensor
) -> torch.Tensor:
    """Hidden states (n, width) to the same: tokens look back along their captions' paths (captions, length)."""
    sources = (
        made(hidden)[paths]  # (captions, length, width)
        for made in (attention.q_proj, attention.k_proj, attention.v_proj)
    )
    queries, keys, values = map(attention.heads, sources)
    seen = scaled_dot_product_attention(queries, keys, values, is_causal=True, scale=attention.scale)
    rows = seen.transpose(1, 2).flatten(2).flatten(0, 1)  # (captions x length, width)
    return attention.out_proj(rows[spots])


def _layers(config: HalfConfig) -> ModuleDict:
    return ModuleDict({"layers": ModuleList(Layer(config) for _ in range(config.num_hidden_layers))})


Tower = ImageTower | CaptionTower
