"""A prediction as CSV: a line for each label of the tree, for spreadsheets and pandas. Writes no file."""

import csv
import io
import re
from collections.abc import Iterator

NODE = ("latitude", "longitude", "probability", "share", "logit", "cosine")
COMPUTED = ("engine", "device", "precision", "gazetteer")
KEPT = ("model", "revision", *COMPUTED, "logit_scale", "estimator", "beam_width", "labels_sha256")
FOOT = (*KEPT, "templates", "versions", "date", "mark")
COLUMNS = ("path", "name", "level", "place_id", *NODE, "is_leaf", "rank", "captions", *FOOT)
# A spreadsheet takes text that begins so for a formula; also behind a separator, should it split cells there.
FORMULA = re.compile(r"(^|[,;\t\r\n])(?=[ '\"]*[=+\-@\t\r＝＋－＠])")  # the wide ones count as well


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
        spreadsheet would run as a formula begins with an apostrophe. The last columns say what the numbers rest
        on, the same in each line.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    lines.writerow(COLUMNS)
    lines.writerows(rows(record))
    return text.getvalue().encode("utf-8-sig")


def rows(record: dict) -> Iterator[list[str | float | int]]:
    """The table's lines under its `COLUMNS`, as cells."""
    ranks = {tuple(guess["path"]): guess["rank"] for guess in record["guesses"]}
    foot = _foot(record)
    for path, node in nodes(record["tree"]):
        yield [cell(value) for value in (*_row(path, node, ranks), *foot)]


def nodes(tree: list[dict], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict]]:
    """Each node of a record's tree with its path, parents first."""
    for node in tree:
        path = (*above, node["name"])
        yield path, node
        yield from nodes(node["children"], path)


def _row(path: tuple[str, ...], node: dict, ranks: dict[tuple[str, ...], int]) -> tuple:
    is_leaf = not node["children"]
    name = (" > ".join(path), node["name"], node["level"], node["place_id"])
    numbers = (node[key] for key in NODE)
    rank = ranks.get(path) if is_leaf else None
    return (*name, *numbers, int(is_leaf), rank, " | ".join(node["captions"]))


def _foot(record: dict) -> tuple:
    manifest = record["manifest"]
    versions = "; ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    lines = [f"{level}: {line}" for level, told in manifest["templates"].items() for line in told]
    said = [manifest[key] for key in KEPT]
    return (*said, " | ".join(lines), versions, manifest["date"], record["mark"])


def cell(value) -> str | float | int:
    """A number as it is; text so that no spreadsheet runs it; "" for nothing."""
    if value is None:
        return ""
    return FORMULA.sub(r"\1'", value) if isinstance(value, str) else value
