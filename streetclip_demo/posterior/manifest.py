"""What a prediction was computed with. Knows no model: it is told."""

import functools
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from streetclip_demo import __version__

# The packages whose versions can change a probability; the last one is an optional requirement.
PACKAGES = ("torch", "tokenizers", "numpy", "pillow", "openvino")


@functools.cache
def versions() -> tuple[tuple[str, str], ...]:
    """This app, Python and the installed packages that can change a probability, each with its version."""
    own = (("streetclip_demo", __version__), ("python", platform.python_version()))
    return own + tuple((package, found) for package in PACKAGES if (found := _version(package)))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class SeenPhoto:
    """A photo that was asked about, where it is not one photo's usual square that counts.

    Attributes
    ----------
    digest : str
        Of its pixels.
    views : tuple of tuples of (str, float)
        Where each square that counts lies, as photos.views.View has it; none for the usual square.
    """

    digest: str
    views: tuple[tuple[tuple[str, float], ...], ...] = ()


@dataclass(frozen=True)
class Manifest:
    """Written down when a prediction is made, so that a record made later still says what is true."""

    model: str = ""  # its title
    revision: str = ""
    engine: str = ""  # "torch" or "openvino"
    device: str = ""  # "cpu", "cuda:0" or "mps:0"
    precision: str = ""  # "float32" or "bfloat16"
    gazetteer: str = ""  # its date and its tables' digest
    mark: str = ""  # a caveat that must stand on tree, map and exports
    notes: tuple[str, ...] = ()  # what a person should know of photo, labels and model
    label_notes: tuple[str, ...] = ()  # those among them that are known from the list of labels alone
    seen: tuple[SeenPhoto, ...] = ()  # what counts of which photos, where it is not one photo's usual square
    versions: tuple[tuple[str, str], ...] = field(default_factory=versions)
    date: str = field(default_factory=_now, compare=False)  # in UTC
