"""What a person walks through in the page: an evaluation's figures and its errors, worst first. From bytes of a file.

A CSV file with true and predicted positions is evaluated here, a JSON file that `evaluate --json` printed is read. Both
become the same record, so that one thing is shown of both.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streetclip_demo.errors import DatasetError
from streetclip_demo.evaluate.dataset import CLUSTER, matched, read_both
from streetclip_demo.evaluate.distances import PROTOCOLS
from streetclip_demo.evaluate.evaluation import Judged, evaluate, evaluation_record
from streetclip_demo.evaluate.outcomes import answer_notes, outcomes_of_predictions
from streetclip_demo.evaluate.truth import truth_of
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.geo import check_point

MEBIBYTE = 2**20
MOST_BYTES = 5 * MEBIBYTE
MOST_ROWS = 20_000
MOST_LETTERS = 500  # of a text in a report
MOST_GROUPS = 300
NOT_OURS = "is no report of this app's command evaluate"


@dataclass(frozen=True)
class Number:
    """A figure: its value and the ends of its 95 % interval; None where there is none."""

    unit: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class WalkedError:
    """A photo: where it was taken, where it was put, how far that is; None where there is no answer."""

    id: str
    true: tuple[float, float]
    answer: tuple[float, float] | None
    error_km: float | None
    country: str  # a code, "" at sea
    continent: str


Figures = Mapping[str, Number]


@dataclass(frozen=True)
class Walk:
    """All that is shown."""

    photos: int
    distance: str
    resamples: int
    clusters: Mapping[str, int]
    notes: Sequence[str]
    figures: Figures
    continents: Mapping[str, tuple[int, Figures]]  # with how many photos they have
    countries: Mapping[str, tuple[int, Figures]]
    errors: Sequence[WalkedError]  # the worst, worst first


def read_walk(name: str, data: bytes, gazetteer: Gazetteer) -> Walk:
    """What a file has to be walked through.

    Parameters
    ----------
    name : str
        What messages call it.
    data : bytes
        Of a CSV file or of a report in JSON.
    gazetteer : Gazetteer

    Raises
    ------
    DatasetError
        If it is too large, or cannot be used; the text names the line.
    """
    if len(data) > MOST_BYTES:
        raise DatasetError(
            f"{name} has {len(data) / MEBIBYTE:.1f} MB; at most {MOST_BYTES // MEBIBYTE} MB are read here."
            " Use the command evaluate."
        )
    is_report = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
    return _walk(name, _report(name, data) if is_report else _evaluated(Path(name), data, gazetteer))


def _evaluated(name: Path, data: bytes, gazetteer: Gazetteer) -> dict:
    dataset, predictions = read_both(name, data, MOST_ROWS)
    found, _ = matched(dataset.samples, predictions)
    cluster = CLUSTER if any(sample.cluster for sample in dataset.samples) else ""
    truth, protocol = truth_of(dataset, gazetteer, cluster), PROTOCOLS["sphere"]
    outcomes = outcomes_of_predictions(dataset.samples, truth, found, protocol, gazetteer)
    notes = answer_notes(truth, found, outcomes, gazetteer)
    judged = Judged(name, dataset.samples, truth, outcomes, protocol, {}, notes=notes)
    return evaluation_record(evaluate(judged), MOST_ROWS)


def _report(name: str, data: bytes) -> dict:
    try:
        record = json.loads(data)
    except json.JSONDecodeError as error:
        raise DatasetError(f"{name}, line {error.lineno}: this is no JSON ({error.msg}).") from None
    except (UnicodeDecodeError, RecursionError):
        raise DatasetError(f"{name} {NOT_OURS} (--json).") from None
    return record


def _walk(name: str, record: Any) -> Walk:
    """A record's parts, each looked at: a report may come from anywhere."""
    try:
        intervals = record["intervals"]
        return Walk(
            _count(record["dataset"]["photos"]),
            _text(record["distance"]),
            _count(intervals["resamples"]),
            {_text(kind): _count(count) for kind, count in _items(intervals["clusters"])},
            [_text(note) for note in _some(record["notes"], MOST_GROUPS)],
            _figures(record["figures"]),
            _groups(record["by_continent"]),
            _groups(record["by_country"]),
            [_error(*row) for row in _some(record["errors"], MOST_ROWS)],
        )
    except KeyError as error:
        missing = error.args[0]
        raise DatasetError(f"{name} {NOT_OURS} (--json): it has no {missing!r}.") from None
    except (TypeError, ValueError, AttributeError, OverflowError):
        raise DatasetError(f"{name} {NOT_OURS} (--json).") from None


def _groups(groups: Any) -> dict[str, tuple[int, Figures]]:
    return {
        _text(key): (_count(group["photos"]), _figures(group["figures"])) for key, group in _items(groups)
    }


def _figures(figures: Any) -> Figures:
    return {
        _text(key): Number(_text(one["unit"]), *(_number(one[end]) for end in ("value", "low", "high")))
        for key, one in _items(figures)
    }


def _error(id: Any, *rest: Any) -> WalkedError:
    true_latitude, true_longitude, latitude, longitude, error_km, country, continent = rest
    answer = None if latitude is None else check_point(_known(latitude), _known(longitude))
    return WalkedError(
        _text(id),
        check_point(_known(true_latitude), _known(true_longitude)),
        answer,
        _number(error_km) if answer else None,
        _text(country),
        _text(continent),
    )


def _items(mapping: Any) -> Sequence[tuple[Any, Any]]:
    return _some(list(mapping.items()), MOST_GROUPS)


def _some(values: Any, most: int) -> list:
    if not isinstance(values, list) or len(values) > most:
        raise ValueError
    return values


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value[:MOST_LETTERS]


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError
    return value


def _known(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError
    return float(value)


def _number(value: Any) -> float | None:
    return None if value is None else _known(value)
