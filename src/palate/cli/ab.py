"""``palate ab``: what an experiment found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import Confidence, Json, Output, Report, check_report, naming

if TYPE_CHECKING:
    from palate.experiments.ab import ABTest, Metric

__all__ = ["ab"]

_PLANNED = 10_000


Events = Annotated[str, typer.Argument(help="A row an event, or a row a unit: CSV, Parquet or JSON lines.")]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        "-m",
        help="A column, summed by unit, averaged over units. Repeatable.",
        show_default=False,
    ),
]
Ratios = Annotated[
    list[str] | None,
    typer.Option(
        "--ratio",
        help="One sum over another: clicks/impressions, watch_seconds/rows. Repeatable.",
        show_default=False,
    ),
]
Guardrails = Annotated[
    list[str] | None,
    typer.Option(
        "--guardrail",
        help="Must not change so far: crashes:0.02 (not rise by 2%), sessions:-0.02 (not fall). Repeatable.",
        show_default=False,
    ),
]
Unit = Annotated[str, typer.Option("--unit", help="The column of what was put to chance.")]
Variant = Annotated[str, typer.Option("--variant-column", help="The column of the variant.")]
Control = Annotated[
    str | None,
    typer.Option("--control", help="What others are compared with; 'control' or the first by name."),
]
Covariates = Annotated[
    list[str] | None,
    typer.Option(
        "--covariate",
        help="A column known before the experiment, for all metrics, or metric=column. Repeatable.",
        show_default=False,
    ),
]
Shares = Annotated[
    list[str] | None,
    typer.Option("--share", help="Planned share of a variant: a=0.9. Repeatable.", show_default=False),
]
CorrectionName = Annotated[str, typer.Option("--correction", help="holm, bh or none.")]
Sequential = Annotated[
    bool, typer.Option("--sequential", help="Intervals that stay valid however often you look.")
]
PlannedUnits = Annotated[
    int, typer.Option("--planned-units", min=1, help="Where --sequential is to be most precise.")
]


def ab(
    events: Events,
    *,
    metrics: Metrics = None,
    ratios: Ratios = None,
    guardrails: Guardrails = None,
    unit: Unit = "user",
    variant: Variant = "variant",
    control: Control = None,
    covariates: Covariates = None,
    shares: Shares = None,
    correction: CorrectionName = "holm",
    sequential: Sequential = False,
    planned_units: PlannedUnits = _PLANNED,
    confidence: Confidence = 0.95,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Say what an experiment's variants do to metrics, with intervals by user; a mismatch of numbers comes first.

    Examples:

        palate ab events.parquet --metric watch_seconds --ratio clicks/impressions

        palate ab events.parquet -m watch_seconds --covariate watched_before --guardrail crashes:0.02 --sequential

        palate ab events.parquet -m watch_seconds --report experiment.html
    """
    from palate.cli._pages import write_finding
    from palate.experiments.ab import Analysis, compare_variants

    check_report(report)
    analysis = Analysis(
        confidence,
        correction,  # type: ignore[arg-type]  # the settings refuse what is no correction
        planned_units if sequential else None,
        _shares(shares or []),
    )
    with naming(events=events):
        found = compare_variants(
            events,
            _metrics(metrics or [], ratios or [], guardrails or [], covariates or []),
            unit=unit,
            variant=variant,
            control=control,
            analysis=analysis,
        )
    _show(found, output, as_json=as_json)
    write_finding(found, (events,), report)


def _show(found: ABTest, output: Path | None, *, as_json: bool) -> None:
    from palate.cli._output import notes, save, say, show_json, show_table

    if found.mismatch.found:  # before anything that one might believe
        say(found.mismatch.sentence)
    if output is not None:
        save(_table(found), output, "comparisons")
    elif as_json:
        show_json(found.to_dict())
    else:
        counts = ", ".join(f"{name} {count:,}" for name, count in found.units.items())
        units = f"{found.rows:,} rows of {sum(found.units.values()):,} units ({found.unit}): {counts}"
        show_table(
            _table(found).select("metric", "variant", "value", "control", "change", "p", "verdict"), units
        )
    for effect in found.effects:
        say(effect.sentence)
    notes(found.notes)


def _metrics(
    metrics: list[str], ratios: list[str], guardrails: list[str], covariates: list[str]
) -> list[Metric]:
    from dataclasses import replace

    from palate.core.errors import SettingsError
    from palate.experiments.ab import parse_guardrail, parse_metric

    wanted = [parse_metric(text) for text in (*metrics, *ratios)] + [parse_guardrail(g) for g in guardrails]
    if not wanted:
        raise SettingsError("Name what to compare: --metric COLUMN, --ratio A/B or --guardrail METRIC:LIMIT.")
    for text in covariates:
        name, equals, column = text.rpartition("=")
        if equals and name not in map(str, wanted):
            raise SettingsError(
                f"--covariate {text}: there is no metric '{name}' among {', '.join(map(str, wanted))}."
            )
        wanted = [replace(m, covariate=column) if not equals or str(m) == name else m for m in wanted]
    return wanted


def _shares(texts: list[str]) -> dict[str, float]:
    from palate.core.errors import SettingsError

    shares = {}
    for text in texts:
        name, _, share = text.rpartition("=")
        try:
            shares[name] = float(share)
        except ValueError:
            raise SettingsError(f"--share takes variant=share, such as a=0.9; it got '{text}'.") from None
    return shares


def _table(found: ABTest) -> Any:
    import polars as pl

    rows = []
    for effect in found.effects:
        bounds = effect.relative
        rows.append(
            {
                "metric": str(effect.metric),
                "variant": effect.variant,
                "value": effect.value,
                "control": effect.control_value,
                "change": effect.change,
                "difference": effect.difference.estimate,
                "low": effect.difference.low,
                "high": effect.difference.high,
                "relative": None if bounds is None else bounds.estimate,
                "relative_low": None if bounds is None else bounds.low,
                "relative_high": None if bounds is None else bounds.high,
                "p": effect.adjusted_p_value,
                "p_alone": effect.p_value,
                "confidence": effect.difference.confidence,
                "verdict": effect.guardrail or effect.direction or "not clear",
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)
