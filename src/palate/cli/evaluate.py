"""``palate evaluate``: measure runs by judgments, by a catalogue, or by the numbers that came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import (
    Confidence,
    Json,
    Measures,
    Output,
    QrelsIfNeeded,
    Report,
    Runs,
    Seed,
    check_report,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from palate.cli._measuring import Measured

__all__ = ["evaluate"]

_Depth = Annotated[
    int | None,
    typer.Option("--depth", min=1, help="Look at so many items of each ranking only (trec_eval -M)."),
]
_JudgedOnly = Annotated[
    bool,
    typer.Option("--judged-only", help="Take items without a judgment out of the rankings (trec_eval -J)."),
]
_RelevantFrom = Annotated[
    float | None,
    typer.Option(
        "--relevant-from",
        help="The lowest relevant grade (trec_eval -l); 1 by default.",
        show_default=False,
    ),
]
_Subtopics = Annotated[
    str | None,
    typer.Option(
        "--subtopics",
        "--intents",
        help="Judgments of subtopics, for alpha_nDCG and its like: qrels whose second field is the subtopic,"
        " or a table of query, subtopic, item, grade.",
        show_default=False,
    ),
]
_Interactions = Annotated[
    str | None,
    typer.Option(
        "--interactions",
        "-i",
        help="Who interacted with what (user, item), for Novelty, Popularity, Serendipity.",
        show_default=False,
    ),
]
_Items = Annotated[
    str | None,
    typer.Option(
        "--items",
        help="The catalogue, for Cov and Gini: item; with columns of numbers or genres, also for Diversity.",
        show_default=False,
    ),
]
_Truth = Annotated[
    str | None,
    typer.Option(
        "--truth",
        help="The numbers that came (user or query, item, value), for RMSE, MAE and LogLoss of the scores.",
        show_default=False,
    ),
]


def evaluate(
    runs: Runs,
    qrels: QrelsIfNeeded = None,
    *,
    measures: Measures = None,
    depth: _Depth = None,
    judged_only: _JudgedOnly = False,
    relevant_from: _RelevantFrom = None,
    subtopics: _Subtopics = None,
    interactions: _Interactions = None,
    items: _Items = None,
    truth: _Truth = None,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Measure runs, with bootstrap intervals over queries where a measure has a value a query.

    The measures say which tables are needed. A query that a run does not answer counts with the value of an
    empty ranking (trec_eval -c); queries without judgments and unjudged items are reported. -o writes the values of
    every query. Runs of 16 MB of text and more (4 MB as .gz or Parquet) are read part by part, in bounded memory.

    Examples:

        palate evaluate --run a.trec --run b.trec --qrels q.txt --measure nDCG@10 --measure AP

        palate evaluate -r runs.parquet -j judgments.parquet --relevant-from 2 --depth 100 -o per_query.csv

        palate evaluate -r als.parquet -m Cov@10 -m Diversity@10 --items items.csv

        palate evaluate -r a.trec -m alpha_nDCG@20 --subtopics diversity.qrels

        palate evaluate -r a.trec.gz -j q.txt -m "nDCG(gains={1:1,2:3})@10" -m NumQ

        palate evaluate -r als.csv -m RMSE --truth held_out.csv --json

        palate evaluate -r a.trec -r b.trec -j q.txt --report evaluation.html
    """
    from palate.cli._measuring import Given, measure_runs
    from palate.cli._output import notes, save, show_json, show_table
    from palate.cli._pages import read_once

    check_report(report)
    read, judgments = read_once(runs, qrels) if qrels is not None else (runs, None)
    given = Given(judgments, subtopics, interactions, items, truth)
    found = measure_runs(
        read,
        given,
        measures,
        depth=depth,
        judged_only=judged_only,
        relevant_from=relevant_from,
        confidence=confidence,
        seed=seed,
    )
    if output is not None:
        save(found.values, output, "values")
    coverage = None if found.evaluation is None else found.evaluation.coverage
    if as_json:
        show_json({"summary": found.summary, "coverage": coverage, "notes": found.notes})
    elif str(output) != "-":
        show_table(found.summary)
        if coverage is not None:
            show_table(coverage, "Judgments behind the values")
    notes(found.notes)
    if report is not None:
        _write_report(found, runs, read, judgments, report)


def _write_report(found: Measured, named: list[str], runs: Sequence[Any], qrels: Any, report: Path) -> None:
    from palate._version import __version__
    from palate.cli._pages import named_together, write_page
    from palate.core.errors import InputError
    from palate.report import EvaluationSheet, ranking_curves

    if found.evaluation is None:
        raise InputError("A page shows measures of rankings: add one that takes --qrels, such as nDCG@10.")
    source = named_together(named, qrels if isinstance(qrels, str) else "-")
    curves = ranking_curves(runs, qrels, found.evaluation)
    write_page(EvaluationSheet(source, __version__, found.evaluation, curves), report)
