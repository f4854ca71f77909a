"""``palate aggregate``: turn noisy answers into judgments, or comparisons into a ranking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import Json, Output, Settings, naming, parse_settings

if TYPE_CHECKING:
    import polars as pl

    from palate.aggregation.labels import LabelResult
    from palate.aggregation.pairs import PairResult

__all__ = ["aggregate"]


Answers = Annotated[
    str,
    typer.Argument(help="Answers (task, annotator, label) or comparisons (left, right, label); - is stdin."),
]
Method = Annotated[
    str | None,
    typer.Option(
        "--method",
        "-M",
        help="auto (default), majority-vote, dawid-skene, …; bradley-terry, win-rate for comparisons.",
    ),
]
Golden = Annotated[
    Path | None, typer.Option("--golden", help="Known answers: task, label.", show_default=False)
]
Tasks = Annotated[
    Path | None,
    typer.Option(
        "--tasks", help="Tasks (task, query, item): makes judgments with a grade.", show_default=False
    ),
]
AnnotatorsFile = Annotated[
    Path | None,
    typer.Option("--annotators", help="Write what is known of the annotators here.", show_default=False),
]
OnDuplicate = Annotated[
    str,
    typer.Option(
        "--on-duplicate", help="Repeated answers of one annotator to one task: error, first, last, all."
    ),
]


def aggregate(
    answers: Answers,
    *,
    method: Method = None,
    golden: Golden = None,
    tasks: Tasks = None,
    annotators: AnnotatorsFile = None,
    on_duplicate: OnDuplicate = "error",
    settings: Settings = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Turn noisy answers of many people into judgments with probabilities.

    Examples:

        palate aggregate answers.csv --method dawid-skene -o judgments.csv

        palate aggregate answers.csv --tasks tasks.csv --golden golden.csv -o judgments.qrels

        palate aggregate comparisons.csv --method bradley-terry

        cat answers.csv | palate aggregate - --json
    """
    from palate.aggregation.labels import label_aggregators
    from palate.aggregation.pairs import pair_aggregators
    from palate.core.errors import SettingsError, UnknownNameError
    from palate.core.files import read_file
    from palate.core.registry import plain_name
    from palate.core.tables import ANSWERS, COMPARISONS

    pairs = pair_aggregators.names()
    if method is not None and plain_name(method) not in {*pairs, *label_aggregators.names()}:
        raise UnknownNameError("aggregator", method, [*label_aggregators.names(), *pairs])
    table = read_file(answers, ANSWERS if method is None or plain_name(method) not in pairs else COMPARISONS)
    compared = plain_name(method) in pairs if method else {"left", "right"} <= set(table.columns)
    where = "standard input" if answers == "-" else answers
    if compared:
        if golden or tasks or annotators or on_duplicate != "error":
            raise SettingsError(
                "--golden, --tasks, --annotators and --on-duplicate go with graded answers, not with comparisons."
            )
        _pairs(table, where, method or "bradley-terry", parse_settings(settings), output, as_json=as_json)
    else:
        found = _labels(
            table,
            where,
            method or "auto",
            parse_settings(settings),
            golden=golden,
            on_duplicate=on_duplicate,
        )
        _show_labels(found, _with_tasks(found.labels, tasks), annotators, output, as_json=as_json)


def _labels(
    table: pl.DataFrame,
    where: str,
    method: str,
    settings: dict[str, Any],
    *,
    golden: Path | None,
    on_duplicate: Any,
) -> LabelResult:
    from palate.aggregation.labels import label_aggregators
    from palate.cli._output import progress_bar
    from palate.core.frames import read_table
    from palate.core.tables import ANSWERS, GOLDEN

    aggregator = label_aggregators.create(method, settings)
    checked = read_table(table, ANSWERS, where=where, unique=False)
    known = read_table(golden, GOLDEN) if golden else None
    with naming(answers=where, golden=golden), progress_bar(f"Aggregating with {method}") as progress:
        return aggregator.aggregate(checked, golden=known, on_duplicate=on_duplicate, progress=progress)


def _show_labels(
    found: LabelResult,
    judgments: pl.DataFrame,
    annotators: Path | None,
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    from palate.cli._output import notes, save, show_json, show_table

    if annotators is not None:
        save(found.annotators, annotators, "annotators")
    if output is not None:
        save(judgments, output, "judgments")
    elif as_json:
        show_json(
            {
                "judgments": judgments,
                "annotators": found.annotators,
                "converged": found.converged,
                "iterations": found.iterations,
                "tie_share": found.tie_share,
                "reason": found.reason,
            }
        )
    else:
        show_table(judgments, f"{len(judgments):,} judgments")
        show_table(
            found.annotators.sort("answers", descending=True),
            f"{len(found.annotators):,} annotators",
            rows=10,
        )
    lines = [found.reason] if found.reason else []
    if not found.converged:
        lines.append(
            f"the method had not settled after {found.iterations} iterations; --set max_iter=… allows more."
        )
    if found.tie_share:
        lines.append(f"{found.tie_share:.1%} of tasks have more than one most probable label (--set ties=…).")
    notes(lines)


def _with_tasks(labels: pl.DataFrame, tasks: Path | None) -> pl.DataFrame:
    """Return judgments: the labels with their task's query and item, the label as grade where it is a number."""
    if tasks is None:
        return labels
    import polars as pl

    from palate.core.errors import InputError
    from palate.core.frames import read_table
    from palate.core.tables import GRADED_TASKS

    asked = read_table(tasks, GRADED_TASKS)
    kind = asked["task"].dtype if asked["task"].dtype == labels["task"].dtype else pl.String
    asked = asked.with_columns(pl.col("task").cast(kind))
    labels = labels.with_columns(pl.col("task").cast(kind))
    joined = labels.join(asked.select("task", "query", "item"), on="task", how="inner", maintain_order="left")
    if joined.is_empty():
        raise InputError(
            f"The tasks share no id with the answers: ids look like '{asked['task'][0]}' here and"
            f" '{labels['task'][0]}' there.",
            where=str(tasks),
            column="task",
        )
    grades = joined["label"].cast(pl.Float64, strict=False)
    if grades.null_count() > joined["label"].null_count():
        return joined.select("query", "item", "label", "probability", "task")
    return joined.with_columns(grades.alias("grade")).select("query", "item", "grade", "probability", "task")


def _pairs(
    table: pl.DataFrame,
    where: str,
    method: str,
    settings: dict[str, Any],
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    from palate.aggregation.pairs import pair_aggregators
    from palate.cli._output import notes, progress_bar, save, show_json, show_table
    from palate.core.frames import read_table
    from palate.core.tables import COMPARISONS

    aggregator = pair_aggregators.create(method, settings)
    checked = read_table(table, COMPARISONS, where=where)
    with naming(comparisons=where), progress_bar(f"Aggregating with {method}") as progress:
        found: PairResult = aggregator.aggregate(checked, progress=progress)
    if output is not None:
        save(found.scores, output, "scores")
    elif as_json:
        show_json(
            {
                "scores": found.scores,
                "wins": found.wins,
                "converged": found.converged,
                "iterations": found.iterations,
            }
        )
    else:
        show_table(found.scores, f"{len(found.scores):,} compared, best first")
    if not found.converged:
        notes(
            [f"the method had not settled after {found.iterations} iterations; --set max_iter=… allows more."]
        )
    if "component" in found.scores.columns and found.scores["component"].n_unique() > 1:
        groups = found.scores["component"].n_unique()
        apart = "groups that were never compared with each other; scores rank only within a group."
        notes([f"the comparisons fall into {groups} {apart}"])
