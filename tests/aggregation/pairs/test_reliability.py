from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from compared import annotated, circled
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from palate.aggregation.pairs import BradleyTerry, CrowdBT, NoisyBradleyTerry
from palate.aggregation.pairs._reliability import GivenComparisons, ReliabilityAggregator
from palate.aggregation.pairs._tables import code_comparisons
from palate.core.errors import SettingsError

METHODS = [
    CrowdBT(),
    NoisyBradleyTerry(),
    CrowdBT(regularization=2, right=3, wrong=0.5),
    NoisyBradleyTerry(guesses=3),
]
every_method = pytest.mark.parametrize("method", METHODS)


def _given(seed: int) -> tuple[GivenComparisons, pl.DataFrame]:
    comparisons, _ = annotated(seed, n_ids=4, n_annotators=3, each=8)
    ties = pl.Series(np.random.default_rng(seed).random(len(comparisons)) < 0.2)
    unnamed = pl.Series(np.random.default_rng(seed + 1).random(len(comparisons)) < 0.2)
    table = comparisons.with_columns(
        label=pl.when(ties).then(pl.lit("tie")).otherwise("label"),
        annotator=pl.when(unnamed).then(None).otherwise("annotator"),
    )
    return GivenComparisons.from_coded(code_comparisons(table)), table


def _plain_value(method: ReliabilityAggregator, table: pl.DataFrame, parameters: np.ndarray) -> float:
    """The logarithm of likelihood and priors as the papers have them, one comparison at a time."""
    F = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731, N806 (short, and the papers' name)
    scores, logits, bias = parameters[:4], parameters[4:8], parameters[8:]
    held = method.regularization / 2
    total = sum(held * np.log(F(s) * F(-s)) for s in scores)
    total += sum(method.right * np.log(F(a)) + method.wrong * np.log(F(-a)) for a in logits)
    if isinstance(method, NoisyBradleyTerry):
        total += sum(method.guesses / 2 * np.log(F(q) * F(-q)) for q in bias)
    for left, right, label, annotator in table["left", "right", "label", "annotator"].iter_rows():
        k = 3 if annotator is None else annotator
        seen, trust = F(scores[left] - scores[right]), F(logits[k])
        other = 1 - seen if isinstance(method, CrowdBT) else F(bias[k])
        p = trust * seen + (1 - trust) * other
        total += {"left": np.log(p), "right": np.log(1 - p), "tie": (np.log(p) + np.log(1 - p)) / 2}[label]
    return total


@every_method
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_value_and_every_derivative_are_right(method: ReliabilityAggregator, seed: int) -> None:
    given_, table = _given(seed)
    assume(given_.n_annotators == 4)  # else nobody is nameless, which is one seed in 200
    size = len(method.start_of(given_))
    parameters = np.random.default_rng(seed).normal(size=size)
    value, gradient = method.value_and_gradient(given_, parameters)
    assert value == pytest.approx(_plain_value(method, table, parameters))
    step = 1e-6
    slopes = [
        (
            _plain_value(method, table, parameters + step * unit)
            - _plain_value(method, table, parameters - step * unit)
        )
        / (2 * step)
        for unit in np.eye(size)
    ]
    np.testing.assert_allclose(gradient, slopes, atol=1e-5, rtol=1e-6)


@every_method
def test_no_derivative_is_left_and_the_likelihood_only_rose(method: ReliabilityAggregator) -> None:
    comparisons, _ = annotated(3)
    found = method.aggregate(comparisons)
    assert found.converged
    assert (np.diff(found.log_likelihood) >= -1e-9).all()
    given_ = GivenComparisons.from_coded(code_comparisons(comparisons))
    assert found.log_likelihood[0] > method.value_and_gradient(given_, method.start_of(given_))[0]


def _mixed_crowd(kind: str) -> tuple[pl.DataFrame, np.ndarray]:
    """Ten annotators of 150 comparisons; the last five answer the opposite, or the left whatever is shown."""
    comparisons, common = annotated(5, n_annotators=10, each=150, taste=0)
    bad = pl.col("annotator") >= 5
    turned = {"opposite": pl.col("label").replace({"left": "right", "right": "left"}), "left": pl.lit("left")}
    return comparisons.with_columns(pl.when(bad).then(turned[kind]).otherwise("label").alias("label")), common


def test_who_says_the_opposite_is_found_and_used() -> None:
    comparisons, common = _mixed_crowd("opposite")
    # The last annotator is left out, so that those who are right are the more.
    comparisons = comparisons.filter(pl.col("annotator") < 9)
    found = CrowdBT().aggregate(comparisons)
    reliability = found.annotators.sort("annotator")["reliability"].to_numpy()
    assert (reliability[:5] > 0.65).all()
    assert (reliability[5:] < 0.35).all()
    scores = found.scores.sort("item")["score"].to_numpy()
    assert (np.diff(scores) > 0).all()  # as the common ones do
    plain = BradleyTerry().aggregate(comparisons).scores.sort("item")["score"].to_numpy()
    spread = [values.max() - values.min() for values in (plain, common, scores)]
    assert spread[0] < 0.5 * spread[1] < spread[2]  # who says the opposite hides what others see


def test_who_always_takes_the_left_is_found() -> None:
    comparisons, common = _mixed_crowd("left")
    found = NoisyBradleyTerry().aggregate(comparisons)
    annotators = found.annotators.sort("annotator")
    assert (annotators["reliability"][:5] > 0.6).all()
    assert (annotators["reliability"][5:] < 0.15).all()
    assert (annotators["left_guess"][5:] > 0.9).all()
    assert annotators["comparisons"].to_list() == [150] * 10
    scores = found.scores.sort("item")["score"].to_numpy()
    assert (np.diff(scores) > 0).all()  # as the common ones do
    plain = BradleyTerry().aggregate(comparisons).scores.sort("item")["score"].to_numpy()
    assert np.abs(scores - common).max() < np.abs(plain - common).max()


@every_method
def test_comparisons_without_annotator_share_a_nameless_one(method: ReliabilityAggregator) -> None:
    comparisons = circled(2, ties=0.1)
    nobody = method.aggregate(comparisons)
    somebody = method.aggregate(comparisons.with_columns(annotator=pl.lit("one")))
    np.testing.assert_allclose(nobody.scores["score"], somebody.scores["score"])
    assert len(nobody.annotators) == 0
    assert somebody.annotators["annotator"].to_list() == ["one"]


def test_too_few_steps_are_told() -> None:
    found = CrowdBT(max_iter=1).aggregate(annotated(1)[0])
    assert not found.converged
    assert found.iterations == 1


@pytest.mark.parametrize(
    "setting", [{"regularization": 0.0}, {"right": 0.0}, {"wrong": -1.0}, {"tolerance": 0.0}, {"max_iter": 0}]
)
@pytest.mark.parametrize("kind", [CrowdBT, NoisyBradleyTerry])
def test_impossible_settings_are_refused(kind, setting: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        kind(**setting)


def test_guesses_must_be_above_zero() -> None:
    with pytest.raises(SettingsError, match="'guesses' must be"):
        NoisyBradleyTerry(guesses=0)
