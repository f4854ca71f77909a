"""What the rounds of a study have to do with each other: which systems there are, and which is to be beaten."""

from __future__ import annotations

import polars as pl

from palate.study.settings import StudySettings
from palate.study.step import StepContext, in_round

__all__ = ["MODEL", "best_system", "learned_system", "newcomer", "ranked_by_all", "rounds_of"]

MODEL = "model"
"""The folder of a ranker that learned, in the step's own: the ranker and its card, as ``palate rerank`` takes them."""

_RUN = ("system", "query", "item", "rank", "score")


def rounds_of(step: str, last: int, file: str = "") -> tuple[str, ...]:
    """Return the names of a step of the loop in all rounds up to the ``last``, or of a file of it.

    >>> rounds_of("ask", 2)
    ('ask', 'ask-2')
    >>> rounds_of("learn", 1, "runs.parquet")
    ('learn/runs.parquet',)
    """
    names = (in_round(step, number) for number in range(1, last + 1))
    return tuple(f"{name}/{file}" if file else name for name in names)


def learned_system(settings: StudySettings, number: int) -> str:
    """Return what the ranker is called that learned at the end of a round."""
    return in_round(settings.learn.ranker, number)


def newcomer(context: StepContext) -> str:
    """Return the system that this round is about: the ranker that learned at the end of the round before."""
    return learned_system(context.settings, context.round - 1)


def ranked_by_all(context: StepContext) -> pl.DataFrame:
    """Return the runs of all systems of this round: the recommenders, and the rankers of the rounds before."""
    learned = [context.read("learn", "runs", number) for number in range(1, context.round)]
    return pl.concat(
        [runs.select(_RUN) for runs in (context.read("recommend", "runs"), *learned)], how="vertical_relaxed"
    )


def best_system(context: StepContext, number: int) -> str:
    """Return the system with the highest headline value by the judgments of a round, the first name of equals."""
    values = context.read("evaluate", "per_query", number)
    headline = values.filter(pl.col("measure") == context.settings.evaluate.headline)
    means = headline.group_by("system").agg(pl.col("value").mean())
    best: str = means.sort("value", "system", descending=[True, False])["system"][0]
    return best
