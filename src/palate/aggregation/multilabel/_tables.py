"""Between tables and codes: sets of labels come in, and go out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation._task_tables import check_labels, read_golden, sort_answers
from palate.aggregation.multilabel._coded import BoolArray, CodedSets
from palate.aggregation.multilabel._found import MultilabelFit, MultilabelResult
from palate.aggregation.multilabel._similarity import similarity
from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.label_sets import read_sets
from palate.core.tables import ANSWERS_MULTILABEL, GOLDEN_MULTILABEL

__all__ = ["code_sets", "result_tables"]

_MOST_PROBABILITIES = 1 << 29
"""Tasks times labels beyond which one copy of the probabilities (4 GB) is too much for most machines."""


def code_sets(answers: IntoTable, golden: IntoTable | None, separator: str, empty: str | None) -> CodedSets:
    """Return answers and known sets as flat arrays that do not depend on the order of the rows.

    Raises:
        InputError: A table cannot be read, a row is no set of labels, an annotator answers a task twice, a golden
            task was not answered or its labels are of another type, or there are too many labels.
    """
    where = _where(answers, "answers")
    table = read_table(answers, ANSWERS_MULTILABEL, where=where, unique=False)
    found = sort_answers(table, ANSWERS_MULTILABEL, where)
    sets = read_sets(table["labels"], separator, empty, where).gather(pl.Series(found.order))
    known_sets, known_tasks = sets.clear(), np.zeros(0, dtype=np.int32)
    if golden is not None:
        where_known = _where(golden, "golden")
        rows, known_tasks = read_golden(golden, GOLDEN_MULTILABEL, where_known, found.task_ids)
        known_sets = read_sets(rows["labels"], separator, empty, where_known)
        sets, known_sets = _of_one_type(sets, known_sets, where_known)
    values = pl.concat([sets, known_sets]).explode().drop_nulls().unique().sort()
    check_labels(values, len(found.task_ids), _MOST_PROBABILITIES, where, "labels")
    set_offsets, labels = _coded(sets, values)
    golden_sets = np.zeros((len(found.task_ids), len(values)), dtype=np.bool_)
    known_offsets, known_labels = _coded(known_sets, values)
    golden_sets[np.repeat(known_tasks, np.diff(known_offsets)), known_labels] = True
    is_golden = np.zeros(len(found.task_ids), dtype=np.bool_)
    is_golden[known_tasks] = True
    return CodedSets(
        offsets=found.offsets,
        annotators=found.annotators,
        set_offsets=set_offsets,
        labels=labels,
        golden=is_golden,
        golden_sets=golden_sets,
        task_ids=found.task_ids,
        annotator_ids=found.annotator_ids,
        label_values=values,
    )


def result_tables(
    aggregator: object, coded: CodedSets, fit: MultilabelFit, source: IntoTable
) -> MultilabelResult:
    """Return what a method found in the caller's own ids and kind of dataframe."""
    names = coded.label_values.cast(pl.String).to_list()
    probabilities = pl.DataFrame(
        {"task": coded.task_ids} | {name: fit.probabilities[:, code] for code, name in enumerate(names)}
    )
    values = coded.label_values.to_list()
    sets = [[values[code] for code in np.flatnonzero(row).tolist()] for row in fit.decided]
    labels = pl.DataFrame(
        {"task": coded.task_ids, "labels": pl.Series(sets, dtype=pl.List(coded.label_values.dtype))}
    )
    return MultilabelResult(
        labels=like(source, labels),
        probabilities=like(source, probabilities),
        annotators=like(source, _annotator_table(coded, fit)),
        tie_share=float(fit.tied.mean()),
        converged=fit.converged,
        iterations=fit.iterations,
        log_likelihood=fit.log_likelihood,
        settings=aggregator,
    )


def _coded(sets: pl.Series, values: pl.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Return where each set begins, and the codes of its labels in ascending order."""
    lengths = sets.list.len().to_numpy().astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    codes = encode_like(sets.list.sort().explode().drop_nulls(), values)
    return offsets, codes


def _of_one_type(sets: pl.Series, known: pl.Series, where: str) -> tuple[pl.Series, pl.Series]:
    """Return both; a column of empty sets has the other's type."""
    if sets.dtype == known.dtype:
        return sets, known
    if not known.list.len().sum():
        return sets, known.cast(sets.dtype)
    if not sets.list.len().sum():
        return sets.cast(known.dtype), known
    kinds = ["whole numbers" if column.dtype == pl.List(pl.Int64) else "text" for column in (known, sets)]
    raise InputError(
        f"The labels of golden tasks are {kinds[0]}, those of the answers {kinds[1]}; they would never match. Make"
        " them one type.",
        where=where,
        column="labels",
    )


def _annotator_table(coded: CodedSets, fit: MultilabelFit) -> pl.DataFrame:
    n_annotators = len(coded.annotator_ids)
    columns = {
        "annotator": coded.annotator_ids,
        "answers": np.bincount(coded.annotators, minlength=n_annotators),
        "skill": pl.Series(fit.skill).fill_nan(None),
        "agreement": _mean_similarity(coded, fit.decided, np.ones_like(coded.golden))[1],
    }
    if coded.golden.any():
        counted, means = _mean_similarity(coded, coded.golden_sets, coded.golden)
        columns |= {"golden_answers": counted, "golden_similarity": means}
    return pl.DataFrame(columns)


def _mean_similarity(coded: CodedSets, sets: BoolArray, where: BoolArray) -> tuple[pl.Series, pl.Series]:
    """Return how many answers each annotator gave to some tasks, and their mean similarity to the tasks' sets."""
    n_annotators = len(coded.annotator_ids)
    counts = np.repeat(where, np.diff(coded.offsets))
    counted = np.bincount(coded.annotators[counts], minlength=n_annotators)
    similar = similarity(coded, sets)[counts]
    total = np.bincount(coded.annotators[counts], weights=similar, minlength=n_annotators)
    means = np.divide(total, counted, out=np.full(n_annotators, np.nan), where=counted > 0)
    return pl.Series(counted), pl.Series(means).fill_nan(None)


def _where(source: IntoTable, name: str) -> str:
    return str(source) if isinstance(source, str | Path) else name
