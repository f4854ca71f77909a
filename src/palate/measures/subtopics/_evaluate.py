"""Evaluate runs by judgments of the subtopics of each query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import JUDGMENTS, Column
from palate.measures._coverage import refuse_no_shared_query
from palate.measures._ordered import ranked_rows
from palate.measures._parse import parse_printed
from palate.measures._runs import SystemRun, systems_in
from palate.measures.subtopics.base import SubtopicGrades, SubtopicMeasure
from palate.measures.subtopics.registry import subtopic_registry

__all__ = ["DEFAULT_SUBTOPIC_MEASURES", "evaluate_subtopics", "parse_subtopic_measure"]

DEFAULT_SUBTOPIC_MEASURES = ("alpha_nDCG@10", "ERR_IA@10", "StRecall@10")
_SUBTOPIC = Column("subtopic", "id", "one meaning of the query", aliases=("intent", "aspect", "iteration"))
_TABLE = replace(
    JUDGMENTS,
    name="judgments of subtopics",
    columns=(*JUDGMENTS.columns, _SUBTOPIC),
    key=("query", "subtopic", "item"),
)


def parse_subtopic_measure(text: str) -> SubtopicMeasure:
    """Return the measure of subtopics that prints as ``text``.

    Raises:
        UnknownNameError: There is no such measure; the text suggests the nearest.
        SettingsError: It has no such setting, or refuses the value or the cutoff.

    >>> str(parse_subtopic_measure("α_nDCG@10"))
    'alpha_nDCG@10'
    """
    return parse_printed(text, subtopic_registry)


def evaluate_subtopics(
    runs: Any,
    judgments: IntoTable,
    measures: Iterable[str | SubtopicMeasure] = DEFAULT_SUBTOPIC_MEASURES,
    *,
    depth: int | None = None,
) -> Any:
    """Return the values of every judged query for every system; one that it does not answer is an empty ranking.

    Args:
        runs: As in :func:`palate.measures.evaluate`.
        judgments: A path or dataframe with ``query, subtopic, item, grade``; of TREC qrels the second field is the
            subtopic.
        measures: Measures of subtopics or their texts, such as ``"alpha_nDCG@10"``.
        depth: How many items of each ranking are looked at, whatever the measure; all by default.

    Returns:
        Columns ``system, query, measure, value``, in the kind of dataframe that the judgments came in.

    Raises:
        InputError: A table is not what it should be, or a run and the judgments share no query.
        UnknownNameError: There is no such measure.

    >>> run = pl.DataFrame({"query": [1, 1], "item": ["a", "b"], "score": [0.9, 0.4]})
    >>> judged = pl.DataFrame({"query": [1], "subtopic": [1], "item": ["b"], "grade": [1]})
    >>> evaluate_subtopics({"als": run}, judged, ["StRecall@1", "P_IA@2"]).rows()
    [('als', 1, 'StRecall@1', 0.0), ('als', 1, 'P_IA@2', 0.5)]
    """
    chosen = [parse_subtopic_measure(m) if isinstance(m, str) else m for m in measures]
    table = read_table(judgments, _TABLE)
    text = pl.col("item").cast(pl.String)
    judged = table.select("query", "subtopic", text, "grade").sort("query", "item")
    rows = [
        (run.system, query, str(measure), measure.value(grades))
        for run in systems_in(runs)
        for query, grades in _graded(run, judged, depth)
        for measure in chosen
    ]
    schema: dict[str, Any] = {
        "system": pl.String,
        "query": judged.schema["query"],
        "measure": pl.String,
        "value": pl.Float64,
    }
    return like(judgments, pl.DataFrame(rows, schema=schema, orient="row"))


def _graded(run: SystemRun, judged: pl.DataFrame, depth: int | None) -> Iterator[tuple[Any, SubtopicGrades]]:
    """Yield each judged query with the grades of its ranking."""
    ranked = ranked_rows(run).select(pl.col("query", "item").cast(pl.String))
    rankings = dict(ranked.group_by("query", maintain_order=True).agg("item").iter_rows())
    queries = judged["query"].unique(maintain_order=True)
    answered = queries.cast(pl.String).is_in(list(rankings)).to_numpy()
    refuse_no_shared_query(answered, run.path or run.system, next(iter(rankings), ""), "subtopics", queries)
    for (query,), rows in judged.group_by("query", maintain_order=True):
        places = {item: place for place, item in enumerate(rows["item"].unique(maintain_order=True))}
        subtopics = {subtopic: place for place, subtopic in enumerate(rows["subtopic"].unique())}
        grades = np.full(
            (len(places) + 1, len(subtopics)), np.nan
        )  # the last row is for items without a judgment
        for subtopic, item, grade in rows.select("subtopic", "item", "grade").iter_rows():
            grades[places[item], subtopics[subtopic]] = grade
        judged_from_0 = (grades >= 0).any(axis=1, keepdims=True)
        grades = np.where(judged_from_0, np.nan_to_num(grades), np.nan)
        ranking = [places.get(item, len(places)) for item in rankings.get(str(query), [])[:depth]]
        yield query, SubtopicGrades(grades[ranking], grades[:-1])
