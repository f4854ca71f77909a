"""``palate annotators``: who answers well, and whom to talk to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._options import Json, Output, Report, check_report, naming, shown_name

if TYPE_CHECKING:
    import polars as pl

    from palate.quality import QualityResult
    from palate.report import Suspicion

__all__ = ["annotators"]

_NOTES_SHOWN = 10
_LOOKED_FOR = {
    "spammer_score": "answers that are alike whatever is true",
    "collusion": "copied mistakes",
    "drift": "answers that get worse over time",
}


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
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Show how well every annotator answers, and who answers alike whatever is asked, copies, or gets worse.

    Examples:

        palate annotators answers.csv

        palate annotators answers.csv --golden golden.csv --evidence evidence.csv

        palate annotators answers.csv --report annotators.html
    """
    from palate.aggregation.labels import label_aggregators
    from palate.cli._answers import read_labels
    from palate.cli._output import counted, notes, save, show_json, show_table
    from palate.cli._suspicions import all_evidence, suspicions
    from palate.core.tables import ANSWERS, GOLDEN

    check_report(report)
    aggregator = label_aggregators.create(method)
    table = read_labels(answers, ANSWERS)
    known = read_labels(golden, GOLDEN) if golden else None
    with naming(answers=answers, golden=golden):
        people: pl.DataFrame = aggregator.aggregate(table, golden=known).annotators
        checks = _checks(table, known)
    people = _with_checks(people, checks)
    found = suspicions(checks)
    shown = all_evidence(checks)
    if report is not None:
        _write_report(report, people, checks, found, answers=answers, method=method)
    if evidence is not None:
        save(shown, evidence, "rows of evidence")
    if output is not None:
        save(people, output, "annotators")
    elif as_json:
        show_json({"annotators": people, "evidence": shown})
    else:
        ordered = people.sort("answers", "annotator", descending=[True, False])
        show_table(_in_short(ordered), counted(len(people), "annotator"))
    if len(people) == 1:
        notes(["all answers are by one annotator: there is nobody to compare with."])
    lines = [suspicion.sentence for suspicion in found]
    if not lines and len(people) > 1:
        lines = ["nobody answers alike throughout, copies or gets worse, as far as this shows."]
    notes(lines[:_NOTES_SHOWN])
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

    scores: pl.DataFrame = checks["spammer_score"].found.select(
        "annotator", spammer_score="score", spammer_low="low", spammer_high="high"
    )
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


def _in_short(people: pl.DataFrame) -> pl.DataFrame:
    """Return what fits the width of a terminal, under short names."""
    shorter = {
        "skill_low": "from",
        "skill_high": "to",
        "golden_answers": "golden",
        "golden_accuracy": "accuracy",
        "spammer_score": "spammer",
    }
    shown = people.drop("spammer_low", "spammer_high")
    return shown.rename({name: word for name, word in shorter.items() if name in shown.columns})


def _write_report(
    report: Path,
    people: pl.DataFrame,
    checks: dict[str, QualityResult],
    found: list[Suspicion],
    *,
    answers: str,
    method: str,
) -> None:
    from palate._version import __version__
    from palate.cli._output import say
    from palate.report import AnnotatorSheet, write_sheet

    sheet = AnnotatorSheet(
        source=shown_name(answers),
        version=__version__,
        method=method,
        annotators=people,
        checks=tuple(_LOOKED_FOR[name] for name in checks),
        suspicions=tuple(found),
    )
    write_sheet(sheet, report)
    say(f"Report: {report}")
