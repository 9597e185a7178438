"""The figures of an evaluation, each defined once. docs/evaluation.md gives definitions and sources."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streetclip_demo.evaluate.bootstrap import Estimate, Figure, Median, estimates, quotient, ratio
from streetclip_demo.evaluate.distances import THRESHOLDS_KM, Protocol
from streetclip_demo.evaluate.outcomes import Outcomes
from streetclip_demo.evaluate.truth import Truth
from streetclip_demo.places.geo import geoguessr_score

BEST_SCORE = 5000.0
WORST_BRIER = 2.0
BINS = 15  # of the calibration error, of equal width


@dataclass(frozen=True)
class Named:
    """A figure with what it is called; `unit` is "%", "km", "points" or ""."""

    key: str
    title: str
    unit: str
    figure: Figure | Median


@dataclass(frozen=True)
class Measured:
    """A figure of some photos, with its interval."""

    key: str
    title: str
    unit: str
    photos: int  # that it is of
    estimate: Estimate


def headline(outcomes: Outcomes, protocol: Protocol) -> list[Named]:
    """Shares within distances, median and mean error, score: what the literature compares."""
    answered = np.isfinite(outcomes.error_km)
    score = np.round(geoguessr_score(outcomes.error_km))  # as the game does; 0 without an answer
    return [
        *_within("within", "within {:,} km", outcomes.error_km, protocol),
        Named("median_km", "median error", "km", Median(outcomes.error_km)),
        Named("mean_km", "mean error", "km", ratio(np.where(answered, outcomes.error_km, 0), answered)),
        Named("score", "GeoGuessr score", "points", ratio(score, whole=BEST_SCORE)),
    ]


def accuracies(outcomes: Outcomes) -> list[Named]:
    """Whether the true country and region are the first, and among the first five."""
    found = []
    for level in ("country", "region"):
        ranks = getattr(outcomes, f"{level}_rank")
        known = ~np.isnan(ranks)
        if not known.any():
            continue
        for count in (1, 5):
            if count == 5 and not (np.isfinite(ranks) & (ranks > 1)).any():
                continue  # nothing but first answers is known
            hits = known & (ranks <= count)
            found.append(
                Named(
                    f"{level}_top{count}",
                    f"{level} in first {count}" if count > 1 else f"{level} right",
                    "%",
                    ratio(hits, known, 100),
                )
            )
    return found


def calibration(outcomes: Outcomes) -> list[Named]:
    """How far shares of countries may be read as probabilities."""
    known = ~np.isnan(outcomes.confidence) & ~np.isnan(outcomes.country_rank)
    found = []
    if known.any():
        found.append(
            Named(
                "ece",
                "expected calibration error",
                "",
                calibration_error(np.where(known, outcomes.confidence, 0), outcomes.country_rank == 1, known),
            )
        )
    scored = known & ~np.isnan(outcomes.true_share) & ~np.isnan(outcomes.squares)
    if scored.any():
        brier = np.where(scored, outcomes.squares - 2 * outcomes.true_share + 1, 0)
        found.append(Named("brier", "Brier score", "", ratio(brier, scored, whole=WORST_BRIER)))
    return found


def ceiling(outcomes: Outcomes, protocol: Protocol) -> list[Named]:
    """What the candidates allow: the right country, and in it the nearest candidate."""
    if np.isnan(outcomes.ceiling_km).all():
        return []
    return _within("ceiling", "ceiling within {:,} km", outcomes.ceiling_km, protocol)


def over_groups(outcomes: Outcomes, groups: Sequence[str], protocol: Protocol, what: str) -> list[Named]:
    """Shares within distances, country accuracy and score as means over groups, each counting the same."""
    named = [*headline(outcomes, protocol), *accuracies(outcomes)]
    chosen = [one for one in named if one.key in ("score", "country_top1") or one.key.startswith("within")]
    names = sorted({group for group in groups if group})
    members = np.array([[group == name for name in names] for group in groups], dtype=float)  # (n, groups)
    if not names:
        return []
    return [
        Named(
            f"mean_over_{what}_{one.key}",
            f"{one.title}, mean over {what}",
            one.unit,
            _mean_of_groups(one, members),
        )
        for one in chosen
        if isinstance(one.figure, Figure)
    ]


def measured(named: Sequence[Named], clusters: np.ndarray, resamples: int, seed: int = 0) -> list[Measured]:
    """Figures with their intervals, all from the same resamples."""
    found = estimates([one.figure for one in named], clusters, resamples, seed)
    return [
        Measured(one.key, one.title, one.unit, len(clusters), estimate)
        for one, estimate in zip(named, found, strict=True)
    ]


def all_figures(outcomes: Outcomes, truth: Truth, protocol: Protocol) -> list[Named]:
    """Every figure of a whole dataset, the headline's first."""
    return [
        *headline(outcomes, protocol),
        *accuracies(outcomes),
        *calibration(outcomes),
        *ceiling(outcomes, protocol),
        *over_groups(outcomes, truth.continents, protocol, "continents"),
    ]


def reliability(outcomes: Outcomes) -> list[tuple[float, float, int]]:
    """For each bin with photos: mean share of the first country, how often it is right, photos."""
    known = ~np.isnan(outcomes.confidence) & ~np.isnan(outcomes.country_rank)
    shares, right = outcomes.confidence[known], outcomes.country_rank[known] == 1
    bins = _bins(shares)
    return [
        (float(shares[bins == one].mean()), float(right[bins == one].mean()), int((bins == one).sum()))
        for one in range(BINS)
        if (bins == one).any()
    ]


def _within(key: str, title: str, error_km: np.ndarray, protocol: Protocol) -> list[Named]:
    known = ~np.isnan(error_km)
    return [
        Named(
            f"{key}_{km}_km", title.format(km), "%", ratio(protocol.within(error_km, km) & known, known, 100)
        )
        for km in THRESHOLDS_KM
    ]


def calibration_error(shares: np.ndarray, right: np.ndarray, known: np.ndarray) -> Figure:
    """Sum over bins of |shares - right| by all photos: a figure of sums. Of shares, hits and which count, (n,) each."""
    member = (_bins(shares)[:, None] == np.arange(BINS)) & known[:, None]  # (n, bins)
    columns = np.column_stack([member * (shares - right)[:, None], known])

    def of_sums(sums: np.ndarray) -> np.ndarray:
        return quotient(np.abs(sums[..., :BINS]).sum(axis=-1), sums[..., BINS])

    return Figure(columns, of_sums, 1.0, weights=columns[:, BINS], is_biased=True)


def _bins(shares: np.ndarray) -> np.ndarray:
    """Which bin each share is in, (n,): bins are open below and closed above, as in Guo et al. 2017."""
    return np.clip(np.ceil(shares * BINS).astype(int) - 1, 0, BINS - 1)


def _mean_of_groups(one: Named, members: np.ndarray) -> Figure:
    assert isinstance(one.figure, Figure)
    above, below = (one.figure.columns[:, [column]] * members for column in (0, 1))  # (n, groups) each
    count, scale = members.shape[1], 100 if one.unit == "%" else 1

    def of_sums(sums: np.ndarray) -> np.ndarray:
        parts = quotient(sums[..., :count], sums[..., count:])
        there = ~np.isnan(parts)
        return scale * quotient(np.where(there, parts, 0).sum(axis=-1), there.sum(axis=-1))

    in_groups = below.sum(axis=0)  # (groups,)
    weights = (below / np.where(in_groups > 0, in_groups, 1)).sum(axis=1)  # all groups count the same
    return Figure(np.column_stack([above, below]), of_sums, one.figure.whole, weights=weights)
