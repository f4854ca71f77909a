"""How alike the rankings of two runs are, a query at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable, like
from palate.measures._ordered import ranked_rows
from palate.measures._parse import parse_printed
from palate.measures._rankings import ranking_scores
from palate.measures._runs import SystemRun, systems_in
from palate.measures.similarity.base import Ranking, Similarity
from palate.measures.similarity.registry import similarity_registry

__all__ = ["compare_rankings", "parse_similarity", "tied_queries"]


def parse_similarity(text: str) -> Similarity:
    """Return the measure of similarity that prints as ``text``.

    Raises:
        UnknownNameError: There is no such measure; the text suggests the nearest.
        SettingsError: It has no such setting, or refuses the value.

    >>> str(parse_similarity("rbo(p=0.8)"))
    'RBO(p=0.8)'
    """
    return parse_printed(text, similarity_registry)


def compare_rankings(
    one: IntoTable, other: IntoTable, measures: Iterable[str | Similarity] = ("RBO",)
) -> Any:
    """Return how alike two runs rank, for every query that both answer.

    Args:
        one: A path or dataframe with ``query, item`` and ``score`` or ``rank``, of one system.
        other: Likewise; measures that are not symmetric take it for the right one.
        measures: Measures of similarity or their texts, such as ``"RBO(p=0.9)"``.

    Returns:
        Columns ``query, measure, value, low, high``, in the kind of dataframe that ``one`` came in. The value is null
        where the rankings share too few items for the measure; the bounds are null where it takes rankings for whole
        (see :meth:`Similarity.bounds`).

    Raises:
        InputError: A table is no run of one system, or both share no query.
        UnknownNameError: There is no such measure.

    >>> run = pl.DataFrame({"query": [1, 1], "item": ["a", "b"], "rank": [1, 2]})
    >>> compare_rankings(run, run.with_columns(rank=pl.Series([2, 1])), ["Kendall"]).rows()
    [(1, 'Kendall', -1.0, None, None)]
    """
    chosen = [parse_similarity(measure) if isinstance(measure, str) else measure for measure in measures]
    first, second = (_rankings(_only_system(source)) for source in (one, other))
    shared = [query for query in first if query in second]
    if not shared:
        raise InputError(
            f"The runs share no query: ids look like {next(iter(first))!r} and {next(iter(second))!r}. Write"
            " them alike.",
            where="runs",
        )
    rows = [
        (query, str(measure), *_found(measure, first[query], second[query]))
        for measure in chosen
        for query in shared
    ]
    names = {"query": None, "measure": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    return like(one, pl.DataFrame(rows, schema=names, orient="row"))


def tied_queries(run: IntoTable) -> int:
    """Return for how many queries a run gives two items the same score, so that only their ids order them.

    >>> tied_queries(pl.DataFrame({"query": [1, 1, 2], "item": ["a", "b", "a"], "score": [0.5, 0.5, 0.5]}))
    1
    """
    system = _only_system(run)
    scores = pl.Series(ranking_scores(system.rows, system.where))
    rows = system.rows.select("query", score=scores)
    return int(rows.filter(rows.is_duplicated())["query"].n_unique())


def _found(
    measure: Similarity, one: Ranking, other: Ranking
) -> tuple[float | None, float | None, float | None]:
    if len(set(one) & set(other)) < measure.needs_shared:
        return None, None, None
    return (measure.value(one, other), *(measure.bounds(one, other) or (None, None)))


def _only_system(source: IntoTable) -> SystemRun:
    runs = systems_in(source)
    if len(runs) > 1:
        named = ", ".join(f"'{run.system}'" for run in runs)
        raise InputError(f"The table holds {len(runs)} systems: {named}. Give one at a time.", where="runs")
    return runs[0]


def _rankings(run: SystemRun) -> dict[Any, list[Any]]:
    """Return the items of each query, best first, in the order in which measures see them."""
    by_query = ranked_rows(run).group_by("query", maintain_order=True).agg("item")
    return dict(by_query.iter_rows())
