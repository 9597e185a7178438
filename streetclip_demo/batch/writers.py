"""Files that grow by a row at a time and can be gone on with: JSON lines, CSV, GeoJSON, and the report of the unread.

Each says how far it is as a few numbers, its marks, from which it goes on after a stop. What was begun and not marked
is written again. GeoParquet, which cannot grow, is in geoparquet.py.
"""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from streetclip_demo.errors import UserError
from streetclip_demo.report.geojson import undated
from streetclip_demo.report.row import FLAT
from streetclip_demo.report.table import cell

UNREAD = ("row", "file", "reason")
CSV_COLUMNS = ("row", "file", *FLAT)


class Writer(Protocol):
    """A file, or several, to which rows are added."""

    marks_count: int  # how many numbers tell where it is

    @property
    def marks(self) -> tuple[int, ...]: ...

    def fits(self, marks: Sequence[int]) -> bool: ...  # whether what is on the disk reaches so far

    def go_on(self, marks: Sequence[int]) -> None: ...  # leave what came after; called once, first

    def add(self, row: dict) -> None: ...

    def close(self) -> None: ...


class GrowingFile:
    """A file with rows between a head and a foot. The foot is always there: the file is whole after each row.

    Parameters
    ----------
    path : Path
    head, foot : bytes
    """

    marks_count = 1

    def __init__(self, path: Path, head: bytes = b"", foot: bytes = b""):
        self._path, self._head, self._foot = path, head, foot
        self._size = 0
        try:
            self._file = open(path, "r+b" if path.exists() else "x+b", buffering=0)  # noqa: SIM115
        except OSError as problem:
            raise self._told(problem) from None

    @property
    def marks(self) -> tuple[int, ...]:
        return (self._size,)

    def fits(self, marks: Sequence[int]) -> bool:
        return self._path.stat().st_size >= marks[0]

    def go_on(self, marks: Sequence[int]) -> None:
        (self._size,) = marks
        if self._size == 0:
            self.write(self._head)
        else:
            self.write(b"")

    @property
    def is_begun(self) -> bool:
        """Whether there are rows."""
        return self._size > len(self._head)

    def write(self, data: bytes) -> None:
        """Put data before the foot, at once: nothing waits in this process to be lost with it."""
        left = memoryview(data + self._foot)
        try:
            self._file.seek(self._size)
            while left:
                left = left[self._file.write(left) :]
            self._file.truncate()
        except OSError as problem:
            raise self._told(problem) from None
        self._size += len(data)

    def close(self) -> None:
        self._file.close()

    def _told(self, problem: OSError) -> UserError:
        return UserError(
            f"{self._path} cannot be written: {problem.strerror}. What is there is kept; the same command goes on."
        )


class JsonLines(GrowingFile):
    """A line of JSON for each row, with its guesses."""

    def add(self, row: dict) -> None:
        self.write(json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n")


class Table(GrowingFile):
    """A line of CSV for each row; text is written as in the page's table, so that no program misreads it."""

    def __init__(self, path: Path, columns: Sequence[str] = CSV_COLUMNS):
        super().__init__(path, ("\ufeff" + _csv_line(columns)).encode())
        self._columns = columns

    def add(self, row: dict) -> None:
        self.write(_csv_line([cell(row[column]) for column in self._columns]).encode())


class Points(GrowingFile):
    """A feature of GeoJSON for each row, at the best guess; without a geometry where that has no place."""

    def __init__(self, path: Path):
        super().__init__(path, b'{"type": "FeatureCollection", "features": [', b"\n]}\n")

    def add(self, row: dict) -> None:
        about = {key: undated(row[key]) if isinstance(row[key], str) else row[key] for key in CSV_COLUMNS}
        where = [about.pop("longitude"), about.pop("latitude")]
        point = None if where[0] is None else {"type": "Point", "coordinates": where}
        feature = {"type": "Feature", "geometry": point, "properties": about}
        line = json.dumps(feature, ensure_ascii=False, allow_nan=False)
        self.write((",\n" if self.is_begun else "\n").encode() + line.encode())


def _csv_line(cells: Sequence) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()
