"""``palate aggregate``: turn noisy answers into judgments, comparisons into a ranking, numbers into one number."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from palate.cli._families import Family, family_of
from palate.cli._options import Json, Output, Report, Settings, check_report, parse_settings
from palate.core.errors import SettingsError

__all__ = ["aggregate"]


Answers = Annotated[
    str,
    typer.Argument(
        help="Answers (task, annotator, and label, value, labels, text, or item and rank) or comparisons (left,"
        " right, label); - is stdin."
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(
        "--family",
        "-F",
        help="labels, pairs, numeric, multilabel, rankings or texts.",
        show_default="told from the columns",
    ),
]
Method = Annotated[
    str | None,
    typer.Option(
        "--method",
        "-M",
        help="auto (default), majority-vote, dawid-skene, … for labels; bradley-terry, … for comparisons;"
        " and so on. A wrong name lists all.",
        show_default=False,
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
    typer.Option("--annotators", help="Write what is found of the annotators here.", show_default=False),
]
KnownAnnotators = Annotated[
    Path | None,
    typer.Option(
        "--known-annotators",
        help="What is known of annotators from before: annotator, truth, label, count.",
        show_default=False,
    ),
]
SaveAnnotators = Annotated[
    Path | None,
    typer.Option(
        "--save-annotators",
        help="Write what --known-annotators of the next run reads, this run's answers counted in.",
        show_default=False,
    ),
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
    family: Kind = None,
    method: Method = None,
    golden: Golden = None,
    tasks: Tasks = None,
    known_annotators: KnownAnnotators = None,
    on_duplicate: OnDuplicate = "error",
    settings: Settings = None,
    output: Output = None,
    annotators: AnnotatorsFile = None,
    save_annotators: SaveAnnotators = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Turn noisy answers of many people into judgments with probabilities.

    Examples:

        palate aggregate answers.csv --report page.html

        palate aggregate answers.csv --tasks tasks.csv --golden golden.csv -o judgments.qrels

        palate aggregate monday.csv --save-annotators known.csv

        palate aggregate tuesday.csv --known-annotators known.csv

        palate aggregate comparisons.csv --method bradley-terry --report ranking.svg

        cat answers.csv | palate aggregate - --json
    """
    from palate.cli._label_answers import LabelFiles, aggregate_labels
    from palate.cli._other_answers import aggregate_others
    from palate.core.files import read_file
    from palate.core.tables import ANSWERS

    check_report(report)
    guess = family_of(family, method, ())
    table = read_file(answers, guess.declared if family or method else ANSWERS)
    found = family_of(family, method, table.columns)
    where = "standard input" if answers == "-" else answers
    chosen, wanted = method or found.method, parse_settings(settings)
    if found.name == "labels":
        files = LabelFiles(golden, tasks, known_annotators, annotators, save_annotators, report, output)
        aggregate_labels(table, where, chosen, wanted, files, on_duplicate=on_duplicate, as_json=as_json)
        return
    _refuse(found, "labels", tasks=tasks, known_annotators=known_annotators, save_annotators=save_annotators)
    _refuse(found, "labels", on_duplicate=on_duplicate != "error")
    if not found.with_golden:
        _refuse(found, "labels, numbers and sets of labels", golden=golden)
    if found.name != "pairs":
        _refuse(found, "labels and comparisons", report=report)
    aggregate_others(
        found,
        table,
        where,
        chosen,
        wanted,
        golden=golden,
        annotators=annotators,
        report=report,
        output=output,
        as_json=as_json,
    )


def _refuse(family: Family, others: str, **given: object) -> None:
    """Refuse options that this kind of answers does not have."""
    names = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if names:
        verb = "goes" if len(names) == 1 else "go"
        raise SettingsError(f"{' and '.join(names)} {verb} with {others}, not with {family.what}.")
