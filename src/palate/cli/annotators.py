"""``palate annotators``: who answers well, and whom to talk to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._options import Json, Output, naming

if TYPE_CHECKING:
    import polars as pl

    from palate.quality import QualityResult

__all__ = ["annotators"]

_NOTES_SHOWN = 10


def annotators(
    answers: Annotated[
        str,
        typer.Argument(help="Answers: task, annotator, label, and submitted_at if known; - is stdin."),
    ],
    *,
    golden: Annotated[
        Path | None, typer.Option("--golden", help="Known answers: task, label.", show_default=False)
    ] = None,
    method: Annotated[
        str, typer.Option("--method", "-M", help="The aggregator whose skills are shown.")
    ] = "dawid-skene",
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", help="Write the answers behind every suspicion here.", show_default=False),
    ] = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Show how well every annotator answers, and who answers alike whatever is asked, copies, or gets worse.

    Examples:

        palate annotators answers.csv

        palate annotators answers.csv --golden golden.csv --evidence evidence.csv
    """
    from palate.aggregation.labels import label_aggregators
    from palate.cli._output import notes, save, show_json, show_table
    from palate.core.frames import read_table
    from palate.core.tables import ANSWERS, GOLDEN

    aggregator = label_aggregators.create(method)
    table = read_table(answers, ANSWERS)
    known = read_table(golden, GOLDEN) if golden else None
    with naming(answers=answers, golden=golden):
        people: pl.DataFrame = aggregator.aggregate(table, golden=known).annotators
        checks = _checks(table, known)
    people = _with_checks(people, checks)
    shown = _all_evidence(checks)
    if evidence is not None:
        save(shown, evidence, "rows of evidence")
    if output is not None:
        save(people, output, "annotators")
    elif as_json:
        show_json({"annotators": people, "evidence": shown})
    else:
        show_table(
            people.sort("answers", "annotator", descending=[True, False]), f"{len(people):,} annotators"
        )
    lines = list(_sentences(checks))
    notes(
        lines[:_NOTES_SHOWN]
        or ["nobody answers alike throughout, copies or gets worse, as far as this shows."]
    )
    if len(lines) > _NOTES_SHOWN:
        notes([f"{len(lines) - _NOTES_SHOWN:,} more like these; --json or --evidence FILE has them all."])


def _checks(table: pl.DataFrame, known: pl.DataFrame | None) -> dict[str, QualityResult]:
    """Return what each check found; drift only where there are times."""
    from palate.quality import Collusion, Drift, QualityCheck, SpammerScore

    checks: dict[str, QualityCheck] = {"spammer_score": SpammerScore(), "collusion": Collusion()}
    if "submitted_at" in table.columns and table["submitted_at"].null_count() < len(table):
        checks["drift"] = Drift()
    return {name: check.check(table, golden=known) for name, check in checks.items()}


def _with_checks(people: pl.DataFrame, checks: dict[str, QualityResult]) -> pl.DataFrame:
    """Return the annotators with their spammer score, whom they copy or are copied by, and their change over time."""
    import polars as pl

    scores: pl.DataFrame = checks["spammer_score"].found.select("annotator", spammer_score="score")
    pairs: pl.DataFrame = checks["collusion"].found.filter("suspect").select("annotator", "other")
    both_ways = pl.concat([pairs, pairs.select(annotator="other", other="annotator")])
    copies = both_ways.group_by("annotator").agg(copies=pl.col("other").cast(pl.String).sort().str.join(", "))
    people = people.join(scores, on="annotator", how="left", maintain_order="left")
    people = people.join(copies, on="annotator", how="left", maintain_order="left")
    if "drift" not in checks:
        return people.with_columns(drift=pl.lit(None, dtype=pl.Float64))
    drifted: pl.DataFrame = checks["drift"].found.filter("suspect")
    drifts = drifted.select("annotator", drift=pl.col("after") - pl.col("before"))
    return people.join(drifts, on="annotator", how="left", maintain_order="left")


def _all_evidence(checks: dict[str, QualityResult]) -> pl.DataFrame:
    """Return the evidence of all checks in one table; what one of them does not say is missing."""
    import polars as pl

    tables: list[pl.DataFrame] = [
        result.evidence.select(pl.lit(name).alias("check"), pl.all()) for name, result in checks.items()
    ]
    return pl.concat(tables, how="diagonal")


def _sentences(checks: dict[str, QualityResult]) -> Iterator[str]:
    """Yield a sentence for every suspicion."""
    from datetime import UTC, datetime

    for row in checks["spammer_score"].found.filter("suspect").to_dicts():
        yield (
            f"{row['annotator']} answers nearly alike whatever is true: spammer score {row['score']:.2f}, surely below"
            f" {row['high']:.2f} (1 is always right, 0 dice)."
        )
    for row in checks["collusion"].found.filter("suspect").to_dicts():
        yield (
            f"{row['annotator']} and {row['other']} gave the same wrong answer to {row['same_wrong']} of"
            f" {row['shared']} tasks they share; {row['expected']:.1f} would be expected."
        )
    for row in checks["drift"].found.filter("suspect").to_dicts() if "drift" in checks else ():
        day = datetime.fromtimestamp(row["changed_at"], UTC)
        yield (
            f"{row['annotator']} was right {row['before']:.0%} of the time until {day:%Y-%m-%d %H:%M} UTC, and"
            f" {row['after']:.0%} since."
        )
