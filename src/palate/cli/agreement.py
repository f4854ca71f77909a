"""``palate agreement``: how far annotators agree."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from palate.cli._options import Json, Output, Seed, Settings, naming, parse_settings

__all__ = ["agreement"]


def agreement(
    answers: Annotated[str, typer.Argument(help="Answers: task, annotator, label; - is stdin.")],
    *,
    coefficients: Annotated[
        list[str] | None,
        typer.Option(
            "--coefficient",
            "-c",
            help="krippendorff-alpha, cohen-kappa, fleiss-kappa, gwet-ac, … Repeat for several.",
            show_default="all",
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

        palate agreement answers.csv -c cohen-kappa --set weighting=quadratic
    """
    import polars as pl

    from palate.agreement import agreement_coefficients
    from palate.cli._output import notes, save, show_json, show_table
    from palate.core.errors import InputError
    from palate.core.frames import read_table
    from palate.core.tables import ANSWERS

    chosen = parse_settings(settings)
    methods = {
        name: agreement_coefficients.create(name, chosen if coefficients else _known_to(name, chosen))
        for name in coefficients or agreement_coefficients.names()
    }
    table = read_table(answers, ANSWERS)
    rows = []
    refused: dict[str, InputError] = {}
    for name, method in methods.items():
        try:
            with naming(answers=answers):
                found = method.measure(table, seed=seed)
        except InputError as error:
            refused[name] = error
            if coefficients or len(refused) == len(methods):
                raise
            continue
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
    notes(f"{name} does not apply: {error}" for name, error in refused.items())


def _known_to(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that the coefficient has; where all are listed, one that none has is an error."""
    from dataclasses import fields

    from palate.agreement import agreement_coefficients
    from palate.core.errors import SettingsError

    known = {cls: {field.name for field in fields(cls)} for cls in agreement_coefficients}
    unknown = sorted(set(settings) - set().union(*known.values()))
    if unknown:
        raise SettingsError(
            f"No agreement coefficient has a setting '{unknown[0]}'. There are:"
            f" {', '.join(sorted(set().union(*known.values())))}."
        )
    own = known[agreement_coefficients.get(name)]
    return {setting: value for setting, value in settings.items() if setting in own}
