"""What looks wrong with positions, countries and answers that can be read: notes, with the first line each is on."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from streetclip_demo.evaluate.dataset import Predicted, Sample
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.words.counts import counted

FEW_ON_LAND, MOST_ON_LAND = 0.8, 0.95
FAR_KM = 1_000  # median error of answers that may have been misread
NEARER = 0.5  # times as far, read another way
SWAPPED = "if latitude and longitude were swapped"

Countries = Sequence[str | None]  # codes; None on the open sea, or where none is written or known


def first_at(sample: Sample) -> str:
    """Where a sample stands, as "line 3: 1.jpg"; its name alone where it is of no file."""
    return f"line {sample.line}: {sample.id}" if sample.line else sample.id


def doubts(
    samples: Sequence[Sample], points: np.ndarray, named: Countries, at: Countries, gazetteer: Gazetteer
) -> list[str]:
    """Notes on a dataset's own positions (n, 2), with the countries that its rows name, and those at the positions."""
    wrong_way = _columns_swapped(points, at, gazetteer)
    rows = list(zip(samples, named, at, strict=True))
    return [
        *wrong_way,
        *_disagreeing(rows),
        *([] if wrong_way else _rows_swapped(rows, points, gazetteer)),
        *_in_no_country(rows),
    ]


def answers_misread(truth: np.ndarray, points: np.ndarray) -> list[str]:
    """A note where answers (n, 2) would be far nearer to the truth (n, 2), were they read another way."""
    known = ~np.isnan(points).any(axis=1)
    truth, points = truth[known], points[known]
    if not len(points):
        return []
    median = float(np.median(great_circle_km(truth, points)))
    if median < FAR_KM:
        return []
    ways = {SWAPPED: points[:, ::-1], "if they were radians": np.degrees(points)}
    for what, read in ways.items():
        if np.abs(read[:, 0]).max() > 90 or np.abs(read[:, 1]).max() > 180:
            continue
        other = float(np.median(great_circle_km(truth, read)))
        if other < NEARER * median:
            return [
                f"The answers would be far nearer {what}: {other:,.0f} km in the median, not {median:,.0f} km."
            ]
    return []


def unknown_countries(predictions: Iterable[Predicted], codes: Mapping[str, str | None]) -> list[str]:
    """A note on answers whose written country is not known; `codes` has what is known of each name."""
    wrong = [one for one in predictions if one.country and codes[one.country] is None]
    if not wrong:
        return []
    count = counted(len(wrong), "answer names", "answers name")
    return [
        f"{count} a country that is not known (line {wrong[0].line}: {wrong[0].country}); the one at the point counts."
    ]


def _columns_swapped(points: np.ndarray, at: Countries, gazetteer: Gazetteer) -> list[str]:
    """A note where points lie in the sea that would lie on land with latitude and longitude swapped."""
    on_land = sum(code is not None for code in at) / len(at)
    if on_land > FEW_ON_LAND or (np.abs(points[:, 1]) > 90).any():
        return []
    swapped = gazetteer.country_at(points[:, ::-1])
    if sum(code is not None for code in swapped) / len(at) < MOST_ON_LAND:
        return []
    return [
        f"Only {on_land:.0%} of the positions lie on land, and nearly all would {SWAPPED}:"
        " are the columns named the wrong way round?"
    ]


def _disagreeing(rows: Sequence[tuple[Sample, str | None, str | None]]) -> list[str]:
    """Notes on rows whose written country is not the one at their position, or not known."""
    both = [row for row in rows if row[1] and row[2] and row[1] != row[2]]
    unknown = [sample for sample, own, _ in rows if sample.country and own is None]
    notes = []
    if both:
        sample, own, found = both[0]
        count = counted(len(both), "row names", "rows name")
        notes.append(
            f"{count} another country than lies at their position; the name counts"
            f" (line {sample.line}: {own}, but the position is in {found})."
        )
    if unknown:
        count = counted(len(unknown), "row names", "rows name")
        notes.append(f"{count} a country that is not known; the one at their position counts.")
    return notes


def _rows_swapped(
    rows: Sequence[tuple[Sample, str | None, str | None]], points: np.ndarray, gazetteer: Gazetteer
) -> list[str]:
    """A note on rows that lie outside of the country that they name, and inside of it if swapped."""
    outside = [
        number
        for number, (_, own, found) in enumerate(rows)
        if own and own != found and abs(points[number, 1]) <= 90
    ]
    if not outside:
        return []
    swapped = gazetteer.country_at(points[outside][:, ::-1])
    found = [rows[number] for number, code in zip(outside, swapped, strict=True) if code == rows[number][1]]
    if not found:
        return []
    count = counted(len(found), "row would lie", "rows would lie")
    return [f"{count} in the country that they name {SWAPPED} ({first_at(found[0][0])})."]


def _in_no_country(rows: Sequence[tuple[Sample, str | None, str | None]]) -> list[str]:
    """Notes on positions of which no country is known: they are in no figure of countries."""
    lost = [sample for sample, own, found in rows if not own and not found]
    nowhere = [sample for sample in lost if sample.point == (0, 0)]
    at_sea = [sample for sample in lost if sample.point != (0, 0)]
    notes = []
    if nowhere:
        count = counted(len(nowhere), "position is", "positions are")
        notes.append(f"{count} 0, 0, as is written where none is known ({first_at(nowhere[0])}).")
    if at_sea:
        count = counted(len(at_sea), "position lies", "positions lie")
        notes.append(f"{count} at sea, in no country, and in no figure of countries ({first_at(at_sea[0])}).")
    return notes
