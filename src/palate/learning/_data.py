"""Features and judgments brought together as what rankers learn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import CANDIDATES, JUDGMENTS
from palate.learning._features import feature_names
from palate.learning._posterior import judged_beliefs
from palate.learning.base import Beliefs, FittedRanker, FloatArray, LearningData

__all__ = ["FeatureRows", "feature_rows", "learning_data", "ranked", "score_rows"]

_HIGHEST_GRADE = 2**31 - 1


@dataclass(frozen=True)
class FeatureRows:
    """A feature table as arrays, sorted by query and item.

    Args:
        pairs: Columns ``query, item``.
        features: float64, shape (n_rows, n_features); NaN where unknown.
        grades: int32, shape (n_rows,); -1 where nobody judged.
        queries: int64, shape (n_rows,): each row's query, numbered from 0 in sorted order.
        names: The features' names.
        probability: float64, shape (n_rows,): that the grade is right; None where judgments do not say.
        beliefs: The posterior of each row's grade; None where judgments have none.
    """

    pairs: pl.DataFrame
    features: FloatArray
    grades: npt.NDArray[np.int32]
    queries: npt.NDArray[np.int64]
    names: tuple[str, ...]
    probability: FloatArray | None = None
    beliefs: Beliefs | None = None


def feature_rows(features: IntoTable, judgments: IntoTable | None = None) -> FeatureRows:
    """Return the arrays of a feature table, with the grades of those rows that are judged.

    Raises:
        InputError: A table is not as declared, a feature is no number, there are no features, a grade is no
            whole number from 0, or no row is judged though judgments are given.
    """
    table = read_table(features, CANDIDATES, where="features").sort("query", "item")
    names = feature_names(table)
    if not names:
        raise InputError("The table has no features beside query and item.", where="features")
    columns = [_number(table[name]) for name in names]
    queries = table["query"].rle_id().cast(pl.Int64).to_numpy()
    pairs, matrix = table.select("query", "item"), np.column_stack(columns)
    if judgments is None:
        return FeatureRows(pairs, matrix, np.full(len(table), -1, dtype=np.int32), queries, names)
    joined = _joined(table, read_table(judgments, JUDGMENTS))
    grades = joined["grade"].fill_null(-1).to_numpy()
    return FeatureRows(pairs, matrix, grades, queries, names, *judged_beliefs(joined, grades))


def learning_data(rows: FeatureRows, chosen: npt.NDArray[np.bool_]) -> LearningData:
    """Return the judged ones of the ``chosen`` rows, shape (n_rows,), as a ranker learns from them."""
    judged = chosen & (rows.grades >= 0)
    _, sizes = np.unique(rows.queries[judged], return_counts=True)
    beliefs = rows.beliefs
    return LearningData(
        rows.features[judged],
        rows.grades[judged],
        sizes.astype(np.int64),
        rows.names,
        None if rows.probability is None else rows.probability[judged],
        None if beliefs is None else Beliefs(beliefs.grades, beliefs.shares[judged]),
    )


def ranked(rows: FeatureRows, scores: FloatArray, system: str) -> pl.DataFrame:
    """Return runs ``system, query, item, rank, score``: each query best first, equal scores by item."""
    ordered = rows.pairs.with_columns(score=scores).sort(
        "query", "score", "item", descending=[False, True, False]
    )
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("query")
    return ordered.select(pl.lit(system).alias("system"), "query", "item", rank.alias("rank"), "score")


def score_rows(ranker: FittedRanker, rows: FeatureRows) -> FloatArray:
    """Return the ranker's score of every row, handing it its features in its own order.

    Raises:
        InputError: A feature that the ranker learned from is missing.
    """
    missing = [name for name in ranker.names if name not in rows.names]
    if missing:
        raise InputError(
            f"The ranker needs the features {', '.join(missing)}. The features here are: {', '.join(rows.names)}."
            " Make the table from the systems and interactions that it learned from.",
            where="features",
        )
    return ranker.score(rows.features[:, [rows.names.index(name) for name in ranker.names]])


def _number(column: pl.Series) -> FloatArray:
    if column.name == "grade":
        raise InputError(
            "A grade is what is learned, so it cannot be a feature. Remove the column.",
            where="features",
            column="grade",
        )
    numbers = column.cast(pl.Float64, strict=False)
    bad = (
        ((numbers.is_null() & column.is_not_null()) | numbers.is_infinite()).fill_null(value=False).arg_true()
    )
    if len(bad):
        raise InputError(
            f"A feature must be a finite number or missing; it is {column[int(bad[0])]!r}.",
            where="features",
            column=column.name,
        )
    return numbers.fill_null(np.nan).to_numpy()


def _joined(table: pl.DataFrame, judgments: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the features with the grade, null where nobody judged, and what is known of it."""
    grade = judgments["grade"]
    bad = ((grade < 0) | (grade != grade.round()) | (grade > _HIGHEST_GRADE)).arg_true()
    if len(bad):
        row = int(bad[0])
        raise InputError(
            f"Rankers learn from whole grades, 0 for the worst; this one is {grade[row]:g}. Round or map the grades.",
            where="judgments",
            row=row + 1,
            column="grade",
        )
    known = judgments.select(
        pl.col("query").cast(table["query"].dtype, strict=False),
        pl.col("item").cast(table["item"].dtype, strict=False),
        pl.col("grade").cast(pl.Int32),
        pl.col(r"^probability$|^p_\d.*$"),
    ).drop_nulls(["query", "item", "grade"])
    joined = table.select("query", "item").join(
        known, on=["query", "item"], how="left", maintain_order="left"
    )
    if joined["grade"].null_count() == len(joined):
        raise InputError(
            "No judgment is of a (query, item) in the features, so there is nothing to learn from. Judgments and"
            " runs must name queries and items alike.",
            where="judgments",
        )
    return joined
