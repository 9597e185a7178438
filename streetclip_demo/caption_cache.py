"""Caption embeddings kept on disk, so that each caption is encoded once, ever. Knows no model.

A folder per fingerprint (checkpoint, precision, tokenizer) holds safetensors files, "segments", each with some
captions' digests and embeddings. A segment is written under a temporary name, then renamed, and never changed; each
process writes its own. So concurrent processes cannot damage one another's, and a segment that is not whole is
deleted, never trusted.

Segments are mapped, not copied into memory: processes share them, and the system may drop them when memory is short.
No process of ours changes a mapped file. One that another program has changed is noticed before it is read again;
what remains is a file cut short in the very moment of reading, which ends the process (SIGBUS).
"""

import contextlib
import hashlib
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save_file

from streetclip_demo.cache_folder import default_directory

FORMAT = "caption embeddings 1"
DTYPES = {"U8": np.uint8, "F16": np.float16, "F32": np.float32}  # as safetensors names them
DIGEST_BYTES = 16
CHUNK = 2048  # captions encoded between two writes: an interrupted run keeps what it has
MERGE_ABOVE = 16  # segments in a folder before they are merged into one
STALE_SECONDS = 24 * 3600  # a temporary file of that age was left by a process that died
UNIT_TOLERANCE = 1e-3

Encode = Callable[..., np.ndarray]


@dataclass(frozen=True, eq=False)
class _Segment:
    """Captions' digests and embeddings; those of a file, or only in memory where none could be written."""

    digests: np.ndarray  # (n, DIGEST_BYTES)
    embeddings: np.ndarray  # (n, dimension)
    path: Path | None = None
    stamp: tuple[int, ...] | None = None  # of the file when it was opened

    def is_changed(self) -> bool:
        """Whether another program has written to the file. One that is gone is still whole for those who map it."""
        return self.path is not None and _stamp(self.path) not in (self.stamp, None)


class CaptionCache:
    """Embeds captions, taking from disk what was embedded before. Safe to use from several threads.

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
    half : bool
        Keep embeddings in half precision, for an encoder that has no more itself. It moves probabilities by a
        few 0.0001. What is embedded for the first time is rounded too, so that answers stay the same.

    Attributes
    ----------
    note : str
        Why embeddings are not kept on disk; empty while they are.
    """

    def __init__(
        self,
        encode: Encode,
        fingerprint: str,
        dimension: int,
        directory: str | os.PathLike | None = None,
        half: bool = False,
    ) -> None:
        base = default_directory() if directory is None else Path(directory)
        self.folder = base / "captions" / (f"{fingerprint}-half" if half else fingerprint)
        self.note = ""
        self._encode = encode
        self._fingerprint = fingerprint
        self._dimension = dimension
        self._dtype = np.float16 if half else np.float32
        self._lock = threading.Lock()  # held but while captions are encoded
        self._start_anew()

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
        digests = [_digest(caption) for caption in captions]
        while True:
            with self._lock:
                missing = self._missing(dict(zip(digests, captions, strict=True)))
                if not missing:
                    return self._gather([self._rows[digest] for digest in digests], np.float32)
            for start in range(0, len(missing), CHUNK):
                chunk = missing[start : start + CHUNK]
                self._add(chunk, self._encode(chunk, progress=_shifted(progress, start, len(missing))))

    def _start_anew(self) -> None:
        self._segments: list[_Segment] = []
        self._count = 0  # rows of all segments
        self._rows: dict[bytes, int] = {}  # digest -> row, counted through the segments
        self._read: set[str] = set()  # names of the segments' files

    def _missing(self, captions: dict[bytes, str]) -> list[str]:
        """The captions, by digest, that have no row."""
        if any(segment.is_changed() for segment in self._segments):
            self._start_anew()
        if not captions.keys() <= self._rows.keys():
            self._read_segments()  # also what other processes have written meanwhile
        return [caption for digest, caption in captions.items() if digest not in self._rows]

    def _gather(self, rows: list[int], dtype: type) -> np.ndarray:
        """Embeddings (n, dimension) of rows."""
        rows = np.array(rows, int)
        found = np.empty((len(rows), self._dimension), dtype)
        first = 0
        for segment in self._segments:
            last = first + len(segment.digests)
            here = np.flatnonzero((first <= rows) & (rows < last))
            found[here] = segment.embeddings[rows[here] - first]
            first = last
        return found

    def _add(self, captions: list[str], embeddings: np.ndarray) -> None:
        embeddings = np.asarray(embeddings)
        expected = (len(captions), self._dimension)
        if embeddings.shape != expected or not _all_unit(embeddings):
            raise ValueError(
                f"Caption embeddings must be unit vectors of shape {expected}, got shape {embeddings.shape}."
            )
        digests = np.frombuffer(b"".join(map(_digest, captions)), np.uint8).reshape(-1, DIGEST_BYTES)
        with self._lock:
            segment = _Segment(digests, np.ascontiguousarray(embeddings, self._dtype))
            self._append(self._write(segment) or segment)
            self._merge()

    def _append(self, segment: _Segment) -> None:
        for row, digest in enumerate(_keys(segment.digests), start=self._count):
            self._rows.setdefault(digest, row)  # two processes may have embedded the same caption
        self._segments.append(segment)
        self._count += len(segment.digests)
        if segment.path is not None:
            self._read.add(segment.path.name)

    # Files: every failure here costs time later, never an answer.

    def _read_segments(self) -> None:
        for path in self._files():
            if path.name not in self._read and (segment := self._load(path)) is not None:
                self._append(segment)

    def _files(self) -> list[Path]:
        try:
            return sorted(self.folder.glob("[!.]*.safetensors"))
        except OSError:
            return []

    def _load(self, path: Path) -> _Segment | None:
        """A segment from its file; None where it is not whole or not ours, and it is deleted."""
        try:
            stamp = _stamp(path)
            about, tensors = _mapped(path)
            if about.get("format") == FORMAT and about.get("fingerprint") == self._fingerprint:
                segment = _Segment(tensors["digests"], tensors["embeddings"], path, stamp)
                if self._is_sound(segment, about):
                    return segment
        except FileNotFoundError:
            return None  # another process has just merged it
        except PermissionError:
            return None
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            pass
        with contextlib.suppress(OSError):
            path.unlink()
        return None

    def _is_sound(self, segment: _Segment, about: dict[str, str]) -> bool:
        count = len(segment.digests)
        return (
            segment.digests.dtype == np.uint8
            and segment.embeddings.dtype == self._dtype
            and segment.digests.shape == (count, DIGEST_BYTES)
            and segment.embeddings.shape == (count, self._dimension)
            and about.get("sha256") == _checksum(segment.digests, segment.embeddings)
            and _all_unit(segment.embeddings)
        )

    def _write(self, segment: _Segment) -> _Segment | None:
        """Write a segment; return it as its file has it, or None where there is none."""
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:12]}.safetensors"
        temporary = self.folder / f".{name}"
        tensors = {"digests": segment.digests, "embeddings": segment.embeddings}
        about = {"format": FORMAT, "fingerprint": self._fingerprint, "sha256": _checksum(*tensors.values())}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_file(tensors, temporary, metadata=about)
            os.replace(temporary, self.folder / name)
        except (OSError, SafetensorError) as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            self.note = (
                f"Caption embeddings cannot be kept in {self.folder} ({error}) and are computed again at each"
                " start. Free some space, or set STREETCLIP_CACHE to a folder that can be written."
            )
            return None
        return self._load(self.folder / name)

    def _merge(self) -> None:
        """Write what many small segments hold as one, then delete them; what others add meanwhile stays."""
        if len(self._files()) <= MERGE_ABOVE:
            return
        self._read_segments()
        old = [path for path in self._files() if path.name in self._read]
        digests = np.frombuffer(b"".join(self._rows), np.uint8).reshape(-1, DIGEST_BYTES)
        merged = self._write(_Segment(digests, self._gather(list(self._rows.values()), self._dtype)))
        if merged is None:
            return
        self._start_anew()
        self._append(merged)
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


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What tells one state of a file from the next; None if it is gone."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_size, about.st_mtime_ns


def _mapped(path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """What was written beside the tensors of a safetensors file, and the tensors, not copied."""
    data = np.asarray(np.memmap(path, np.uint8, mode="r"))
    start = 8 + int.from_bytes(data[:8].tobytes(), "little")
    header = json.loads(data[8:start].tobytes())
    about = header.pop("__metadata__")
    tensors = {
        name: data[start:][slice(*entry["data_offsets"])].view(DTYPES[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }
    return about, tensors


def _checksum(digests: np.ndarray, embeddings: np.ndarray) -> str:
    checksum = hashlib.sha256(np.ascontiguousarray(digests))
    checksum.update(np.ascontiguousarray(embeddings))
    return checksum.hexdigest()


def _all_unit(embeddings: np.ndarray) -> bool:
    squares = np.einsum("ij,ij->i", embeddings, embeddings, dtype=float)  # (n,)
    return bool(np.all(np.abs(squares - 1) < UNIT_TOLERANCE))  # false for NaN and infinity
