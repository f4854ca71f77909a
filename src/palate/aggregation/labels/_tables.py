"""Between tables and codes: answers come in, judgments go out."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation._task_tables import check_kinds, check_labels, read_golden
from palate.aggregation.labels._coded import CodedAnswers, Duplicates, FloatArray
from palate.aggregation.labels._coding import check_duplicates, encode_labels, sort_by_task, without_repeats
from palate.aggregation.labels._found import LabelFit, LabelResult, Ties
from palate.aggregation.labels._skill_intervals import skill_intervals
from palate.aggregation.labels._votes import best_labels, first_true, highest, n_equal, n_true
from palate.core.checks import check_table
from palate.core.coding import IntArray, encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.randomness import generator
from palate.core.tables import ANSWERS, GOLDEN

__all__ = ["code_answers", "result_tables"]

_MOST_PROBABILITIES = 1 << 30
"""Tasks times labels beyond which one copy of the posterior (8 GB) is too much for most machines."""


class _TieSettings(Protocol):
    """What a decision needs of an aggregator's settings."""

    @property
    def ties(self) -> Ties:
        """What to decide where several labels are equally probable."""

    @property
    def seed(self) -> int:
        """For random ties."""


def code_answers(
    answers: IntoTable, golden: IntoTable | None = None, on_duplicate: Duplicates = "error"
) -> CodedAnswers:
    """Return answers and known labels as flat arrays that do not depend on the order of the rows.

    Raises:
        InputError: A table cannot be read, an annotator answers a task twice and that is an error, a golden task
            was not answered, its label is of another type than the answers', or there are too many labels.
        SettingsError: ``on_duplicate`` is none of its choices.
    """
    check_duplicates(on_duplicate)
    where = str(answers) if isinstance(answers, (str, Path)) else ANSWERS.name
    table = read_table(answers, ANSWERS, unique=False).select("task", "annotator", "label")
    table = without_repeats(table, on_duplicate)
    tasks, annotators = encode(table["task"]), encode(table["annotator"])
    known = None
    if golden is not None:
        where_known = str(golden) if isinstance(golden, (str, Path)) else GOLDEN.name
        known, golden_tasks = read_golden(golden, GOLDEN, where_known, tasks.values)
        check_kinds(known["label"], table["label"], where_known)
    labels = encode_labels(table["label"], None if known is None else known["label"])
    values = labels.values
    check_labels(values, len(tasks), _MOST_PROBABILITIES, where, "label")
    golden_codes = np.full(len(tasks), -1, dtype=np.int32)
    if known is not None:
        golden_codes[golden_tasks] = encode_like(known["label"], values)
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
    aggregator: _TieSettings, coded: CodedAnswers, fit: LabelFit, source: IntoTable
) -> LabelResult:
    """Return what a method found in the caller's own ids and kind of dataframe."""
    probability = highest(fit.posterior)
    best = best_labels(fit.posterior, probability)
    n_best = n_true(best)
    lowest = first_true(best)
    decided = _decide(lowest, best, n_best, aggregator)
    labels = pl.DataFrame(
        {
            "task": coded.task_ids,
            "label": _values(coded.label_values, decided),
            "probability": probability,
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
        annotators=like(source, _annotator_table(coded, fit, lowest, decided)),
        confusion=confusion,
        tie_share=float(np.mean(n_best > 1)),
        converged=fit.converged,
        iterations=fit.iterations,
        log_likelihood=fit.log_likelihood,
        settings=aggregator,
        reason=fit.reason,
        chosen=fit.chosen,
    )


def _refuse_repeated(table: pl.DataFrame, where: str) -> None:
    """Raise, naming the rows and the ways to go on; looking for the rows only now saves the time of it elsewhere."""
    try:
        check_table(table, ANSWERS, where)
    except InputError as error:
        advice = 'Or say which of them count: on_duplicate="first", "last" or "all".'
        raise InputError(f"{error.problem} {advice}", where=where, row=error.row) from error


def _decide(
    lowest: IntArray, best: npt.NDArray[np.bool_], n_best: npt.NDArray[np.integer], aggregator: _TieSettings
) -> IntArray:
    """Return the code of the decided label of every task, -1 where there is none.

    A random tie takes a number a task, whether tied or not, so that it depends on the seed and the tasks
    there are, and on nothing else.
    """
    if aggregator.ties == "lowest":
        return lowest
    decided, tied = lowest.copy(), np.flatnonzero(n_best > 1)
    if aggregator.ties == "abstain":
        decided[tied] = -1
    else:
        chance = generator(aggregator.seed, "ties").random(len(best))
        wanted = (chance * n_best).astype(np.int64)[tied, np.newaxis]
        decided[tied] = (np.cumsum(best[tied], axis=1) > wanted).argmax(axis=1)
    return decided


def _values(values: pl.Series, codes: IntArray) -> pl.Series:
    """Return the values of codes; none where the code is -1."""
    places = pl.Series(codes)
    return values.gather(places.replace({-1: None}) if codes.min() < 0 else places)


def _annotator_table(coded: CodedAnswers, fit: LabelFit, lowest: IntArray, decided: IntArray) -> pl.DataFrame:
    n_answers = coded.answers_each
    low, high = skill_intervals(coded, fit, lowest)
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
    n_annotators, counted = len(n_answers), n_answers
    if expected.min() < 0:
        decided = np.repeat(expected >= 0, np.diff(coded.offsets))
        counted = np.bincount(coded.annotators[decided], minlength=n_annotators)
    equal = n_equal(coded, expected)
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
