"""Simulate datasets whose truth is known: how often 95 % intervals hold it, how often settings are called different.

And how fast intervals come.

    python scripts/bootstrap_coverage.py [--sets 1000]

Clusters are photographers: each has an own chance to be right (mean 0.4) and an own median error; sizes are even (1 to
19 photos) or as unequal as Im2GPS3k's (most have a few photos, some have 235).
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from streetclip_demo.evaluate.bootstrap import Median, difference, effective_count, estimates, ratio
from streetclip_demo.evaluate.distances import THRESHOLDS_KM
from streetclip_demo.places.geo import geoguessr_score

SHARE, LOG_KM, SPREAD = 0.4, 6.0, 1.0
PHOTOS, TIMED = 26_000, 200
MOST_BY_ONE = 235


def simulated(rng, count, are_even):
    """Clusters of photos (n,), whether each is right, and its error."""
    if are_even:
        sizes = rng.integers(1, 20, count)
    else:
        sizes = np.maximum(1, (rng.pareto(1.3, count) * 4).astype(int)).clip(max=MOST_BY_ONE)
    clusters = np.repeat(np.arange(count), sizes)
    right = rng.random(len(clusters)) < rng.beta(1.2, 1.8, count)[clusters]
    km = np.exp(LOG_KM + rng.normal(0, SPREAD, count)[clusters] + rng.normal(0, SPREAD, len(clusters)))
    return clusters, right, km


def coverage(sets, count, are_even):
    """How many of 100 intervals hold the truth: of a share, a mean score, a median; by clusters, and by photos."""
    far = np.exp(LOG_KM + np.random.default_rng(0).normal(0, SPREAD * 2**0.5, 4_000_000))
    truths = (SHARE, float(geoguessr_score(far).mean()), float(np.exp(LOG_KM)))
    held, by_photos, effective = np.zeros(3), 0, 0.0
    for seed in range(sets):
        clusters, right, km = simulated(np.random.default_rng(seed), count, are_even)
        found = estimates([ratio(right), ratio(geoguessr_score(km)), Median(km)], clusters, 1000, seed)
        held += [one.low <= truth <= one.high for one, truth in zip(found, truths, strict=True)]
        (photos,) = estimates([ratio(right)], np.arange(len(right)), 300, seed)
        by_photos += photos.low <= SHARE <= photos.high
        effective += effective_count(clusters)
    return 100 * held / sets, 100 * by_photos / sets, effective / sets


def called_different(sets, count, share, better):
    """How many of 100 pairs of settings are called different that differ for a share of photographers.

    Where they do, one is the better one for `better` of the photographers: for half of them, both are alike.
    """
    found = 0
    for seed in range(sets):
        rng = np.random.default_rng(seed)
        clusters = np.repeat(np.arange(count), rng.integers(1, 10, count))
        way = np.where(rng.random(count) < better, 1, -1) * (rng.random(count) < share)
        moved = way[clusters] * (rng.random(len(clusters)) < 0.6)  # of their photos
        figure = difference(100.0 * (moved > 0), 100.0 * (moved < 0), np.ones(len(clusters)), 100.0)
        (one,) = estimates([figure], clusters, 1000, seed)
        found += one.low > 0 or one.high < 0
    return 100 * found / sets


def plain_loop(km, clusters, resamples):
    """The headline figures of some resamples, one after the other, as one would write it down."""
    rng = np.random.default_rng(0)
    members = [np.flatnonzero(clusters == one) for one in range(clusters.max() + 1)]
    for _ in range(resamples):
        drawn = km[np.concatenate([members[one] for one in rng.integers(0, len(members), len(members))])]
        yield [np.mean(drawn <= far) for far in THRESHOLDS_KM]
        yield np.median(drawn), drawn.mean(), np.round(geoguessr_score(drawn)).mean()


def speed(count):
    """Seconds for 10,000 resamples of 26,000 photos: ours, and of the plain loop by its first ones."""
    rng = np.random.default_rng(0)
    km = np.exp(rng.normal(LOG_KM, 2, PHOTOS))
    clusters = np.unique(rng.integers(0, count, PHOTOS), return_inverse=True)[1]
    figures = [*(ratio(km <= far) for far in THRESHOLDS_KM), Median(km), ratio(km)]
    figures.append(ratio(np.round(geoguessr_score(km))))
    began = time.process_time()
    estimates(figures, clusters, 10_000)
    ours, began = time.process_time() - began, time.process_time()
    for _ in plain_loop(km, clusters, TIMED):
        pass
    return ours, (time.process_time() - began) * 10_000 / TIMED


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=int, default=1000)
    sets = parser.parse_args().sets
    print(f"clusters  sizes    effective  share  score  median  share by photos   (% of {sets:,} intervals)")
    for count, are_even in ((6, True), (10, True), (20, True), (60, True), (198, True), (198, False)):
        held, by_photos, effective = coverage(sets, count, are_even)
        name = "even" if are_even else "unequal"
        print(
            f"{count:8}  {name:<7}  {effective:9.0f}  {held[0]:5.1f}  {held[1]:5.1f}  {held[2]:6.1f}  {by_photos:15.1f}"
        )
    print("photographers  differ in mean  alike: called different  one better for 85 %: called different")
    for count, share in ((10, 0.8), (30, 0.1), (30, 0.8), (60, 0.1), (60, 0.3), (198, 0.02), (198, 0.1)):
        alike, better = (called_different(max(1, sets * 2 // 5), count, share, one) for one in (0.5, 0.85))
        print(f"{count:13}  {count * share:14.0f}  {alike:22.1f}  {better:36.1f}")
    for count in (200, 2_000, 20_000):
        ours, loop = speed(count)
        print(
            f"{PHOTOS:,} photos, about {count:,} clusters: {ours:.2f} s / plain loop {loop:.2f} s = {ours / loop:.3f}"
        )


if __name__ == "__main__":
    main()
