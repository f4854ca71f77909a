"""Aggregate answers again without some of the annotators, and deal what there is into groups to leave out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.labels import CodedAnswers, LabelAggregator
from palate.core.randomness import Seed, generator
from palate.inference.base import FloatArray

__all__ = ["deal", "posterior_without"]


def deal(count: int, most: int, seed: Seed, name: str) -> npt.NDArray[np.int64]:
    """Return the group of each of ``count`` things: one each, or at random ``most`` groups of nearly one size.

    >>> deal(3, 10, 0, "annotators").tolist()
    [0, 1, 2]
    """
    if count <= most:
        return np.arange(count)
    return generator(seed, "leave out", name).permutation(np.arange(count) % most)


def posterior_without(
    answers: CodedAnswers, aggregator: LabelAggregator, left_out: npt.NDArray[np.bool_]
) -> FloatArray:
    """Return the posterior of all tasks if some annotators had not been asked, shape (n_tasks, n_labels).

    A task that nobody else answered gets the mean posterior of the others, or its known label: all that is known of it.

    Args:
        answers: What people answered.
        aggregator: Any method. It starts anew: a few passes on from the fit to all answers, Dawid–Skene moves about half
            as far as it would, and the intervals would be half as long.
        left_out: Shape (n_annotators,); not all of them.
    """
    rows = ~left_out[answers.annotators]
    counts = np.add.reduceat(rows.astype(np.int64), answers.offsets[:-1])
    tasks = counts > 0
    codes = np.cumsum(~left_out) - 1
    fewer = replace(
        answers,
        offsets=np.concatenate([[0], np.cumsum(counts[tasks])]),
        annotators=codes[answers.annotators[rows]].astype(np.int32),
        labels=answers.labels[rows],
        golden=answers.golden[tasks],
        task_ids=answers.task_ids.filter(pl.Series(tasks)),
        annotator_ids=answers.annotator_ids.filter(pl.Series(~left_out)),
        known=None if answers.known is None else answers.known[~left_out],
    )
    found = aggregator.fit(fewer).posterior
    posterior = np.tile(found.mean(axis=0), (len(tasks), 1))
    posterior[tasks] = found
    golden = np.flatnonzero(answers.golden >= 0)
    posterior[golden] = np.eye(posterior.shape[1])[answers.golden[golden]]
    return posterior
