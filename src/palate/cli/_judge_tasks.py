"""The pool that a model judge answers, from tables and a project's file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.files import read_file
from palate.core.frames import read_table
from palate.core.tables import GOLDEN, ITEMS, TASK, Column, Table
from palate.platforms import Pool
from palate.study.shown import label_settings
from palate.task_templates import ChoiceTemplate, from_settings

__all__ = ["pool_of"]

_TASKS = Table("tasks", (TASK,), key=("task",))
_QUERIES = Table(
    "queries", (Column("query", "id", "a query"), Column("text", "text", "what it says")), key=("query",)
)
_CARRIED = ("query", "item", "left", "right")
_FIELD_OF = {"title": "title", "text": "text", "image": "image", "url": "link"}


def pool_of(
    tasks: str,
    *,
    project: Path | None,
    template: str,
    grades: str | None,
    instructions: Path | None,
    queries: str | None,
    items: str | None,
    golden: str | None,
) -> tuple[Pool, pl.DataFrame]:
    """Return the pool, and what tasks are about: ``task`` and those of query, item, left and right that there are.

    Raises:
        InputError: A table is not what it should be, or lacks what the template shows.
        SettingsError: The project or the template is not what it should be, or the template asks for no labels.
    """
    name, settings, said = _asked(project, template, grades, instructions)
    chosen = from_settings(name, settings)
    if not isinstance(chosen, ChoiceTemplate):
        raise SettingsError(f"A judge chooses labels; '{name}' is answered otherwise.")
    table = _with_tasks(tasks)
    shown = table["shown"] if "shown" in table.columns else _shown(table, chosen, queries, items)
    labels = _in_order(chosen)
    known = read_table(golden, GOLDEN).with_columns(pl.col("label").cast(pl.String)) if golden else None
    task = table["task"]
    if known is not None:
        known = known.with_columns(pl.col("task").cast(task.dtype, strict=False)).filter(
            pl.col("task").is_in(task.implode())
        )
        if known.is_empty() or not set(known["label"]) <= set(labels):
            raise InputError(
                f"Golden tasks must be among the tasks, with one of the labels {', '.join(labels)}.",
                where=golden,
            )
    pool = Pool(
        pl.DataFrame({"task": task, "shown": shown}),
        labels,
        golden=known if known is not None and len(known) < len(task) else None,
        golden_per_page=0,
        template=name,
        template_settings=settings,
        instructions=said,
        ordered=chosen.ordered,
    )
    return pool, table.select("task", *(column for column in _CARRIED if column in table.columns))


def _asked(
    project: Path | None, template: str, grades: str | None, instructions: Path | None
) -> tuple[str, dict[str, Any], str]:
    """Return the template's name, its settings, and the instructions."""
    said = ""
    if instructions is not None:
        try:
            said = instructions.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"The instructions {instructions} cannot be read: {error}.") from None
    if project is not None:
        from palate.server.projects.files import read_project_file

        spec = read_project_file(project).spec
        return spec.template, dict(spec.template_settings), said or spec.instructions
    names = [one.strip() for one in (grades or "").split(",") if one.strip()]
    if grades is not None and len(names) < 2:
        raise SettingsError(f"--grades takes two names or more, the lowest first; it got '{grades}'.")
    return template, label_settings(names) if names else {}, said


def _with_tasks(tasks: str) -> pl.DataFrame:
    """Return the tasks; those of a query and an item need no name of their own."""
    table = read_file(tasks, _TASKS)
    if not any(name in table.columns for name in ("task", *TASK.aliases)) and {"query", "item"} <= set(
        table.columns
    ):
        named = pl.concat_str(pl.col("query").cast(pl.String), pl.lit("/"), pl.col("item").cast(pl.String))
        table = table.with_columns(named.alias("task"))
    return read_table(table, _TASKS, where=tasks)


def _shown(
    table: pl.DataFrame, template: ChoiceTemplate, queries: str | None, items: str | None
) -> pl.Series:
    """Return what is shown of each task, by the columns that are fields of the template."""
    if items is not None:
        known = read_table(items, ITEMS)
        cards = known.select(
            pl.col("item").cast(pl.String),
            *(
                pl.col(name).cast(pl.String).alias(field)
                for name, field in _FIELD_OF.items()
                if name in known.columns
            ),
        )
        _check_found(table, "item", cards["item"], items)
        table = table.with_columns(pl.col("item").cast(pl.String)).drop(
            *(set(cards.columns) - {"item"}), strict=False
        )
        table = table.join(cards, on="item", how="left", maintain_order="left")
    if queries is not None:
        texts = read_table(queries, _QUERIES).select(
            pl.col("query").cast(pl.String), pl.col("text").alias("_said")
        )
        _check_found(table, "query", texts["query"], queries)
        table = table.with_columns(pl.col("query").cast(pl.String)).join(
            texts, on="query", how="left", maintain_order="left"
        )
        table = table.with_columns(pl.col("_said").alias("query"))
    fields = [field.name for field in template.fields() if field.name in table.columns]
    rows = table.select(fields).iter_rows(named=True)
    return pl.Series(
        "shown",
        [
            json.dumps({name: value for name, value in row.items() if value is not None}, default=str)
            for row in rows
        ],
        dtype=pl.String,
    )


def _check_found(table: pl.DataFrame, column: str, known: pl.Series, where: str) -> None:
    if column not in table.columns:
        raise InputError(f"Tasks need the column '{column}' to find what is shown of it.", where="tasks")
    lacking = table.filter(~pl.col(column).cast(pl.String).is_in(known.implode()))
    if len(lacking):
        raise InputError(
            f"The {column} {lacking[column][0]!r} of a task is not here ({len(lacking):,} such tasks).",
            where=where,
        )


def _in_order(template: ChoiceTemplate) -> tuple[str, ...]:
    """Return the labels, the lowest first where they are graded; of pairs left, tie, right."""
    labels = template.label_values()
    grade = {label.value: label.grade for label in template.labels}
    if all(grade[label] is not None for label in labels):
        return tuple(sorted(labels, key=lambda label: grade[label] or 0.0))
    if template.family == "pairs":
        return tuple(label for label in ("left", "tie", "right") if label in labels)
    return tuple(reversed(labels)) if template.ordered else labels
