"""``palate measure-agreement``: which measure names the system that people prefer."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from palate.cli._options import Confidence, Json, Measures, Output, Report, Seed, check_report, naming
from palate.core.errors import SettingsError

__all__ = ["measure_agreement"]


def measure_agreement(
    comparisons: Annotated[
        str,
        typer.Argument(help="Side-by-side comparisons of systems: query, left, right, label; - is stdin."),
    ],
    *,
    runs: Annotated[
        list[str] | None,
        typer.Option("--run", "-r", help="A run. Repeat for each system.", show_default=False),
    ] = None,
    qrels: Annotated[
        str | None,
        typer.Option("--qrels", "--judgments", "-j", help="Judgments of the runs.", show_default=False),
    ] = None,
    values: Annotated[
        str | None,
        typer.Option(
            "--values",
            help="In place of runs and judgments: system, query, measure, value, as palate evaluate -o writes them.",
            show_default=False,
        ),
    ] = None,
    measures: Measures = None,
    segments: Annotated[
        str | None, typer.Option("--segments", help="Also by segment: query, segment.", show_default=False)
    ] = None,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Say which measure names the system that people prefer side by side, and how sure that is.

    Examples:

        palate measure-agreement pairs.csv -r a.trec -r b.trec -j q.txt -m nDCG@10 -m RR -m P@5

        palate measure-agreement pairs.csv --values values.parquet --segments segments.csv --json

        palate measure-agreement pairs.csv --values values.parquet --report measures.html
    """
    from dataclasses import replace

    from palate.cli._output import notes, save, show_json, show_table
    from palate.cli._pages import write_finding
    from palate.evaluation import measure_agreement as agreement_of

    check_report(report)
    per_query, said = _per_query(runs, qrels, values, measures)
    with naming(comparisons=comparisons, segments=segments, per_query=values):
        found = agreement_of(per_query, comparisons, segments=segments, confidence=confidence, seed=seed)
    found = replace(found, notes=(*said, *found.notes))
    if output is not None:
        save(found.measures, output, "measures")
    if as_json:
        show_json(found.to_dict())
    elif str(output) != "-":
        typer.echo(found.sentence)
        short = {"agreement_low": "low", "agreement_high": "high"}
        show_table(found.measures.drop("queries", "value_ties").rename(short))
        if len(found.differences):
            show_table(found.differences.rename(short), "One measure less another")
    notes(found.notes)
    write_finding(found, (comparisons, values or qrels), report)


def _per_query(
    runs: list[str] | None, qrels: str | None, values: str | None, measures: list[str] | None
) -> tuple[Any, tuple[str, ...]]:
    """Return the values a query, read or measured, and what was left out."""
    if values is not None and not (runs or qrels or measures):
        return values, ()
    if values is not None or not runs or qrels is None:
        raise SettingsError(
            "Give --values, or else runs (--run) with judgments (--qrels) and, if wanted, --measure."
        )
    from palate.measures import DEFAULT_MEASURES, evaluate

    found = evaluate(runs, qrels, measures or DEFAULT_MEASURES)
    return found.per_query, found.notes
