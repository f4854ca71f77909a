"""Aggregate labels: judgments, what they rest on, and the page that says how far to trust them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from palate.cli._options import naming, shown_name

if TYPE_CHECKING:
    import polars as pl

    from palate.aggregation.labels import LabelResult

__all__ = ["LabelFiles", "aggregate_labels"]


@dataclass(frozen=True)
class LabelFiles:
    """What is read beside the answers, and what is written beside the judgments.

    Args:
        golden: Known labels.
        tasks: The tasks' queries and items.
        known_annotators: Counts of annotators' past answers.
        annotators: Where their skills go.
        save_annotators: Where their counts go, for the next run.
        report: Where the page goes.
        output: Where the judgments go.
    """

    golden: Path | None = None
    tasks: Path | None = None
    known_annotators: Path | None = None
    annotators: Path | None = None
    save_annotators: Path | None = None
    report: Path | None = None
    output: Path | None = None


def aggregate_labels(
    table: pl.DataFrame,
    where: str,
    method: str,
    settings: dict[str, Any],
    files: LabelFiles,
    *,
    on_duplicate: Any,
    as_json: bool,
) -> None:
    """Aggregate, and show, write and draw what was found."""
    from palate.aggregation.labels import annotator_counts, label_aggregators
    from palate.cli._answers import read_labels
    from palate.cli._output import notes, progress_bar, save, say
    from palate.core.errors import SettingsError
    from palate.core.tables import ANSWERS, GOLDEN

    aggregator = label_aggregators.create(method, settings)
    if files.known_annotators and not aggregator.uses_known_annotators:
        raise SettingsError(
            f"{method} cannot use --known-annotators. Leave it out, or choose a method that can, such as dawid-skene."
        )
    checked = read_labels(table, ANSWERS, where=where, unique=False)
    known: dict[str, Any] = {
        "golden": read_labels(files.golden, GOLDEN) if files.golden else None,
        "annotators": str(files.known_annotators) if files.known_annotators else None,
        "on_duplicate": on_duplicate,
    }
    with _naming_duplicates(where, files.golden), progress_bar(f"Aggregating with {method}") as progress:
        found = aggregator.aggregate(checked, progress=progress, **known)
    judgments, lines = _with_tasks(found.labels, files.tasks)
    lines = [*_notes(found, checked, known["golden"]), *lines]
    if files.report is not None:
        _write_report(files.report, found, checked, known, where=where, method=method, lines=lines)
        say(f"Report: {files.report}")
    if files.annotators is not None:
        save(found.annotators, files.annotators, "annotators")
    if files.save_annotators is not None:
        counts = annotator_counts(found, checked, **known)
        save(counts, files.save_annotators, "counts of annotators' answers")
    _show(found, judgments, files.output, as_json=as_json)
    notes([found.reason] if found.reason else [])
    notes(lines)


@contextmanager
def _naming_duplicates(where: str, golden: Path | None) -> Iterator[None]:
    """Make errors name files, and the shell's option for repeated answers."""
    from palate.core.errors import InputError

    try:
        with naming(answers=where, golden=golden):
            yield
    except InputError as error:
        problem = error.problem.replace(
            'on_duplicate="first", "last" or "all"', "--on-duplicate first, last or all"
        )
        raise InputError(problem, where=error.where, row=error.row, column=error.column) from error


def _show(found: LabelResult, judgments: pl.DataFrame, output: Path | None, *, as_json: bool) -> None:
    from palate.cli._output import counted, save, show_json, show_table

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
        show_table(judgments, counted(len(judgments), "judgment"))
        show_table(
            found.annotators.sort("answers", descending=True, maintain_order=True),
            counted(len(found.annotators), "annotator"),
            rows=10,
        )


def _notes(found: LabelResult, answers: pl.DataFrame, golden: pl.DataFrame | None) -> list[str]:
    """Return what to know of the judgments before relying on them."""
    from palate.cli._output import counted

    lines = []
    if not found.converged:
        lines.append(
            f"the method had not settled after {found.iterations} iterations; --set max_iter=… allows more."
        )
    if found.tie_share:
        lines.append(f"{found.tie_share:.1%} of tasks have more than one most probable label (--set ties=…).")
    people = found.annotators
    if len(people) == 1:
        lines.append("all answers are by one annotator: there is nobody to compare with.")
    elif answers["task"].n_unique() == len(answers):
        lines.append("no task has two answers: nothing shows which of them are wrong.")
    once = int((people["answers"] == 1).sum())
    if once and len(people) > 1:
        lines.append(
            f"{counted(once, 'annotator')} gave one answer only; of their skill next to nothing is known."
        )
    if answers["label"].n_unique() == 1:
        lines.append(f"all answers have the label {answers['label'][0]!r}.")
    new = [] if golden is None else sorted(set(golden["label"]) - set(answers["label"]))
    if new:
        listed = ", ".join(map(repr, new[:3])) + (", …" if len(new) > 3 else "")
        lines.append(
            f"golden tasks have {'a label' if len(new) == 1 else 'labels'} that nobody gave: {listed}."
        )
    return lines


def _with_tasks(labels: pl.DataFrame, tasks: Path | None) -> tuple[pl.DataFrame, list[str]]:
    """Return judgments: the labels with their task's query and item, the label as grade where it is a number.

    What is in one table only is left out, and said.
    """
    if tasks is None:
        return labels, []
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
    unanswered = asked.join(labels, on="task", how="anti")["task"]
    unknown = labels.join(asked, on="task", how="anti")["task"]
    lines = []
    if len(unanswered):
        lines.append(f"nobody answered {_some(unanswered)} of {tasks}; there is no judgment of them.")
    if len(unknown):
        lines.append(f"{_some(unknown)} with answers are not in {tasks}; their judgments are left out.")
    grades = joined["label"].cast(pl.Float64, strict=False)
    if grades.null_count() > joined["label"].null_count():
        return joined.select("query", "item", "label", "probability", "task"), lines
    return joined.with_columns(grades.alias("grade")).select(
        "query", "item", "grade", "probability", "task"
    ), lines


def _some(tasks: pl.Series) -> str:
    """Return how many tasks there are, and the first of them."""
    from palate.cli._output import counted

    shown = ", ".join(map(str, tasks.head(3))) + (", …" if len(tasks) > 3 else "")
    return f"{counted(len(tasks), 'task')} ({shown})"


def _write_report(
    report: Path,
    found: LabelResult,
    answers: pl.DataFrame,
    known: dict[str, Any],
    *,
    where: str,
    method: str,
    lines: list[str],
) -> None:
    from palate._version import __version__
    from palate.aggregation.labels import held_out_reliability
    from palate.core.errors import InputError
    from palate.report import LabelSheet, write_sheet

    reliability, why_not = None, ""
    try:
        reliability = held_out_reliability(found, answers, **known)
    except InputError as error:
        why_not = error.problem
    if known["on_duplicate"] in {"first", "last"}:
        answers = answers.unique(["task", "annotator"], keep=known["on_duplicate"], maintain_order=True)
    sheet = LabelSheet(
        source=shown_name(where),
        version=__version__,
        method=method,
        reason=found.reason,
        answers=answers.select("task", "annotator", "label"),
        judgments=found.labels,
        probabilities=found.probabilities,
        annotators=found.annotators,
        golden=0 if known["golden"] is None else len(known["golden"]),
        reliability=reliability,
        no_reliability=why_not,
        notes=tuple(f"{line[0].upper()}{line[1:]}" for line in lines),
    )
    write_sheet(sheet, report)
