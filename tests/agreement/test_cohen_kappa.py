from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from palate.agreement import CohenKappa, LabelCounts, _measure
from palate.core.errors import InputError


def _answers(table: list[list[int]]) -> pl.DataFrame:
    """A row of the table is a label of the first annotator, a column one of the second."""
    labels = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    rows = [(task, "ab"[a], label) for task, pair in enumerate(labels) for a, label in enumerate(pair)]
    return pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")


# Cohen, Weighted Kappa, 1968, table 1: 200 patients, two psychiatrists; kappa is 0.492.
PSYCHIATRISTS = [[88, 10, 2], [14, 40, 6], [18, 10, 12]]


def test_the_psychiatrists_of_1968() -> None:
    found = CohenKappa().measure(_answers(PSYCHIATRISTS))
    assert found.value == pytest.approx(0.492, abs=0.0005)
    assert found.low < 0.492 < found.high


def test_the_interval_is_that_of_large_samples() -> None:
    # Fleiss, Cohen and Everitt, Large Sample Standard Errors of Kappa and Weighted Kappa, 1969, equation 13.
    shares = np.array(PSYCHIATRISTS) / 200
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed, chance = np.trace(shares), rows @ columns
    kappa = (observed - chance) / (1 - chance)
    variance = sum(
        shares[i, i] * ((1 - chance) - (rows[i] + columns[i]) * (1 - observed)) ** 2 for i in range(3)
    )
    variance += (1 - observed) ** 2 * sum(
        shares[i, j] * (columns[i] + rows[j]) ** 2 for i in range(3) for j in range(3) if i != j
    )
    variance -= (observed * chance - 2 * chance + observed) ** 2
    error = np.sqrt(variance / 200) / (1 - chance) ** 2
    found = CohenKappa(resamples=4000).measure(_answers(PSYCHIATRISTS))
    assert found.low == pytest.approx(kappa - 1.96 * error, abs=0.15 * error)
    assert found.high == pytest.approx(kappa + 1.96 * error, abs=0.15 * error)


@settings(max_examples=30, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=12))
def test_quadratic_weights_give_the_concordance_of_two_columns_of_numbers(pairs: list) -> None:
    # Krippendorff, 1970; Fleiss and Cohen, 1973: with the moments of the whole population.
    first, second = np.array(pairs, dtype=float).T
    spread = first.var() + second.var() + (first.mean() - second.mean()) ** 2
    rows = [
        (task, name, label) for task, pair in enumerate(pairs) for name, label in zip("ab", pair, strict=True)
    ]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    found = CohenKappa(weighting="quadratic", resamples=39).measure(answers)
    covariance = np.mean((first - first.mean()) * (second - second.mean()))
    expected = 2 * covariance / spread if spread else np.nan
    assert found.value == pytest.approx(expected, nan_ok=True, abs=1e-9)


def _plain_mean_kappa(answers: pl.DataFrame, weighting: str) -> float:
    """The definition, pair by pair, on the tasks that both answered."""
    given_by = {
        name: dict(zip(group["task"], group["label"], strict=True))
        for (name,), group in answers.group_by("annotator")
    }
    distance = {"none": lambda a, b: float(a != b), "linear": lambda a, b: abs(a - b)}
    distance["quadratic"] = lambda a, b: (a - b) ** 2
    total = weight = 0.0
    for one, other in combinations(given_by.values(), 2):
        shared = sorted(set(one) & set(other))
        far = [[distance[weighting](one[t], other[u]) for u in shared] for t in shared]
        expected = np.mean(far) if shared else 0
        if expected > 0:
            total += len(shared) * (1 - np.mean(np.diag(far)) / expected)
            weight += len(shared)
    return total / weight if weight else np.nan


@settings(max_examples=60, deadline=None)
@given(answers=answer_tables(), weighting=st.sampled_from(["none", "linear", "quadratic"]))
def test_it_is_the_mean_over_pairs_weighed_by_shared_tasks(answers: pl.DataFrame, weighting: str) -> None:
    assume(answers["task"].is_duplicated().any())
    found = CohenKappa(weighting=weighting, resamples=39).measure(answers)
    assert found.value == pytest.approx(_plain_mean_kappa(answers, weighting), nan_ok=True, abs=1e-9)


def test_a_crowd_that_shares_all_tasks_has_lights_mean() -> None:
    answers, *_ = crowd(3, n_annotators=4, overlap=4)
    pairs = [
        CohenKappa().measure(answers.filter(pl.col("annotator").is_in(pair))).value
        for pair in combinations(range(4), 2)
    ]
    assert CohenKappa().measure(answers).value == pytest.approx(np.mean(pairs))


def test_the_interval_of_pairs_that_meet_rarely_holds_the_value() -> None:
    answers, *_ = crowd(4, n_tasks=300, n_annotators=40)
    found = CohenKappa().measure(answers)
    assert found.low < found.value < found.high


@settings(max_examples=30, deadline=None)
@given(
    table=st.lists(st.lists(st.integers(1, 6), min_size=3, max_size=3), min_size=3, max_size=3),
    weighting=st.sampled_from(["none", "linear", "quadratic"]),
)
def test_a_tasks_term_is_how_the_value_changes_with_its_weight(table: list, weighting: str) -> None:
    # Numerator less value times denominator, over the sum of denominators, is the derivative of the ratio.
    answers = _answers(table)
    data, _ = _measure.count_labels(answers)
    numerators, denominators = CohenKappa(weighting=weighting).terms(data, data.answerers)
    value = numerators.sum() / denominators.sum()
    slopes = (numerators - value * denominators) / denominators.sum()
    more = 1e-6
    weighted = np.array(table, dtype=float)
    far = np.abs(np.subtract.outer(np.arange(3.0), np.arange(3.0))) ** {"linear": 1, "quadratic": 2}.get(
        weighting, 0
    )
    np.fill_diagonal(far, 0)

    def kappa(joint: np.ndarray) -> float:
        chance = np.outer(joint.sum(axis=1), joint.sum(axis=0)) / joint.sum()
        return 1 - (joint * far).sum() / (chance * far).sum()

    assert value == pytest.approx(kappa(weighted))
    firsts = data.answerers.labels[data.answerers.offsets[:-1]]
    seconds = data.answerers.labels[data.answerers.offsets[:-1] + 1]
    order = sorted(set(zip(firsts.tolist(), seconds.tolist(), strict=True)))
    flipped = not np.array_equal(
        np.bincount(firsts * 3 + seconds, minlength=9).reshape(3, 3), weighted
    )  # codes of annotators depend on no name: either may be the first
    for one, other in order:
        step = np.zeros((3, 3))
        step[(other, one) if flipped else (one, other)] = more
        slope = (kappa(weighted + step) - kappa(weighted - step)) / (2 * more)
        found = slopes[(firsts == one) & (seconds == other)][0]
        assert found == pytest.approx(slope, abs=1e-6)


def test_agreeing_on_one_label_says_nothing() -> None:
    answers = _answers([[5, 0], [0, 0]])
    found = CohenKappa().measure(answers)
    assert np.isnan([found.value, found.low, found.high]).all()


def test_counts_alone_are_refused() -> None:
    with pytest.raises(InputError, match="needs to know who answered"):
        CohenKappa().values(LabelCounts(np.array([[1.0, 1.0]]), None), np.ones((1, 1)))
