"""Caption embeddings kept on disk, so that each caption is encoded once, ever. Knows no model.

One SQLite file for all models, at most MOST_BYTES large: what was put in first goes first. SQLite lets several
processes write at once, and undoes what a process that died has half written. Each embedding carries a checksum; one
that does not fit counts as missing. A file that SQLite cannot read is deleted, never trusted.
"""

import contextlib
import hashlib
import os
import shutil
import sqlite3
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from streetclip_demo.cache_folder import default_directory

FORMAT = 2  # of what is kept, and of how embeddings are computed: others are not read
MOST_BYTES = 500_000_000  # on disk: 160,000 embeddings of 768 numbers in float32
MOST_IN_MEMORY = 20_000  # embeddings used last: 60 MB in float32
CHUNK = 2048  # captions encoded between two writes: an interrupted run keeps what it has
ASKED_AT_ONCE = 500  # keys in one statement
WAIT_SECONDS = 10  # for another process's write
PAGE_BYTES = 16_384  # holds five embeddings; SQLite's own 4,096 would hold one
CHECK_BYTES = 8
UNIT_TOLERANCE = 1e-3
DAMAGED = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)  # the first: not our table

Encode = Callable[..., np.ndarray]


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
        Where the cache's folder is; `default_directory()` otherwise.
    half : bool
        Keep embeddings in half precision, for an encoder that has no more itself. It moves probabilities by a
        few 0.0001. What is embedded for the first time is rounded too, so that answers stay the same.
    chunk : int
        Captions encoded between two writes.

    Attributes
    ----------
    note : str
        Why embeddings are not kept on disk; empty while they are.
    counted : Counter of str
        How many captions came from "memory", from "disk", and were "computed".
    """

    def __init__(
        self,
        encode: Encode,
        fingerprint: str,
        dimension: int,
        directory: str | os.PathLike | None = None,
        half: bool = False,
        chunk: int = CHUNK,
    ) -> None:
        base = default_directory() if directory is None else Path(directory)
        self.folder = base / "captions"
        self.path = self.folder / f"embeddings-{FORMAT}.sqlite"
        self.note = ""
        self.counted: Counter[str] = Counter()
        self._encode = encode
        self._chunk = chunk
        self._dimension = dimension
        self._dtype = np.dtype(np.float16 if half else np.float32)
        self._about = f"{fingerprint}\0{dimension}\0{self._dtype.name}\0".encode()
        self._lock = threading.Lock()  # held but while captions are encoded
        self._memory: OrderedDict[bytes, np.ndarray] = OrderedDict()  # used last comes last
        self._file: sqlite3.Connection | None = None

    def __call__(
        self, captions: Sequence[str], progress: Callable[[int, int], object] | None = None
    ) -> np.ndarray:
        """Unit embeddings of captions; only what was never embedded before is encoded.

        Parameters
        ----------
        captions : sequence of str
        progress : callable, optional
            Called as `progress(done, total)` while captions are encoded; what it raises ends the work.

        Returns
        -------
        np.ndarray, shape (n, dimension), float32
            In the captions' order.
        """
        keys = [self._key(caption) for caption in captions]
        with self._lock:
            rows = self._known(list(dict.fromkeys(keys)))
        missing = {key: caption for key, caption in zip(keys, captions, strict=True) if key not in rows}
        new = list(missing)
        for start in range(0, len(new), self._chunk):
            chunk = new[start : start + self._chunk]
            told = _shifted(progress, start, len(new))
            embeddings = self._rounded(
                self._encode([missing[key] for key in chunk], progress=told), len(chunk)
            )
            made = dict(zip(chunk, embeddings, strict=True))
            with self._lock:
                self._write(made)
                self._remember(made)
            rows |= made
        found = np.empty((len(keys), self._dimension), np.float32)
        for place, key in enumerate(keys):
            found[place] = rows[key]
        return found

    def has(self, captions: Sequence[str]) -> bool:
        """Whether none of these captions would have to be encoded."""
        keys = {self._key(caption) for caption in captions}
        with self._lock:
            self._remember(self._read([key for key in keys if key not in self._memory]))
            return all(key in self._memory for key in keys)

    def _key(self, caption: str) -> bytes:
        return hashlib.blake2b(
            self._about + caption.encode("utf-8", "surrogatepass"), digest_size=16
        ).digest()

    def _rounded(self, embeddings: np.ndarray, count: int) -> np.ndarray:
        embeddings, expected = np.asarray(embeddings), (count, self._dimension)
        if embeddings.shape != expected or not _all_unit(embeddings):
            raise ValueError(
                f"Caption embeddings must be unit vectors of shape {expected}, got shape {embeddings.shape}."
            )
        return embeddings.astype(self._dtype)

    def _known(self, keys: list[bytes]) -> dict[bytes, np.ndarray]:
        rows = {key: self._memory[key] for key in keys if key in self._memory}
        read = self._read([key for key in keys if key not in rows])
        computed = len(keys) - len(rows) - len(read)
        self.counted.update(memory=len(rows), disk=len(read), computed=computed)
        self._remember(rows | read)
        return rows | read

    def _remember(self, rows: dict[bytes, np.ndarray]) -> None:
        for key, row in rows.items():
            self._memory[key] = row
            self._memory.move_to_end(key)
        while len(self._memory) > MOST_IN_MEMORY:
            self._memory.popitem(last=False)

    # The file: every failure here costs time later, never an answer.

    def _read(self, keys: list[bytes]) -> dict[bytes, np.ndarray]:
        found: dict[bytes, bytes] = {}
        if keys and (self._file is not None or self.path.exists()):
            with self._problems_noted(), self._opened() as file:
                for start in range(0, len(keys), ASKED_AT_ONCE):
                    part = keys[start : start + ASKED_AT_ONCE]
                    holes = ",".join("?" * len(part))
                    found |= file.execute(f"SELECT key, value FROM captions WHERE key IN ({holes})", part)
        rows = {key: self._unpacked(value) for key, value in found.items()}
        return {key: row for key, row in rows.items() if row is not None}

    def _write(self, rows: dict[bytes, np.ndarray]) -> None:
        with self._problems_noted(), self._opened() as file:
            with _transaction(file):
                packed = ((key, _packed(row)) for key, row in rows.items())
                file.executemany("INSERT OR REPLACE INTO captions (key, value) VALUES (?, ?)", packed)
                _drop_oldest(file, 2 * len(rows))
            self.note = ""

    def _unpacked(self, value: bytes) -> np.ndarray | None:
        """An embedding as it was kept; None where it is another now."""
        if not isinstance(value, bytes) or value[:CHECK_BYTES] != _checksum(value[CHECK_BYTES:]):
            return None
        row = np.frombuffer(value, self._dtype, offset=CHECK_BYTES)
        return row if row.shape == (self._dimension,) else None

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            _delete_older_forms(self.folder)
            self._file = _open(self.path)
        yield self._file

    @contextlib.contextmanager
    def _problems_noted(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            if self._file is not None:
                self._file.close()
                self._file = None
            if _is_damage(error):
                _delete(self.path)
            self.note = (
                f"Caption embeddings cannot be kept in {self.folder} ({error}) and are computed again at each"
                " start. Free some space, or set STREETCLIP_CACHE to a folder that can be written."
            )


def _open(path: Path) -> sqlite3.Connection:
    """The file, with its table; made where there is none, and anew where it is damaged."""
    try:
        return _connect(path)
    except sqlite3.Error as error:
        if not _is_damage(error):
            raise
    _delete(path)
    return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        file.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        file.execute("PRAGMA synchronous = OFF")  # what a power cut spoils, checksums tell
        file.execute("CREATE TABLE IF NOT EXISTS captions (key BLOB PRIMARY KEY, value BLOB NOT NULL)")
        file.execute("SELECT key, value FROM captions LIMIT 1").fetchone()
    except sqlite3.Error:
        file.close()
        raise
    return file


def _is_damage(error: Exception) -> bool:
    """Whether SQLite found no file of ours, rather than no room or no right to write."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED  # the rest tells more of the same


@contextlib.contextmanager
def _transaction(file: sqlite3.Connection) -> Iterator[None]:
    file.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if file.in_transaction:  # SQLite ends it itself where the disk is full
            file.execute("ROLLBACK")
        raise
    file.execute("COMMIT")


def _drop_oldest(file: sqlite3.Connection, count: int) -> None:
    """Delete what was put in first, `count` rows at a time, until the rest is no larger than MOST_BYTES."""
    while _used_bytes(file) > MOST_BYTES:
        (first,) = file.execute("SELECT MIN(rowid) FROM captions").fetchone()
        if first is None:
            return
        file.execute("DELETE FROM captions WHERE rowid < ?", (first + count,))


def _used_bytes(file: sqlite3.Connection) -> int:
    ((pages,), (free,)) = (
        file.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count")
    )
    return (pages - free) * PAGE_BYTES


def _delete(path: Path) -> None:
    for name in (path, path.with_name(f"{path.name}-journal")):
        with contextlib.suppress(OSError):
            name.unlink()


def _delete_older_forms(folder: Path) -> None:
    """Before there was one file, each model had a folder of its own."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)


def _shifted(
    progress: Callable[[int, int], object] | None, start: int, total: int
) -> Callable[[int, int], object] | None:
    return None if progress is None else lambda done, _: progress(start + done, total)


def _packed(row: np.ndarray) -> bytes:
    data = row.tobytes()
    return _checksum(data) + data


def _checksum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=CHECK_BYTES).digest()


def _all_unit(embeddings: np.ndarray) -> bool:
    squares = np.einsum("ij,ij->i", embeddings, embeddings, dtype=float)  # (n,)
    return bool(np.all(np.abs(squares - 1) < UNIT_TOLERANCE))  # false for NaN and infinity
