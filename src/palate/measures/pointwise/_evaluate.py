"""Compare the scores of runs with the numbers that came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import CANDIDATES, Column, Table
from palate.measures._parse import parse_printed
from palate.measures._runs import SystemRun, systems_in
from palate.measures.pointwise.base import PointwiseMeasure
from palate.measures.pointwise.registry import pointwise_registry

__all__ = ["PointwiseEvaluation", "evaluate_pointwise", "parse_pointwise_measure"]

_VALUE = Column(
    "value",
    "number",
    "what came: a rating, seconds, 0 or 1",
    aliases=("rating", "grade", "relevance", "label"),
)
_CAME: Table = replace(CANDIDATES, name="numbers that came", columns=(*CANDIDATES.columns, _VALUE))


@dataclass(frozen=True, eq=False)
class PointwiseEvaluation:
    """How far the scores of systems are from what came.

    Args:
        summary: Columns ``system, measure, value, pairs``: the measure over the pairs of query and item that a
            system predicts a number for, and how many these are.
        notes: How many pairs it does not predict, as sentences.
    """

    summary: Any
    notes: tuple[str, ...]


def parse_pointwise_measure(text: str) -> PointwiseMeasure:
    """Return the measure of predicted numbers that prints as ``text``.

    Raises:
        UnknownNameError: There is no such measure; the text suggests the nearest.
        SettingsError: It has no such setting, or refuses the value.

    >>> str(parse_pointwise_measure("rmse"))
    'RMSE'
    """
    return parse_printed(text, pointwise_registry)


def evaluate_pointwise(
    runs: Any, came: IntoTable, measures: Iterable[str | PointwiseMeasure] = ("RMSE", "MAE")
) -> PointwiseEvaluation:
    """Return how far the scores of runs are from the numbers that came, over the pairs that both hold.

    Args:
        runs: As in :func:`palate.measures.evaluate`; scores are the predicted numbers.
        came: A path or dataframe with ``query`` (or ``user``), ``item, value``, such as ratings held out.
        measures: Pointwise measures or their texts, such as ``"RMSE"``.

    Raises:
        InputError: A table is not what it should be, a run has no scores, or predicts nothing that came.
        UnknownNameError: There is no such measure.

    >>> came = pl.DataFrame({"user": [1, 1], "item": ["a", "b"], "rating": [4.0, 2.0]})
    >>> run = pl.DataFrame({"query": [1], "item": ["a"], "score": [3.5]})
    >>> evaluate_pointwise({"als": run}, came, ["MAE"]).summary.rows()
    [('als', 'MAE', 0.5, 1)]
    """
    chosen = [parse_pointwise_measure(m) if isinstance(m, str) else m for m in measures]
    table = read_table(came, _CAME).select(pl.col("query", "item").cast(pl.String), "value")
    rows, notes = [], []
    for run in systems_in(runs):
        pairs = _predicted(run).join(table, on=["query", "item"])
        if not len(pairs):
            raise InputError(
                f"The run predicts none of the {len(table):,} numbers that came; the first is for query"
                f" '{table['query'][0]}' and item '{table['item'][0]}'. Write the ids alike in both tables.",
                where=run.where,
            )
        if len(pairs) < len(table):
            notes.append(
                f"{run.system} predicts {len(pairs):,} of {len(table):,} numbers that came; the others do not count."
            )
        rows += [
            (run.system, str(m), m.value(pairs["score"].to_numpy(), pairs["value"].to_numpy()), len(pairs))
            for m in chosen
        ]
    schema = {"system": pl.String, "measure": pl.String, "value": pl.Float64, "pairs": pl.Int64}
    return PointwiseEvaluation(like(came, pl.DataFrame(rows, schema=schema, orient="row")), tuple(notes))


def _predicted(run: SystemRun) -> pl.DataFrame:
    if "score" not in run.rows.columns or run.rows["score"].null_count():
        raise InputError(
            "Pointwise measures compare scores with what came; give every row its predicted number.",
            where=run.where,
            column="score",
        )
    return run.rows.select(pl.col("query", "item").cast(pl.String), pl.col("score").cast(pl.Float64))
