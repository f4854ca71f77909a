"""``palate judge-drift``: has a model judge changed since it was first asked?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from palate.cli._options import Confidence, Json, Output, Seed

__all__ = ["judge_drift"]


def judge_drift(
    rounds: Annotated[
        list[str],
        typer.Argument(
            metavar="ROUND…",
            help="Answers to golden tasks, the first round first: task, annotator, label.",
            show_default=False,
        ),
    ],
    *,
    golden: Annotated[
        str, typer.Option("--golden", help="The right answers: task, label.", show_default=False)
    ],
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Hold each round of a judge's answers to golden tasks against the first, and raise an alarm where it changed.

    palate judge --round NAME asks anew. The intervals hold for all rounds together, however many there will be, so look after
    each. The exit code is 1 where there is an alarm.

    Examples:

        palate judge-drift may.parquet june.parquet july.parquet --golden golden.csv

        palate judge-drift may.parquet june.parquet --golden golden.csv --json
    """
    from palate.cli._output import save, show_json, show_table
    from palate.evaluation import drift_of_judge

    found = drift_of_judge(
        [(Path(one).stem, one) for one in rounds], golden, confidence=confidence, seed=seed
    )
    if output is not None:
        save(found.table(), output, "comparisons")
    if as_json:
        show_json(found.to_dict())
    elif str(output) != "-":
        for sentence in found.sentences:
            typer.echo(sentence)
        show_table(found.table())
    if found.alarms:
        raise typer.Exit(1)
