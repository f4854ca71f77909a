from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, shared_answers
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from palate.aggregation._long_tail import chi_square_quantiles
from palate.aggregation.labels import CATD, MajorityVote
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import SettingsError


def plain_catd(
    answers: pl.DataFrame, known: dict, prior: float, significance: float, rounds: int
) -> tuple[dict, dict]:
    """The yardstick: dictionaries, one answer at a time. Returns shares by task, and errors by annotator."""
    rows = answers.rows()
    labels = sorted(answers["label"].unique())
    weight = {a: 1.0 for _, a, _ in rows}
    for _ in range(rounds + 1):
        shares = {t: dict.fromkeys(labels, 0.0) for t, _, _ in rows}
        for task, annotator, label in rows:
            shares[task][label] += weight[annotator]
        for task, row in shares.items():
            total = sum(row.values())
            shares[task] = {
                x: float(x == known[task]) if task in known else w / total for x, w in row.items()
            }
        if _ == rounds:
            break
        errors = dict.fromkeys(weight, 0.0)
        for task, annotator, label in rows:
            best = [x for x, w in shares[task].items() if w >= max(shares[task].values()) - 1e-9]
            errors[annotator] += 1 - (label in best) / len(best)
        for a in weight:
            n = sum(annotator == a for _, annotator, _ in rows)
            weight[a] = chi2.ppf(significance / 2, n) / (errors[a] + prior)
    return shares, errors


@settings(max_examples=40, deadline=None)
@given(
    answers=answer_tables(),
    prior=st.sampled_from([0.01, 0.5, 2.0]),
    significance=st.sampled_from([0.05, 0.5]),
    rounds=st.integers(1, 3),
    clamp=st.booleans(),
)
def test_fast_version_equals_the_plain_one(answers, prior, significance, rounds, clamp) -> None:
    known = {answers["task"][0]: answers["label"][0]} if clamp else {}
    golden = pl.DataFrame({"task": list(known), "label": list(known.values())}) if clamp else None
    coded = code_answers(answers, golden)
    fit = CATD(significance=significance, prior_errors=prior, max_iter=rounds).fit(coded)
    shares, errors = plain_catd(answers, known, prior, significance, fit.iterations)
    expected = [list(shares[task].values()) for task in coded.task_ids]
    np.testing.assert_allclose(fit.posterior, expected, atol=1e-9)
    counts = answers["annotator"].value_counts().rows()
    skill = {a: 1 - errors[a] / n for a, n in counts}
    np.testing.assert_allclose(fit.skill, [skill[a] for a in coded.annotator_ids], atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(answers=answer_tables(), prior=st.sampled_from([0.01, 0.5, 2.0]))
def test_what_is_maximized_never_falls_and_it_settles(answers: pl.DataFrame, prior: float) -> None:
    fit = CATD(prior_errors=prior).fit(code_answers(answers))
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(fit.log_likelihood))
    assert fit.converged


def test_quantiles_are_the_tables() -> None:
    # Printed tables of chi-square, lower tail 0.025: 1, 2, 5, 10 and 30 degrees of freedom.
    found = chi_square_quantiles([1, 2, 5, 10, 30], 0.05)
    np.testing.assert_allclose(found, [0.000982, 0.0506, 0.831, 3.247, 16.791], rtol=1e-3)


def test_one_round_by_hand() -> None:
    # a and b agree on three tasks of four; c is alone against b on task 4, which is a tie.
    rows = [
        (1, "a", "x"),
        (1, "b", "x"),
        (2, "a", "y"),
        (2, "b", "y"),
        (3, "a", "x"),
        (3, "b", "x"),
        (3, "c", "y"),
    ]
    rows += [(4, "b", "x"), (4, "c", "y")]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    fit = CATD(max_iter=1, prior_errors=1.0).fit(code_answers(answers))
    # Errors: a 0, b half of task 4, c task 3 and half of task 4.
    assert fit.log_likelihood[0] == pytest.approx(
        -(chi2.ppf(0.025, 4) * np.log(1.5) + chi2.ppf(0.025, 2) * np.log(2.5))
    )
    b, c = chi2.ppf(0.025, 4) / 1.5, chi2.ppf(0.025, 2) / 2.5
    np.testing.assert_allclose(fit.posterior[3], [b / (b + c), c / (b + c)])
    np.testing.assert_allclose(fit.skill, [1, 1 - 0.5 / 4, 1 - 1.5 / 2])
    assert not fit.converged


def test_whoever_answered_once_cannot_outweigh_whoever_answered_often() -> None:
    often = [(t, a, "xy"[t % 2]) for t in range(40) for a in ("a", "b")]
    once = [(100, "a", "x"), (100, "new 1", "y"), (100, "new 2", "y")]
    answers = pl.DataFrame(often + once, schema=["task", "annotator", "label"], orient="row")
    last = pl.col("task") == 100
    assert MajorityVote().aggregate(answers).labels.filter(last)["label"].item() == "y"
    assert CATD().aggregate(answers).labels.filter(last)["label"].item() == "x"


@pytest.mark.parametrize(
    "setting",
    [
        {"significance": 0.0},
        {"significance": 1.0},
        {"prior_errors": 0.0},
        {"prior_errors": float("inf")},
        {"max_iter": 0},
    ],
)
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        CATD(**setting)


@pytest.mark.parametrize(("name", "votes"), [("product", 89.7), ("rte", 89.7), ("web", 73.1)])
def test_real_crowds_are_understood_better_than_by_votes(name: str, votes: float) -> None:
    answers, gold = shared_answers(name)
    told: list[tuple[int, int]] = []
    found = CATD().aggregate(answers, progress=lambda done, total: told.append((done, total)))
    rows = found.labels.join(gold, on="task", suffix="_known")
    assert 100 * rows.select((pl.col("label") == pl.col("label_known")).mean()).item() > votes + 2
    assert told == [(i, 100) for i in range(1, found.iterations + 1)]
