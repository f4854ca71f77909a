"""Features and judgments brought together as what rankers learn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import CANDIDATES, JUDGMENTS
from palate.learning._declared import feature_source
from palate.learning._features import feature_names
from palate.learning._posterior import judged_beliefs
from palate.learning._preferences import code_preferences
from palate.learning.base import Beliefs, FittedRanker, FloatArray, LearningData, Preferences, Ranker

__all__ = [
    "FeatureRows",
    "check_teachers",
    "feature_rows",
    "for_ranker",
    "learning_data",
    "ranked",
    "score_rows",
]

_HIGHEST_GRADE = 2**31 - 1

_FROM = {
    "runs": "that system's runs",
    "interactions": "interactions",
    "texts": "texts of items, and of queries or interactions",
    "items": "the items table",
    "queries": "the queries table",
    "own": "features of one's own",
}
"""What errors call the sources of features."""


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
        preferences: Comparisons of rows; None where there are none.
        left_out: How many comparisons are not used, as their items are not there.
    """

    pairs: pl.DataFrame
    features: FloatArray
    grades: npt.NDArray[np.int32]
    queries: npt.NDArray[np.int64]
    names: tuple[str, ...]
    probability: FloatArray | None = None
    beliefs: Beliefs | None = None
    preferences: Preferences | None = None
    left_out: int = 0

    @property
    def taught(self) -> npt.NDArray[np.bool_]:
        """Whether each row is graded or compared, shape (n_rows,)."""
        taught = self.grades >= 0
        if self.preferences is not None:
            taught[self.preferences.rows] = True
        return taught


def feature_rows(
    features: IntoTable,
    judgments: IntoTable | None = None,
    comparisons: IntoTable | None = None,
    lists: IntoTable | None = None,
) -> FeatureRows:
    """Return the arrays of a feature table, with the grades of rows that are judged, and their comparisons.

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
    compared = (None, 0) if comparisons is None else code_preferences(pairs, comparisons, lists)
    if judgments is None:
        silent = np.full(len(table), -1, dtype=np.int32)
        return FeatureRows(pairs, matrix, silent, queries, names, None, None, *compared)
    joined = _joined(table, read_table(judgments, JUDGMENTS))
    grades = joined["grade"].fill_null(-1).to_numpy()
    return FeatureRows(pairs, matrix, grades, queries, names, *judged_beliefs(joined, grades), *compared)


def check_teachers(ranker: Ranker, judgments: IntoTable | None, comparisons: IntoTable | None) -> None:
    """Refuse to learn from nothing, or from comparisons by a ranker that takes none.

    Raises:
        InputError: There are neither judgments nor comparisons.
        SettingsError: The ranker takes no comparisons.
    """
    if judgments is None and comparisons is None:
        raise InputError(
            "There is nothing to learn from. Give judgments, or comparisons, or clicks (--clicks, clicks_to_judgments).",
            where="judgments",
        )
    if comparisons is not None and not ranker.takes_comparisons:
        raise SettingsError(
            f"{type(ranker).__name__} does not learn from comparisons. Use RankNet (ranknet), or leave them out."
        )


def learning_data(rows: FeatureRows, chosen: npt.NDArray[np.bool_]) -> LearningData:
    """Return the judged and the compared ones of the ``chosen`` rows, shape (n_rows,), as a ranker learns from them."""
    judged = chosen & rows.taught
    _, sizes = np.unique(rows.queries[judged], return_counts=True)
    beliefs = rows.beliefs
    return LearningData(
        rows.features[judged],
        rows.grades[judged],
        sizes.astype(np.int64),
        rows.names,
        None if rows.probability is None else rows.probability[judged],
        None if beliefs is None else Beliefs(beliefs.grades, beliefs.shares[judged]),
        None if rows.preferences is None else rows.preferences.among(judged),
    )


def ranked(rows: FeatureRows, scores: FloatArray, system: str) -> pl.DataFrame:
    """Return runs ``system, query, item, rank, score``: each query best first, equal scores by item."""
    ordered = rows.pairs.with_columns(score=scores).sort(
        "query", "score", "item", descending=[False, True, False]
    )
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("query")
    return ordered.select(pl.lit(system).alias("system"), "query", "item", rank.alias("rank"), "score")


def score_rows(ranker: FittedRanker, rows: FeatureRows) -> FloatArray:
    """Return the ranker's score of every row.

    Raises:
        InputError: A feature that the ranker learned from is missing.
    """
    return ranker.score(for_ranker(ranker, rows))


def for_ranker(ranker: FittedRanker, rows: FeatureRows) -> FloatArray:
    """Return the features that the ranker learned from, in its own order, shape (n_rows, n_features).

    Raises:
        InputError: One is missing.
    """
    missing = [name for name in ranker.names if name not in rows.names]
    if missing:
        by_source: dict[str, list[str]] = {}
        for name in missing:
            by_source.setdefault(feature_source(name)[0], []).append(name)
        named = "; ".join(f"{', '.join(names)} (from {_FROM[source]})" for source, names in by_source.items())
        raise InputError(
            f"The ranker needs the features {named}. The features here are: {', '.join(rows.names)}. Give what they"
            " are made of, as when it learned.",
            where="features",
        )
    return rows.features[:, [rows.names.index(name) for name in ranker.names]]


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
