"""Rows as GeoParquet, in parts: such a file cannot grow, so a part appears when it is whole.

The rows of the part to come are those at the end of the JSON lines, from which they are read again after a stop.
Needs pyarrow, an optional requirement.
"""

import importlib.util
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from streetclip_demo.batch.writers import CSV_COLUMNS
from streetclip_demo.errors import UserError
from streetclip_demo.report.row import NUMBERS

if TYPE_CHECKING:
    import geopandas

ROWS_A_PART = 10_000


def check_geoparquet() -> None:
    """UserError where it cannot be written here."""
    if importlib.util.find_spec("pyarrow") is None:
        raise UserError(
            "GeoParquet needs pyarrow, which is not installed. Install it with"
            " `pip install -r requirements-geoparquet.txt`, or ask for geojson."
        )


class GeoParquet:
    """Parts named answers-00000.parquet and so on; the last one comes when the run stops.

    Parameters
    ----------
    folder : Path
    lines : Path
        The file of JSON lines of the same rows, which is written first.
    rows_a_part : int
    """

    marks_count = 2  # whole parts, and where in the JSON lines the next one begins

    def __init__(self, folder: Path, lines: Path, rows_a_part: int = ROWS_A_PART):
        self._folder, self._lines, self._rows_a_part = folder, lines, rows_a_part
        self._parts, self._start = 0, 0
        self._rows: list[tuple] = []

    @property
    def marks(self) -> tuple[int, ...]:
        return (self._parts, self._start)

    def fits(self, marks: Sequence[int]) -> bool:
        return all(self._part(number).exists() for number in range(marks[0]))

    def go_on(self, marks: Sequence[int]) -> None:
        """The JSON lines must have gone on before: what is in them after the mark is the part to come."""
        self._parts, self._start = marks
        with open(self._lines, "rb") as file:
            file.seek(self._start)
            self._rows = [_flat(json.loads(line)) for line in file]

    def add(self, row: dict) -> None:
        self._rows.append(_flat(row))
        if len(self._rows) == self._rows_a_part:
            self._write()
            self._parts += 1
            self._start = self._lines.stat().st_size
            self._rows = []

    def close(self) -> None:
        if self._rows:
            self._write()

    def _part(self, number: int) -> Path:
        return self._folder / f"answers-{number:05}.parquet"

    def _write(self) -> None:
        part = self._part(self._parts)
        unfinished = part.with_suffix(".part")
        try:
            _frame(self._rows).to_parquet(unfinished, index=False)
            os.replace(unfinished, part)
        except OSError as problem:
            unfinished.unlink(missing_ok=True)
            raise UserError(
                f"{part} cannot be written: {problem.strerror or problem}. What is there is kept; the same command"
                " goes on."
            ) from None


def _flat(row: dict) -> tuple:
    return tuple(row[column] for column in CSV_COLUMNS)


def _frame(rows: Sequence[tuple]) -> "geopandas.GeoDataFrame":
    """A layer of points, without a geometry where there is none."""
    import geopandas

    frame = geopandas.GeoDataFrame(rows, columns=list(CSV_COLUMNS))
    kinds = dict.fromkeys(CSV_COLUMNS, "string") | dict.fromkeys(NUMBERS, "float64") | {"row": "int64"}
    frame = frame.astype(kinds)  # the same in each part, also where a column has nothing
    points = geopandas.points_from_xy(frame["longitude"], frame["latitude"])
    placed = geopandas.GeoSeries(points, index=frame.index, crs="EPSG:4326").where(
        frame["latitude"].notna(), None
    )
    return frame.set_geometry(placed)
