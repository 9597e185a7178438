"""What is said when a checkpoint cannot be loaded. Knows no library that loads one."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.errors import ModelError, UserError

Loaded = TypeVar("Loaded")


def reading(card: ModelCard, directory: Path, load: Callable[[], Loaded]) -> Loaded:
    """Run one of the libraries' loaders; what it raises on damaged files becomes a ModelError."""
    try:
        return load()
    except Exception as error:  # tokenizers raises bare Exception, and configurations their own
        if is_out_of_memory(error):
            raise ModelError(no_memory(card, "CPU")) from error
        raise ModelError(_damaged(card, directory, error)) from error


def trying(card: ModelCard, load: Callable[[], Loaded]) -> Loaded:
    """Run all that loads a model; what nobody has foreseen becomes a ModelError, so that another model may stand in."""
    try:
        return load()
    except UserError:
        raise
    except Exception as error:  # from any of the libraries
        if is_out_of_memory(error):
            raise ModelError(no_memory(card, "CPU")) from error
        raise ModelError(
            f"{card.title} could not be loaded ({type(error).__name__}: {_reason(error)})."
            " Try again, or choose another model with --model."
        ) from error


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of Python or torch means that memory ran out."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or "allocate memory" in said or "out of memory" in said


def no_memory(card: ModelCard, device: str) -> str:
    """What to do where a model does not fit into a device's memory."""
    return (
        f"{card.title} does not fit into the memory of this machine's {device.upper()}."
        " Close other programs, or choose a smaller model (--model practice)"
        + (" or --device cpu." if device.lower() != "cpu" else ".")
    )


def _damaged(card: ModelCard, directory: Path, error: BaseException) -> str:
    return (
        f"{card.title}: the checkpoint in {directory} cannot be loaded ({_reason(error)})."
        " It is damaged or not a CLIPModel's; copy or download it again."
    )


def _reason(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:200].rstrip(". ")
