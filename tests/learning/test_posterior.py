from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError
from palate.learning import LambdaMART, Regression, cross_fit
from palate.learning._data import feature_rows, learning_data

FEATURES = pl.DataFrame({"query": ["a", "a", "b", "c"], "item": [1, 2, 1, 1], "x": [0.1, 0.2, 0.3, 0.4]})
JUDGMENTS = pl.DataFrame(
    {
        "query": ["b", "a", "a"],
        "item": [1, 2, 1],
        "grade": [4.0, 0.0, 2.0],
        "probability": [0.9, 0.7, None],
        "p_0": [0.1, 0.7, None],
        "p_2": [0.0, 0.1, None],
        "p_4": [0.9, 0.2, None],
        "p_value": [0.5, 0.5, 0.5],
    }
)


def test_posterior_comes_in_columns_named_by_grades() -> None:
    rows = feature_rows(FEATURES, JUDGMENTS)
    data = learning_data(rows, np.ones(4, dtype=bool))
    assert data.beliefs is not None
    assert data.beliefs.grades.tolist() == [0, 2, 4]
    # Item 1 of query a has none: it is certain of its grade.
    np.testing.assert_allclose(data.beliefs.shares, [[0, 1, 0], [0.7, 0.1, 0.2], [0.1, 0, 0.9]])
    np.testing.assert_allclose(data.probability, [1.0, 0.7, 0.9])
    part = data.of_queries(np.array([False, True]))
    np.testing.assert_allclose(part.beliefs.shares, [[0.1, 0, 0.9]])
    np.testing.assert_allclose(part.probability, [0.9])


def test_grade_without_a_column_is_possible_only_where_it_is_judged() -> None:
    judgments = JUDGMENTS.with_columns(grade=pl.Series([4.0, 0.0, 3.0]))
    rows = feature_rows(FEATURES, judgments)
    assert rows.beliefs is not None
    assert rows.beliefs.grades.tolist() == [0, 2, 3, 4]
    np.testing.assert_allclose(rows.beliefs.shares[0], [0, 0, 1, 0])


def test_probability_alone_is_kept_and_a_missing_one_is_certain() -> None:
    rows = feature_rows(FEATURES, JUDGMENTS.drop("p_0", "p_2", "p_4"))
    assert rows.beliefs is None
    np.testing.assert_allclose(rows.probability, [1.0, 0.7, 0.9, 1.0])


@pytest.mark.parametrize("shares", [[0.5, 0.1, 0.2], [1.2, -0.4, 0.2], [0.8, None, 0.2]])
def test_probabilities_that_are_none_are_refused(shares: list[float | None]) -> None:
    columns = {
        f"p_{g}": [JUDGMENTS[f"p_{g}"][0], share, None] for g, share in zip((0, 2, 4), shares, strict=True)
    }
    with pytest.raises(InputError, match="sum to 1; those of item 2 of query a are"):
        feature_rows(FEATURES, JUDGMENTS.with_columns(**{n: pl.Series(v) for n, v in columns.items()}))


def test_column_of_no_grade_is_refused() -> None:
    with pytest.raises(InputError, match=r"column 'p_1\.5'.*named p_ and its grade"):
        feature_rows(FEATURES, JUDGMENTS.rename({"p_2": "p_1.5"}))


def test_queries_that_teach_no_order_are_counted() -> None:
    features = pl.DataFrame({"query": [1, 1, 2, 2, 3, 4], "item": [1, 2, 1, 2, 1, 1], "x": np.arange(6.0)})
    judgments = pl.DataFrame({"query": [1, 1, 2, 2, 3], "item": [1, 2, 1, 2, 1], "grade": [0, 1, 2, 2, 1]})
    fit = cross_fit(LambdaMART(trees=2), features, judgments, folds=2)
    assert len(fit.notes) == 1
    assert fit.notes[0].startswith("2 of the 3 judged queries have a single judged item or one grade")
    sure = judgments.with_columns(p_0=pl.lit(0.2), p_1=pl.lit(0.5), p_2=pl.lit(0.3))
    (note,) = cross_fit(LambdaMART(trees=2), features, sure, folds=2).notes
    assert note.startswith("1 of the 3 judged queries have a single judged item, so")
    assert cross_fit(Regression(trees=2), features, judgments, folds=2).notes == ()


def test_column_that_only_begins_like_a_grade_is_refused() -> None:
    with pytest.raises(InputError, match=r"column 'p_2nd'.*named p_ and its grade"):
        feature_rows(FEATURES, JUDGMENTS.rename({"p_2": "p_2nd"}))
