"""What config.json says of a CLIPModel's two halves, with the values that it may leave out. Knows no library."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from streetclip_demo.checkpoints.files import CONFIG, read_json


@dataclass(frozen=True)
class HalfConfig:
    """The transformer of one half."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    hidden_act: str = "quick_gelu"
    layer_norm_eps: float = 1e-5

    def __post_init__(self) -> None:
        for field in fields(self):
            kind: Any = field.type  # a class; other kinds of annotations there are none
            value = getattr(self, field.name)
            if not isinstance(value, kind) or (kind is int and value < 1):
                raise ValueError(f"{field.name} in {CONFIG} is {value!r}")
        if self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"{self.num_attention_heads} attention heads do not share a width of {self.hidden_size}"
            )


Half = TypeVar("Half", bound=HalfConfig)


@dataclass(frozen=True)
class VisionConfig(HalfConfig):
    """The image half."""

    hidden_size: int = 768
    intermediate_size: int = 3072
    num_channels: int = 3
    image_size: int = 224
    patch_size: int = 32


@dataclass(frozen=True)
class TextConfig(HalfConfig):
    """The text half."""

    hidden_size: int = 512
    intermediate_size: int = 2048
    num_attention_heads: int = 8
    vocab_size: int = 49408
    max_position_embeddings: int = 77


@dataclass(frozen=True)
class ClipConfig:
    """Both halves, and the length of the embeddings that they have in common."""

    vision: VisionConfig
    text: TextConfig
    projection_dim: int = 512


def read_config(directory: Path) -> ClipConfig:
    """Read a checkpoint's config.json, in the older forms too.

    Raise OSError or ValueError if it cannot be read, or makes no sense.
    """
    config = _mapping(read_json(directory / CONFIG), CONFIG)
    dimension = config.get("projection_dim", 512)
    if not isinstance(dimension, int) or dimension < 1:
        raise ValueError(f"projection_dim in {CONFIG} is {dimension!r}")
    return ClipConfig(
        _half(VisionConfig, config, "vision_config"), _half(TextConfig, config, "text_config"), dimension
    )


def _half(kind: type[Half], config: Mapping, name: str) -> Half:
    older = config.get(f"{name}_dict")  # counts where it is there, as for transformers
    stated = _mapping((config.get(name) or {}) if older is None else older, name)
    return kind(**{field.name: stated[field.name] for field in fields(kind) if field.name in stated})


def _mapping(value: object, name: str) -> Mapping:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no JSON object")
    return value
