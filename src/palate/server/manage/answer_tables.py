"""The answers of a pool as the tables that aggregators take, one way for each family of templates."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from palate.server.manage.task_words import group_of, item_of
from palate.server.projects.models import Pool
from palate.server.work.models import Answer
from palate.task_templates import TaskTemplate

__all__ = ["entries_of", "judged_rows", "write_answers"]

_BATCH = 5_000
_SIDES = {"left", "right", "tie"}
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "labels": ("label",),
    "pairs": ("label", "query", "left", "right"),
    "multilabel": ("labels",),
    "rankings": ("item", "rank"),
    "texts": ("text",),
}
Judged = dict[str, Any]


def write_answers(pool: Pool, template: TaskTemplate, target: Path) -> tuple[int, int]:
    """Write the answers that count and judge as CSV; return how many there are and the highest id.

    Columns are ``task, annotator`` and, by family: ``label`` (labels), ``label, query, left, right`` (pairs), ``labels``
    (multilabel: numbers of :func:`entries_of`, from 1), ``item, rank`` (rankings: likewise), ``text`` (texts).
    """
    columns = _COLUMNS[template.family]
    n_answers, last = 0, 0
    with target.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["task", "annotator", *columns])
        for pk, key, code, label, value, shown in _counting(pool):
            last = pk
            found = judged_rows(template, label, value, shown)
            table.writerows((key, code, *_numbered(template, row, shown)) for row in found)
            n_answers += bool(found)
    return n_answers, last


def entries_of(template: TaskTemplate, shown: Mapping[str, Any]) -> list[str]:
    """Return what can be chosen or put in order in a task: its entries, else the labels that judge.

    Aggregators know them by their number, from 1: so tasks with entries of their own share as few labels as they show.
    """
    entries = shown.get("items")
    if isinstance(entries, list):
        return [str(one["id"]) for one in entries]
    return list(template.label_values())


def judged_rows(template: TaskTemplate, label: str, value: Any, shown: Mapping[str, Any]) -> list[Judged]:
    """Return what aggregators take of an answer, with the names of entries: a row, or one an item; nothing if it judges nothing.

    Args:
        template: Of the project.
        label: The answer as a label.
        value: The answer.
        shown: The task's input.
    """
    return _ROWS[template.family](template, label, value, shown) if template.judges(value) else []


def _labels(template: TaskTemplate, label: str, value: Any, shown: Mapping[str, Any]) -> list[Judged]:
    del value, shown
    return [{"label": label}] if label in template.label_values() else []


def _pairs(template: TaskTemplate, label: str, value: Any, shown: Mapping[str, Any]) -> list[Judged]:
    del template, value
    left, right = item_of(shown, "left"), item_of(shown, "right")
    if label not in _SIDES or left == right:
        return []
    return [{"label": label, "query": group_of(shown), "left": left, "right": right}]


def _sets(template: TaskTemplate, label: str, value: Any, shown: Mapping[str, Any]) -> list[Judged]:
    del label
    known = set(entries_of(template, shown))
    return [{"labels": [one for one in value if one in known]}]


def _orders(template: TaskTemplate, label: str, value: Any, shown: Mapping[str, Any]) -> list[Judged]:
    del label
    known = set(entries_of(template, shown))
    return [{"item": one, "rank": rank} for rank, one in enumerate(value, 1) if one in known]


def _texts(template: TaskTemplate, label: str, value: Any, shown: Mapping[str, Any]) -> list[Judged]:
    del template, label, shown
    return [{"text": str(value)}] if str(value).strip() else []


_ROWS: Mapping[str, Callable[[TaskTemplate, str, Any, Mapping[str, Any]], list[Judged]]] = {
    "labels": _labels,
    "pairs": _pairs,
    "multilabel": _sets,
    "rankings": _orders,
    "texts": _texts,
}


def _numbered(template: TaskTemplate, row: Judged, shown: Mapping[str, Any]) -> tuple[object, ...]:
    """Return the cells of a row, entries by their numbers."""
    if template.family == "multilabel":
        places = _places(template, shown)
        return (",".join(str(places[one]) for one in row["labels"]),)
    if template.family == "rankings":
        return _places(template, shown)[row["item"]], row["rank"]
    return tuple(row.values())


def _places(template: TaskTemplate, shown: Mapping[str, Any]) -> dict[str, int]:
    return {name: place for place, name in enumerate(entries_of(template, shown), 1)}


def _counting(pool: Pool) -> Iterator[tuple[int, str, str, str, Any, dict[str, Any]]]:
    rows = Answer.objects.filter(pool=pool, task__kind="real", slot__held=True).order_by("pk")
    names = ("pk", "task__key", "annotator__code", "label", "value", "task__input")
    last = 0
    while batch := list(rows.filter(pk__gt=last).values_list(*names)[:_BATCH]):
        yield from batch
        last = batch[-1][0]
