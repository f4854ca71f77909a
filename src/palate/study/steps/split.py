"""Split by time: learn from the past; the future is the truth and is what systems rank."""

from __future__ import annotations

import numpy as np
import polars as pl

from palate.core.errors import InputError
from palate.recommend import split_by_time
from palate.sampling import sample_queries
from palate.study.settings import Grades, StudySettings
from palate.study.step import Step, StepContext

__all__ = ["SPLIT"]


def run(context: StepContext) -> str:
    """Write ``past``, ``queries``, ``candidates`` (with their true grade), ``liked`` and ``known``.

    A query is a user; its candidates are the items this user first met later, earliest first, that anybody
    met in the past. The true grade is the later value, cut at the thresholds.
    """
    settings = context.settings
    interactions = context.read("read", "interactions")
    parts = split_by_time(interactions, settings.split.future_share)
    past, future = parts.past, parts.future
    where = settings.data.interactions or settings.data.source
    cuts = thresholds(settings.grades, interactions["value"], where)
    candidates = _candidates(past, future, settings, where).with_columns(_grade(pl.col("value"), cuts))
    users, inclusion = sample_queries(
        candidates["query"].unique().sort(),
        min(settings.split.queries, candidates["query"].n_unique()),
        context.seed,
    )
    queries = pl.DataFrame({"query": users, "inclusion": np.full(len(users), inclusion)})
    candidates = candidates.join(queries.select("query"), on="query", how="semi", maintain_order="left")
    if candidates["grade"].n_unique() == 1:
        raise InputError(
            "Every later interaction has the same grade, so no ranking is better than another. Give values that"
            f" differ, or other thresholds in [grades] (now {list(cuts)}).",
            where=where,
            column="value",
        )
    mine = past.rename({"user": "query"}).join(
        queries.select("query"), on="query", how="semi", maintain_order="left"
    )
    liked = _liked(mine, settings.split.liked_shown)
    context.write("past", past)
    context.write("queries", queries)
    context.write("candidates", candidates.select("query", "item", "value", "grade"))
    context.write("liked", liked)
    known = mine.join(liked, on=["query", "item"], how="anti", maintain_order="left")
    last = known.unique(["query", "item"], keep="last", maintain_order=True)
    context.write("known", last.with_columns(_grade(pl.col("value"), cuts)).select("query", "item", "grade"))
    return f"{len(past):,} interactions to learn from; {len(queries):,} users with {len(candidates):,} later items to rank"


def thresholds(grades: Grades, values: pl.Series, where: str) -> tuple[float, ...]:
    """Return the values at which the grade rises; quartiles of all values where the settings say so."""
    if grades.thresholds != "quartiles":
        return tuple(grades.thresholds)
    cuts = tuple(float(values.quantile(q) or 0.0) for q in (0.25, 0.5, 0.75))
    if len(set(cuts)) < len(cuts):
        raise InputError(
            f"The quartiles of the values are {', '.join(f'{c:g}' for c in cuts)}: too few different values to grade by."
            " Set thresholds in [grades] of palate.toml, such as thresholds = [3, 4, 5].",
            where=where,
            column="value",
        )
    return cuts


def _grade(value: pl.Expr, cuts: tuple[float, ...]) -> pl.Expr:
    return pl.sum_horizontal([(value >= cut).cast(pl.Int64) for cut in cuts]).alias("grade")


def _candidates(
    past: pl.DataFrame, future: pl.DataFrame, settings: StudySettings, where: str
) -> pl.DataFrame:
    split = settings.split
    new = future.join(past, on=["user", "item"], how="anti", maintain_order="left")
    known = new.join(past.select("item").unique(), on="item", how="semi", maintain_order="left")
    first = (
        known.sort("user", "timestamp", "item")
        .unique(["user", "item"], keep="first", maintain_order=True)
        .group_by("user", maintain_order=True)
        .head(split.candidates)
    )
    enough = first.filter(pl.len().over("user") >= split.min_candidates)
    if enough.is_empty():
        most = int(first.group_by("user").len()["len"].to_numpy().max(initial=0))
        raise InputError(
            f"No user has {split.min_candidates} later items to rank (the most is {most}). Lower min_candidates or"
            " raise future_share in [split] of palate.toml.",
            where=where,
        )
    return enough.rename({"user": "query"})


def _liked(past: pl.DataFrame, shown: int) -> pl.DataFrame:
    """Return each user's best-valued past items, the newest first among equals: what annotators are shown."""
    return (
        past.unique(["query", "item"], keep="last", maintain_order=True)
        .sort(["query", "value", "timestamp", "item"], descending=[False, True, True, False])
        .group_by("query", maintain_order=True)
        .head(shown)
        .select("query", "item")
    )


SPLIT = Step("split", "Split by time", ("read",), ("split", "grades"), run)
