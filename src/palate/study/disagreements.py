"""The queries on which two systems differ most, both rankings side by side: where to look for the reason."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from palate.inference import Verdict
from palate.report import QueryDifference, RankedItem

__all__ = ["Rankings", "disagreements"]


@dataclass(frozen=True)
class Rankings:
    """What is shown of each query.

    Args:
        runs: Columns ``system, query, item`` and ``rank`` or ``score``.
        judgments: Columns ``query, item, grade``.
        items: Columns ``item, title``, if titles are known.
        liked: Columns ``query, item``: what the user liked before, if queries are users.
        prefix: What a query is called in front of its id.
    """

    runs: pl.DataFrame
    judgments: pl.DataFrame
    items: pl.DataFrame | None = None
    liked: pl.DataFrame | None = None
    prefix: str = "Query"


def disagreements(
    rankings: Rankings, per_query: pl.DataFrame, verdict: Verdict, *, count: int = 10, shown: int = 10
) -> tuple[QueryDifference, ...]:
    """Return the ``count`` queries on which the verdict's systems differ most, ``shown`` items of each ranking."""
    text = pl.col("query").cast(pl.String)
    values = per_query.filter(pl.col("measure") == verdict.measure).with_columns(text)
    left = values.filter(pl.col("system") == verdict.system).select("query", pl.col("value").alias("left"))
    right = values.filter(pl.col("system") == verdict.other).select("query", pl.col("value").alias("right"))
    gap = (pl.col("left") - pl.col("right")).abs()
    both = left.join(right, on="query").with_columns(gap.alias("gap")).filter(pl.col("gap") > 0)
    worst = both.sort("gap", "query", descending=[True, False]).head(count)
    titles = _titles(rankings)
    graded = _graded(rankings, worst["query"], shown)
    liked = _liked(rankings)
    return tuple(
        QueryDifference(
            query=f"{rankings.prefix} {row['query']}",
            about=tuple(titles.get(item, item) for item in liked.get(row["query"], ())),
            system=verdict.system,
            other=verdict.other,
            left_value=row["left"],
            right_value=row["right"],
            left=_items(graded, verdict.system, row["query"], titles),
            right=_items(graded, verdict.other, row["query"], titles),
            measure=verdict.measure,
        )
        for row in worst.to_dicts()
    )


def _titles(rankings: Rankings) -> dict[str, str]:
    if rankings.items is None or "title" not in rankings.items.columns:
        return {}
    named = rankings.items.filter(pl.col("title").is_not_null())
    return dict(zip(named["item"].cast(pl.String), named["title"], strict=True))


def _liked(rankings: Rankings) -> dict[str, list[str]]:
    if rankings.liked is None:
        return {}
    texts = rankings.liked.select(pl.col("query", "item").cast(pl.String))
    return dict(texts.group_by("query", maintain_order=True).agg("item").iter_rows())


def _graded(rankings: Rankings, queries: pl.Series, shown: int) -> pl.DataFrame:
    """Return the first items of these queries' rankings with their grades, ids as text, in order of rank."""
    ids = pl.col("query", "item").cast(pl.String)
    grades = rankings.judgments.select(ids, "grade")
    runs = rankings.runs.with_columns(ids, pl.col("system").cast(pl.String))
    if "score" in runs.columns:
        rank = pl.struct(-pl.col("score"), "item").rank("ordinal").over("system", "query").alias("rank")
        runs = runs.with_columns(rank)
    first = runs.filter(pl.col("query").is_in(queries.implode()) & (pl.col("rank") <= shown))
    return first.join(grades, on=["query", "item"], how="left").sort("system", "query", "rank")


def _items(graded: pl.DataFrame, system: str, query: str, titles: dict[str, str]) -> tuple[RankedItem, ...]:
    rows = graded.filter((pl.col("system") == system) & (pl.col("query") == query))
    return tuple(
        RankedItem(int(r["rank"]), titles.get(r["item"], r["item"]), r["grade"]) for r in rows.to_dicts()
    )
