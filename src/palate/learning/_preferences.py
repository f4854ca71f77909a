"""Comparisons by people as what a ranker learns from."""

from __future__ import annotations

import numpy as np
import polars as pl

from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import COMPARISONS, RUNS
from palate.learning._features import with_ranks
from palate.learning._lesson import Gradients
from palate.learning.base import FloatArray, IntArray, LearningData, Preferences

__all__ = ["code_preferences", "likelihood", "preference_gradients", "preference_values"]

_SEEN = 10
"""Ranks of a list that count: what people who judge two lists side by side are shown at most."""

_MEASURE = "preferred first"


def code_preferences(
    pairs: pl.DataFrame, comparisons: IntoTable, lists: IntoTable | None = None
) -> tuple[Preferences, int]:
    """Return comparisons by the rows of a feature table, and how many are left out, as none of their items is there.

    Args:
        pairs: The rows: columns ``query, item``.
        comparisons: Columns ``query, left, right, label`` and maybe ``probability``, that the label is right; left and right
            are items, or systems where ``lists`` are given.
        lists: What people saw: runs with ``system, query, item, rank``; the first 10 ranks count.

    Raises:
        InputError: A table is not as said, or no comparison is of rows that are there.
    """
    frame = _labelled(comparisons)
    parts = _items(frame) if lists is None else _lists(frame, lists)
    rows = _rows(pairs, parts)
    there = rows >= 0
    if lists is None:  # an item without features leaves nothing to compare the other with
        there &= np.bincount(parts["at"], weights=there, minlength=len(frame))[parts["at"].to_numpy()] == 2
    at, rows, sides = parts["at"].to_numpy()[there], rows[there], parts["side"].to_numpy()[there]
    used = np.unique(at)
    if not len(used):
        raise InputError(
            "No comparison is of items in the features, so there is nothing to learn from. Comparisons and runs must name"
            " queries and items alike; where left and right are systems, give their lists.",
            where="comparisons",
        )
    found = Preferences(
        rows,
        sides,
        np.concatenate([np.searchsorted(at, used), [len(at)]]),
        frame["for_left"].to_numpy()[used],
        1.0 - frame["for_left"].to_numpy()[used],
    )
    return found, len(frame) - len(used)


def likelihood(preferences: Preferences, scores: FloatArray) -> float:
    """Return the mean log-likelihood of comparisons by scores of rows; NaN without comparisons."""
    if not len(preferences.left):
        return float("nan")
    ahead = _ahead(preferences, scores)
    each = preferences.left * np.logaddexp(0.0, -ahead) + preferences.right * np.logaddexp(0.0, ahead)
    return -float(each.mean())


def preference_gradients(preferences: Preferences, data: LearningData) -> Gradients:
    """Return the derivatives of the log-loss of comparisons, a query's divided by its number of rows."""
    part, rows, sides = preferences.of_part, preferences.rows, preferences.sides
    starts = preferences.offsets[:-1]
    weight = 1.0 / data.group_sizes[data.queries[rows[starts]]]
    left, right = preferences.left * weight, preferences.right * weight

    def gradients(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        # The probability that the model gives to the left; tanh cannot overflow.
        for_left = 0.5 + 0.5 * np.tanh(0.5 * _ahead(preferences, scores))
        pull = right * for_left - left * (1.0 - for_left)
        bend = (left + right) * for_left * (1.0 - for_left)
        first = np.bincount(rows, weights=sides * pull[part], minlength=len(scores))
        second = np.bincount(rows, weights=sides**2 * bend[part], minlength=len(scores))
        return first.astype(np.float64), second.astype(np.float64)

    return gradients


def preference_values(runs: IntoTable, comparisons: IntoTable) -> pl.DataFrame:
    """Return how often each system ranks the preferred of two items first.

    Args:
        runs: Columns ``query, item``, ``rank`` or ``score``, and maybe ``system``.
        comparisons: Columns ``query, left, right, label`` of items; ties are left out.

    Returns:
        Columns ``system, query, measure, value``: the share of the query's comparisons, where an item that is not ranked
        comes last, and two of these are half right.

    Raises:
        InputError: A table is not as said, or all comparisons are ties.
    """
    frame = _labelled(comparisons).filter(pl.col("label") != "tie")
    if not len(frame):
        raise InputError("All comparisons are ties, so that none can measure a ranking.", where="comparisons")
    ranked = with_ranks(read_table(runs, RUNS))
    texts = [pl.col(name).cast(pl.String) for name in ("query", "left", "right")]
    frame = frame.with_columns(texts).with_row_index("at")
    found = []
    for (system,), run in ranked.group_by("system", maintain_order=True):
        places = run.select(pl.col("query", "item").cast(pl.String), "rank")
        table = frame
        for side in ("left", "right"):
            of_side = places.rename({"item": side, "rank": f"{side}_rank"})
            table = table.join(of_side, on=["query", side], how="left", maintain_order="left")
        ahead = pl.col("right_rank").fill_null(2**31) - pl.col("left_rank").cast(pl.Int64).fill_null(2**31)
        right = pl.when(pl.col("label") == "left").then(ahead > 0).otherwise(ahead < 0)
        value = pl.when(ahead == 0).then(0.5).otherwise(right.cast(pl.Float64))
        by_query = table.group_by("query", maintain_order=True).agg(value=value.mean())
        found.append(
            by_query.select(
                pl.lit(system).alias("system"), "query", pl.lit(_MEASURE).alias("measure"), "value"
            )
        )
    return pl.concat(found)


def _ahead(preferences: Preferences, scores: FloatArray) -> FloatArray:
    """Return how far each comparison's left is ahead by scores."""
    parts = preferences.sides * scores[preferences.rows]
    sums = np.bincount(preferences.of_part, weights=parts, minlength=len(preferences.left))
    return sums.astype(np.float64)


def _labelled(comparisons: IntoTable) -> pl.DataFrame:
    """Return comparisons with ``label`` left, right or tie, and how much speaks ``for_left``."""
    frame = read_table(comparisons, COMPARISONS)
    if "query" not in frame.columns:
        raise InputError(
            "Rankers learn from comparisons for a query: a column 'query' must say for which.",
            where="comparisons",
        )
    said, left, right = (pl.col(name).cast(pl.String) for name in ("label", "left", "right"))
    side = (
        pl.when(said.is_in(["left", "right", "tie"]))
        .then(said)
        .when(said == left)
        .then(pl.lit("left"))
        .when(said == right)
        .then(pl.lit("right"))
    )
    frame = frame.with_columns(label=side, said=said)
    wrong = frame["label"].is_null().arg_true()
    if len(wrong):
        raise InputError(
            f"A label is left, right or tie, or the preferred one itself; it is {frame['said'][int(wrong[0])]!r}.",
            where="comparisons",
            row=int(wrong[0]) + 1,
            column="label",
        )
    sure = pl.lit(1.0)
    if "probability" in frame.columns:
        sure = pl.col("probability").cast(pl.Float64).fill_null(1.0)
        outside = frame.select(~sure.is_between(0.0, 1.0)).to_series().arg_true()
        if len(outside):
            raise InputError(
                f"A probability is from 0 to 1; it is {frame['probability'][int(outside[0])]}.",
                where="comparisons",
                row=int(outside[0]) + 1,
                column="probability",
            )
    towards = pl.when(pl.col("label") == "left").then(sure).otherwise(1.0 - sure)
    return frame.with_columns(for_left=pl.when(pl.col("label") == "tie").then(0.5).otherwise(towards))


def _items(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the parts of comparisons of items: ``at`` which comparison, ``query, item, side``, sorted by ``at``."""
    frame = frame.with_row_index("at").filter(
        pl.col("left").cast(pl.String) != pl.col("right").cast(pl.String)
    )
    sides = [
        frame.select("at", pl.col("query", name).cast(pl.String))
        .rename({name: "item"})
        .with_columns(side=side)
        for name, side in (("left", 1.0), ("right", -1.0))
    ]
    return pl.concat(sides).sort("at", "side")


def _lists(frame: pl.DataFrame, lists: IntoTable) -> pl.DataFrame:
    """Return the parts of comparisons of lists: what each item's place is worth in the left less in the right."""
    runs = with_ranks(read_table(lists, RUNS)).filter(pl.col("rank") <= _SEEN)
    runs = runs.select(pl.col("system", "query", "item").cast(pl.String), "rank")
    worth = 1.0 / (1.0 + pl.col("rank")).log(2)
    frame = frame.with_row_index("at").with_columns(pl.col("query", "left", "right").cast(pl.String))
    sides = [
        frame.select("at", "query", system=name)
        .join(runs, on=["system", "query"], how="inner")
        .select("at", "query", "item", side=sign * worth)
        for name, sign in (("left", 1.0), ("right", -1.0))
    ]
    both = pl.concat(sides).group_by("at", "query", "item").agg(pl.col("side").sum())
    return both.filter(pl.col("side").abs() > 1e-12).sort("at", "item")


def _rows(pairs: pl.DataFrame, parts: pl.DataFrame) -> IntArray:
    """Return the row of each part among ``pairs``; -1 where there is none."""
    keys = pairs.select(
        pl.concat_list(pl.col("query", "item").cast(pl.String)).list.join("\x1f").alias("key")
    )
    wanted = parts.select(pl.concat_list("query", "item").list.join("\x1f").alias("key"))
    return encode_like(wanted["key"], keys["key"]).astype(np.int64)
