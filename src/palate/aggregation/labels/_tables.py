"""Between tables and codes: answers come in, judgments go out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.labels._votes import task_of_answers
from palate.aggregation.labels.base import (
    CodedAnswers,
    FloatArray,
    LabelAggregator,
    LabelFit,
    LabelResult,
)
from palate.core.casts import refuse
from palate.core.checks import check_table
from palate.core.coding import Codes, IntArray, encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.randomness import generator
from palate.core.tables import ANSWERS, GOLDEN

__all__ = ["code_answers", "result_tables"]

_TIE = 1e-9
"""Posteriors that differ by less are tied: the order of a sum's terms moves its last digits."""

_MOST_PROBABILITIES = 1 << 30
"""Tasks times labels beyond which one copy of the posterior (8 GB) is too much for most machines."""


def code_answers(answers: IntoTable, golden: IntoTable | None = None) -> CodedAnswers:
    """Return answers and known labels as flat arrays that do not depend on the order of the rows.

    Raises:
        InputError: A table cannot be read, an annotator answers a task twice, a golden task was not
            answered, its label is of another type than the answers', or there are too many labels.
    """
    where = str(answers) if isinstance(answers, (str, Path)) else ANSWERS.name
    table = read_table(answers, ANSWERS, unique=False).select("task", "annotator", "label")
    tasks, annotators = encode(table["task"]), encode(table["annotator"])
    order = _order(tasks, annotators, table, where)
    known = None if golden is None else _read_golden(golden, table, tasks)
    labels = table["label"] if known is None else _as_one_type(table["label"], known["label"])
    values = labels.unique().sort()
    _check_labels(values, len(tasks), where)
    golden_codes = np.full(len(tasks), -1, dtype=np.int32)
    if known is not None:
        golden_codes[known["code"].to_numpy()] = encode_like(known["label"], values)
    return CodedAnswers(
        offsets=np.concatenate([[0], np.cumsum(np.bincount(tasks.codes))]).astype(np.int64),
        annotators=annotators.codes[order],
        labels=encode_like(table["label"], values)[order],
        golden=golden_codes,
        task_ids=tasks.values,
        annotator_ids=annotators.values,
        label_values=values,
    )


def result_tables(
    aggregator: LabelAggregator, coded: CodedAnswers, fit: LabelFit, source: IntoTable
) -> LabelResult:
    """Return what a method found in the caller's own ids and kind of dataframe."""
    best = fit.posterior >= fit.posterior.max(axis=1, keepdims=True) - _TIE
    decided = _decide(best, aggregator)
    labels = pl.DataFrame(
        {
            "task": coded.task_ids,
            "label": _values(coded.label_values, decided),
            "probability": fit.posterior.max(axis=1),
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
        tie_share=float(np.mean(best.sum(axis=1) > 1)),
        converged=fit.converged,
        iterations=fit.iterations,
        log_likelihood=fit.log_likelihood,
        settings=aggregator,
    )


def _order(tasks: Codes, annotators: Codes, table: pl.DataFrame, where: str) -> npt.NDArray[np.intp]:
    """Return the order of rows by task, then annotator."""
    keys = tasks.codes * np.int64(len(annotators)) + annotators.codes
    order = np.argsort(keys)
    ordered = keys[order]
    if (ordered[1:] == ordered[:-1]).any():
        check_table(table, ANSWERS, where)  # raises, naming the rows; looking for them first takes longer
    return order


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


def _as_one_type(given: pl.Series, known: pl.Series) -> pl.Series:
    """Return the labels of both, in an integer type wide enough for both where they are numbers."""
    frames = [given.unique().alias("label").to_frame(), known.alias("label").to_frame()]
    return pl.concat(frames, how="vertical_relaxed")["label"]


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


def _decide(best: npt.NDArray[np.bool_], aggregator: LabelAggregator) -> IntArray:
    """Return the code of the decided label of every task, -1 where there is none.

    A random tie takes a number a task, whether tied or not, so that it depends on the seed and the tasks
    there are, and on nothing else.
    """
    decided: IntArray = best.argmax(axis=1).astype(np.int32)
    n_best = best.sum(axis=1)
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
    tasks = task_of_answers(coded)
    columns = {
        "annotator": coded.annotator_ids,
        "answers": pl.Series(np.bincount(coded.annotators, minlength=len(coded.annotator_ids))),
        "skill": pl.Series(fit.skill).fill_nan(None),
        "agreement": _share_equal(coded, decided[tasks])[1],
    }
    if (coded.golden >= 0).any():
        columns["golden_answers"], columns["golden_accuracy"] = _share_equal(coded, coded.golden[tasks])
    return pl.DataFrame(columns)


def _share_equal(coded: CodedAnswers, expected: IntArray) -> tuple[pl.Series, pl.Series]:
    """Return how many answers each annotator gave where a label is expected, and which share equals it."""
    n_annotators = len(coded.annotator_ids)
    counted = np.bincount(coded.annotators[expected >= 0], minlength=n_annotators)
    equal = np.bincount(coded.annotators[expected == coded.labels], minlength=n_annotators)
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
