"""``palate compare``: which system is better, by how much, and how sure that is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import Confidence, Json, Measures, Output, Qrels, Report, Runs, Seed, check_report
from palate.cli._pages import named_together, write_page

if TYPE_CHECKING:
    import polars as pl

    from palate.inference import SegmentComparison, Verdict
    from palate.measures import Evaluation

__all__ = ["compare"]

_NOT_SHOWN = ("p_value", "ties", "hedges_g", "more_needed")
"""Columns that only a file keeps: a terminal is narrow."""


def compare(
    runs: Runs,
    qrels: Qrels,
    *,
    measures: Measures = None,
    test: Annotated[
        str,
        typer.Option(
            "--test", help="paired-bootstrap, bca-bootstrap, randomization, paired-t, wilcoxon or sign."
        ),
    ] = "paired-bootstrap",
    correction: Annotated[
        str,
        typer.Option(
            "--correction",
            help="For several comparisons: holm (no false winner), bh (few false winners) or none.",
        ),
    ] = "holm",
    segments: Annotated[
        str | None,
        typer.Option(
            "--segments", help="Also compare by segment: a table of query, segment.", show_default=False
        ),
    ] = None,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Say which of two or more systems is better, with a paired interval over queries.

    Examples:

        palate compare --run a.trec --run b.trec --qrels q.txt --measure nDCG@10

        palate compare -r runs.parquet -j judgments.parquet --test randomization --json

        palate compare -r a.trec -r b.trec -j q.txt --segments segments.csv

        palate compare -r a.trec -r b.trec -j q.txt --report comparison.html
    """
    from palate.cli._output import notes, save, show_json
    from palate.core.errors import InputError
    from palate.measures import evaluate
    from palate.study import compare_all, compare_segments

    check_report(report)
    found = evaluate(runs, qrels, measures=measures or ["nDCG@10"], confidence=confidence, seed=seed)
    if found.summary["system"].n_unique() < 2:
        name = found.summary["system"][0]
        raise InputError(f"A comparison needs two systems; there is one, '{name}'. Name another with --run.")
    chosen: dict[str, Any] = {
        "test": test,
        "confidence": confidence,
        "correction": correction.casefold(),
        "seed": seed,
    }
    verdicts = compare_all(found, runs, qrels, **chosen)
    by_segment = compare_segments(found, segments, runs, qrels, **chosen) if segments is not None else None
    if output is not None:
        save(_all_rows(verdicts, by_segment), output, "comparisons")
    said = [*found.notes, *(by_segment.notes if by_segment else ())]
    if as_json:
        more = by_segment.to_dict() if by_segment else {}
        show_json({"verdicts": [v.to_dict() for v in verdicts], **more, "notes": said})
    elif str(output) != "-":
        _show(verdicts, by_segment)
    notes(said)
    if report is not None:
        _write_page(report, named_together(runs, qrels), found, verdicts, by_segment=by_segment, said=said)


def _write_page(
    report: Path,
    source: str,
    found: Evaluation,
    verdicts: list[Verdict],
    *,
    by_segment: SegmentComparison | None,
    said: list[str],
) -> None:
    from palate._version import __version__
    from palate.report import ComparisonSheet

    write_page(ComparisonSheet(source, __version__, found, tuple(verdicts), by_segment, tuple(said)), report)


def _show(verdicts: list[Verdict], by_segment: SegmentComparison | None) -> None:
    """Print the verdicts as sentences and as tables."""
    for verdict in verdicts:
        typer.echo(verdict.sentence)
    estimand = verdicts[0].difference.method.estimand
    _show_rows(_rows(verdicts), estimand)
    if by_segment is None:
        return
    tested = by_segment.heterogeneity
    for found in tested:
        if found.differ or len(tested) == 1:
            typer.echo(found.sentence)
    alike = sum(not found.differ for found in tested)
    if alike and len(tested) > 1:
        typer.echo(f"In {alike} of {len(tested)} comparisons segments are not shown to differ")
    _show_rows(_segment_rows(by_segment).drop("cohen_d", "won"), estimand)


def _show_rows(rows: pl.DataFrame, estimand: str) -> None:
    """Print what a terminal has room for; of two p-values, the one that counts."""
    import polars as pl

    from palate.cli._output import show_table

    hidden, title = list(_NOT_SHOWN), []
    if rows["queries"].n_unique() == 1:
        hidden.append("queries")
        title.append(f"over {rows['queries'][0]:,} queries")
    if estimand != "mean":
        title.append(f"the difference is the {estimand} where systems differ")
    if (rows["p_value"] != rows["adjusted_p"]).any():
        title.append("p and intervals are adjusted")
    if "won" in rows.columns:
        rows = rows.with_columns(won=pl.format("{}%", (100 * pl.col("won")).round().cast(pl.Int64)))
    shown = rows.drop(hidden).rename({"adjusted_p": "p", "cohen_d": "d"}, strict=False)
    show_table(shown, ", ".join(title).capitalize() or None)


def _rows(verdicts: list[Verdict]) -> pl.DataFrame:
    """Return a row a verdict."""
    import polars as pl

    return pl.DataFrame([_row(verdict) for verdict in verdicts], infer_schema_length=None)


def _segment_rows(by_segment: SegmentComparison) -> pl.DataFrame:
    import polars as pl

    rows = [{"segment": found.segment, **_row(found.verdict)} for found in by_segment.verdicts]
    return pl.DataFrame(rows, infer_schema_length=None)


def _all_rows(verdicts: list[Verdict], by_segment: SegmentComparison | None) -> pl.DataFrame:
    """Return a row a verdict; those on all queries have no segment."""
    import polars as pl

    rows = _rows(verdicts)
    if by_segment is None:
        return rows
    whole = rows.select(pl.lit(None, dtype=pl.String).alias("segment"), pl.all())
    return pl.concat([whole, _segment_rows(by_segment)], how="vertical_relaxed")


def _row(verdict: Verdict) -> dict[str, Any]:
    interval, effects, needed = verdict.difference.interval, verdict.effects, verdict.needed
    p_value = verdict.difference.p_value
    row = {
        "measure": verdict.measure,
        "system": verdict.system,
        "other": verdict.other,
        "difference": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "p_value": p_value,
        "adjusted_p": p_value if verdict.multiplicity is None else verdict.multiplicity.p_value,
    }
    if effects is not None:
        row["cohen_d"] = None if effects.cohen_d is None else effects.cohen_d.estimate
        row["hedges_g"] = None if effects.hedges_g is None else effects.hedges_g.estimate
        row["won"] = effects.won.estimate
        row["ties"] = effects.ties
    row["queries"] = verdict.difference.n_queries
    row["more_needed"] = None if needed is None else needed.queries
    row["better"] = verdict.better
    return row
