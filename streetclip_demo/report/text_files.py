"""Records as the text of a file, by its kind: of one answer, or of several models' on one photo. Writes no file."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from streetclip_demo.report.geojson import compared_places, places
from streetclip_demo.report.table import compared_table, table


@dataclass(frozen=True)
class TextFile:
    """A kind of file."""

    media_type: str
    text: Callable[[dict], str]  # of record.prediction_record; a byte order mark is its first character
    compared: Callable[[dict], str]  # of comparison.side_by_side_record


def _written(content: dict) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1)


TEXT_FILES = {
    "json": TextFile("application/json", _written, _written),
    "csv": TextFile(
        "text/csv;charset=utf-8",
        lambda record: table(record).decode("utf-8"),
        lambda several: compared_table(several["models"]).decode("utf-8"),
    ),
    "geojson": TextFile(
        "application/geo+json",
        lambda record: _written(places(record)),
        lambda several: _written(compared_places(several["models"])),
    ),
}
