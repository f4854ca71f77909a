"""Between tables and codes: answers come in, judgments go out."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.labels._coding import encode_labels, sort_by_task
from palate.aggregation.labels._skill_intervals import skill_intervals
from palate.aggregation.labels._votes import best_labels, highest, n_true
from palate.aggregation.labels.base import (
    CodedAnswers,
    Duplicates,
    FloatArray,
    LabelAggregator,
    LabelFit,
    LabelResult,
)
from palate.core.casts import refuse
from palate.core.checks import check_table
from palate.core.coding import Codes, IntArray, encode, encode_like
from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, like, read_table
from palate.core.randomness import generator
from palate.core.tables import ANSWERS, GOLDEN

__all__ = ["code_answers", "result_tables"]

_MOST_PROBABILITIES = 1 << 30
"""Tasks times labels beyond which one copy of the posterior (8 GB) is too much for most machines."""


def code_answers(
    answers: IntoTable, golden: IntoTable | None = None, on_duplicate: Duplicates = "error"
) -> CodedAnswers:
    """Return answers and known labels as flat arrays that do not depend on the order of the rows.

    Raises:
        InputError: A table cannot be read, an annotator answers a task twice and that is an error, a golden task
            was not answered, its label is of another type than the answers', or there are too many labels.
        SettingsError: ``on_duplicate`` is none of its choices.
    """
    if on_duplicate not in get_args(Duplicates):
        listed = ", ".join(get_args(Duplicates))
        raise SettingsError(f"'on_duplicate' must be one of {listed}; it is {on_duplicate!r}.")
    where = str(answers) if isinstance(answers, (str, Path)) else ANSWERS.name
    table = read_table(answers, ANSWERS, unique=False).select("task", "annotator", "label")
    if on_duplicate in {"first", "last"}:
        keep: Literal["first", "last"] = "first" if on_duplicate == "first" else "last"
        table = table.unique(["task", "annotator"], keep=keep, maintain_order=True)
    tasks, annotators = encode(table["task"]), encode(table["annotator"])
    known = None if golden is None else _read_golden(golden, table, tasks)
    labels = encode_labels(table["label"], None if known is None else known["label"])
    values = labels.values
    _check_labels(values, len(tasks), where)
    golden_codes = np.full(len(tasks), -1, dtype=np.int32)
    if known is not None:
        golden_codes[known["code"].to_numpy()] = encode_like(known["label"], values)
    ordered = sort_by_task(tasks, annotators, labels)
    if ordered.repeats and on_duplicate == "error":
        _refuse_repeated(table, where)
    return CodedAnswers(
        offsets=ordered.offsets,
        annotators=ordered.annotators,
        labels=ordered.labels,
        golden=golden_codes,
        task_ids=tasks.values,
        annotator_ids=annotators.values,
        label_values=values,
    )


def result_tables(
    aggregator: LabelAggregator, coded: CodedAnswers, fit: LabelFit, source: IntoTable
) -> LabelResult:
    """Return what a method found in the caller's own ids and kind of dataframe."""
    best = best_labels(fit.posterior)
    n_best = n_true(best)
    decided = _decide(best, n_best, aggregator)
    labels = pl.DataFrame(
        {
            "task": coded.task_ids,
            "label": _values(coded.label_values, decided),
            "probability": highest(fit.posterior),
        }
    )
    names = coded.label_values.cast(pl.String).to_list()
    probabilities = pl.DataFrame(
        {"task": coded.task_ids} | {name: fit.posterior[:, code] for code, name in enumerate(names)}
    )
    confusion = None if fit.confusion is None else like(source, _confusion_table(coded, fit.confusion))
    return LabelResult(
        labels=like(source, labels),
        probabilities=like(source, probabilities),
        annotators=like(source, _annotator_table(coded, fit, decided)),
        confusion=confusion,
        tie_share=float(np.mean(n_best > 1)),
        converged=fit.converged,
        iterations=fit.iterations,
        log_likelihood=fit.log_likelihood,
        settings=aggregator,
        reason=fit.reason,
    )


def _refuse_repeated(table: pl.DataFrame, where: str) -> None:
    """Raise, naming the rows and the ways to go on; looking for the rows only now saves the time of it elsewhere."""
    try:
        check_table(table, ANSWERS, where)
    except InputError as error:
        advice = 'Or say which of them count: on_duplicate="first", "last" or "all".'
        raise InputError(f"{error.problem} {advice}", where=where, row=error.row) from error


def _read_golden(golden: IntoTable, answers: pl.DataFrame, tasks: Codes) -> pl.DataFrame:
    """Return the known labels with the code of their task."""
    where = str(golden) if isinstance(golden, (str, Path)) else GOLDEN.name
    table = read_table(golden, GOLDEN, where=where)
    for name in ("task", "label"):
        wanted, came = _kind(answers[name]), _kind(table[name])
        if wanted != came:
            raise InputError(
                f"The {name}s of golden tasks are {came}, those of the answers {wanted}; they would never"
                " match. Make them one type.",
                where=where,
                column=name,
            )
    codes = encode_like(table["task"], tasks.values)
    refuse(
        pl.Series(codes < 0),
        GOLDEN.column("task"),
        where,
        "Nobody answered this golden task",
        table["task"],
        advice="Remove it, or check that both tables name tasks alike.",
    )
    return table.with_columns(code=pl.Series(codes))


def _kind(values: pl.Series) -> str:
    if values.dtype.is_integer():
        return "whole numbers"
    return "true or false" if values.dtype == pl.Boolean else "text"


def _check_labels(values: pl.Series, n_tasks: int, where: str) -> None:
    if n_tasks * len(values) > _MOST_PROBABILITIES:
        raise InputError(
            f"There are {len(values):,} different labels on {n_tasks:,} tasks: more probabilities than fit in"
            " memory. Labels are a few values that many answers share; is this free text?",
            where=where,
            column="label",
        )
    if values.dtype == pl.String and "task" in values:
        raise InputError(
            "A label is called 'task'; the table of probabilities has a column a label beside its column"
            " 'task'. Rename the label.",
            where=where,
            column="label",
        )


def _decide(
    best: npt.NDArray[np.bool_], n_best: npt.NDArray[np.integer], aggregator: LabelAggregator
) -> IntArray:
    """Return the code of the decided label of every task, -1 where there is none.

    A random tie takes a number a task, whether tied or not, so that it depends on the seed and the tasks
    there are, and on nothing else.
    """
    decided: IntArray = best.argmax(axis=1).astype(np.int32)
    tied = np.flatnonzero(n_best > 1)
    if aggregator.ties == "abstain":
        decided[tied] = -1
    elif aggregator.ties == "random":
        chance = generator(aggregator.seed, "ties").random(len(best))
        wanted = (chance * n_best).astype(np.int64)[tied, np.newaxis]
        decided[tied] = (np.cumsum(best[tied], axis=1) > wanted).argmax(axis=1)
    return decided


def _values(values: pl.Series, codes: IntArray) -> pl.Series:
    """Return the values of codes; none where the code is -1."""
    return values.gather(pl.Series(codes).replace({-1: None}))


def _annotator_table(coded: CodedAnswers, fit: LabelFit, decided: IntArray) -> pl.DataFrame:
    n_answers = np.bincount(coded.annotators, minlength=len(coded.annotator_ids))
    low, high = skill_intervals(coded, fit)
    columns = {
        "annotator": coded.annotator_ids,
        "answers": pl.Series(n_answers),
        "skill": pl.Series(fit.skill).fill_nan(None),
        "skill_low": pl.Series(low).fill_nan(None),
        "skill_high": pl.Series(high).fill_nan(None),
        "agreement": _share_equal(coded, decided, n_answers)[1],
    }
    if (coded.golden >= 0).any():
        columns["golden_answers"], columns["golden_accuracy"] = _share_equal(coded, coded.golden, n_answers)
    return pl.DataFrame(columns)


def _share_equal(
    coded: CodedAnswers, expected: IntArray, n_answers: npt.NDArray[np.intp]
) -> tuple[pl.Series, pl.Series]:
    """Return how many answers each annotator gave where tasks have a label, and which share equals it."""
    expected_of_answers = np.repeat(expected, np.diff(coded.offsets))
    n_annotators, counted = len(n_answers), n_answers
    if expected.min() < 0:
        counted = np.bincount(coded.annotators[expected_of_answers >= 0], minlength=n_annotators)
    right = expected_of_answers == coded.labels
    equal = np.bincount(coded.annotators, weights=right, minlength=n_annotators)
    shares = np.divide(equal, counted, out=np.full(n_annotators, np.nan), where=counted > 0)
    return pl.Series(counted), pl.Series(shares).fill_nan(None)


def _confusion_table(coded: CodedAnswers, confusion: FloatArray) -> pl.DataFrame:
    annotator, truth, label = np.indices(confusion.shape, dtype=np.int32).reshape(3, -1)
    return pl.DataFrame(
        {
            "annotator": coded.annotator_ids.gather(annotator),
            "truth": coded.label_values.gather(truth),
            "label": coded.label_values.gather(label),
            "probability": confusion.ravel(),
        }
    )
