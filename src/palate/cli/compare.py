"""``palate compare``: which system is better, by how much, and how sure that is."""

from __future__ import annotations

from typing import Annotated

import typer

from palate.cli._options import Confidence, Json, Measures, Output, Qrels, Runs, Seed

__all__ = ["compare"]


def compare(
    runs: Runs,
    qrels: Qrels,
    *,
    measures: Measures = None,
    test: Annotated[
        str, typer.Option("--test", help="paired-bootstrap, randomization or paired-t.")
    ] = "paired-bootstrap",
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Say which of two or more systems is better, with a paired interval over queries.

    Examples:

        palate compare --run a.trec --run b.trec --qrels q.txt --measure nDCG@10

        palate compare -r runs.parquet -j judgments.parquet --test randomization --json
    """
    import polars as pl

    from palate.cli._output import notes, save, show_json, show_table
    from palate.core.errors import InputError
    from palate.measures import evaluate
    from palate.study import compare_all

    found = evaluate(runs, qrels, measures=measures or ["nDCG@10"], confidence=confidence, seed=seed)
    if found.summary["system"].n_unique() < 2:
        name = found.summary["system"][0]
        raise InputError(f"A comparison needs two systems; there is one, '{name}'. Name another with --run.")
    verdicts = compare_all(found, runs, qrels, test=test, confidence=confidence, seed=seed)
    rows = [
        (
            v.measure,
            v.system,
            v.other,
            v.difference.interval.estimate,
            v.difference.interval.low,
            v.difference.interval.high,
            v.difference.p_value,
            v.difference.n_queries,
            v.better,
        )
        for v in verdicts
    ]
    columns = ["measure", "system", "other", "difference", "low", "high", "p_value", "queries", "better"]
    table = pl.DataFrame(rows, schema=columns, orient="row")
    if output is not None:
        save(table, output, "comparisons")
    if as_json:
        show_json({"verdicts": [v.to_dict() for v in verdicts], "notes": found.notes})
    elif str(output) != "-":
        for verdict in verdicts:
            typer.echo(verdict.sentence)
        show_table(table)
    notes(found.notes)
