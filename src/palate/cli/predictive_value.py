"""``palate predictive-value``: how far offline values predict online ones."""

from __future__ import annotations

from typing import Annotated

import typer

from palate.cli._options import Confidence, Json, Output, Seed, naming

__all__ = ["predictive_value"]

Past = Annotated[
    str,
    typer.Argument(
        help="offline and online differences, and offline_error and online_error if known: a row an experiment."
    ),
]
Resamples = Annotated[int, typer.Option("--resamples", min=1, help="Samples of the experiments.")]


def predictive_value(
    past: Past,
    *,
    resamples: Resamples = 2000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Say how far offline differences predicted online ones in past experiments.

    Examples:

        palate predictive-value past.csv

        palate predictive-value past.csv --confidence 0.9 --json
    """
    import polars as pl

    from palate.cli._output import notes, save, say, show_json, show_table
    from palate.experiments import predictive_value as value_of

    with naming(past=past):
        found = value_of(past, confidence=confidence, resamples=resamples, seed=seed)
    intervals = {
        "same_sign": found.same_sign,
        "pearson": found.pearson,
        "spearman": found.spearman,
        "without_noise": found.without_noise,
    }
    table = pl.DataFrame(
        [(name, i.estimate, i.low, i.high) for name, i in intervals.items() if i is not None],
        schema=["statistic", "value", "low", "high"],
        orient="row",
    )
    if output is not None:
        save(table, output, "statistics")
    elif as_json:
        show_json(found.to_dict())
    else:
        show_table(table, f"{found.experiments:,} experiments")
    say(found.sentence)
    notes(found.notes)
