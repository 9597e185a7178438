"""What is true of a dataset's photos: country, region and continent of each, and which photos belong together."""

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.evaluate.dataset import Dataset, Sample
from streetclip_demo.evaluate.doubts import doubts, first_at
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.words.counts import counted

CONTINENT_CODES = {
    "AF": "Africa",
    "AN": "Antarctica",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}
CHUNK = 500  # photos whose distances to all cities of a country are computed at once


@dataclass(frozen=True, eq=False)
class Truth:
    """Arrays and lists over n photos, in the dataset's order."""

    points: np.ndarray  # (n, 2), (latitude, longitude) in degrees
    countries: tuple[str, ...]  # codes; "" on the open sea
    regions: tuple[str, ...]  # ids; "" where none is known
    continents: tuple[str, ...]
    clusters: np.ndarray  # (n,) int
    clusters_are: Mapping[
        str, int
    ]  # "photographer", "sequence", "coordinate" or a column -> how many clusters
    photographers: int
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.points)


def truth_of(dataset: Dataset, gazetteer: Gazetteer, cluster: str = "") -> Truth:
    """What is true of a dataset; countries and regions by its own columns, else by the gazetteer.

    Parameters
    ----------
    dataset : Dataset
    gazetteer : Gazetteer
    cluster : str
        The column that the samples' `cluster` was read from; "" for none.
    """
    samples = dataset.samples
    points = np.array([sample.point for sample in samples])
    at = gazetteer.country_at(points)
    named = [_country_code(sample.country, gazetteer) for sample in samples]
    countries = tuple(own or found or "" for own, found in zip(named, at, strict=True))
    regions = regions_at(points, countries, gazetteer, [sample.region for sample in samples])
    keys = [_cluster(sample, cluster) for sample in samples]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    notes = [*dataset.notes, *doubts(samples, points, named, at, gazetteer)]
    notes += _unknown_continents(samples)
    return Truth(
        points,
        countries,
        regions,
        tuple(_continent(*one, gazetteer) for one in zip(samples, countries, strict=True)),
        np.array([numbers[key] for key in keys]),
        dict(Counter(kind for kind, *_ in numbers)),
        len({sample.photographer for sample in samples} - {""}),
        tuple(notes),
    )


def places_of(dataset: Dataset, gazetteer: Gazetteer) -> dict[str, tuple[str, str]]:
    """A sample's id -> the code of its country and the id of its region, as `truth_of` has them."""
    truth = truth_of(dataset, gazetteer)
    ids = [sample.id for sample in dataset.samples]
    return dict(zip(ids, zip(truth.countries, truth.regions, strict=True), strict=True))


def regions_at(
    points: np.ndarray, countries: Sequence[str], gazetteer: Gazetteer, written: Sequence[str] = ()
) -> tuple[str, ...]:
    """The region of each point: the one that is written, if the country has it, else that of its nearest city.

    The gazetteer knows regions as names on cities and has no outlines of them.
    """
    find = functools.cache(
        lambda name, code: next(iter(gazetteer.find(name, level="region", country=code)), None)
    )
    found = [""] * len(points)
    open_: dict[str, list[int]] = defaultdict(list)
    for index, code in enumerate(countries):
        region = find(written[index], code) if written and written[index] and code else None
        if region is not None:
            found[index] = region.id
        elif code and not np.isnan(points[index]).any():
            open_[code].append(index)
    for code, indices in open_.items():
        cities = gazetteer.cities(code)
        places = np.array([(city.latitude, city.longitude) for city in cities])
        for start in range(0, len(indices) if cities else 0, CHUNK):
            chunk = indices[start : start + CHUNK]
            nearest = great_circle_km(points[chunk][:, None], places[None]).argmin(axis=1)
            for index, city in zip(chunk, nearest.tolist(), strict=True):
                found[index] = cities[city].region or ""
    return tuple(found)


def codes_of(names: Iterable[str], gazetteer: Gazetteer) -> dict[str, str | None]:
    """The code of each country's name; None for one that is not known."""
    return {name: _country_code(name, gazetteer) for name in names}


def country_codes(names: Sequence[str], points: np.ndarray, gazetteer: Gazetteer) -> tuple[str, ...]:
    """The country of each answer: as written, else the one at its point; "" for no answer, or on the sea."""
    is_known = ~np.isnan(points).any(axis=1)
    at = iter(gazetteer.country_at(points[is_known]) if is_known.any() else ())
    there = [next(at) if known else None for known in is_known]
    return tuple(
        _country_code(name, gazetteer) or code or "" for name, code in zip(names, there, strict=True)
    )


def _country_code(name: str, gazetteer: Gazetteer) -> str | None:
    return _code_of(name, gazetteer) if name else None


@functools.lru_cache(maxsize=2000)
def _code_of(name: str, gazetteer: Gazetteer) -> str | None:
    """A code of ISO 3166, also in small letters, or a name, as a code; NA is Namibia."""
    found = gazetteer.find(name, level="country") or (
        gazetteer.find(name.upper(), level="country") if len(name) == 2 else ()
    )
    return found[0].id if found else None


def _continent(sample: Sample, country: str, gazetteer: Gazetteer) -> str:
    return _written_continent(sample) or (gazetteer.continent(country) if country else "")


def _written_continent(sample: Sample) -> str:
    """One of seven names; "" where none is written that is known."""
    written = sample.continent.casefold()
    return next(
        (name for code, name in CONTINENT_CODES.items() if written in (code.casefold(), name.casefold())), ""
    )


def _unknown_continents(samples: Sequence[Sample]) -> list[str]:
    wrong = [sample for sample in samples if sample.continent and not _written_continent(sample)]
    if not wrong:
        return []
    count = counted(len(wrong), "row names", "rows name")
    return [f"{count} a continent that is not known; that of their country counts ({first_at(wrong[0])})."]


def _cluster(sample: Sample, column: str) -> tuple[str, ...]:
    if column and sample.cluster:
        return column, sample.cluster
    if sample.photographer:
        return "photographer", sample.photographer
    if sample.sequence:
        return "sequence", sample.sequence
    return "coordinate", *map(str, sample.point)
