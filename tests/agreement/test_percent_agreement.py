from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables
from hypothesis import assume, given, settings

from palate.agreement import PercentAgreement


@settings(max_examples=40, deadline=None)
@given(answers=answer_tables())
def test_it_is_the_mean_share_of_agreeing_pairs(answers: pl.DataFrame) -> None:
    assume(answers["task"].is_duplicated().any())
    shares = []
    for _, group in answers.group_by("task"):
        pairs = list(combinations(group["label"].to_list(), 2))
        if pairs:
            shares.append(sum(a == b for a, b in pairs) / len(pairs))
    found = PercentAgreement(resamples=39).measure(answers)
    assert found.value == pytest.approx(np.mean(shares))
    assert found.n_tasks == len(shares)


def test_the_interval_is_a_binomial_one_for_pairs_of_answers() -> None:
    n_tasks, agreeing = 900, 600
    labels = [(0, 0)] * agreeing + [(0, 1)] * (n_tasks - agreeing)
    rows = [(task, a, label) for task, pair in enumerate(labels) for a, label in enumerate(pair)]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    found = PercentAgreement(resamples=4000).measure(answers, seed=3)
    error = np.sqrt(2 / 3 * 1 / 3 / n_tasks)
    assert found.value == pytest.approx(2 / 3)
    assert found.low == pytest.approx(2 / 3 - 1.96 * error, abs=0.1 * error)
    assert found.high == pytest.approx(2 / 3 + 1.96 * error, abs=0.1 * error)
