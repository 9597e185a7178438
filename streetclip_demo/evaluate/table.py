"""An evaluation as lines of text."""

from collections.abc import Iterator, Sequence

from streetclip_demo.evaluate.evaluation import Evaluation
from streetclip_demo.evaluate.figures import Measured
from streetclip_demo.evaluate.published import Published, likely_set, published_for
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.words.counts import counted

DIGITS = {"%": 1, "km": 0, "points": 0, "": 3}
COUNTRIES_LISTED = 15
GROUP_COLUMNS = ("within_25_km", "within_200_km", "within_750_km", "country_top1")


def number(value: float | None, unit: str) -> str:
    """A figure's number, as 43.1 or 1,204; a dash where there is none."""
    return "–" if value is None or value != value else f"{value:,.{DIGITS[unit]}f}"


def interval(one: Measured) -> str:
    """A figure's interval, as "38.0 to 48.3"; "" where there is none."""
    if one.estimate.low is None:
        return ""
    return f"{number(one.estimate.low, one.unit)} to {number(one.estimate.high, one.unit)}"


def table(evaluation: Evaluation, gazetteer: Gazetteer) -> Iterator[str]:
    """The lines of an evaluation."""
    judged = evaluation.judged
    truth = judged.truth
    if judged.mark:
        yield f"! {judged.mark}"
    photos = counted(len(judged.samples), "photo", "photos")
    yield f"{judged.source.name}: {photos} by {_photographers(truth.photographers)}"
    yield f"Answers: {judged.method['title']}"
    yield f"Distance: {judged.protocol.said}"
    resamples = counted(evaluation.resamples, "resample", "resamples")
    yield f"95 % intervals: bootstrap of {resamples} over {evaluation.clusters_said}"
    yield from (f"Note: {note}" for note in evaluation.notes)
    yield ""
    yield from _aligned(
        [
            (one.title, number(one.estimate.value, one.unit), one.unit, interval(one))
            for one in evaluation.figures
        ]
    )
    yield ""
    yield from _groups("continent", {name or "(sea)": ones for name, ones in evaluation.by_continent.items()})
    yield ""
    countries = list(evaluation.by_country.items())
    listed = {
        gazetteer.country(code).name if code else "(sea)": ones for code, ones in countries[:COUNTRIES_LISTED]
    }
    yield from _groups("country", listed)
    if len(countries) > COUNTRIES_LISTED:
        more = counted(len(countries) - COUNTRIES_LISTED, "more country is", "more countries are")
        yield f"({more} in the JSON and in the HTML report)"
    yield ""
    dataset = likely_set(len(judged.samples) + len(judged.left_out), judged.source.name)
    yield "Published elsewhere, not measured here; own training data and protocols. % within 1/25/200/750/2500 km"
    yield from _aligned(
        [(row.dataset, row.method, within(row), row.source) for row in published_for(dataset)], right=()
    )


def within(row: Published) -> str:
    """A published row's numbers, divided by strokes."""
    return "/".join("–" if value is None else f"{value:g}" for value in row.within)


def _photographers(count: int) -> str:
    if not count:
        return "photographers that are not named"
    return counted(count, "photographer", "photographers")


def _groups(what: str, groups: dict[str, Sequence[Measured]]) -> list[str]:
    rows = [(what, "photos", *(key.replace("_", " ") for key in GROUP_COLUMNS))]
    for name, ones in groups.items():
        by_key = {one.key: one for one in ones}
        cells = [_cell(by_key[key]) if key in by_key else "–" for key in GROUP_COLUMNS]
        rows.append((name, f"{ones[0].photos:,}", *cells))
    return _aligned(rows, right=(1,))


def _cell(one: Measured) -> str:
    return f"{number(one.estimate.value, one.unit)} ({interval(one)})".replace(" ()", "")


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = (1,)) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
