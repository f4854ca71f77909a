"""Answers of people and of models together: a model counts once, however many prompts it was asked with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from palate.core.coding import encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import ANSWERS, GOLDEN, Column, Table
from palate.inference._shared_judge import SharedJudges, fit_shared_judges

__all__ = ["JointLabels", "aggregate_with_models", "people_overlap"]

_ANNOTATORS = Table(
    "annotators",
    (
        Column("annotator", "id", "who answers"),
        Column("kind", "text", "person or model"),
        Column("model", "text", "the model behind a prompt", required=False),
    ),
    key=("annotator",),
)

_ENOUGH_TASKS = 20
"""Tasks with two people or more from which the errors of people and of a model can be told apart at all."""


@dataclass(frozen=True)
class JointLabels:
    """Judgments by people and models. The frames are of the caller's own kind.

    Args:
        judgments: One row a task: ``task, label, probability, people`` (how many of them answered) and ``models`` (likewise), and the
            probability of each label in a column of its name.
        models: One row a model, true label and label: ``model, truth, label, probability``: how it confuses labels, by people.
        converged: Whether EM did.
        notes: What a reader must know beside the numbers.
        fit: All that was found, as arrays.
    """

    judgments: Any
    models: Any
    converged: bool
    notes: tuple[str, ...]
    fit: SharedJudges = field(repr=False)


def aggregate_with_models(
    answers: IntoTable, annotators: IntoTable, *, golden: IntoTable | None = None
) -> JointLabels:
    """Return labels by the answers of people and models, the prompts of one model taken for one judge who errs as one.

    Args:
        answers: ``task, annotator, label``.
        annotators: ``annotator, kind`` and ``model``: whose kind is ``model`` is a prompt of that model (of its own, without a
            column ``model``); who is missing is a person.
        golden: Known labels of people, ``task, label``; never a model's.

    Raises:
        InputError: A table is not what it should be, there is one label only, or nobody but models answered.
    """
    where = str(answers) if isinstance(answers, str | Path) else ANSWERS.name
    table = read_table(answers, ANSWERS, where=where)
    models = _model_of(annotators)
    tasks, names, labels = (encode(table[column]) for column in ("task", "annotator", "label"))
    codes = {model: code for code, model in enumerate(sorted(set(models.values())))}
    model_of = np.array([codes.get(models.get(str(name), ""), -1) for name in names.values], dtype=np.int64)
    used = np.unique(model_of[model_of >= 0])
    model_of = np.where(model_of >= 0, np.searchsorted(used, model_of), -1)
    if len(labels) < 2:
        raise InputError("All answers are the same label; there is nothing to tell apart.", where=where)
    if (model_of >= 0).all():
        raise InputError(
            "Nobody but models answered, so nothing says how they err. Ask people about some of the tasks.",
            where=where,
        )
    fit = fit_shared_judges(
        tasks.codes.astype(np.int64),
        names.codes.astype(np.int64),
        labels.codes.astype(np.int64),
        model_of,
        n_tasks=len(tasks),
        n_labels=len(labels),
        golden=_golden_codes(golden, tasks.values, labels.values),
    )
    best = fit.posterior.argmax(axis=1)
    person = model_of[names.codes] == -1
    pairs = np.unique(
        np.stack([tasks.codes[~person], model_of[names.codes][~person]], axis=1), axis=0
    )  # a model's prompts on a task are one
    judgments = pl.DataFrame(
        {
            "task": tasks.values,
            "label": labels.values.gather(best),
            "probability": fit.posterior.max(axis=1),
            "people": np.bincount(tasks.codes[person], minlength=len(tasks)),
            "models": np.bincount(pairs[:, 0], minlength=len(tasks)),
            **{str(label): fit.posterior[:, code] for code, label in enumerate(labels.values)},
        }
    )
    by_code = {code: model for model, code in codes.items()}
    rows = [
        (by_code[int(used[model])], truth, label, float(fit.models[model, one, other]))
        for model in range(len(used))
        for one, truth in enumerate(labels.values)
        for other, label in enumerate(labels.values)
    ]
    schema: dict[str, Any] = {
        "model": pl.String,
        "truth": labels.values.dtype,
        "label": labels.values.dtype,
        "probability": pl.Float64,
    }
    confusion = pl.DataFrame(rows, schema=schema, orient="row")
    notes = _notes(judgments, golden, bool(len(used)))
    return JointLabels(like(answers, judgments), like(answers, confusion), fit.converged, notes, fit)


def people_overlap(answers: IntoTable, annotators: IntoTable) -> Any:
    """Return how many people answered each task, columns ``task, overlap``: models do not count.

    Raises:
        InputError: A table is not what it should be.
    """
    table = read_table(answers, ANSWERS)
    models = _model_of(annotators)
    person = pl.Series([str(name) not in models for name in table["annotator"]], dtype=pl.Boolean)
    counted = table.with_columns(person.alias("_person")).group_by("task", maintain_order=True)
    return like(answers, counted.agg(pl.col("_person").sum().cast(pl.Int64).alias("overlap")))


def _notes(judgments: pl.DataFrame, golden: IntoTable | None, has_models: bool) -> tuple[str, ...]:
    """Say where nothing tells a model's errors from people's: one person a task, and no known answers."""
    checked = int((judgments["people"] >= 2).sum())
    if not has_models or golden is not None or checked >= _ENOUGH_TASKS:
        return ()
    said = (
        f"Only {checked:,} tasks were answered by two people or more, and there are no golden tasks: nothing tells a model's"
        " errors from a person's. The probabilities are likely too high."
    )
    return (said,)


def _model_of(annotators: IntoTable) -> dict[str, str]:
    """Return the model of every annotator who is one."""
    table = read_table(annotators, _ANNOTATORS)
    named = table["model"] if "model" in table.columns else pl.Series([None] * len(table), dtype=pl.String)
    rows = zip(table["annotator"], table["kind"], named, strict=True)
    return {str(name): str(model or name) for name, kind, model in rows if kind == "model"}


def _golden_codes(golden: IntoTable | None, tasks: pl.Series, labels: pl.Series) -> Any:
    if golden is None:
        return None
    table = read_table(golden, GOLDEN)
    for name, values in (("task", tasks), ("label", labels)):
        if table[name].dtype != values.dtype:
            raise InputError(
                f"The {name}s of golden tasks are {table[name].dtype}, those of the answers {values.dtype}. Make them one type.",
                where="golden",
                column=name,
            )
    places, known = encode_like(table["task"], tasks), encode_like(table["label"], labels)
    found = np.full(len(tasks), -1)
    there = (places >= 0) & (known >= 0)
    found[places[there]] = known[there]
    return found
