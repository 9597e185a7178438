"""Photos with the true positions of their cameras: rows of a CSV file in any of the public sets' spellings."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from streetclip_demo.errors import DatasetError
from streetclip_demo.evaluate.csv_rows import Problems, Row, Table, number, read_table, table_of
from streetclip_demo.places.geo import check_point

# What a column holds -> its names in the public sets (docs/evaluation.md says which), in small letters.
COLUMNS = {
    "id": (
        *("img_id", "filename", "file_name", "id", "image_id", "image", "file", "photo", "name"),
        *("img_file", "image_file", "img_path", "image_path", "filepath", "file_path", "path"),
    ),
    "latitude": ("lat", "latitude"),
    "longitude": ("lon", "longitude", "lng", "long"),
    "photographer": ("author", "ownernsid", "creator_id", "creator_username", "photographer"),
    "sequence": ("sequence", "sequence_id"),
    "country": ("country", "country_code"),
    "region": ("region", "state"),
    "continent": ("continent",),
}
PREDICTED = {
    "latitude": (
        *("pred_lat", "pred_latitude", "predicted_lat", "predicted_latitude"),
        *("lat_pred", "latitude_pred"),
    ),
    "longitude": (
        *("pred_lon", "pred_longitude", "pred_lng", "predicted_lon", "predicted_longitude", "predicted_lng"),
        *("lon_pred", "longitude_pred", "lng_pred"),
    ),
    "country": ("pred_country", "predicted_country", "country_pred"),
    "probability": ("probability", "confidence"),
}
ANSWERS = {key: (*PREDICTED.get(key, ()), *COLUMNS.get(key, ())) for key in COLUMNS | PREDICTED}
BESIDE_THE_TRUTH = PREDICTED | {
    "id": COLUMNS["id"]
}  # of answers in a file whose plain columns are the truth's
LOCATED = (
    "answer_probability"  # a column that `locate --out` writes; beside it "probability" is that of the point
)
CLUSTER = "cluster"  # what belongs together, by its number, in what `evaluate --csv` writes
# Of a file that has the truth and answers side by side, as `evaluate --csv` writes it.
TRUE = {
    "latitude": ("true_latitude", "true_lat", "lat_true", "gt_lat"),
    "longitude": ("true_longitude", "true_lon", "true_lng", "lon_true", "gt_lon"),
    "country": ("true_country",),
    "region": ("true_region",),
}
NEEDED = ("id", "latitude", "longitude")
FLICKR = re.compile(r"_(\d+@N\d{2})(?!\d)", re.ASCII)  # whose photo it is, in a file name of Flickr's
NO_POSITION = ("", "na", "nan", "none", "null", "inf", "-inf")  # what a method writes that found no place

Point = tuple[float, float]  # (latitude, longitude) in degrees


@dataclass(frozen=True)
class Sample:
    """A photo and the truth about it; texts are "" where nothing is known."""

    id: str
    line: int  # of the CSV file; 0 where there is none
    point: Point
    photographer: str = ""
    sequence: str = ""
    cluster: str = ""  # of the column that was named
    country: str = ""  # as written: a code or a name
    region: str = ""
    continent: str = ""


@dataclass(frozen=True)
class Dataset:
    """Samples, the file or folder that they come from, and what should be known of how it was read."""

    source: Path
    samples: tuple[Sample, ...]
    columns: Mapping[str, str]  # what a column holds -> its name in the file
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Predicted:
    """An answer that was made elsewhere."""

    line: int
    point: Point | None  # None where the method found no place
    country: str = ""
    probability: float | None = None


def read_dataset(path: Path, where: Mapping[str, str] | None = None, cluster: str = "") -> Dataset:
    """Read the truth from a CSV file.

    Parameters
    ----------
    path : Path
    where : mapping of str to str, optional
        Columns and the value that a row must have there to count, as {"split": "test"}.
    cluster : str
        A column whose values say what belongs together, for the bootstrap.

    Raises
    ------
    DatasetError
        If columns are missing, or a row's position or name cannot be used; file and lines are named.
    """
    table = read_table(path)
    return _dataset(table, _sides(table)[0], where or {}, cluster)


def _dataset(
    table: Table, spellings: Mapping[str, Sequence[str]], where: Mapping[str, str], cluster: str
) -> Dataset:
    path, columns = table.path, _columns(table, spellings)
    for name in (*where, *filter(None, [cluster])):
        if name not in table.header:
            raise DatasetError(f"{path} has no column {name!r}. It has: {', '.join(table.header)}.")
    rows = [
        row for row in table.rows if all(row.cells[name].strip() == value for name, value in where.items())
    ]
    if not rows:
        raise DatasetError(f"{path} has no rows{' where ' + _said(where) if where else ' below its header'}.")
    samples = _samples(table, rows, columns, cluster)
    notes = [f"Only rows where {_said(where)}: {len(rows):,} of {len(table.rows):,}."] if where else []
    return Dataset(path, samples, columns, tuple(notes))


def read_predictions(path: Path) -> dict[str, Predicted]:
    """Read answers that were made elsewhere: a row for each photo, with the names and spellings of the datasets.

    A row without a position is an answer that was not given.

    Raise DatasetError if columns are missing, or a row cannot be used; file and lines are named.
    """
    table = read_table(path)
    return _predictions(table, _sides(table)[1])


def read_both(path: Path, data: bytes, most_rows: int) -> tuple[Dataset, dict[str, Predicted]]:
    """Read the truth and the answers from the bytes of one CSV file that has both: its columns say which is which.

    Beside columns that say "true" (as `evaluate --csv` writes them) the plain ones are the answers'; beside columns
    that say "predicted" they are the truth's.

    Raise DatasetError as by `read_dataset`; and if there is one position a row only, or there are too many rows.
    """
    table = table_of(path, data)
    if len(table.rows) > most_rows:
        raise DatasetError(
            f"{path} has {len(table.rows):,} rows; at most {most_rows:,} are read here. Use the command evaluate."
        )
    if not _says(table, TRUE) and not _says(table, PREDICTED):
        raise DatasetError(
            f"{path}, line 1: a row must have two positions, the true one and the predicted one. Name the columns"
            " latitude, longitude, pred_lat and pred_lon."
        )
    true, answers = _sides(table)
    cluster = CLUSTER if CLUSTER in table.header else ""
    return _dataset(table, true, {}, cluster), _predictions(table, answers)


def _sides(table: Table) -> tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]]:
    """How the truth's columns are called in a file, and how the answers' are, which may stand beside them."""
    if _says(table, TRUE):
        return COLUMNS | TRUE, ANSWERS
    return COLUMNS, BESIDE_THE_TRUTH if _says(table, PREDICTED) and _says(table, COLUMNS) else ANSWERS


def _says(table: Table, spellings: Mapping[str, Sequence[str]]) -> bool:
    names = {_plain(name) for name in table.header}
    return bool(names.intersection((*spellings["latitude"], *spellings["longitude"])))


def _predictions(table: Table, spellings: Mapping[str, Sequence[str]]) -> dict[str, Predicted]:
    path, columns = table.path, _columns(table, spellings)
    problems = Problems(path)
    found: dict[str, Predicted] = {}
    for row in table.rows:
        name = row.cells[columns["id"]].strip()
        if not name:
            problems.add(row.line, f"the cell of {columns['id']} is empty.")
            continue
        if name in found:
            problems.add(row.line, f"{name!r} stands on line {found[name].line} too.")
            continue
        try:
            found[name] = _predicted(row, columns)
        except ValueError as problem:
            problems.add(row.line, str(problem))
            found[name] = Predicted(row.line, None)
    problems.tell()
    if not found:
        raise DatasetError(f"{path} has no rows below its header.")
    return found


def matched(
    samples: Sequence[Sample], predictions: Mapping[str, Predicted]
) -> tuple[dict[str, Predicted], list[str]]:
    """Each sample's prediction by its id; else by that without an ending, else also without folders; and the others.

    What only one sample and one prediction are called so is the same photo: of 1.jpg and 1.png none is taken for the
    other's; nor of a/1.jpg and b/1.jpg, but photos/1.jpg may be 1.jpg.

    Returns
    -------
    found : dict of str to Predicted
        By the sample's id.
    unasked : list of str
        Names that are no sample's.
    """
    names = {sample.id: sample.id for sample in samples if sample.id in predictions}
    rest = [sample.id for sample in samples if sample.id not in names]
    others = [name for name in predictions if name not in names]
    for shorter in (_stem, _name_alone):
        own, theirs = _alone(rest, shorter), _alone(others, shorter)
        for key in own.keys() & theirs.keys():
            if shorter is _stem or "/" not in _stem(own[key]) or "/" not in _stem(theirs[key]):
                names[own[key]] = theirs[key]
    found = {id: predictions[names[id]] for id in (sample.id for sample in samples) if id in names}
    used = set(names.values())
    return found, [name for name in predictions if name not in used]


def photographer_of(name: str) -> str:
    """Whose photo it is by Flickr's file name; "" for other names.

    >>> photographer_of("104123223_7410c654ba_19_19355699@N00.jpg")
    '19355699@N00'
    """
    found = FLICKR.search(name)
    return found[1] if found else ""


def position(latitude: str, longitude: str) -> Point:
    """A point of two cells; ValueError says what is wrong with them."""
    values = []
    for name, cell in (("latitude", latitude), ("longitude", longitude)):
        try:
            values.append(number(cell, "48.8566"))
        except ValueError as problem:
            raise ValueError(f"{name}: {problem}.") from None
    return check_point(*values)


def plain_path(name: str) -> str:
    """A file's name as all write it: one kind of stroke between folders, one kind of accents."""
    return unicodedata.normalize("NFC", name).replace("\\", "/").removeprefix("./")


def _alone(names: Iterable[str], shorter: Callable[[str], str]) -> dict[str, str]:
    """Names by what they are in short, where that is one name's only."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[shorter(name)].append(name)
    return {short: several[0] for short, several in found.items() if len(several) == 1}


def _stem(name: str) -> str:
    """Without a picture's ending."""
    name = plain_path(name)
    stem, dot, ending = name.rpartition(".")
    return stem if dot and ending.lower() in ("jpg", "jpeg", "png", "webp") else name


def _name_alone(name: str) -> str:
    """Without the folders either."""
    return _stem(name).rpartition("/")[2]


def _columns(table: Table, spellings: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What is held -> the column that holds it, for all that the table has."""
    known = {_plain(name): name for name in reversed(table.header)}
    _check_once(table, spellings)
    found = {}
    for key, names in spellings.items():
        name = next((known[name] for name in names if name in known), None)
        if name is not None:
            found[key] = name
    missing = [key for key in NEEDED if key not in found]
    if missing:
        expected = "; ".join(f"{key}: {' or '.join(spellings[key][:4])}" for key in missing)
        raise DatasetError(
            f"{table.path}, line 1: no column for {' and '.join(missing)} ({expected}, in any case)."
            f" The columns are {', '.join(name[:40] for name in table.header[:20])}."
            + (" Divide them by commas, semicolons or tabs." if len(table.header) == 1 else "")
        )
    return found


def _check_once(table: Table, spellings: Mapping[str, Sequence[str]]) -> None:
    """DatasetError where two columns may be the latitude or the longitude: which one is meant, nobody knows."""
    for key in ("latitude", "longitude"):
        for names in (COLUMNS[key], PREDICTED[key], TRUE[key]):
            same = [name for name in table.header if _plain(name) in names and _plain(name) in spellings[key]]
            if len(same) > 1:
                raise DatasetError(
                    f"{table.path}, line 1: the columns {same[0]!r} and {same[1]!r} may both be the {key}."
                    " Rename one of them."
                )


def _plain(name: str) -> str:
    return name.casefold().replace(" ", "_")


def _samples(
    table: Table, rows: Iterable[Row], columns: Mapping[str, str], cluster: str
) -> tuple[Sample, ...]:
    problems = Problems(table.path)
    found: dict[str, Sample] = {}
    for row in rows:
        name = row.cells[columns["id"]].strip()
        if not name:
            problems.add(row.line, f"the cell of {columns['id']} is empty.")
        elif name in found:
            problems.add(row.line, f"{name!r} stands on line {found[name].line} too.")
        else:
            try:
                found[name] = _sample(row, name, columns, cluster)
            except ValueError as problem:
                problems.add(row.line, str(problem))
                found[name] = Sample(name, row.line, (0.0, 0.0))
    problems.tell()
    return tuple(found.values())


def _sample(row: Row, name: str, columns: Mapping[str, str], cluster: str) -> Sample:
    texts = {key: row.cells[column].strip() for key, column in columns.items()}
    return Sample(
        id=name,
        line=row.line,
        point=position(texts["latitude"], texts["longitude"]),
        photographer=texts.get("photographer", "") or photographer_of(name),
        cluster=row.cells[cluster].strip() if cluster else "",
        **{key: texts.get(key, "") for key in ("sequence", "country", "region", "continent")},
    )


def _predicted(row: Row, columns: Mapping[str, str]) -> Predicted:
    texts = {key: row.cells[column].strip() for key, column in columns.items()}
    is_placed = not {texts["latitude"].casefold(), texts["longitude"].casefold()} <= set(NO_POSITION)
    point = position(texts["latitude"], texts["longitude"]) if is_placed else None
    country = texts.get("country", "")
    is_answer = is_placed or bool(country)  # a country may be all that is answered
    probability = _probability(texts.get("probability", ""), columns) if is_answer else None
    return Predicted(row.line, point, country, None if LOCATED in row.cells else probability)


def _probability(share: str, columns: Mapping[str, str]) -> float | None:
    if share.casefold() in NO_POSITION:
        return None
    try:
        probability = number(share, "0.85")
    except ValueError as problem:
        raise ValueError(f"{columns['probability']}: {problem}.") from None
    if not 0 <= probability <= 1:
        raise ValueError(f"{columns['probability']} must be between 0 and 1, got {share}.")
    return probability


def _said(where: Mapping[str, str]) -> str:
    return " and ".join(f"{name} is {value!r}" for name, value in where.items())
