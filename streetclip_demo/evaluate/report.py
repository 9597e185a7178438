"""An evaluation as one HTML file that opens from disk without a network: figures, pictures, worst and best photos."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streetclip_demo.evaluate.evaluation import Evaluation
from streetclip_demo.evaluate.figures import Measured, reliability
from streetclip_demo.evaluate.pictures import (
    confusion,
    error_curve,
    error_lines,
    outline_paths,
    worst_and_best,
)
from streetclip_demo.evaluate.published import likely_set, published_for
from streetclip_demo.evaluate.table import interval, number, within
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.palette import tokens_style_by_system
from streetclip_demo.photos.photo import data_uri, open_photo
from streetclip_demo.places.gazetteer import Gazetteer

PHOTOS_SHOWN = 12  # worst, and best
PHOTO_PX = 320


@dataclass(frozen=True)
class ShownPhoto:
    """A photo with what became of it."""

    id: str
    picture: str  # a data URI, or ""
    true: str
    answer: str
    error: str


def report_html(evaluation: Evaluation, record: dict, gazetteer: Gazetteer, files: Mapping[str, Path]) -> str:
    """The whole document.

    Parameters
    ----------
    evaluation : Evaluation
    record : dict
        `evaluation_record`, which is in the document once more, as JSON.
    gazetteer : Gazetteer
    files : mapping of str to Path
        Photos that may be shown, by id; only their pixels get into the file.
    """
    judged = evaluation.judged
    worst, best = worst_and_best(judged, PHOTOS_SHOWN)
    sections = {
        "notes": evaluation.notes,
        "figures": [_row(one) for one in evaluation.figures],
        "curve": error_curve(judged),
        "reliability": reliability(judged.outcomes),
        "outlines": outline_paths(gazetteer),
        "lines": error_lines(judged),
        "confusion": _confusion(evaluation, gazetteer),
        "continents": _groups({name or "(sea)": ones for name, ones in evaluation.by_continent.items()}),
        "countries": _groups(
            {_country(code, gazetteer): ones for code, ones in evaluation.by_country.items()}
        ),
        "worst": [_shown(evaluation, row, gazetteer, files) for row in worst],
        "best": [_shown(evaluation, row, gazetteer, files) for row in best],
        "published": [(row.dataset, row.method, within(row), row.source) for row in _published(evaluation)],
        "left_out": judged.left_out,
        "method": [
            (key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
            for key, value in judged.method.items()
        ],
    }
    style = tokens_style_by_system() + own_text(ASSETS / "evaluation.css")
    data = json.dumps(record, ensure_ascii=False, allow_nan=False).replace("<", r"\u003c")
    return filled("evaluate/report", "document", evaluation, sections, style, data) + "\n"


def _row(one: Measured) -> tuple[str, str, str, str]:
    return one.title, number(one.estimate.value, one.unit), one.unit, interval(one)


def _groups(groups: Mapping[str, Sequence[Measured]]) -> dict:
    """A table: its columns' names, and for each group its photos and (number, interval) for each figure."""
    titles: dict[str, str] = {}
    for ones in groups.values():
        titles |= {one.key: f"{one.title}, {one.unit}" for one in ones}
    rows = []
    for name, ones in groups.items():
        by_key = {one.key: one for one in ones}
        cells = [_row(by_key[key])[1::2] if key in by_key else ("–", "") for key in titles]
        rows.append((name, ones[0].photos, cells))
    return {"titles": list(titles.values()), "rows": rows}


def _confusion(evaluation: Evaluation, gazetteer: Gazetteer) -> dict:
    found = confusion(evaluation.judged)
    return {
        "names": [_country(code, gazetteer) for code in found.countries],
        "codes": found.countries,
        "rows": [
            [(count, count / max(photos, 1)) for count in row]
            for row, photos in zip(found.rows, found.photos, strict=True)
        ],
    }


def _shown(evaluation: Evaluation, row: int, gazetteer: Gazetteer, files: Mapping[str, Path]) -> ShownPhoto:
    judged = evaluation.judged
    sample, outcomes = judged.samples[row], judged.outcomes
    path = files.get(sample.id)
    answer = outcomes.names[row] or _country(outcomes.countries[row], gazetteer)
    return ShownPhoto(
        sample.id,
        data_uri(open_photo(path).shown, PHOTO_PX) if path else "",
        f"{_country(judged.truth.countries[row], gazetteer)} ({_point(judged.truth.points[row])})",
        f"{answer} ({_point(outcomes.points[row])})",
        f"{outcomes.error_km[row]:,.0f} km",
    )


def _published(evaluation: Evaluation):
    judged = evaluation.judged
    return published_for(likely_set(len(judged.samples) + len(judged.left_out), judged.source.name))


def _country(code: str, gazetteer: Gazetteer) -> str:
    return gazetteer.country(code).name if code else "(sea)"


def _point(point: np.ndarray) -> str:
    return f"{point[0]:.3f}, {point[1]:.3f}"
