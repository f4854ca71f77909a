from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import assume, given, settings
from scipy.stats import entropy

from palate.agreement import Uncertainty, agreement_coefficients


@settings(max_examples=40, deadline=None)
@given(answers=answer_tables())
def test_it_is_the_mean_entropy_of_tasks(answers: pl.DataFrame) -> None:
    assume(answers["task"].is_duplicated().any())
    found = Uncertainty(resamples=39).measure(answers)
    entropies = [
        entropy(group["label"].value_counts()["count"].to_numpy())
        for _, group in answers.group_by("task")
        if len(group) > 1
    ]
    assert found.value == pytest.approx(np.mean(entropies), abs=1e-12)


def test_it_has_an_interval_and_is_none_of_the_coefficients() -> None:
    found = Uncertainty().measure(crowd(1)[0])
    assert 0 < found.low < found.value < found.high < np.log(3)
    assert not [name for name in agreement_coefficients.names() if "uncertainty" in name]
