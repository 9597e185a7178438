"""From a belief in points to the tree of countries, regions and spots, and to guesses. Knows no model.

What a place has is the sum of its points: so children sum to their parent and roots to 1, as where labels are scored. A
node's logit is the log-sum-exp of its points' logits, whose softmax among siblings is just that; its cosine is the best
of its points'.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.places.candidates import Candidate
from streetclip_demo.places.discs import Discs
from streetclip_demo.places.gazetteer import Gazetteer, Place
from streetclip_demo.places.geo import half_mass_radius_km, in_degrees
from streetclip_demo.places.whereabouts import NOWHERE, Whereabouts
from streetclip_demo.posterior.belief import Belief
from streetclip_demo.posterior.embedded_labels import Labels
from streetclip_demo.posterior.estimators import Leaves
from streetclip_demo.posterior.prediction import Guess
from streetclip_demo.posterior.tree import Parent, Siblings

RADIUS_KM = 25  # of the densest place: what is called the right city
SEA = "Open sea"
LEAST_MASS = 1e-300  # whose logarithm is still a number


@dataclass(frozen=True, eq=False)
class Spread:
    """A belief in points as a tree, and what is drawn from it."""

    roots: Siblings
    guesses: tuple[Guess, ...]  # the densest place first
    half_mass_radius_km: float
    belief: Belief


@dataclass(frozen=True, eq=False)
class _Asked:
    """One belief: of each point (n,), each spot, each group of spots; and the densest place's points."""

    probabilities: np.ndarray
    cosines: np.ndarray
    total: float  # log-sum-exp of all logits
    spots: np.ndarray
    spot_cosines: np.ndarray  # the best of its points'
    groups: np.ndarray
    group_cosines: np.ndarray
    densest: int
    near: np.ndarray  # within the radius of the densest
    home: int  # the densest's group

    def logits(self, masses: np.ndarray) -> np.ndarray:
        return np.log(np.maximum(masses, LEAST_MASS)) + self.total


class PointTree:
    """The points of a gallery in the tree of the places that they lie in; one for all photos.

    Parameters
    ----------
    points : np.ndarray, shape (n, 2)
        (latitude, longitude) in degrees; no two are the same.
    counts : np.ndarray, shape (n,)
        How much each weighs.
    whereabouts : Whereabouts
        Of these points.
    gazetteer : Gazetteer
    digest : str
        Names the points and what they are for the model.
    """

    def __init__(
        self,
        points: np.ndarray,
        counts: np.ndarray,
        whereabouts: Whereabouts,
        gazetteer: Gazetteer,
        digest: str,
    ):
        self._points, self._log_counts = points, np.log(counts)
        self._where, self._gazetteer, self._digest = whereabouts, gazetteer, digest
        self._discs = Discs(points, RADIUS_KM)
        # A group is the spots of one country and region; where each begins among the spots, each country among groups.
        countries, regions = whereabouts.countries, whereabouts.regions
        self._groups = _starts((countries[1:] != countries[:-1]) | (regions[1:] != regions[:-1]))
        self._countries = _starts(countries[self._groups][1:] != countries[self._groups][:-1])
        self._spot_of = np.empty(len(points), int)
        sizes = np.diff(np.append(whereabouts.starts, len(points)))
        self._spot_of[whereabouts.order] = np.repeat(np.arange(len(sizes)), sizes)
        self._spots = functools.lru_cache(maxsize=None)(self._read_spots)  # as many as there are regions
        self._regions = functools.lru_cache(maxsize=None)(self._read_regions)

    def spread(self, cosines: np.ndarray, logit_scale: float, beam_width: int, top_k: int) -> Spread:
        """Spread the belief over the tree.

        Parameters
        ----------
        cosines : np.ndarray, shape (n,)
            Of a photo's embedding and each point's.
        logit_scale : float
        beam_width, top_k : int
            Countries, and regions, that are looked into besides the densest place's; guesses given.
        """
        asked = self._asked(cosines, logit_scale)
        roots, home = self._roots(asked, beam_width)
        mass = float(asked.probabilities[asked.near].sum())
        radius = half_mass_radius_km(self._points[asked.densest], self._points, asked.probabilities)
        belief = Belief(self._points, asked.probabilities, RADIUS_KM, mass, self._digest)
        return Spread(roots, self._guesses(roots, home, asked.densest, top_k), radius, belief)

    def _asked(self, cosines: np.ndarray, logit_scale: float) -> _Asked:
        logits = logit_scale * cosines.astype(float) + self._log_counts
        highest = logits.max()
        weights = np.exp(logits - highest)
        probabilities = weights / weights.sum()
        spots = np.add.reduceat(probabilities[self._where.order], self._where.starts)
        best = np.maximum.reduceat(cosines[self._where.order], self._where.starts)
        densest = self._discs.densest(probabilities)
        return _Asked(
            probabilities,
            cosines,
            float(highest + np.log(weights.sum())),
            spots,
            best,
            np.add.reduceat(spots, self._groups),
            np.maximum.reduceat(best, self._groups),
            densest,
            self._discs.within(densest),
            int(np.searchsorted(self._groups, self._spot_of[densest], side="right")) - 1,
        )

    # ------------------------------------------------------------ the tree

    def _roots(self, asked: _Asked, beam_width: int) -> tuple[Siblings, Siblings]:
        """The countries with all that is looked into, and the spots among which the densest place is."""
        best = np.maximum.reduceat(asked.group_cosines, self._countries)
        masses = np.add.reduceat(asked.groups, self._countries)
        roots = Siblings(self._country_labels, best, asked.logits(masses), Parent())
        families: dict[int, Siblings] = {}
        for country, chosen in self._opened(asked, roots, beam_width).items():
            roots.children[country] = self._inside(asked, country, chosen, _below(roots, country), families)
        _prune(roots)
        return roots, families[asked.home]

    def _inside(
        self, asked: _Asked, country: int, chosen: list[int], above: Parent, families: dict[int, Siblings]
    ) -> Siblings:
        """What lies in a country: its spots, or its regions with the spots of the chosen ones."""
        labels = self._regions(country)
        if labels is None:
            families[chosen[0]] = self._family(asked, chosen[0], above)
            return families[chosen[0]]
        first, last = self._run(self._countries, country, len(self._groups))
        regions = Siblings(
            labels, asked.group_cosines[first:last], asked.logits(asked.groups[first:last]), above
        )
        for group in chosen:
            families[group] = self._family(asked, group, _below(regions, group - first))
            regions.children[group - first] = families[group]
        _prune(regions)
        return regions

    def _opened(self, asked: _Asked, roots: Siblings, beam_width: int) -> dict[int, list[int]]:
        """The countries that are looked into, and the groups in each: the likeliest, and the densest place's."""
        home = int(np.searchsorted(self._countries, asked.home, side="right")) - 1
        countries = dict.fromkeys([*roots.order[:beam_width].tolist(), home])
        runs = {one: range(*self._run(self._countries, one, len(self._groups))) for one in countries}
        masses = asked.groups.tolist()
        ranked = sorted((group for run in runs.values() for group in run), key=lambda group: -masses[group])
        likeliest = (max(run, key=masses.__getitem__) for run in runs.values())
        chosen = {asked.home, *ranked[:beam_width], *likeliest}
        return {country: [group for group in run if group in chosen] for country, run in runs.items()}

    def _family(self, asked: _Asked, group: int, above: Parent) -> Siblings:
        """The spots of a group; the densest place's has all of this group that lies within the radius."""
        first, last = self._run(self._groups, group, len(self._where.starts))
        labels = self._spots(group)
        if group != asked.home:
            return Siblings(
                labels, asked.spot_cosines[first:last], asked.logits(asked.spots[first:last]), above
            )
        members, spot_of = self._home(first, last, asked.densest)
        own = int(self._spot_of[asked.densest]) - first
        masses = np.bincount(spot_of, asked.probabilities[members], last - first)
        best = np.full(last - first, -np.inf)
        np.maximum.at(best, spot_of, asked.cosines[members])
        left = np.flatnonzero(np.isfinite(best))
        point = tuple(self._points[asked.densest].tolist())
        labels = _only(labels, left, own, labels.candidates[own]._replace(point=point))
        return Siblings(labels, best[left], asked.logits(masses[left]), above)

    def _home(self, first: int, last: int, densest: int) -> tuple[np.ndarray, np.ndarray]:
        """The points of the densest place's group, and the spot of each: those near that place are in its own."""
        members = self._where.order[self._where.starts[first] : self._end(last)]
        spot_of = self._spot_of[members] - first  # (m,)
        spot_of[np.isin(members, self._discs.within(densest))] = int(self._spot_of[densest]) - first
        return members, spot_of

    def places_of(self, above: Sequence[str], probabilities: np.ndarray) -> np.ndarray:
        """In which of the places that share a parent each point lies.

        Parameters
        ----------
        above : sequence of str
            The parent's path.
        probabilities : np.ndarray, shape (n,)
            The belief whose tree it is.

        Returns
        -------
        np.ndarray, shape (n,)
            Positions among these places, in the tree's order; -1 for points that lie in none of them.
        """
        groups = np.searchsorted(self._groups, self._spot_of, side="right") - 1  # (n,)
        countries = np.searchsorted(self._countries, groups, side="right") - 1
        if not above:
            return countries
        country = _position(self._country_labels, above[0])
        first = int(self._countries[country])
        labels = self._regions(country)
        if labels is not None and len(above) == 1:
            return np.where(countries == country, groups - first, -1)
        return self._spots_of(first + (_position(labels, above[1]) if labels else 0), probabilities)

    def _spots_of(self, group: int, probabilities: np.ndarray) -> np.ndarray:
        first, last = self._run(self._groups, group, len(self._where.starts))
        found = np.where((self._spot_of >= first) & (self._spot_of < last), self._spot_of - first, -1)
        densest = self._discs.densest(probabilities)
        if first <= self._spot_of[densest] < last:
            members, spot_of = self._home(first, last, densest)
            found[members] = np.unique(spot_of, return_inverse=True)[1]  # what is left of the spots
        return found

    def _guesses(self, roots: Siblings, home: Siblings, densest: int, top_k: int) -> tuple[Guess, ...]:
        point = tuple(self._points[densest].tolist())
        own = next(at for at, candidate in enumerate(home.labels.candidates) if candidate.point == point)
        found = Leaves(roots)
        places = (found.place(index) for index in found.likeliest()[:top_k].tolist())
        others = [place for place in places if place[0] is not home or place[1] != own]
        ranked = [(home, own), *others][:top_k]
        return tuple(
            Guess(rank, siblings.node(at), siblings.path(at))
            for rank, (siblings, at) in enumerate(ranked, start=1)
        )

    # ------------------------------------------------------------ the labels

    @functools.cached_property
    def _country_labels(self) -> Labels:
        codes = self._where.countries[self._groups[self._countries]].tolist()
        return _labels([self._country(code) for code in codes])

    def _country(self, code: str) -> Candidate:
        if code == NOWHERE:
            return Candidate(SEA, "label", None, None)
        return _placed(self._gazetteer.country(code))

    def _read_regions(self, country: int) -> Labels | None:
        """The regions of a country that has some."""
        first, last = self._run(self._countries, country, len(self._groups))
        ids = self._where.regions[self._groups[first:last]].tolist()
        if ids == [NOWHERE]:
            return None
        within = self._country_labels.candidates[country]
        found = (_placed(self._gazetteer.region(id)) if id else within for id in ids)
        return _labels([region._replace(country=within.name) for region in found])

    def _read_spots(self, group: int) -> Labels:
        first, last = self._run(self._groups, group, len(self._where.starts))
        code = str(self._where.countries[first])
        cities = {city.id: city for city in self._gazetteer.cities(code)} if code else {}
        names = self._country(code).name if code else ""
        spots = zip(
            self._where.towns[first:last].tolist(), self._where.places[first:last].tolist(), strict=True
        )
        return _labels([_spot(cities.get(town), (place[0], place[1]), names) for town, place in spots])

    def _run(self, starts: np.ndarray, number: int, count: int) -> tuple[int, int]:
        """Where a run begins and ends."""
        return int(starts[number]), int(starts[number + 1]) if number + 1 < len(starts) else count

    def _end(self, spot: int) -> int:
        return int(self._where.starts[spot]) if spot < len(self._where.starts) else len(self._points)


def _position(labels: Labels, name: str) -> int:
    return [candidate.name for candidate in labels.candidates].index(name)


def _starts(changes: np.ndarray) -> np.ndarray:
    """Where runs begin, from whether each value after the first is another than the one before it."""
    return np.flatnonzero(np.append(True, changes))


def _below(siblings: Siblings, position: int) -> Parent:
    return Parent(siblings.path(position), float(siblings.probabilities[position]))


def _prune(siblings: Siblings) -> None:
    """Mark those that were not looked into."""
    siblings.pruned[[at for at in range(len(siblings)) if at not in siblings.children]] = True


def _placed(place: Place) -> Candidate:
    return Candidate(place.name, place.level, place, (place.latitude, place.longitude))


def _spot(town: Place | None, point: tuple[float, float], country: str) -> Candidate:
    """A town with what lies round it, or a point far from any."""
    if town is not None:
        return _placed(town)._replace(country=country)
    return Candidate(in_degrees(point), "city", None, point, country=country)


def _labels(candidates: list[Candidate]) -> Labels:
    points = np.array([candidate.point or (np.nan, np.nan) for candidate in candidates], dtype=float)
    return Labels(tuple(candidates), ((),) * len(candidates), points, ())


def _only(labels: Labels, left: np.ndarray, changed: int, candidate: Candidate) -> Labels:
    """Some of the labels, one of them another candidate."""
    return _labels([candidate if at == changed else labels.candidates[at] for at in left.tolist()])
