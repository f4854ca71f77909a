"""People and a model judge, on arrays: against enumeration, against simple frequencies, and over many samples."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from palate.inference._people_and_judge import Sample, assisted_values, judge_alone, power_toward
from palate.inference._sequential_logit import Factors, GradeModel, fit_grades
from palate.inference._unlabelled import Learnt, Targets, drawn_values

IDEAL = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2, 5)))])  # the first 3 ranks


def _factors(judged, queries, bands=None) -> Factors:
    judged, queries = np.asarray(judged), np.asarray(queries)
    bands = np.zeros_like(judged) if bands is None else np.asarray(bands)
    return Factors(
        judged, bands, queries, (int(judged.max()) + 1, int(bands.max()) + 1, int(queries.max()) + 1)
    )


def _world(n_queries=20, n_items=40, truth_of_judge=1.0, seed=0):
    """Grades 0 to 2, a judge's labels that follow them, and weights of two systems' first 5 ranks."""
    rng = np.random.default_rng(seed)
    queries = np.repeat(np.arange(n_queries), n_items)
    worth = rng.normal(size=len(queries)) + rng.normal(scale=0.5, size=n_queries)[queries]
    grades = (worth > 0.3).astype(int) + (worth > 1.2)
    heard = truth_of_judge * worth + rng.normal(size=len(queries))
    judged = (heard > -0.5).astype(int) + (heard > 0.5) + (heard > 1.5)
    weights = np.zeros((2, len(queries)))
    for system, noise in enumerate((0.5, 1.5)):
        seen = worth + rng.normal(scale=noise, size=len(queries))
        for query in range(n_queries):
            of_query = np.flatnonzero(queries == query)
            weights[system, of_query[np.argsort(-seen[of_query])[:5]]] = 1 / 5
    return grades, _factors(judged, queries, (weights.max(0) > 0).astype(int)), weights


def test_every_share_is_a_probability_and_they_add_up_to_1():
    grades, factors, _ = _world()
    rows = np.arange(0, len(grades), 7)
    model = fit_grades(grades[rows], factors.of(rows), np.ones((2, len(rows)), dtype=bool), 3)
    shares = model.shares(0)
    assert shares.shape == (factors.n_cells, 20, 3)
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(-1), 1.0)


def test_with_many_labels_the_shares_are_the_frequencies_of_the_steps():
    """Two grades and one query leave the model one height a label: its shares are the frequencies."""
    rng = np.random.default_rng(1)
    judged = rng.integers(0, 3, 6000)
    grades = (rng.random(6000) < np.array([0.1, 0.4, 0.8])[judged]).astype(int)
    factors = _factors(judged, np.zeros(6000, dtype=int))
    shares = fit_grades(grades, factors, np.ones((1, 6000), dtype=bool), 2).shares(0)
    found = [grades[judged == label].mean() for label in range(3)]
    np.testing.assert_allclose(shares[:, 0, 1], found, atol=0.01)


def test_a_judge_that_says_nothing_is_not_listened_to():
    rng = np.random.default_rng(2)
    judged, grades = rng.integers(0, 4, 400), rng.integers(0, 3, 400)
    factors = _factors(judged, np.repeat(np.arange(20), 20))
    shares = fit_grades(grades, factors, np.ones((1, 400), dtype=bool), 3).shares(0)
    assert np.ptp(shares, axis=0).max() < 0.08


def test_a_grade_that_nobody_of_a_fold_gave_stays_possible():
    factors = _factors([0, 1] * 20, [0] * 40)
    shares = fit_grades(np.zeros(40, dtype=int), factors, np.ones((1, 40), dtype=bool), 3).shares(0)
    assert np.isfinite(shares).all()
    assert (shares[..., 1] > 0).all()


def test_drawn_values_are_those_of_all_grades_that_there_could_be():
    """Six items of one query, two known: all 81 sets of grades of the other four, with their probabilities."""
    judged, queries = [0, 1, 0, 1, 0, 1], [0] * 6
    factors = _factors(judged, queries)
    heights = np.array([[[-0.2, 0.9], [-0.7, 0.3]]])
    model = GradeModel(heights, np.zeros((1, 1, 2)), np.zeros((1, 1, 2, 2)))
    weights = np.array([[1.0, 1 / np.log2(3), 0.5, 0.0, 0.0, 0.0]])
    targets = Targets(weights, np.array([0.0, 1.0, 3.0]), IDEAL)
    known = np.array([-1, 2, -1, -1, 1, -1])
    held, labels = np.array([0, 3]), np.array([2, 0])
    shares = model.shares(0)[factors.cells, factors.queries]

    def value(grades):
        gains = targets.gains[list(grades)]
        return (weights[0] @ gains) / (np.sort(gains)[::-1][:3] @ np.diff(IDEAL))

    def expected(fixed):
        total = 0.0
        for grades in product(*[[fixed[i]] if i in fixed else range(3) for i in range(6)]):
            chance = np.prod([shares[i, g] for i, g in enumerate(grades) if i not in fixed])
            total += chance * value(grades) if any(grades) else 0.0
        return total

    sure = {1: 2, 4: 1}
    at = {i: [expected({**sure, i: g}) for g in range(3)] for i in held}
    off = [at[i][g] - shares[i] @ at[i] for i, g in zip(held, labels, strict=True)]
    learnt = Learnt(factors, model, 0, known, held, labels)
    drawn = [drawn_values(learnt, targets, np.random.default_rng(seed)) for seed in range(100)]
    np.testing.assert_allclose(np.mean([v for v, _ in drawn]), expected(sure), atol=0.005)
    np.testing.assert_allclose(np.mean([e for _, e in drawn], axis=0)[0], off, atol=0.005)


@pytest.mark.parametrize("ideal", [None, IDEAL])
def test_labels_of_everything_give_the_value_itself(ideal):
    grades, factors, weights = _world(n_queries=4, n_items=15)
    targets = Targets(weights, np.arange(3.0), ideal)
    sample = Sample(np.arange(60), grades, np.ones(60))
    found = assisted_values(factors, targets, sample).assisted
    gained = weights * grades
    expected = [[gained[s, factors.queries == q].sum() for q in range(4)] for s in range(2)]
    if ideal is not None:
        best = [np.sort(grades[factors.queries == q])[::-1][:3] @ np.diff(IDEAL) for q in range(4)]
        expected = np.array(expected) / best
    np.testing.assert_allclose(found.per_query, expected, atol=1e-12)
    interval = found.interval(0, 0.95, of_these_queries=True)
    assert interval.high - interval.low == 0


@pytest.mark.parametrize("truth_of_judge", [1.5, 0.0, -1.0])
def test_estimates_are_unbiased_and_intervals_hold_the_truth(truth_of_judge):
    """Of 40 samples of about 100 labels; a judge that knows, one that guesses, and one that turns everything round."""
    grades, factors, weights = _world(truth_of_judge=truth_of_judge)
    targets = Targets(weights, np.array([0.0, 1.0, 1.0]))
    inclusion = np.where(weights.max(0) > 0, 0.45, 0.075)
    right = float((weights[0] - weights[1]) @ (grades >= 1)) / 20
    rows = []
    for seed in range(40):
        items = np.flatnonzero(np.random.default_rng(seed).random(len(grades)) < inclusion)
        sides = assisted_values(factors, targets, Sample(items, grades[items], inclusion[items]), seed)
        one, alone = (side.contrast(0, 1) for side in (sides.assisted, sides.alone))
        inside = right in one.interval(0, 0.95, of_these_queries=True)
        rows.append((one.estimates[0], one.variances()[0][0], alone.variances()[0][0], inside))
    assisted, variance, of_alone, inside = np.array(rows, dtype=float).T
    assert abs(assisted.mean() - right) < 4 * assisted.std() / 40**0.5
    assert inside.mean() > 0.95 - 4 * (0.95 * 0.05 / 40) ** 0.5
    assert ((assisted - right) ** 2).mean() / variance.mean() == pytest.approx(1.0, abs=4 * (2 / 40) ** 0.5)
    assert of_alone.mean() / variance.mean() > (1.03 if truth_of_judge else 0.97)


def test_over_all_samples_that_there_could_be_the_mean_is_the_truth():
    """Five of eight items, one a fold: 56 samples, and a judge that is wrong."""
    grades = np.array([2, 0, 1, 0, 2, 1, 0, 2])
    factors = _factors([0, 1, 0, 1, 0, 1, 1, 0], [0, 0, 0, 0, 1, 1, 1, 1])
    weights = np.array([[1.0, 0.5, 0.0, 0.2, 0.5, 0.0, 1.0, 0.1], [0.0, 0.3, 0.7, 0.1, 0.9, 0.0, 0.4, 0.0]])
    targets = Targets(weights, np.array([0.0, 1.0, 3.0]))
    found = []
    for items in combinations(range(8), 5):
        sample = Sample(np.array(items), grades[list(items)], np.full(5, 5 / 8))
        found.append(judge_alone(factors, targets, sample).per_query)
    gained = weights * targets.gains[grades]
    right = np.stack([gained[:, :4].sum(axis=1), gained[:, 4:].sum(axis=1)], axis=1)
    # Fits end their iterations together, so that one knows of the others' labels when it was close enough.
    np.testing.assert_allclose(np.mean(found, axis=0), right, atol=1e-3)


def test_a_share_of_the_ideal_has_little_bias_though_the_judge_turns_everything_round():
    """Of 40 samples of about 200 labels; unbiased up to a fifth of the standard deviation, and chance."""
    grades, factors, weights = _world(truth_of_judge=-1.0)
    targets = Targets(weights * 5, np.arange(3.0), np.arange(6.0))  # a precision of grades at 5
    gained = np.array([np.sort(grades[factors.queries == query])[::-1][:5].sum() for query in range(20)])
    right = np.stack([np.bincount(factors.queries, row * grades, 20) / gained for row in weights * 5])
    inclusion = np.where(weights.max(0) > 0, 0.5, 0.2)
    off, inside = [], []
    for seed in range(40):
        items = np.flatnonzero(np.random.default_rng(seed).random(len(grades)) < inclusion)
        side = assisted_values(
            factors, targets, Sample(items, grades[items], inclusion[items]), seed
        ).assisted
        off.append(side.estimates - right.mean(axis=1))
        intervals = [side.interval(target, 0.95, of_these_queries=True) for target in (0, 1)]
        inside += [true in interval for true, interval in zip(right.mean(axis=1), intervals, strict=True)]
    errors = np.array(off)
    assert (np.abs(errors.mean(axis=0)) < (0.2 + 3 / 40**0.5) * errors.std(axis=0)).all()
    assert np.mean(inside) > 0.95 - 4 * (0.95 * 0.05 / 40) ** 0.5


def test_all_queries_are_less_sure_than_these():
    grades, factors, weights = _world()
    targets = Targets(weights, np.arange(3.0))
    items = np.random.default_rng(3).choice(len(grades), 500, replace=False)
    side = assisted_values(factors, targets, Sample(items, grades[items], np.full(500, 500 / 800))).assisted
    these, every = (side.interval(0, 0.95, of_these_queries=these) for these in (True, False))
    assert these.estimate == every.estimate
    assert every.low < these.low
    assert these.high < every.high


def test_the_power_is_the_least_variance():
    rng = np.random.default_rng(4)
    alone = rng.normal(size=200)
    assisted = 0.5 * alone + rng.normal(scale=0.3, size=200)
    weights = rng.random(200)
    grid = np.linspace(-1, 3, 4001)
    spread = [(weights * (power * assisted + (1 - power) * alone) ** 2).sum() for power in grid]
    found, _ = power_toward(alone, assisted, weights)
    assert found == pytest.approx(grid[int(np.argmin(spread))], abs=1e-3)
    assert power_toward(alone, alone, weights) == (0.0, 0.0)


def test_how_sure_the_power_is_is_how_far_it_scatters():
    """400 draws of 200 rows, of which some vary more than others and weigh more."""
    rng = np.random.default_rng(5)
    scale = np.repeat([0.5, 2.0], 100)
    found = []
    for _ in range(400):
        saved = rng.normal(size=200)
        alone = 0.7 * saved + scale * rng.normal(size=200)
        found.append(power_toward(alone, alone - saved, scale))
    powers, precisions = np.array(found).T
    assert powers.mean() == pytest.approx(0.7, abs=4 * powers.std() / 400**0.5)
    assert precisions.mean() * powers.var() == pytest.approx(1.0, abs=4 * (2 / 400) ** 0.5)


def test_a_power_that_rests_on_one_row_is_not_known():
    saved = np.array([0.0, 100.0, 0.0])
    alone = np.array([1.0, 90.0, -1.0])
    assert power_toward(alone, alone - saved, np.ones(3)) == (pytest.approx(0.9), 0.0)
    saved = np.array([1.0, 100.0, -1.0])  # the others say 2, and 0.9 - 2 is far
    alone = np.array([2.0, 90.0, -2.0])
    power, precision = power_toward(alone, alone - saved, np.ones(3))
    assert power == pytest.approx(0.9, abs=0.001)
    assert precision == pytest.approx(1 / (0.9 - 2) ** 2, rel=0.01)
