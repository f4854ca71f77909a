from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from number_strategies import number_tables
from scipy import stats

from palate.aggregation.numeric import Median


@settings(max_examples=40)
@given(answers=number_tables())
def test_median_is_numpys(answers: pl.DataFrame) -> None:
    for task, value, *_ in Median().aggregate(answers).values.rows():
        assert value == pytest.approx(np.median(answers.filter(task=task)["value"]), abs=1e-12)


@pytest.mark.parametrize("n_answers", [1, 5, 6, 7, 12, 25])
@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_interval_is_the_narrowest_pair_of_answers_of_that_confidence(
    n_answers: int, confidence: float
) -> None:
    values = np.random.default_rng(n_answers).standard_normal(n_answers)
    answers = pl.DataFrame({"task": [1] * n_answers, "annotator": range(n_answers), "value": values})
    _, _, low, high = Median(confidence=confidence).aggregate(answers).values.row(0)
    # A median lies between the i-th from below and above unless fewer than i of n coins fall on one side.
    pairs = [
        i for i in range((n_answers + 1) // 2) if 1 - 2 * stats.binom.cdf(i, n_answers, 0.5) >= confidence
    ]
    ordered = np.sort(values)
    expected = (ordered[pairs[-1]], ordered[n_answers - 1 - pairs[-1]]) if pairs else (None, None)
    assert (low, high) == expected


def test_a_wild_answer_does_not_move_it() -> None:
    answers = pl.DataFrame({"task": [1] * 3, "annotator": list("abc"), "value": [1.0, 2.0, 1e90]})
    assert Median().aggregate(answers).values["value"].to_list() == [2.0]
