"""``palate agreement``: how far annotators agree."""

from __future__ import annotations

from typing import Annotated

import typer

from palate.cli._options import Json, Output, Seed, Settings, naming, parse_settings

__all__ = ["agreement"]


def agreement(
    answers: Annotated[str, typer.Argument(help="Answers: task, annotator, label; - is stdin.")],
    *,
    coefficients: Annotated[
        list[str] | None,
        typer.Option(
            "--coefficient", "-c", help="krippendorff-alpha, percent-agreement.", show_default="all"
        ),
    ] = None,
    settings: Settings = None,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Say how far annotators agree, with an interval.

    Examples:

        palate agreement answers.csv

        palate agreement answers.csv -c krippendorff-alpha --set metric=ordinal
    """
    import polars as pl

    from palate.agreement import agreement_coefficients
    from palate.cli._output import save, show_json, show_table
    from palate.core.frames import read_table
    from palate.core.tables import ANSWERS

    methods = {
        name: agreement_coefficients.create(name, parse_settings(settings))
        for name in coefficients or agreement_coefficients.names()
    }
    table = read_table(answers, ANSWERS)
    rows = []
    for name, method in methods.items():
        with naming(answers=answers):
            found = method.measure(table, seed=seed)
        rows.append(
            (name, found.value, found.low, found.high, found.confidence, found.n_tasks, found.n_answers)
        )
    columns = ["coefficient", "value", "low", "high", "confidence", "tasks", "answers"]
    result = pl.DataFrame(rows, schema=columns, orient="row")
    if output is not None:
        save(result, output, "coefficients")
    elif as_json:
        show_json(result)
    else:
        show_table(result, "Agreement (tasks with at least two answers)")
