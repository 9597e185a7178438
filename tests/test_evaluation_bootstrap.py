"""Intervals: over clusters, equal to a plain loop over resamples, and right in about 95 of 100 simulated datasets."""

import numpy as np
import pytest

from streetclip_demo.evaluate.bootstrap import (
    Figure,
    Median,
    difference,
    effective_count,
    estimates,
    ratio,
    weights_of,
)
from streetclip_demo.evaluate.cells import cells_of

SETS = 40  # here; scripts/bootstrap_coverage.py simulates 1,000


def clustered(rng, count):
    """Clusters of unequal size, each with its own chance to be right; 0.4 in the mean."""
    sizes = rng.integers(1, 20, count)
    clusters = np.repeat(np.arange(count), sizes)
    return clusters, rng.random(len(clusters)) < rng.beta(1.2, 1.8, count)[clusters]


def plain_loop(values, clusters, resamples, rng):
    members = [np.flatnonzero(clusters == one) for one in range(clusters.max() + 1)]
    for _ in range(resamples):
        drawn = rng.integers(0, len(members), len(members))
        yield values[np.concatenate([members[one] for one in drawn])]


@pytest.mark.parametrize("count", [1, 2, 7, 400])
def test_each_resample_draws_as_many_clusters_as_there_are_and_each_as_often(count):
    weights = weights_of(np.random.Generator(np.random.SFC64(3)), count, 4000)
    assert (weights.sum(axis=1, dtype=int) == count).all()
    if count > 1:
        # multinomial: mean 1, variance 1 - 1/count, covariance -1/count
        assert weights.mean(axis=0) == pytest.approx(np.ones(count), abs=0.12)
        assert weights[:, 0].var() == pytest.approx(1 - 1 / count, abs=0.12)
        assert np.cov(weights[:, 0], weights[:, 1])[0, 1] == pytest.approx(-1 / count, abs=0.1)


def test_intervals_are_those_of_a_plain_loop_over_resamples():
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(80), rng.integers(1, 9, 80))
    km = np.exp(rng.normal(6, 1, 80)[clusters] + rng.normal(0, 1, len(clusters)))
    share, mean, median = estimates([ratio(km <= 200), ratio(km), Median(km)], clusters, 4000)
    drawn = [(np.mean(one <= 200), one.mean(), np.median(one)) for one in plain_loop(km, clusters, 2000, rng)]
    for found, column in zip((share, mean, median), np.array(drawn).T, strict=True):
        low, high = np.quantile(column, [0.025, 0.975])
        spread = high - low
        assert found.low == pytest.approx(low, abs=0.1 * spread)
        assert found.high == pytest.approx(high, abs=0.1 * spread)
    assert share.value == np.mean(km <= 200)
    assert mean.value == pytest.approx(km.mean())
    assert median.value == np.median(km)


@pytest.mark.parametrize("count", [6, 1500])
def test_medians_of_resamples_are_numpys_whichever_way_is_quicker(count):
    from streetclip_demo.evaluate.bootstrap import _Sorted

    rng = np.random.default_rng(1)
    clusters = np.unique(rng.integers(0, count, 2001), return_inverse=True)[1]
    values = rng.normal(size=2001).round(1)
    values[:40], values[40:300] = np.nan, np.inf
    weights = weights_of(np.random.Generator(np.random.SFC64(0)), clusters.max() + 1, 5)
    known = ~np.isnan(values)
    expected = [np.median(np.repeat(values[known], row[clusters[known]])) for row in weights]
    assert _Sorted(values, clusters).medians(weights).tolist() == expected


@pytest.mark.parametrize("count", [6000, 6001])
def test_resamples_of_many_single_photos_are_those_of_a_plain_loop(count):
    """Of cells: mean and standard deviation of each figure, rare hits, a median of an even and of an odd number."""
    rng = np.random.default_rng(7)
    km = np.exp(rng.normal(6, 2, count)).clip(0, 20_000)
    km[:300] = np.inf
    answered, rare = np.isfinite(km), np.arange(count) % 1500 == 0
    columns = np.column_stack([km <= 25, rare, np.where(answered, km, 0), answered]).astype(float)
    cells = cells_of(columns, km)
    assert 50 < len(cells.shares) < 1000
    sums, medians = cells.drawn(np.random.default_rng(1), 4000)
    found = np.column_stack([sums[:, 0], sums[:, 1], sums[:, 2] / sums[:, 3], medians])
    drawn = [rng.integers(0, count, count) for _ in range(1500)]
    looped = np.array(
        [[(km[i] <= 25).sum(), rare[i].sum(), km[i][answered[i]].mean(), np.median(km[i])] for i in drawn]
    )
    spread = looped.std(axis=0)
    assert (abs(found.mean(axis=0) - looped.mean(axis=0)) < 0.1 * spread).all()
    assert (abs(found.std(axis=0) / spread - 1) < 0.08).all()
    for end in (0.025, 0.975):
        distance = abs(np.quantile(found, end, axis=0) - np.quantile(looped, end, axis=0))
        assert (distance <= 0.3 * spread + [1, 1, 0, 0]).all()
    assert set(found[:, 1]) <= set(range(20))  # a count, of which about 4 are drawn


def test_photos_that_are_too_few_or_differ_too_much_have_no_cells():
    km = np.arange(6000.0)
    assert cells_of(np.ones((100, 1)), np.arange(100.0)) is None
    assert cells_of(np.random.default_rng(0).normal(size=(6000, 1)), km) is None  # not told by the error
    assert cells_of(np.ones((6000, 1)), np.where(km == 5, np.nan, km)) is None
    assert cells_of(np.sqrt(km)[:, None], km) is not None


def test_intervals_of_many_single_photos_are_the_same_whichever_way_they_are_drawn(monkeypatch):
    km = np.exp(np.random.default_rng(3).normal(6, 2, 5000))
    figures = [ratio(km <= 200, scale=100), ratio(km), Median(km)]
    quick = estimates(figures, np.arange(5000), 2000)
    monkeypatch.setattr("streetclip_demo.evaluate.cells.LEAST_PHOTOS", 10_000)
    slow = estimates(figures, np.arange(5000), 2000)
    for one, other in zip(quick, slow, strict=True):
        width = other.high - other.low
        assert one.value == other.value
        assert one.low == pytest.approx(other.low, abs=0.12 * width)
        assert one.high == pytest.approx(other.high, abs=0.12 * width)


def test_photos_of_a_photographer_are_drawn_together():
    """Ten photos of each that are all right or all wrong tell no more than one would."""
    right = np.arange(50) % 2 == 0
    clusters = np.repeat(np.arange(50), 10)
    (alone,) = estimates([ratio(right)], np.arange(50), 2000)
    (together,) = estimates([ratio(right[clusters])], clusters, 2000)
    (by_photos,) = estimates([ratio(right[clusters])], np.arange(500), 2000)
    width = together.high - together.low
    assert width == pytest.approx(alone.high - alone.low, rel=0.15)
    assert width > 2.5 * (by_photos.high - by_photos.low)


def test_intervals_hold_the_truth_in_about_95_of_100_datasets():
    held = 0
    for seed in range(SETS):
        clusters, right = clustered(np.random.default_rng(seed), 60)
        (found,) = estimates([ratio(right)], clusters, 300, seed)
        held += found.low <= 0.4 <= found.high
    assert 0.85 * SETS <= held < SETS  # three standard errors of 40 sets below 95 %


def test_all_right_and_none_right_have_intervals_too():
    """Clopper and Pearson's for 100 of 100: 0.025^(1/100) = 0.9638."""
    every, none = estimates(
        [ratio(np.ones(100, bool), scale=100), ratio(np.zeros(100, bool))], np.arange(100), 100
    )
    assert (every.value, every.high) == (100, 100)
    assert every.low == pytest.approx(96.38, abs=0.01)
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(0.0362, abs=1e-4)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_clusters_have_no_interval(count):
    """All resamples lie between the least and the largest of n: the truth does in 1 - 2 / 2^n of all cases."""
    clusters = np.repeat(np.arange(count), 2)
    found = estimates(
        [ratio(clusters % 2 == 0), ratio(clusters * 1.0), Median(np.arange(2.0 * count))], clusters, 100
    )
    assert all(one.low is None for one in found if one.value not in (0, 1))
    assert estimates([ratio(np.arange(6.0))], np.arange(6), 100)[0].low is not None


def test_the_clusters_of_a_figure_are_those_of_the_photos_that_count_for_it():
    """Of 100 photographers the region of three photos is known: three tell what three tell."""
    known = np.arange(100) < 3
    (hits, mean) = estimates([ratio(known, known, 100), ratio(np.arange(100.0), known)], np.arange(100), 100)
    assert hits.low == pytest.approx(100 * 0.025 ** (1 / 3))  # Clopper and Pearson's, for three of three
    assert mean.low is None


def test_what_is_the_same_in_each_resample_has_an_interval_where_it_has_limits():
    score, half, mean = estimates(
        [ratio(np.full(20, 5000.0), whole=5000.0), ratio(np.arange(20) % 2 == 0), ratio(np.zeros(20))],
        np.repeat(np.arange(10), 2),
        100,
    )
    missed = 1 - 0.025 ** (1 / 10)
    assert (score.low, score.high) == pytest.approx((5000 * (1 - missed), 5000))
    assert (half.low, half.high) == pytest.approx(
        (0.5 - missed, 0.5 + missed)
    )  # one of two of each photographer
    assert (mean.low, mean.high) == (0, 0)


def test_settings_that_are_alike_are_seldom_called_different_where_few_clusters_differ():
    """Four of a hundred that all change the same way come of chance in one of eight cases."""
    changed = np.arange(100) < 4
    (few,) = estimates(
        [difference(100.0 * changed, np.zeros(100), np.ones(100), 100.0)], np.arange(100), 2000
    )
    assert few.low <= 0 < few.value
    changed = np.arange(100) < 12
    (many,) = estimates(
        [difference(100.0 * changed, np.zeros(100), np.ones(100), 100.0)], np.arange(100), 2000
    )
    assert 0 < many.low < many.value


def test_no_photo_has_no_figure():
    (nothing,) = estimates([ratio(np.zeros(3), np.zeros(3))], np.arange(3), 100)
    assert np.isnan(nothing.value)
    assert nothing.low is None


def test_the_same_seed_gives_the_same_interval_and_figures_do_not_change_each_other():
    clusters, right = clustered(np.random.default_rng(0), 40)
    alone = estimates([ratio(right)], clusters, 300, 5)
    among = estimates([Median(right * 1.0), ratio(right), ratio(right, scale=100)], clusters, 300, 5)
    assert alone[0] == among[1]
    assert estimates([ratio(right)], clusters, 300, 6) != alone


def test_a_figure_that_grows_with_noise_has_its_value_inside_its_interval():
    rng = np.random.default_rng(0)
    values = rng.normal(0.05, 1, 400)
    figure = Figure(
        np.column_stack([values, np.ones(400)]), lambda s: np.abs(s[..., 0]) / s[..., 1], is_biased=True
    )
    (found,) = estimates([figure], np.arange(400), 2000)
    assert found.low <= found.value <= found.high


def test_the_effective_number_of_clusters_is_kishs():
    assert effective_count(np.repeat([0, 1, 2], [8, 1, 1])) == pytest.approx(100 / 66)
