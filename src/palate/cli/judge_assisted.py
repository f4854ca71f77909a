"""``palate judge-assisted``: the verdict by few labels of people and a model judge's labels of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._options import Confidence, Json, Output, Report, Runs, Seed, check_report
from palate.cli.judge_worth import Human, Model

if TYPE_CHECKING:
    import polars as pl

    from palate.evaluation import AssistedEvaluation

__all__ = ["judge_assisted"]


def judge_assisted(
    runs: Runs,
    human: Human,
    model: Model,
    *,
    measure: Annotated[str, typer.Option("--measure", "-m", help="P, DCG, nDCG or RBP.")] = "nDCG@10",
    all_queries: Annotated[
        bool,
        typer.Option(
            "--all-queries",
            help="Speak of all queries that could have been asked, of which these are a random part.",
        ),
    ] = False,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Say which system is better by people's labels of a random part of the items and a judge's labels of all.

    The judge's labels are read as what people say where it says so, and corrected by what people say; a useless judge does
    no harm. The items for people must be a random part, as palate sample draws them.

    Examples:

        palate judge-assisted --run a.trec --run b.trec --human people.csv --model judge.csv --measure nDCG@10

        palate judge-assisted -r a.trec -r b.trec --human people.csv --model judge.csv --all-queries --json

        palate judge-assisted -r a.trec -r b.trec --human people.csv --model judge.csv --report assisted.html
    """
    from palate.cli._output import notes, save, show_json, show_table
    from palate.cli._pages import write_finding
    from palate.evaluation import evaluate_assisted

    check_report(report)
    found = evaluate_assisted(
        runs,
        human,
        model,
        measure,
        queries="all" if all_queries else "these",
        confidence=confidence,
        seed=seed,
    )
    table = _table(found)
    if output is not None:
        save(table, output, "values")
    if as_json:
        show_json(found.to_dict())
    elif str(output) != "-":
        for sentence in found.sentences:
            typer.echo(sentence)
        show_table(table)
    notes(found.notes)
    write_finding(found, (*runs, human, model), report)


def _table(found: AssistedEvaluation) -> pl.DataFrame:
    import polars as pl

    rows = [
        (
            one.measure,
            one.system if one.other is None else f"{one.system} − {one.other}",
            one.interval.estimate,
            one.interval.low,
            one.interval.high,
            one.alone.estimate,
            one.alone.low,
            one.alone.high,
            one.multiplier,
        )
        for one in (*found.values, *found.differences)
    ]
    columns = [
        "measure",
        "system",
        "value",
        "low",
        "high",
        "people alone",
        "its low",
        "its high",
        "multiplier",
    ]
    return pl.DataFrame(rows, schema=columns, orient="row")
