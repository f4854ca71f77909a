"""Where annotators agree and who does: a row a task, a row an annotator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.agreement._uncertainty import entropies
from palate.core.coding import IntArray, encode
from palate.core.frames import IntoTable, like, read_table
from palate.core.randomness import Seed, generator
from palate.core.resampling import check_resampling, middle_bounds
from palate.core.tables import ANSWERS

__all__ = ["agreement_by_annotator", "agreement_by_task"]

FloatArray = npt.NDArray[np.float64]


def agreement_by_task(answers: IntoTable) -> Any:
    """Return how far the answers to each task agree, in the caller's kind of dataframe, sorted by task.

    Columns: ``task, answers``; ``agreement``, the share of pairs of answers that say the same (missing where there is one
    answer); ``majority``, the share of the label most gave; ``uncertainty``, the entropy of the labels in nats.

    Raises:
        InputError: The answers cannot be read.

    >>> answers = pl.DataFrame({"task": [1, 1, 1], "annotator": ["a", "b", "c"], "label": ["cat", "cat", "dog"]})
    >>> agreement_by_task(answers)["agreement"].round(3).to_list()
    [0.333]
    """
    table = _read(answers)
    tasks, labels = encode(table["task"]), encode(table["label"])
    cells = tasks.codes * np.int64(len(labels)) + labels.codes
    counts = np.bincount(cells, minlength=len(tasks) * len(labels)).reshape(len(tasks), -1).astype(np.float64)
    n_answers = counts.sum(axis=1)
    agreeing = np.sum(counts * (counts - 1), axis=1)
    found = pl.DataFrame(
        {
            "task": tasks.values,
            "answers": n_answers.astype(np.int64),
            "agreement": _shares(agreeing, n_answers * (n_answers - 1)),
            "majority": counts.max(axis=1) / n_answers,
            "uncertainty": entropies(counts),
        }
    )
    return like(answers, found)


def agreement_by_annotator(
    answers: IntoTable, *, resamples: int = 1000, confidence: float = 0.95, seed: Seed = 0
) -> Any:
    """Return how far each annotator agrees with the others, in the caller's kind of dataframe, sorted by annotator.

    Columns: ``annotator, answers``; ``overlapping``, the answers to tasks that others answered too; ``agreement``, the
    mean over these of the share of the others' answers that say the same; ``low, high``, its bootstrap interval over
    the annotator's tasks. Without overlapping answers, the shares are missing.

    Args:
        answers: Columns ``task, annotator, label``.
        resamples: Bootstrap resamples.
        confidence: Of the interval.
        seed: For the resamples; the interval of an annotator does not depend on who else there is.

    Raises:
        InputError: The answers cannot be read.
        SettingsError: So few resamples give no interval of that confidence.
    """
    check_resampling(resamples, confidence)
    table = _read(answers)
    tasks, annotators, labels = (encode(table[name]) for name in ("task", "annotator", "label"))
    cells = tasks.codes * np.int64(len(labels)) + labels.codes
    same = np.bincount(cells, minlength=len(tasks) * len(labels))[cells] - 1
    others = np.bincount(tasks.codes)[tasks.codes] - 1
    overlapping = others > 0
    shares = same[overlapping] / others[overlapping]
    code = annotators.codes[overlapping]
    n_overlapping = np.bincount(code, minlength=len(annotators))
    totals = np.bincount(code, weights=shares, minlength=len(annotators))
    bounds = np.full((len(annotators), 2), np.nan)
    for annotator, given in _by_code(code, shares):
        rng = generator(seed, "agreement", annotators.values[annotator])
        bounds[annotator] = middle_bounds(_resampled_means(given, resamples, rng), confidence)
    found = pl.DataFrame(
        {
            "annotator": annotators.values,
            "answers": np.bincount(annotators.codes),
            "overlapping": n_overlapping,
            "agreement": _shares(totals, n_overlapping),
            "low": pl.Series(bounds[:, 0]).fill_nan(None),
            "high": pl.Series(bounds[:, 1]).fill_nan(None),
        }
    )
    return like(answers, found)


def _read(answers: IntoTable) -> pl.DataFrame:
    where = str(answers) if isinstance(answers, (str, Path)) else ANSWERS.name
    return read_table(answers, ANSWERS, where=where)


def _shares(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> pl.Series:
    """Return part / whole, missing where there is nothing."""
    found = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return pl.Series(found).fill_nan(None)


def _by_code(codes: IntArray, values: FloatArray) -> list[tuple[int, FloatArray]]:
    """Return the values of each code that has any."""
    order = np.argsort(codes, kind="stable")
    found, starts = np.unique(codes[order], return_index=True)
    return list(zip(found.tolist(), np.split(values[order], starts[1:]), strict=True))


def _resampled_means(values: FloatArray, resamples: int, rng: np.random.Generator) -> FloatArray:
    """Return the means of samples drawn with replacement; few values are distinct, so only their counts are drawn."""
    distinct, counts = np.unique(values, return_counts=True)
    drawn = rng.multinomial(len(values), counts / len(values), size=resamples)
    means: FloatArray = drawn @ distinct / len(values)
    return means
