"""From a belief in points to the tree of countries, regions and spots, and to guesses. Knows no model.

What a place has is the sum of its points: so children sum to their parent and roots to 1, as where labels are scored. A
node's logit is the log-sum-exp of its points' logits, whose softmax among siblings is just that; its cosine is the best
of its points'.
"""

import functools
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
    """One belief: of each point (n,)."""

    probabilities: np.ndarray
    cosines: np.ndarray
    total: float  # log-sum-exp of all logits

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

        Returns
        -------
        Spread
        """
        logits = logit_scale * cosines.astype(float) + self._log_counts
        highest = logits.max()
        weights = np.exp(logits - highest)
        asked = _Asked(weights / weights.sum(), cosines, float(highest + np.log(weights.sum())))
        densest = self._discs.densest(asked.probabilities)
        near = self._discs.within(densest)
        roots, families = self._roots(asked, densest, near, beam_width)
        guesses = self._guesses(roots, families, densest, top_k)
        mass = float(asked.probabilities[near].sum())
        radius = half_mass_radius_km(self._points[densest], self._points, asked.probabilities)
        belief = Belief(self._points, asked.probabilities, RADIUS_KM, mass, self._digest)
        return Spread(roots, guesses, radius, belief)

    # ------------------------------------------------------------ the tree

    def _roots(
        self, asked: _Asked, densest: int, near: np.ndarray, beam_width: int
    ) -> tuple[Siblings, dict[int, Siblings]]:
        """The countries with all that is looked into; the spots that were opened, by their group."""
        spots = np.add.reduceat(asked.probabilities[self._where.order], self._where.starts)
        groups = np.add.reduceat(spots, self._groups)
        cosines = np.maximum.reduceat(asked.cosines[self._where.order], self._where.starts)
        best = np.maximum.reduceat(cosines, self._groups)
        roots = Siblings(
            self._country_labels,
            np.maximum.reduceat(best, self._countries),
            asked.logits(np.add.reduceat(groups, self._countries)),
            Parent(),
        )
        home = int(np.searchsorted(self._groups, self._spot_of[densest], side="right")) - 1
        opened = self._opened(roots, groups, home, beam_width)
        families: dict[int, Siblings] = {}
        for country, chosen in opened.items():
            above = _below(roots, country)
            regions = self._regions(country)
            if regions is not None:
                first, last = self._run(self._countries, country, len(self._groups))
                inside = Siblings(regions, best[first:last], asked.logits(groups[first:last]), above)
                roots.children[country] = inside
            for group in chosen:
                parent = above if regions is None else _below(inside, group - first)
                made = self._family(
                    asked, group, spots, cosines, parent, (densest, near) if group == home else None
                )
                families[group] = made
                (roots.children if regions is None else inside.children)[
                    country if regions is None else group - first
                ] = made
            if regions is not None:
                inside.pruned[[at for at in range(len(inside)) if at not in inside.children]] = True
        roots.pruned[[at for at in range(len(roots)) if at not in roots.children]] = True
        return roots, families

    def _opened(
        self, roots: Siblings, groups: np.ndarray, home: int, beam_width: int
    ) -> dict[int, list[int]]:
        """The countries that are looked into, and the groups in each: the likeliest, and the densest place's."""
        home_country = int(np.searchsorted(self._countries, home, side="right")) - 1
        countries = dict.fromkeys([*roots.order[:beam_width].tolist(), home_country])
        runs = {
            country: range(*self._run(self._countries, country, len(self._groups))) for country in countries
        }
        within = sorted((group for run in runs.values() for group in run), key=lambda group: -groups[group])
        chosen = {
            home,
            *within[:beam_width],
            *(max(run, key=lambda group: groups[group]) for run in runs.values()),
        }
        return {country: [group for group in run if group in chosen] for country, run in runs.items()}

    def _family(
        self,
        asked: _Asked,
        group: int,
        spots: np.ndarray,
        cosines: np.ndarray,
        above: Parent,
        dense: tuple[int, np.ndarray] | None,
    ) -> Siblings:
        """The spots of a group; the densest place's has all of this group that lies within the radius."""
        first, last = self._run(self._groups, group, len(self._where.starts))
        labels = self._spots(group)
        if dense is None:
            return Siblings(labels, cosines[first:last], asked.logits(spots[first:last]), above)
        densest, near = dense
        members = self._where.order[self._where.starts[first] : self._end(last)]
        spot_of = self._spot_of[members] - first  # (m,)
        own = self._spot_of[densest] - first
        spot_of[np.isin(members, near)] = own
        masses = np.bincount(spot_of, asked.probabilities[members], last - first)
        best = np.full(last - first, -np.inf)
        np.maximum.at(best, spot_of, asked.cosines[members])
        left = np.flatnonzero(np.isfinite(best))
        point = tuple(self._points[densest].tolist())
        labels = _only(labels, left, own, labels.candidates[own]._replace(point=point))
        return Siblings(labels, best[left], asked.logits(masses[left]), above)

    def _guesses(
        self, roots: Siblings, families: dict[int, Siblings], densest: int, top_k: int
    ) -> tuple[Guess, ...]:
        point = tuple(self._points[densest].tolist())
        group = int(np.searchsorted(self._groups, self._spot_of[densest], side="right")) - 1
        family = families[group]
        own = next(at for at, candidate in enumerate(family.labels.candidates) if candidate.point == point)
        found = Leaves(roots)
        places = (found.place(index) for index in found.likeliest()[:top_k].tolist())
        others = [place for place in places if place[0] is not family or place[1] != own]
        ranked = [(family, own), *others][:top_k]
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


def _starts(changes: np.ndarray) -> np.ndarray:
    """Where runs begin, from whether each value after the first is another than the one before it."""
    return np.flatnonzero(np.append(True, changes))


def _below(siblings: Siblings, position: int) -> Parent:
    return Parent(siblings.path(position), float(siblings.probabilities[position]))


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
