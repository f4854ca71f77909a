"""Pairs of lists that need no asking: people compared the same two lists in an earlier round."""

from __future__ import annotations

import polars as pl

__all__ = ["labels_of_pairs", "with_earlier"]

_LISTS = ("left_list", "right_list")


def with_earlier(pairs: pl.DataFrame, earlier: pl.DataFrame, runs: pl.DataFrame, depth: int) -> pl.DataFrame:
    """Return the pairs with ``same_as``, the earlier task that showed these two lists, and whether it is ``turned``.

    Args:
        pairs: Columns ``task, query, left, right``: two systems each.
        earlier: The same columns: pairs that people compared.
        runs: Columns ``system, query, item, rank`` of all these systems.
        depth: Items of each list that are shown.
    """
    shown = _with_lists(pairs, runs, depth)
    before = _with_lists(earlier, runs, depth).unique(["query", *_LISTS], keep="first", maintain_order=True)
    straight = before.select("query", *_LISTS, pl.col("task").alias("straight"))
    swapped = before.select(
        "query",
        pl.col("right_list").alias("left_list"),
        pl.col("left_list").alias("right_list"),
        pl.col("task").alias("swapped"),
    )
    for found in (straight, swapped):
        shown = shown.join(found, on=["query", *_LISTS], how="left", maintain_order="left")
    return shown.with_columns(
        pl.coalesce("straight", "swapped").alias("same_as"),
        (pl.col("straight").is_null() & pl.col("swapped").is_not_null()).alias("turned"),
    ).select(*pairs.columns, "same_as", "turned")


def labels_of_pairs(pairs: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs with their ``label`` and ``probability``.

    Args:
        pairs: Columns ``task, asked, identical, same_as, turned`` and more.
        labels: Columns ``task, label, probability`` of those that people were asked about; a pair without
            a label of its own or of the same lists is left out. Identical lists are a tie if nobody was asked.
    """
    found = labels.select("task", "label", "probability")
    own = pairs.filter("asked").join(found, on="task", how="inner", maintain_order="left")
    tied = pairs.filter(~pl.col("asked") & pl.col("identical")).with_columns(
        label=pl.lit("tie"), probability=pl.lit(1.0)
    )
    again = pairs.filter(~pl.col("asked") & ~pl.col("identical")).join(
        found.rename({"task": "same_as"}), on="same_as", how="inner", maintain_order="left"
    )
    other_side = pl.col("label").replace({"left": "right", "right": "left"})
    again = again.with_columns(pl.when("turned").then(other_side).otherwise("label").alias("label"))
    return pl.concat([own, tied.select(own.columns), again.select(own.columns)])


def _with_lists(pairs: pl.DataFrame, runs: pl.DataFrame, depth: int) -> pl.DataFrame:
    first = runs.filter(pl.col("rank") <= depth).sort("system", "query", "rank")
    lists = first.group_by("system", "query", maintain_order=True).agg(
        pl.col("item").cast(pl.String).str.join("\x1f").alias("list")
    )
    for side in ("left", "right"):
        of_side = lists.rename({"system": side, "list": f"{side}_list"})
        pairs = pairs.join(of_side, on=["query", side], how="left", maintain_order="left")
    return pairs
