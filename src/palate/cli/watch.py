"""``palate watch``: where a comparison stands while its values come in, and whether to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._options import Confidence, Json, Output, Report, check_report, naming, shown_name

if TYPE_CHECKING:
    import polars as pl

    from palate.evaluation import Watched

__all__ = ["watch"]


Values = Annotated[
    str | None,
    typer.Option("--values", help="Values a query in the order of judging: system, query, measure, value."),
]
Comparisons = Annotated[
    str | None,
    typer.Option("--comparisons", help="Comparisons in the order of coming: left, right, label, query."),
]
Systems = Annotated[
    list[str] | None,
    typer.Option("--system", help="The two systems, where there are more. Repeat."),
]
Measure = Annotated[str, typer.Option("--measure", "-m", help="Of --values.")]
Overlap = Annotated[int | None, typer.Option("--overlap", help="Comparisons that make a query complete.")]
Margin = Annotated[
    float | None, typer.Option("--margin", help="Stop, too, once differences this large are excluded.")
]
Precision = Annotated[
    float | None, typer.Option("--precision", help="Stop, too, once the difference is known to ± this.")
]
Most = Annotated[int | None, typer.Option("--most", help="Stop, too, after so many values.")]
Method = Annotated[
    str, typer.Option("--method", help="betting, empirical-bernstein, or asymptotic (no bounds).")
]
Low = Annotated[float, typer.Option("--low", help="The lowest difference there can be.")]
High = Annotated[float, typer.Option("--high", help="The highest difference there can be.")]


def watch(
    *,
    values: Values = None,
    comparisons: Comparisons = None,
    systems: Systems = None,
    measure: Measure = "nDCG@10",
    overlap: Overlap = None,
    margin: Margin = None,
    precision: Precision = None,
    most: Most = None,
    method: Method = "betting",
    low: Low = -1.0,
    high: High = 1.0,
    confidence: Confidence = 0.95,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Say where a comparison stands, and whether more values are needed. Look as often as you like.

    The interval holds at all times at once, so stopping when it excludes 0 is wrong in 5 of 100 comparisons at most, however often one
    looks. Queries must come in an order that does not depend on what was found; a random one is best. -o writes the
    path.

    Examples:

        palate watch --values per_query.csv --measure nDCG@10 --margin 0.01

        palate watch --comparisons pairs.csv --system als --system bpr --overlap 3 -o path.csv

        palate watch --values watch_seconds.csv --measure seconds --method asymptotic --json

        palate watch --values per_query.csv --report way.html
    """
    from palate.cli._output import notes, save, show_json, show_table
    from palate.core.errors import SettingsError
    from palate.evaluation import watch_comparisons, watch_values
    from palate.inference import ConfidenceSequence, StoppingRule

    check_report(report)
    if (values is None) == (comparisons is None):
        raise SettingsError("Give --values or --comparisons, one of them.")
    if values is not None and overlap is not None:
        raise SettingsError("--overlap belongs to --comparisons: of values there is one a query.")
    sequence = ConfidenceSequence(method, confidence, low, high)  # type: ignore[arg-type]  # it checks the name
    rule = StoppingRule(margin, precision, most)
    with naming(per_query=values, comparisons=comparisons):
        if values is not None:
            found = watch_values(values, measure, systems or (), sequence=sequence, rule=rule)
        else:
            found = watch_comparisons(
                comparisons, systems or (), overlap=overlap, sequence=sequence, rule=rule
            )
    if output is not None:
        save(found.table, output, "steps")
    if as_json:
        show_json(found.to_dict())
    elif str(output) != "-":
        typer.echo(found.verdict.sentence)
        show_table(_landmarks(found), "The way there")
    notes(found.notes)
    if report is not None:
        from palate._version import __version__
        from palate.cli._pages import write_page
        from palate.report import WatchSheet

        write_page(WatchSheet(shown_name(values or comparisons or ""), __version__, found), report)


def _landmarks(found: Watched) -> pl.DataFrame:
    """Return the path after 1, 2, 5, 10, 20, … values, where the rule first said to stop, and at the end."""
    import polars as pl

    verdict = found.verdict
    steps = {factor * 10**power for power in range(9) for factor in (1, 2, 5)}
    shown = sorted({*steps, verdict.n, *([verdict.stopped_at] if verdict.stopped_at else [])})
    return found.table.filter(pl.col("n").is_in(shown))
