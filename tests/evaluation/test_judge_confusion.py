"""How a judge confuses people's grades: shares by hand, intervals by coverage."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError
from palate.evaluation import confusion_of_judge


def tables(grades, labels, queries):
    ids = {"query": [f"q{q}" for q in queries], "item": [f"i{i}" for i in range(len(grades))]}
    return pl.DataFrame({**ids, "grade": grades}), pl.DataFrame({**ids, "grade": labels})


def test_shares_are_those_of_a_table_counted_by_hand():
    human, model = tables([0.0] * 10 + [1.0] * 20, [0.0] * 7 + [1.0] * 3 + [1.0] * 15 + [0.0] * 5, [0] * 30)
    found = confusion_of_judge(human, model)
    assert {(c.grade, c.label): (c.count, c.share.estimate) for c in found.cells} == {
        (0.0, 0.0): (7, 0.7),
        (0.0, 1.0): (3, 0.3),
        (1.0, 0.0): (5, 0.25),
        (1.0, 1.0): (15, 0.75),
    }
    assert found.agreement.estimate == pytest.approx(22 / 30)
    low, high = found.cells[0].share.low, found.cells[0].share.high
    assert (low, high) == pytest.approx((0.3968, 0.8922), abs=1e-4)  # Wilson for 7 of 10


def test_items_count_by_one_over_their_inclusion():
    human, model = tables([0.0] * 20 + [1.0] * 10, [0.0] * 10 + [1.0] * 20, [0] * 30)
    inclusion = [0.5] * 10 + [0.25] * 10 + [1.0] * 10
    found = confusion_of_judge(human.with_columns(inclusion=pl.Series(inclusion)), model)
    assert found.cells[0].share.estimate == pytest.approx(20 / 60)


def test_intervals_hold_the_share_of_other_queries_although_items_of_a_query_are_alike():
    """Each query has a judge of its own mood; an interval that took items for independent would hold it in about half."""
    held = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        queries = np.repeat(np.arange(25), 16)
        right = rng.beta(2.0, 1.0, size=25)[queries] > rng.random(400)
        grades = rng.integers(2, size=400)
        human, model = tables(
            grades.astype(float), np.where(right, grades, 1 - grades).astype(float), queries
        )
        held.append(2 / 3 in confusion_of_judge(human, model, seed=seed).agreement)
    assert np.mean(held) > 0.85  # 95% but for chance: 4 standard errors of 60 draws are 11 points


def test_a_judge_of_many_scores_is_refused():
    human, model = tables([0.0, 1.0] * 20, list(np.linspace(0, 1, 40)), [0] * 40)
    with pytest.raises(InputError, match="40 different labels"):
        confusion_of_judge(human, model)
