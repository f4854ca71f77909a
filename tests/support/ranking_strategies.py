"""Random runs and judgments, and plain Python measures to hold fast ones against."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from hypothesis import strategies as st

from palate.measures import GradedRankings

Scores = dict[str, dict[str, float]]
Grades = dict[str, dict[str, int]]

QUERIES = ["q1", "q2", "q10", "Ω", "7"]
ITEMS = ["a", "b", "A", "é", "z", "zz", "日本", "9", "10", "😀", "d-1"]
SCORES = [
    -2.5,
    -1.0,
    -0.0,
    0.0,
    0.5,
    1.0,
    1.25,
    3.0e5,
]  # each a 32-bit float, so that trec_eval sees the same ties


@st.composite
def runs_and_judgments(draw, min_grade: int = -2) -> tuple[Scores, Grades]:
    """A run and judgments that share a query, with ties, unjudged items, missing and extra queries.

    Every judged query has an item of grade 0 or more: trec_eval does not return if all are negative.
    """
    answered = draw(st.lists(st.sampled_from(QUERIES), min_size=1, unique=True))
    judged = draw(st.lists(st.sampled_from(QUERIES), unique=True))
    if not set(answered) & set(judged):
        judged.append(answered[0])
    rankings = st.dictionaries(st.sampled_from(ITEMS), st.sampled_from(SCORES), min_size=1)
    grades = st.dictionaries(st.sampled_from(ITEMS), st.integers(min_grade, 4), min_size=1).filter(
        lambda of_query: max(of_query.values()) >= 0
    )
    return {q: draw(rankings) for q in answered}, {q: draw(grades) for q in judged}


@st.composite
def graded_rankings(draw, max_grade: int = 4) -> GradedRankings:
    """Up to five queries' rankings of up to twelve items, some not judged, and judged items that are not ranked."""
    grade = st.integers(-1, max_grade)
    ranked = draw(st.lists(st.lists(grade | st.none(), max_size=12), min_size=1, max_size=5))
    unranked = [draw(st.lists(grade, min_size=1, max_size=5)) for _ in ranked]
    return rankings_of(ranked, unranked)


def rankings_of(ranked: list[list[int | None]], unranked: list[list[int]] | None = None) -> GradedRankings:
    """Return rankings from each query's grades in order (None: not judged) and grades of items it does not rank."""
    unranked = unranked or [[] for _ in ranked]
    judged = [
        sorted([g for g in r if g is not None] + u, reverse=True)
        for r, u in zip(ranked, unranked, strict=True)
    ]
    return GradedRankings(
        np.cumsum([0, *map(len, ranked)]),
        np.array([math.nan if g is None else g for r in ranked for g in r], dtype=float),
        np.cumsum([0, *map(len, judged)]),
        np.array([g for j in judged for g in j], dtype=float),
    )


def run_frame(run: Scores, seed: int | None = None) -> pl.DataFrame:
    """Return a run as a table, rows shuffled if a seed is given."""
    rows = [(q, i, s) for q, items in run.items() for i, s in items.items()]
    frame = pl.DataFrame(
        rows, schema={"query": pl.String, "item": pl.String, "score": pl.Float64}, orient="row"
    )
    return frame if seed is None else frame.sample(fraction=1.0, shuffle=True, seed=seed)


def judgments_frame(judgments: Grades) -> pl.DataFrame:
    """Return judgments as a table."""
    rows = [(q, i, g) for q, items in judgments.items() for i, g in items.items()]
    return pl.DataFrame(rows, schema={"query": pl.String, "item": pl.String, "grade": pl.Int64}, orient="row")


def plain_ranking(scores: dict[str, float]) -> list[str]:
    """Return items best first; of equal scores the id with the higher UTF-8 bytes first."""
    return sorted(scores, key=lambda item: (scores[item], item.encode()), reverse=True)


def plain_value(
    name: str,
    ranking: list[int],
    judged: list[int],
    cutoff: int | None = None,
    relevant_from: float = 1,
    *,
    exponential: bool = False,
) -> float:
    """Return a measure of one ranking, written from its definition.

    Args:
        name: ``nDCG``, ``P``, ``AP``, ``RR`` or ``R``.
        ranking: Grades of the ranked items in order, 0 for items that are not judged.
        judged: Grades of all judged items.
        cutoff: How many ranks count.
        relevant_from: The lowest relevant grade.
        exponential: Whether nDCG's gain is 2 to the grade, minus 1.
    """
    first = ranking[:cutoff]
    relevant = sum(grade >= relevant_from for grade in judged)
    if name == "nDCG":

        def gain(grade: int) -> float:
            return 0.0 if grade <= 0 else 2.0**grade - 1 if exponential else grade

        best = sorted(judged, reverse=True)[:cutoff]
        ideal = sum(gain(grade) / math.log2(rank + 1) for rank, grade in enumerate(best, 1))
        found = sum(gain(grade) / math.log2(rank + 1) for rank, grade in enumerate(first, 1))
        return found / ideal if ideal else 0.0
    if name == "P":
        return sum(grade >= relevant_from for grade in first) / cutoff
    if name == "R":
        return sum(grade >= relevant_from for grade in first) / relevant if relevant else 0.0
    if name == "RR":
        return next((1 / rank for rank, grade in enumerate(first, 1) if grade >= relevant_from), 0.0)
    precisions = [
        sum(grade >= relevant_from for grade in first[:rank]) / rank
        for rank, grade in enumerate(first, 1)
        if grade >= relevant_from
    ]
    return sum(precisions) / relevant if relevant else 0.0
