"""``palate agreement``: how far annotators agree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import (
    Json,
    Output,
    Report,
    Seed,
    Settings,
    check_report,
    naming,
    parse_settings,
    shown_name,
)

if TYPE_CHECKING:
    import polars as pl

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
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Say how far annotators agree, with an interval.

    Examples:

        palate agreement answers.csv

        palate agreement answers.csv -c krippendorff-alpha --set metric=ordinal

        palate agreement answers.csv --report agreement.html

        palate agreement answers.csv -c cohen-kappa --set weighting=quadratic

        palate agreement tags.csv -c krippendorff-alpha --set metric=masi
    """
    import polars as pl

    from palate.agreement import agreement_coefficients
    from palate.cli._answers import read_labels
    from palate.cli._output import notes, save, show_json, show_table
    from palate.core.errors import InputError
    from palate.core.tables import ANSWERS

    check_report(report)
    chosen = parse_settings(settings)
    methods = {
        name: agreement_coefficients.create(name, chosen if coefficients else _known_to(name, chosen))
        for name in coefficients or agreement_coefficients.names()
    }
    sets = [method for method in methods.values() if getattr(method, "metric", None) == "masi"]
    table = sets[0].read(answers) if sets else read_labels(answers, ANSWERS)
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
    lines = [f"{name} does not apply: {error}" for name, error in refused.items()] + _undefined(result)
    if report is not None:
        _write_report(report, table, result, lines, answers=answers, seed=seed)
    if output is not None:
        save(result, output, "coefficients")
    elif as_json:
        show_json(result)
    else:
        show_table(result, "Agreement (tasks with at least two answers)")
    notes(lines)


def _undefined(result: pl.DataFrame) -> list[str]:
    """Return which coefficients have no value, and which no interval, and why."""
    import polars as pl

    missing = result.filter(pl.col("value").is_nan())["coefficient"]
    loose = result.filter(pl.col("value").is_not_nan() & pl.col("low").is_nan())["coefficient"]
    lines = []
    if len(missing):
        lines.append(
            f"not defined on these answers: {', '.join(missing)}. Where all answers are the same label, chance alone"
            " explains them."
        )
    if len(loose):
        lines.append(f"too few tasks for an interval: {', '.join(loose)}.")
    return lines


def _write_report(
    report: Path,
    table: pl.DataFrame,
    coefficients: pl.DataFrame,
    lines: list[str],
    *,
    answers: str,
    seed: int,
) -> None:
    import polars as pl

    from palate._version import __version__
    from palate.agreement import agreement_by_annotator, agreement_by_task
    from palate.cli._output import say
    from palate.report import AgreementSheet, write_sheet

    sheet = AgreementSheet(
        source=shown_name(answers),
        version=__version__,
        coefficients=coefficients.with_columns(pl.selectors.float().fill_nan(None)),
        tasks=agreement_by_task(table),
        annotators=agreement_by_annotator(table, seed=seed),
        notes=tuple(f"{line[0].upper()}{line[1:]}" for line in lines),
    )
    write_sheet(sheet, report)
    say(f"Report: {report}")


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
