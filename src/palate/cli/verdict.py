"""``palate verdict``: from answers to a verdict whose interval counts other queries and other annotators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import (
    Confidence,
    Json,
    Measures,
    Output,
    Report,
    Runs,
    Seed,
    Settings,
    check_report,
    naming,
    parse_settings,
)
from palate.core.errors import SettingsError

if TYPE_CHECKING:
    import polars as pl

    from palate.evaluation import CrossedVerdict, PosteriorValues

__all__ = ["verdict"]


Answers = Annotated[
    str | None,
    typer.Option(
        "--answers",
        "-a",
        help="Answers: task, annotator, label (a grade); without --tasks, query and item in place of task.",
        show_default=False,
    ),
]
Tasks = Annotated[str | None, typer.Option("--tasks", help="Tasks: task, query, item.", show_default=False)]
Golden = Annotated[
    str | None, typer.Option("--golden", help="Known labels: task, label.", show_default=False)
]
OnDuplicate = Annotated[
    str,
    typer.Option(
        "--on-duplicate", help="Repeated answers of one annotator to one task: error, first, last, all."
    ),
]
Judgments = Annotated[
    str | None,
    typer.Option(
        "--judgments",
        "-j",
        help="In place of answers: query, item, and p_0, p_1, …, the probability of each grade.",
        show_default=False,
    ),
]
Method = Annotated[
    str, typer.Option("--method", "-M", help="What makes judgments of answers: majority-vote, dawid-skene, …")
]
Grades = Annotated[
    str, typer.Option("--grades", help="An item's grade: expected, or best (the most probable label).")
]
Items = Annotated[bool, typer.Option("--items", help="Count other items, too.")]
Correction = Annotated[str, typer.Option("--correction", help="For several comparisons: holm, bh or none.")]


def verdict(
    runs: Runs,
    *,
    answers: Answers = None,
    tasks: Tasks = None,
    golden: Golden = None,
    on_duplicate: OnDuplicate = "error",
    judgments: Judgments = None,
    measures: Measures = None,
    method: Method = "majority-vote",
    settings: Settings = None,
    grades: Grades = "expected",
    items: Items = False,
    correction: Correction = "holm",
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Say which system is better, counting that other queries and other annotators could have been asked.

    Values are measured again without each annotator in turn. Shown beside it is the interval for other queries alone.
    From judgments with probabilities, grades are drawn from them instead.

    Examples:

        palate verdict -r a.trec -r b.trec --answers answers.csv --tasks tasks.csv --measure nDCG@10

        palate verdict -r runs.parquet --answers answers.csv --tasks tasks.csv --method dawid-skene --json

        palate verdict -r runs.parquet --judgments judgments.parquet --report verdict.html
    """
    from palate.cli._pages import write_finding

    check_report(report)
    if (answers is None) == (judgments is None):
        raise SettingsError("Give --answers or --judgments, one of the two.")
    wanted = measures or ["nDCG@10"]
    if judgments is not None:
        if golden or settings or items or method != "majority-vote" or grades != "expected":
            raise SettingsError(
                "--golden, --method, --set, --grades and --items say what to make of answers; --judgments has none."
            )
        asked: dict[str, Any] = {
            "tasks": tasks,
            "confidence": confidence,
            "correction": correction,
            "seed": seed,
        }
        posterior = _by_posterior(runs, judgments, wanted, asked, output, as_json=as_json)
        write_finding(posterior, (*runs, judgments), report)
        return
    from palate.aggregation.labels import label_aggregators
    from palate.cli._output import progress_bar
    from palate.core.settings import check_settings
    from palate.evaluation import CrossedNoise

    chosen: dict[str, Any] = {
        "grades": grades,
        "items": items,
        "correction": correction,
        "confidence": confidence,
    }
    check_settings(CrossedNoise, chosen, "verdict")
    crossed = CrossedNoise(aggregator=label_aggregators.create(method, parse_settings(settings)), **chosen)
    with naming(answers=answers, tasks=tasks, golden=golden), progress_bar("Leaving out annotators") as bar:
        known: dict[str, Any] = {"tasks": tasks, "golden": golden, "on_duplicate": on_duplicate}
        found = crossed.compare(runs, answers, wanted, **known, seed=seed, progress=bar)
    _show(found, output, as_json=as_json)
    write_finding(found, (*runs, answers), report)


def _show(found: tuple[CrossedVerdict, ...], output: Output, *, as_json: bool) -> None:
    from palate.cli._output import notes, save, show_json, show_table

    if output is not None:
        save(_table(found), output, "comparisons")
    if as_json:
        show_json({"verdicts": [v.to_dict() for v in found], "notes": found[0].notes})
    elif str(output) != "-":
        for one in found:
            typer.echo(one.sentence)
        show_table(_both_intervals(found))
    notes(found[0].notes)


def _table(found: tuple[CrossedVerdict, ...]) -> pl.DataFrame:
    import polars as pl

    rows = [
        {
            "measure": v.measure,
            "system": v.system,
            "other": v.other,
            "difference": v.interval.estimate,
            "low": v.interval.low,
            "high": v.interval.high,
            "p_value": v.p_value,
            "queries_low": v.queries_only.low,
            "queries_high": v.queries_only.high,
        }
        | {f"{name}_share": share for name, share in v.shares.items()}
        | {"better": v.better}
        for v in found
    ]
    return pl.DataFrame(rows, schema_overrides={"better": pl.String})


def _both_intervals(found: tuple[CrossedVerdict, ...]) -> pl.DataFrame:
    """Return two rows a verdict: its interval, and that of other queries alone."""
    import polars as pl

    rows = []
    for v in found:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in v.shares.items() if name != "queries")
        for counted, interval, of in (
            (", ".join(v.shares), v.interval, shares),
            ("queries alone", v.queries_only, None),
        ):
            rows.append(
                (v.measure, v.system, v.other, counted, interval.estimate, interval.low, interval.high, of)
            )
    columns = ["measure", "system", "other", "counted", "difference", "low", "high", "of its variance"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _by_posterior(
    runs: list[str],
    judgments: str,
    measures: list[str],
    asked: dict[str, Any],
    output: Output,
    *,
    as_json: bool,
) -> PosteriorValues:
    from palate.cli._output import notes, save, show_json, show_table
    from palate.evaluation import posterior_values

    with naming(judgments=judgments, tasks=asked["tasks"]):
        found = posterior_values(runs, judgments, measures, **asked)
    columns = ["best_guess", "value", "low", "high", "judgment_low", "judgment_high", "queries"]
    values = found.values.select("system", "measure", *columns)
    if output is not None:
        save(values, output, "values")
    if as_json:
        show_json(found.to_dict())
    elif str(output) != "-":
        for sentence in found.sentences:
            typer.echo(sentence)
        show_table(values)
    notes(found.notes)
    return found
