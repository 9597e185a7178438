"""The gallery: points with embeddings that a photo is compared with. Encoded once, kept on disk, mapped.

In float32: a gallery in halves answers otherwise (docs/decisions.md).
"""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from streetclip_demo.cache_folder import default_directory, made_whole
from streetclip_demo.errors import UserError
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.point_table import PointTable
from streetclip_demo.places.whereabouts import Whereabouts, find_whereabouts
from streetclip_demo.progress import Counting

EDITION = "1"  # of these files; another one is encoded anew
CHUNK = 4096  # points encoded at once
EMBEDDINGS = "embeddings.npy"
WHEREABOUTS = tuple(field.name for field in fields(Whereabouts))

Embed = Callable[[np.ndarray], np.ndarray]  # points (n, 2) -> unit embeddings (n, d), float32


@dataclass(frozen=True, eq=False)
class Gallery:
    """Points, what they are for the model, and where they lie.

    Attributes
    ----------
    points : np.ndarray, shape (n, 2)
        (latitude, longitude) in degrees; no two are the same.
    counts : np.ndarray, shape (n,)
        How often each stood in the table: it weighs as much as so many.
    embeddings : np.ndarray, shape (n, d), float32
        Unit length.
    whereabouts : Whereabouts
    digest : str
        Names points and embeddings: the same ones are the same gallery.
    notes : tuple of str
        What was cleaned, and what could not be kept.
    """

    points: np.ndarray
    counts: np.ndarray
    embeddings: np.ndarray
    whereabouts: Whereabouts
    digest: str
    notes: tuple[str, ...] = ()


class GalleryMaker:
    """Makes galleries with one location encoder, and keeps what it made.

    Parameters
    ----------
    embed : callable
        Points (n, 2) to unit embeddings (n, dimension).
    dimension : int
    fingerprint : str
        Names all that an embedding depends on besides its point.
    gazetteer : Gazetteer
    """

    def __init__(self, embed: Embed, dimension: int, fingerprint: str, gazetteer: Gazetteer):
        self._embed, self._dimension, self._gazetteer = embed, dimension, gazetteer
        self._fingerprint = fingerprint

    def gallery(self, table: PointTable, counting: Counting) -> Gallery:
        """A table's gallery; encoded, and its points looked up, where no earlier start has kept both."""
        digest = _digest(EDITION, self._fingerprint, table.points)
        embeddings, note = self._kept(digest, table.points, counting)
        about = _digest(EDITION, self._gazetteer.edition, table.points)
        whereabouts = self._looked_up(about, table.points, counting)
        notes = (*table.notes, *([note] if note else []))
        return Gallery(table.points, table.counts, embeddings, whereabouts, digest, notes)

    def _kept(self, digest: str, points: np.ndarray, counting: Counting) -> tuple[np.ndarray, str]:
        """Embeddings, and a note where they could not be kept."""
        folder = kept_folder(digest)
        shape = (len(points), self._dimension)
        mapped = _mapped(folder / EMBEDDINGS, shape)
        if mapped is not None:
            return mapped, ""
        shutil.rmtree(folder, ignore_errors=True)  # damaged, if it is there
        try:
            with made_whole(folder) as temporary:
                self._encode(
                    np.lib.format.open_memmap(temporary / EMBEDDINGS, "w+", np.float32, shape),
                    points,
                    counting,
                )
        except OSError as error:
            found = np.empty(shape, np.float32)
            self._encode(found, points, counting)
            return found, _not_kept(folder, error)
        mapped = _mapped(folder / EMBEDDINGS, shape)
        if mapped is None:
            raise UserError(f"The gallery in {folder} is damaged. Delete this folder and start again.")
        return mapped, ""

    def _encode(self, target: np.ndarray, points: np.ndarray, counting: Counting) -> None:
        progress = counting("gallery")
        progress(0, len(points))
        for start in range(0, len(points), CHUNK):
            target[start : start + CHUNK] = self._embed(points[start : start + CHUNK])
            progress(min(start + CHUNK, len(points)), len(points))
        if isinstance(target, np.memmap):
            target.flush()

    def _looked_up(self, digest: str, points: np.ndarray, counting: Counting) -> Whereabouts:
        folder = kept_folder(digest)
        kept = _read_whereabouts(folder, len(points))
        if kept is not None:
            return kept
        found = find_whereabouts(points, self._gazetteer, counting("countries"))
        shutil.rmtree(folder, ignore_errors=True)
        try:
            with made_whole(folder) as temporary:
                for name in WHEREABOUTS:
                    np.save(temporary / f"{name}.npy", getattr(found, name))
        except OSError:
            pass  # looked up again at the next start; the embeddings' note has said why
        return found


def kept_folder(digest: str) -> Path:
    """Where what has this digest lies, or would."""
    return default_directory() / "gallery" / digest


def _mapped(path: Path, shape: tuple[int, int]) -> np.ndarray | None:
    """Kept embeddings, read when they are needed; None where they are not there or not whole."""
    try:
        found = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    return found if found.shape == shape and found.dtype == np.float32 else None


def _read_whereabouts(folder: Path, count: int) -> Whereabouts | None:
    try:
        parts = {name: np.load(folder / f"{name}.npy") for name in WHEREABOUTS}
    except (OSError, ValueError, EOFError):
        return None
    return Whereabouts(**parts) if len(parts["order"]) == count else None


def _digest(*parts: str | np.ndarray) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else np.ascontiguousarray(part).tobytes())
        digest.update(b"\0")
    return digest.hexdigest()[:32]


def _not_kept(folder: Path, error: OSError) -> str:
    return (
        f"The gallery cannot be kept in {folder.parent} ({error.strerror or error}), so that each start encodes it"
        " anew. Free some space, or set STREETCLIP_CACHE to a folder that can be written."
    )
