"""Caption embeddings kept on disk, so that each caption is encoded once, ever. Knows no model.

A folder per fingerprint (checkpoint, precision, tokenizer) holds safetensors files, "segments", each with some
captions' digests and embeddings. A segment is written under a temporary name, then renamed, and never changed; each
process writes its own. So concurrent processes cannot damage one another's, and a segment that is not whole is
deleted, never trusted.
"""

import contextlib
import hashlib
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save_file

from streetclip_demo.cache_folder import default_directory

FORMAT = "caption embeddings 1"
DIGEST_BYTES = 16
CHUNK = 2048  # captions encoded between two writes: an interrupted run keeps what it has
MERGE_ABOVE = 16  # segments in a folder before they are merged into one
STALE_SECONDS = 24 * 3600  # a temporary file of that age was left by a process that died
UNIT_TOLERANCE = 1e-3

Encode = Callable[..., np.ndarray]


class CaptionCache:
    """Embeds captions, taking from disk and memory what was embedded before.

    Parameters
    ----------
    encode : callable
        `encode(captions, progress=None)` gives their unit embeddings, float32, shape (n, dimension).
    fingerprint : str
        Names everything that the embeddings depend on besides the text.
    dimension : int
        Length of an embedding.
    directory : path, optional
        Where the cache's folders are; `default_directory()` otherwise.

    Attributes
    ----------
    note : str
        Why embeddings are not kept on disk; empty while they are.
    """

    def __init__(
        self, encode: Encode, fingerprint: str, dimension: int, directory: str | os.PathLike | None = None
    ) -> None:
        base = default_directory() if directory is None else Path(directory)
        self.folder = base / "captions" / fingerprint
        self.note = ""
        self._encode = encode
        self._fingerprint = fingerprint
        self._dimension = dimension
        self._digests = np.empty((0, DIGEST_BYTES), np.uint8)
        self._embeddings = np.empty((0, dimension), np.float32)
        self._rows: dict[bytes, int] = {}  # digest -> row of the two arrays
        self._texts: dict[str, int] = {}  # caption -> row, for those asked for since the start
        self._read: set[str] = set()  # names of the segments in memory
        self._lock = threading.Lock()

    def __call__(
        self, captions: Sequence[str], progress: Callable[[int, int], object] | None = None
    ) -> np.ndarray:
        """Unit embeddings of captions; only what was never embedded before is encoded.

        Parameters
        ----------
        captions : sequence of str
        progress : callable, optional
            Called as `progress(done, total)` while captions are encoded.

        Returns
        -------
        np.ndarray, shape (n, dimension), float32
            In the captions' order.
        """
        with self._lock:
            unseen = list(dict.fromkeys(caption for caption in captions if caption not in self._texts))
        if unseen:
            self._read_segments()  # also what other processes have written meanwhile
        missing = self._missing(unseen)
        for start in range(0, len(missing), CHUNK):
            chunk = missing[start : start + CHUNK]
            self._add(chunk, self._encode(chunk, progress=_shifted(progress, start, len(missing))))
        with self._lock:
            return self._embeddings[[self._texts[caption] for caption in captions]]

    def _missing(self, captions: list[str]) -> list[str]:
        """The captions that have no row; those that have one are entered in `_texts`."""
        with self._lock:
            rows = {caption: self._rows.get(_digest(caption)) for caption in captions}
            self._texts.update((caption, row) for caption, row in rows.items() if row is not None)
        return [caption for caption, row in rows.items() if row is None]

    def _add(self, captions: list[str], embeddings: np.ndarray) -> None:
        embeddings = np.ascontiguousarray(embeddings, np.float32)
        expected = (len(captions), self._dimension)
        if embeddings.shape != expected or not _all_unit(embeddings):
            raise ValueError(
                f"Caption embeddings must be unit vectors of shape {expected}, got shape {embeddings.shape}."
            )
        digests = np.frombuffer(b"".join(map(_digest, captions)), np.uint8).reshape(-1, DIGEST_BYTES)
        with self._lock:
            self._append(digests, embeddings)
            self._texts.update((caption, self._rows[_digest(caption)]) for caption in captions)
        self._write(digests, embeddings)
        self._merge()

    def _append(self, digests: np.ndarray, embeddings: np.ndarray) -> None:
        first = len(self._rows)
        keys = _keys(digests)
        new: dict[bytes, int] = {}  # digest -> index; two processes may have embedded the same caption
        for index, key in enumerate(keys):
            if key not in self._rows:
                new.setdefault(key, index)
        self._rows.update(zip(new, range(first, first + len(new)), strict=True))
        if len(new) < len(keys):
            kept = list(new.values())
            digests, embeddings = digests[kept], embeddings[kept]
        self._digests = _joined([self._digests, digests])
        self._embeddings = _joined([self._embeddings, embeddings])

    # Files: every failure here costs time later, never an answer.

    def _read_segments(self) -> None:
        with self._lock:
            new = [path for path in self._segments() if path.name not in self._read]
            loaded = {path.name: segment for path in new if (segment := self._load(path)) is not None}
            if loaded:
                digests, embeddings = map(_joined, zip(*loaded.values(), strict=True))
                self._append(digests, embeddings)
                self._read.update(loaded)

    def _segments(self) -> list[Path]:
        try:
            return sorted(self.folder.glob("[!.]*.safetensors"))
        except OSError:
            return []

    def _load(self, path: Path) -> tuple[np.ndarray, np.ndarray] | None:
        """A segment's digests and embeddings; None where it is not whole or not ours, and it is deleted."""
        try:
            data = path.read_bytes()  # not mapped: a mapped file that someone cuts short kills the process
            about = _metadata(data)
            if about.get("format") == FORMAT and about.get("fingerprint") == self._fingerprint:
                tensors = load(data)
                digests, embeddings = tensors["digests"], tensors["embeddings"]
                if self._is_sound(digests, embeddings, about):
                    return digests, embeddings
        except FileNotFoundError:
            return None  # another process has just merged it
        except PermissionError:
            return None
        except (OSError, SafetensorError, ValueError, LookupError, TypeError, AttributeError):
            pass
        with contextlib.suppress(OSError):
            path.unlink()
        return None

    def _is_sound(self, digests: np.ndarray, embeddings: np.ndarray, about: dict[str, str]) -> bool:
        return (
            digests.dtype == np.uint8
            and embeddings.dtype == np.float32
            and digests.shape == (len(digests), DIGEST_BYTES)
            and embeddings.shape == (len(digests), self._dimension)
            and about.get("sha256") == _checksum(digests, embeddings)
            and _all_unit(embeddings)
        )

    def _write(self, digests: np.ndarray, embeddings: np.ndarray) -> str | None:
        """Write a segment; return its name, or None where the folder cannot be written."""
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:12]}.safetensors"
        temporary = self.folder / f".{name}"
        about = {
            "format": FORMAT,
            "fingerprint": self._fingerprint,
            "sha256": _checksum(digests, embeddings),
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_file({"digests": digests, "embeddings": embeddings}, temporary, metadata=about)
            os.replace(temporary, self.folder / name)
        except (OSError, SafetensorError) as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            self.note = (
                f"Caption embeddings cannot be kept in {self.folder} ({error}) and are computed again at each"
                " start. Free some space, or set STREETCLIP_CACHE to a folder that can be written."
            )
            return None
        self._read.add(name)
        return name

    def _merge(self) -> None:
        """Write what many small segments hold as one, then delete them; what others add meanwhile stays."""
        if len(self._segments()) <= MERGE_ABOVE:
            return
        self._read_segments()
        with self._lock:
            old = [path for path in self._segments() if path.name in self._read]
            if self._write(self._digests, self._embeddings) is None:
                return
        now = time.time()
        for path in [*old, *self.folder.glob(".*.safetensors")]:
            with contextlib.suppress(OSError):
                if not path.name.startswith(".") or now - path.stat().st_mtime > STALE_SECONDS:
                    path.unlink()


def _shifted(
    progress: Callable[[int, int], object] | None, start: int, total: int
) -> Callable[[int, int], object] | None:
    return None if progress is None else lambda done, _: progress(start + done, total)


def _digest(caption: str) -> bytes:
    return hashlib.blake2b(caption.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def _keys(digests: np.ndarray) -> list[bytes]:
    data = digests.tobytes()
    return [data[start : start + DIGEST_BYTES] for start in range(0, len(data), DIGEST_BYTES)]


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    """The rows of arrays in one; not copied where only one has any."""
    filled = [part for part in parts if len(part)]
    return np.concatenate(filled) if len(filled) > 1 else filled[0] if filled else parts[0]


def _metadata(data: bytes) -> dict[str, str]:
    """What was written beside the tensors of a safetensors file."""
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]


def _checksum(digests: np.ndarray, embeddings: np.ndarray) -> str:
    checksum = hashlib.sha256(np.ascontiguousarray(digests))
    checksum.update(np.ascontiguousarray(embeddings))
    return checksum.hexdigest()


def _all_unit(embeddings: np.ndarray) -> bool:
    squares = np.einsum("ij,ij->i", embeddings, embeddings)  # (n,); NaN and infinity fail the comparison
    return bool(np.all(np.abs(squares - 1) < UNIT_TOLERANCE))
