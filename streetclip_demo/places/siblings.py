"""What labels that stand beside each other say of one another: the country, region or neighbourhood in common.

Who lists places takes the next one from anywhere, by how many know it, or with a small chance from the country, the
region or the neighbourhood of another. So a reading counts its people, times how much likelier its siblings make it:
beside a Scottish city each of three million is likelier than each of the world's; more so beside several, less where
others lie elsewhere. Lines that are not sure themselves count as far as they are believed, in a few rounds.
"""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from streetclip_demo.places.gazetteer import DISTRICT_WEIGHT, LEVELS, Gazetteer, Place, Reading
from streetclip_demo.places.spelling import fold

TOLD_SHARE = 0.15  # of the likeliest reading's weight: a namesake of more is told
TOLD_IN_COMPANY = 0.2  # of it, where siblings are places and none of them speaks for the namesake
LOUDLY = 5  # times: where siblings make a namesake so much likelier (Paris beside Dallas),
TOLD_IF_LOUDLY = 0.03  # of it is enough
LEAST_SHARE = 5e-4  # of it: a namesake of less is not weighed

# The chances that the next place of a list is taken from where another one lies, of 1.
IN_COUNTRY, IN_REGION, NEAR = 0.1, 0.05, 0.008
AMONG_REGIONS = 1  # the same for a region beside regions of its country
AMONG_COUNTRIES = 10  # so much likelier each country makes another
REGIONS, COUNTRIES = "regions", "countries"
NEAR_TIMES = 2500  # of the world's people, those within some 50 km
RAREST = 3000  # times, at most: so few of the world's people a place has in effect
CELLS = 2  # of nearness, in a degree

COUNTRY_WEIGHT = 3  # a country's own name is better known than a namesake of as many people
CALLED_WEIGHT = 0.08  # of a place's people, where it is only also called so
SHORTENED_WEIGHT = 0.6  # of a place's people, where the name is a part of its own: Santiago (de Compostela)
KNOWN_POWER = 0.14  # of the number of a place's names: what many languages have a name for is better known
MOST_ROUNDS, SETTLED = 4, 0.05
LEAST_MASS = 0.1  # lines that lie somewhere, for it to count
CLEARLY = 1.5  # times: siblings speak for a reading

APART_DEGREES = 0.27  # of the equator, 30 km
LEAST_NAMESAKE = 20_000  # people, to be told beside a country
DECIDED = ("position", "children")
PLAIN = ("own", "english")  # kinds of names that are the place's in English


class Said(NamedTuple):
    """What siblings in one part of the world say of a reading."""

    parts: tuple[object, ...]  # where they lie: a country, a region, the cells around a city
    times: float  # so much likelier each makes it
    own: tuple[int, ...]  # positions of the line's own readings that lie there


class Weighed(NamedTuple):
    """A reading as its siblings weigh it."""

    share: float  # of the weights of a line's readings, before others are heard
    parts: tuple[object, ...]  # what it lies in
    said: tuple[Said, ...]  # widest first
    is_country: bool


class Meaning(NamedTuple):
    """The readings of one line that are left, likeliest first; none if it is text. Made for each line at each edit."""

    readings: tuple[Reading, ...] = ()
    why: str = ""  # "word", "capitals", "uncoded" or "far" where places of that name are left out
    left_out: Place | None = None  # the likeliest of them
    decided_by: str = ""  # "siblings" or "children" against the likelier; "agreed" with it; "position"
    is_word: bool = False  # whether the name is an ordinary word too, or spelt as no place is: UN, NaN
    weighed: tuple[Weighed, ...] = ()  # the readings, where there are several
    rivals: tuple[Reading, ...] | None = None  # namesakes to be told; None where no sibling was heard

    @property
    def places(self) -> tuple[Place, ...]:
        """The places, likeliest first."""
        return tuple(reading.place for reading in self.readings)


# ------------------------------------------------------------ by themselves


def weigh(name: str, readings: Sequence[Reading], gazetteer: Gazetteer) -> tuple[Weighed, ...]:
    """What siblings need to know of readings; () where there is nothing to decide."""
    if len(readings) < 2:
        return ()
    key = fold(name)
    weights = [_weight(key, reading) for reading in readings]
    weights[0] = max(weights)  # by itself the likeliest stays so
    likely = [index for index, weight in enumerate(weights) if weight >= LEAST_SHARE * weights[0]]
    places = [reading.place for reading in readings[: likely[-1] + 1]]
    total = sum(weights[: len(places)])
    parts = list(map(_parts, places))
    return tuple(
        Weighed(weight / total, parts[index], _said(place, parts, gazetteer), place.level == "country")
        for index, (weight, place) in enumerate(zip(weights, places, strict=False))
    )


def _parts(place: Place) -> tuple[object, ...]:
    """What a place lies in, as siblings count it."""
    parts: list[object] = [place.country]
    if place.level == "country":
        parts.append(COUNTRIES)
    elif place.level == "region":
        parts.append((REGIONS, place.country))
    if place.region:
        parts.append(place.region)
    if place.level == "city" and not place.is_district:  # a part of a sibling is no sibling
        parts.append(_cell(place))
    return tuple(parts)


def _said(place: Place, parts: Sequence[tuple], gazetteer: Gazetteer) -> tuple[Said, ...]:
    """What siblings may say of a reading; `parts` are those of all readings of its line."""
    rarity = min(RAREST, gazetteer.rarity(place.country))
    said: list[tuple[tuple, float]] = []
    said.append(((place.country,), IN_COUNTRY * rarity))
    if place.level == "country":
        said.append(((COUNTRIES,), AMONG_COUNTRIES))
    if place.level == "region":
        said.append((((REGIONS, place.country),), AMONG_REGIONS * rarity))
    if place.region:
        said.append(((place.region,), IN_REGION * min(RAREST, gazetteer.rarity(place.region))))
    if place.level == "city" and not place.is_district:
        said.append((_around(*_cell(place)), NEAR * NEAR_TIMES))
    return tuple(
        Said(where, times, tuple(index for index, own in enumerate(parts) if not set(own).isdisjoint(where)))
        for where, times in said
    )


def _weight(key: str, reading: Reading) -> float:
    """The people that know a place by a name, more or less."""
    place = reading.place
    people = (place.population + 1) * (1 + reading.names) ** KNOWN_POWER
    if place.is_district:
        people *= DISTRICT_WEIGHT
    if reading.kind == "other":
        is_shortened = f" {key} " in f" {fold(place.name)} "
        return people * (SHORTENED_WEIGHT if is_shortened else CALLED_WEIGHT)
    return people * COUNTRY_WEIGHT if place.level == "country" else people


def _cell(place: Place) -> tuple[int, int]:
    return math.floor(CELLS * place.latitude), math.floor(CELLS * place.longitude)


def _around(north: int, east: int) -> tuple[tuple[int, int], ...]:
    return tuple((north + up, east + right) for up in (-1, 0, 1) for right in (-1, 0, 1))


# ------------------------------------------------------------ among others


def by_siblings(found: list[Meaning], within: Place | None) -> list[Meaning]:
    """The meanings of sibling lines, inside a place or anywhere, after each has heard the others."""
    undecided = [index for index, meaning in enumerate(found) if meaning.weighed]
    if not undecided or len(found) < 2 or (within and within.level != "country") or _are_countries(found):
        return found
    certain = [meaning.readings[0].place for meaning in found if meaning.readings and not meaning.weighed]
    sure = {place.id: place for place in certain}.values()
    # A name that stands there twice is no company for itself
    alike: dict[tuple[str, ...], list[int]] = {}
    for index in undecided:
        alike.setdefault(tuple(reading.place.id for reading in found[index].readings[:3]), []).append(index)
    others = len(sure) + len(alike) - 1
    if not others:
        return found
    lines = [found[first].weighed for first, *_ in alike.values()]
    heard = list(found)
    for indices, factors in zip(alike.values(), _factors(lines, sure, others), strict=True):
        for index in indices:
            heard[index] = _heard(found[index], factors)
    return heard


def _are_countries(found: list[Meaning]) -> bool:
    """Whether each line is likeliest a country: then they have that in common already."""
    return all(meaning.readings[0].place.level == "country" for meaning in found if meaning.readings)


Factors = list[float]  # how much likelier its siblings make each of a line's readings


def _factors(lines: Sequence[tuple[Weighed, ...]], sure: Collection[Place], others: int) -> list[Factors]:
    """What siblings say of each undecided line's readings, in the end."""
    company = _Company(others)
    for place in sure:
        company.add(1, _parts(place))
    beliefs = [[reading.share for reading in line] for line in lines]
    for line, belief in zip(lines, beliefs, strict=True):
        company.change(line, [0.0] * len(line), belief)
    factors: list[Factors] = [[]] * len(lines)
    heard: Sequence[int] = range(len(lines))  # all, then those that lie where something has changed
    for _ in range(MOST_ROUNDS):
        for index in heard:
            factors[index] = company.factors(lines[index], beliefs[index])
        moved: set[object] = set()
        for index in heard:
            line, before, now = lines[index], beliefs[index], _believed(lines[index], factors[index])
            if abs(now[0] - before[0]) >= SETTLED:
                company.change(line, before, now)
                beliefs[index] = now
                moved.update(reading.parts[0] for reading in line)
        if not moved:
            break
        heard = [
            index for index, line in enumerate(lines) if not moved.isdisjoint([one.parts[0] for one in line])
        ]
    return factors


def _believed(line: tuple[Weighed, ...], factors: Factors) -> list[float]:
    weights = [reading.share * factor for reading, factor in zip(line, factors, strict=True)]
    total = sum(weights)
    return [weight / total for weight in weights]


class _Company:
    """Where sibling lines lie, each as far as it is believed."""

    def __init__(self, others: int):
        self.others = others  # lines beside each
        self.parts: dict[object, float] = {}  # lines in a country, a region, a cell, and of a level

    def add(self, belief: float, parts: Sequence[object]) -> None:
        """Count a reading of a line in all that it is a part of."""
        lines = self.parts
        for part in parts:
            lines[part] = lines.get(part, 0.0) + belief

    def change(self, line: tuple[Weighed, ...], before: Sequence[float], now: Sequence[float]) -> None:
        """Believe a line otherwise than before."""
        for reading, old, new in zip(line, before, now, strict=True):
            self.add(new - old, reading.parts)

    def factors(self, line: tuple[Weighed, ...], beliefs: list[float]) -> Factors:
        """How much likelier the other lines make each reading of one.

        Of each place in common: as many as lie there, times their part of all.
        """
        return [self._factor(reading, beliefs) for reading in line]

    def _factor(self, reading: Weighed, beliefs: list[float]) -> float:
        factor = 1.0
        for cells, times, own in reading.said:
            there = 0.0
            for cell in cells:
                there += self.parts.get(cell, 0.0)
            if there > LEAST_MASS:
                for index in own:
                    there -= beliefs[index]
                if there > LEAST_MASS:
                    factor += times * there * there / self.others
            elif not reading.is_country:  # nobody in the country, so nobody in its region
                break
        return factor


def _heard(meaning: Meaning, factors: Factors) -> Meaning:
    """A line's meaning after its siblings have spoken."""
    readings = meaning.readings
    weights = [one.share * factor for one, factor in zip(meaning.weighed, factors, strict=True)]
    order = sorted(range(len(weights)), key=lambda index: -weights[index])
    best = _of_one_place(readings, order[0], len(weights))
    decided_by = "siblings" if best else "agreed" if factors[0] > CLEARLY else ""
    told = tuple(
        readings[index]
        for index in order
        if weights[index] >= _told_share(factors[index]) * weights[order[0]]
    )
    if not decided_by:
        return Meaning(readings, rivals=told)
    there = [
        readings[index]
        for index in range(len(weights))
        if _is_with(readings[index].place, readings[best].place)
    ]
    there.sort(key=lambda reading: reading is not readings[best])
    return Meaning(tuple(there), decided_by=decided_by, rivals=told)


def _told_share(factor: float) -> float:
    """Of the likeliest reading's weight, from where on a namesake is told that siblings make so much likelier."""
    if factor < CLEARLY:
        return TOLD_IN_COMPANY
    return TOLD_IF_LOUDLY if factor >= LOUDLY else TOLD_SHARE


def _of_one_place(readings: Sequence[Reading], best: int, count: int) -> int:
    """The reading of a place: a city or its region, whichever comes first; in a country, what bears it."""
    place = readings[best].place
    for index, other in enumerate(readings[:count]):
        are_alike = other.place.level == place.level
        if index < best and not are_alike and not _is_elsewhere(other.place, place):
            return index
        is_called = readings[best].kind == "other" and other.kind in PLAIN
        if is_called and are_alike and other.place.country == place.country:
            return index
    return best


def _is_with(one: Place, other: Place) -> bool:
    """Whether two places are of one kind: countries, or in one country."""
    if "country" in (one.level, other.level):
        return one.level == other.level
    return one.country == other.country


def rival(chosen: Reading, meaning: Meaning, levels: Collection[str] = LEVELS) -> Place | None:
    """The namesake of comparable weight that may be meant as well; None if there is none, or others have decided.

    Only namesakes of some levels may be meant, where siblings say which.
    """
    if meaning.decided_by in DECIDED:
        return None
    place = chosen.place
    least = TOLD_SHARE * chosen.weight if meaning.rivals is None else 0
    others = meaning.readings if meaning.rivals is None else meaning.rivals
    if place.level == "country":
        least = max(least, LEAST_NAMESAKE)
    for other in others:
        is_plain = other.kind in PLAIN or chosen.kind not in PLAIN
        if (
            other is not chosen
            and other.place.level in levels
            and other.weight >= least
            and is_plain
            and _is_elsewhere(other.place, place)
        ):
            return other.place
    return None


def _is_elsewhere(one: Place, other: Place) -> bool:
    """Whether neither of two places lies in, or close to, the other."""
    if "country" in (one.level, other.level):
        return one.country != other.country
    if one.region == other.region and one.level != other.level:
        return False
    north = one.latitude - other.latitude
    east = (one.longitude - other.longitude) * math.cos(math.radians(one.latitude))
    return math.hypot(north, east) > APART_DEGREES
