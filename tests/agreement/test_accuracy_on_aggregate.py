from __future__ import annotations

import polars as pl
import pytest
from answer_strategies import answer_tables
from hypothesis import assume, given, settings

from palate.agreement import AccuracyOnAggregate


@settings(max_examples=40, deadline=None)
@given(answers=answer_tables())
def test_it_is_the_mean_share_of_the_most_given_label(answers: pl.DataFrame) -> None:
    assume(answers["task"].is_duplicated().any())
    shares = []
    for _, group in answers.group_by("task"):
        labels = group["label"].to_list()
        if len(labels) > 1:
            shares.append(max(map(labels.count, labels)) / len(labels))
    found = AccuracyOnAggregate(resamples=39).measure(answers)
    assert found.value == pytest.approx(sum(shares) / len(shares))
