"""A prediction as CSV: a line for each label of the tree, for spreadsheets and pandas. Writes no file."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

NODE = ("latitude", "longitude", "probability", "share", "logit", "cosine")
COMPUTED = ("engine", "device", "precision", "gazetteer")
KEPT = ("model", "revision", *COMPUTED, "logit_scale", "estimator", "beam_width", "labels_sha256")
FOOT = (*KEPT, "templates", "versions", "date", "mark", "photos", "views")
COLUMNS = ("path", "name", "level", "place_id", *NODE, "is_leaf", "rank", "map_rank", "captions", *FOOT)
# A spreadsheet takes text that begins so for a formula; also behind a separator, should it split cells there.
FORMULA = re.compile(r"(^|[,;\t\r\n])(?=[ '\"]*[=+\-@\t\r＝＋－＠])")  # the wide ones count as well
# Text that pandas, DuckDB or R take for nothing, a truth value or a day, where a whole column can be taken so; pandas
# also in a single cell, quoted or not: Namibia's code is NA.
NOT_WORDS = re.compile(
    r"[\W_]*(n/?a|nan|null|none|true|false|yes|no|[tfyn]|inf|infinity|epoch|1\.#(ind|qnan)|n/a n/a)[\W_]*",
    re.I,
)
# ... and for a number, a day or a time of day: "0012", "1e5", "1,234", "0x1F", "2020-01-01T10:30Z", "10:30 PM"
NUMBERS = re.compile(r"[\W_]*(0[xb][\da-f]+|\d[\d\W_]*(([edltz]|[ap]m)[\d\W_]*)*)", re.I)
# What is taken for something else even where it is a string already, in JSON: days, times, and UUIDs
DAYS = re.compile(
    r"(?=.*\d[-/:]\d)" + NUMBERS.pattern + r"|-?infinity|epoch|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", re.I
)


def table(record: dict) -> bytes:
    """The whole posterior as CSV in UTF-8, with a byte order mark: without it Excel reads another encoding.

    Parameters
    ----------
    record : dict
        From `export.prediction_record`.

    Returns
    -------
    bytes
        A line for each node, most probable first among its siblings, parents before their children. Text that a
        spreadsheet would run as a formula, or another program would read as nothing, a number or a day ("null",
        "0012"), begins with an apostrophe; a place's id with its level ("country:NA"). The last columns say what
        the numbers rest on, the same in each line.
    """
    return compared_table([record])


def compared_table(records: Sequence[dict]) -> bytes:
    """The same of several models on one photo, one after the other; "model" and "revision" tell their lines apart."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    lines.writerow(COLUMNS)
    for record in records:
        lines.writerows(rows(record))
    return text.getvalue().encode("utf-8-sig")


def rows(record: dict) -> Iterator[list[str | float | int]]:
    """The table's lines under its `COLUMNS`, as cells."""
    foot = _foot(record)
    for path, node in nodes(record["tree"]):
        yield [*map(cell, _row(path, node)), *foot]


def nodes(tree: list[dict], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict]]:
    """Each node of a record's tree with its path, parents first."""
    for node in tree:
        path = (*above, node["name"])
        yield path, node
        yield from nodes(node["children"], path)


def _row(path: tuple[str, ...], node: dict) -> tuple:
    is_leaf = not node["children"]
    place_id = node["place_id"] and f"{node['level']}:{node['place_id']}"
    name = (" > ".join(path), node["name"], node["level"], place_id)
    numbers = (node[key] for key in NODE)
    return (*name, *numbers, int(is_leaf), node["rank"], node["map_rank"], " | ".join(node["captions"]))


def _foot(record: dict) -> list[str | float | int]:
    manifest = record["manifest"]
    versions = "; ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    lines = [f"{level}: {line}" for level, told in manifest["templates"].items() for line in told]
    said = [manifest[key] for key in KEPT]
    cells = [cell(value) for value in (*said, " | ".join(lines), versions, record["mark"])]
    # the date is to be read as one
    return [*cells[:-1], manifest["date"], cells[-1], *_counted(record)]


def _counted(record: dict) -> tuple[int, int]:
    """How many photos were asked as one, and how many squares of them count."""
    photos = record.get("photos") or [record["photo"]]
    return len(photos), sum(len(photo.get("views", "1")) for photo in photos)


def cell(value: Any) -> str | float | int:
    """A number as it is; text so that no spreadsheet runs it, and all programs read it as text; "" for nothing."""
    if not isinstance(value, str):
        return "" if value is None else value
    safe = FORMULA.sub(r"\1'", value)
    is_misread = NOT_WORDS.fullmatch(value) or NUMBERS.fullmatch(value)
    return f"'{safe}" if is_misread and not safe.startswith("'") else safe


def undated(value: str) -> str:
    """Text for JSON, with an apostrophe before what programs would make a day, a time or a UUID of."""
    return f"'{value}" if DAYS.fullmatch(value) else value
