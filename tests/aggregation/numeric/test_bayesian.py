from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from number_strategies import measuring_crowd, number_tables
from scipy.stats import multivariate_normal

from palate.aggregation.numeric import Bayesian, CodedNumbers, Mean, _bias_model, bayesian
from palate.aggregation.numeric._bias_model import BiasModel, posterior
from palate.aggregation.numeric._tables import code_numbers
from palate.core.errors import InputError, SettingsError


def plain_posterior(coded: CodedNumbers, model: BiasModel):
    """The yardstick: one normal distribution of all answers, values and biases, conditioned by its covariance."""
    n, n_tasks, n_annotators = len(coded.values), len(coded.task_ids), len(coded.annotator_ids)
    to_tasks, to_annotators = np.eye(n_tasks)[coded.tasks], np.eye(n_annotators)[coded.annotators]
    # What is unknown, then what is seen, as linear in independent (values, biases, noise).
    known = np.isfinite(coded.golden)
    unknown = np.hstack([np.eye(n_tasks + n_annotators), np.zeros((n_tasks + n_annotators, n))])
    seen = np.hstack([to_tasks, to_annotators, np.eye(n)])
    golden = np.hstack([np.eye(n_tasks)[known], np.zeros((known.sum(), n_annotators + n))])
    seen, data = np.vstack([seen, golden]), np.append(coded.values, coded.golden[known])
    variance = np.concatenate(
        [
            np.full(n_tasks, model.value_variance),
            np.full(n_annotators, model.bias_variance),
            1 / model.precision[coded.annotators],
        ]
    )
    mean = np.append(np.full(n_tasks, model.mean), np.zeros(n_annotators + n))
    joint = np.vstack([unknown, np.eye(len(variance))[n_tasks + n_annotators :]])  # values, biases, noise
    between = (joint * variance) @ seen.T
    within = (seen * variance) @ seen.T
    gain = between @ np.linalg.pinv(within)
    found = joint @ mean + gain @ (data - seen @ mean)
    spread = np.diag((joint * variance) @ joint.T - gain @ between.T)
    squares = np.bincount(coded.annotators, (found**2 + spread)[n_tasks + n_annotators :])
    density = multivariate_normal.logpdf(data, seen @ mean, within, allow_singular=True)
    return found, spread, squares, density


@settings(max_examples=40, deadline=None)
@given(answers=number_tables(), clamp=st.booleans(), seed=st.integers(0, 99))
def test_posterior_equals_the_plain_one(answers: pl.DataFrame, clamp: bool, seed: int) -> None:
    golden = pl.DataFrame({"task": answers["task"][:1], "value": [1.25]}) if clamp else None
    coded = code_numbers(answers, golden)
    rng = np.random.default_rng(seed)
    model = BiasModel(0.3, 2.0, 0.7, rng.uniform(0.2, 3, len(coded.annotator_ids)))
    found = posterior(coded, model)
    mean, spread, squares, density = plain_posterior(coded, model)
    n_tasks, n_both = len(coded.task_ids), len(coded.task_ids) + len(coded.annotator_ids)
    np.testing.assert_allclose(found.value, mean[:n_tasks], atol=1e-8)
    np.testing.assert_allclose(found.bias, mean[n_tasks:n_both], atol=1e-8)
    np.testing.assert_allclose(found.value_variance, spread[:n_tasks], atol=1e-8)
    np.testing.assert_allclose(found.bias_variance, spread[n_tasks:n_both], atol=1e-8)
    np.testing.assert_allclose(found.squared_noise, squares, atol=1e-7)
    assert found.log_likelihood == pytest.approx(density, abs=1e-7)


def test_blocks_change_nothing(monkeypatch) -> None:
    coded = code_numbers(measuring_crowd(3)[0])
    model = BiasModel(50.0, 9.0, 1.0, np.ones(20))
    whole = posterior(coded, model)
    monkeypatch.setattr(_bias_model, "_BLOCK", 60)
    parts = posterior(coded, model)
    np.testing.assert_allclose(whole.squared_noise, parts.squared_noise, rtol=1e-12)
    np.testing.assert_allclose(whole.value_variance, parts.value_variance, rtol=1e-12)


def test_biases_and_spreads_are_found() -> None:
    answers, truth, biases, spreads = measuring_crowd(1, n_tasks=2000)
    found = Bayesian().aggregate(answers)
    assert found.converged
    level = biases.mean()  # what all share cannot be seen
    np.testing.assert_allclose(found.annotators["bias"], biases - level, atol=0.25)
    np.testing.assert_allclose(found.annotators["spread"], spreads, rtol=0.15, atol=0.05)
    assert np.abs(found.values["value"].to_numpy() - truth - level).mean() < 0.5


def test_golden_tasks_show_the_bias_that_all_share() -> None:
    answers, truth, biases, _ = measuring_crowd(2, n_tasks=300)
    answers = answers.with_columns(pl.col("value") + 10)
    known = pl.DataFrame({"task": range(100), "value": truth[:100]})
    found = Bayesian().aggregate(answers, golden=known)
    np.testing.assert_allclose(found.annotators["bias"], biases + 10, atol=1.2)
    assert np.abs(found.values["value"].to_numpy() - truth)[100:].mean() < 0.9


def test_it_is_nearer_to_the_truth_than_the_mean_and_its_intervals_cover() -> None:
    errors, means, covered = [], [], []
    for seed in range(30):
        answers, truth, *_ = measuring_crowd(100 + seed)
        found = Bayesian().aggregate(answers).values
        errors.append(found["value"].to_numpy() - truth)
        means.append(Mean().aggregate(answers).values["value"].to_numpy() - truth)
        covered.append((found["low"].to_numpy() <= truth) & (truth <= found["high"].to_numpy()))
    assert np.sqrt(np.mean(np.square(errors))) < 0.8 * np.sqrt(np.mean(np.square(means)))
    assert 0.91 < np.mean(covered) < 0.985


def test_the_log_likelihood_does_not_depend_on_the_unit_but_for_its_constant() -> None:
    answers = measuring_crowd(6, n_tasks=20)[0]
    first, other = (
        Bayesian(max_iter=3).aggregate(answers.with_columns(pl.col("value") * factor)).log_likelihood
        for factor in (1.0, 100.0)
    )
    # Densities of 100 answers and of 20 prior precisions (two answers each) change with the unit.
    np.testing.assert_allclose(np.array(first) - np.array(other), (100 + 20 * 2) * np.log(100), rtol=1e-9)


def test_too_many_annotators_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(bayesian, "_MOST_ANNOTATORS", 19)
    with pytest.raises(InputError, match="20 annotators are too many .*at most 19.* Choose catd or mean"):
        Bayesian().aggregate(measuring_crowd(0)[0])


@pytest.mark.parametrize(
    "setting", [{"max_iter": 0}, {"tolerance": -1.0}, {"prior_answers": 0.0}, {"prior_answers": float("inf")}]
)
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        Bayesian(**setting)
