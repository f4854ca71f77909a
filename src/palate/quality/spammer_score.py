"""Spammer score: how much an annotator's answers depend on the truth at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.core.randomness import generator
from palate.core.resampling import check_resampling, middle_bounds
from palate.quality._answers import expected_labels
from palate.quality.base import FloatArray, QualityCheck, SortedAnswers

__all__ = ["SpammerScore"]


@dataclass(frozen=True)
class SpammerScore(QualityCheck):
    """1 for who is always right, 0 for who answers alike whatever the truth. Raykar and Yu, 2012.

    For the confusion matrix A of an annotator over the q labels that were true at least once, it is the sum over pairs of
    truths of the squared differences of their rows, over q (q - 1): 0 where all rows are the same, be it one label
    throughout or dice. Someone who always mistakes one label for the other has 1 too: answers of use, if one
    knows how to read them. The truth is the golden label, else what most of the others say; without two labels that were
    true, there is no score.

    Chance differences of rows look like skill, most so where answers are few, which the interval shows: credible bounds
    from Dirichlet draws with one pseudo-answer spread over each row. Who is surely below the threshold is suspect.

    ``found`` has the columns ``annotator, answers, compared`` (answers with a truth), ``score, low, high, suspect``;
    ``evidence``, for suspects, ``annotator, truth, label, answers, share, crowd_share``: how often they gave a label
    to tasks of a truth, and all did.

    Args:
        threshold: Suspect is whose upper bound is below.
        draws: For the interval.
        confidence: Of the interval.
        seed: For the draws.
    """

    threshold: float = 0.2
    draws: int = 999
    confidence: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        check_resampling(self.draws, self.confidence)
        if not 0 <= self.threshold <= 1:
            raise SettingsError(f"'threshold' must be from 0 to 1; it is {self.threshold}.")

    def find(self, answers: SortedAnswers) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the score of every annotator, and the confusion of suspects beside the crowd's."""
        n_annotators, n_labels = len(answers.annotator_ids), len(answers.label_values)
        truth = expected_labels(answers)
        cells, who = _cells(answers, truth)
        scores = np.full((n_annotators, 3), np.nan)
        starts = np.searchsorted(who, np.arange(n_annotators + 1))
        for annotator in range(n_annotators):
            own = cells[starts[annotator] : starts[annotator + 1]] % (n_labels * n_labels)
            counts = np.bincount(own, minlength=n_labels * n_labels).reshape(n_labels, n_labels)
            counts = counts[counts.sum(axis=1) > 0]
            if len(counts) > 1:
                scores[annotator, 0] = _scores((counts / counts.sum(axis=1, keepdims=True))[np.newaxis])[0]
                scores[annotator, 1:] = self._bounds(counts, answers.annotator_ids[annotator])
        suspect = scores[:, 2] < self.threshold
        found = pl.DataFrame(
            {
                "annotator": answers.annotator_ids,
                "answers": np.bincount(answers.annotators, minlength=n_annotators),
                "compared": np.diff(starts),
                "score": pl.Series(scores[:, 0]).fill_nan(None),
                "low": pl.Series(scores[:, 1]).fill_nan(None),
                "high": pl.Series(scores[:, 2]).fill_nan(None),
                "suspect": suspect,
            }
        )
        return found, _evidence(answers, truth, suspect)

    def _bounds(self, counts: FloatArray, annotator: object) -> tuple[float, float]:
        rng = generator(self.seed, "spammer score", annotator)
        drawn = rng.standard_gamma(counts + 1 / counts.shape[1], size=(self.draws, *counts.shape))
        totals = drawn.sum(axis=2, keepdims=True)
        return middle_bounds(_scores(drawn / np.where(totals > 0, totals, 1.0)), self.confidence)


def _cells(answers: SortedAnswers, truth: IntArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the cells (annotator, truth, label) of the answers with a truth, sorted, and their annotators."""
    compared = np.flatnonzero(truth >= 0)
    n_labels = np.int64(len(answers.label_values))
    who = answers.annotators[compared]
    cells = np.sort((who * n_labels + truth[compared]) * n_labels + answers.labels[compared])
    return cells, cells // (n_labels * n_labels)


def _scores(confusion: FloatArray) -> FloatArray:
    """Return the score of each confusion matrix, shape (n,); the rows of a matrix sum to 1.

    The sum over pairs of truths of squared differences of rows is q (sum of squares) - (sum of rows) squared.
    """
    q = confusion.shape[1]
    squares = q * np.sum(confusion**2, axis=(1, 2)) - np.sum(confusion.sum(axis=1) ** 2, axis=1)
    scores: FloatArray = np.clip(squares / (q * (q - 1)), 0.0, 1.0)
    return scores


def _evidence(answers: SortedAnswers, truth: IntArray, suspect: npt.NDArray[np.bool_]) -> pl.DataFrame:
    table = pl.DataFrame(
        {
            "annotator": answers.annotator_ids.gather(answers.annotators),
            "truth": answers.label_values.gather(pl.Series(np.maximum(truth, 0))),
            "label": answers.label_values.gather(answers.labels),
            "suspect": suspect[answers.annotators],
        }
    ).filter(pl.Series(truth >= 0))
    crowd = _shares(table, ["truth"]).rename({"share": "crowd_share"}).drop("answers")
    own = _shares(table.filter("suspect"), ["annotator", "truth"])
    return own.join(crowd, on=["truth", "label"], how="left", maintain_order="left").sort(
        "annotator", "truth", "label"
    )


def _shares(table: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return how often, and in which share, each label was given."""
    counts = table.group_by(*by, "label").len("answers").with_columns(pl.col("answers").cast(pl.Int64))
    return counts.with_columns(share=pl.col("answers") / pl.col("answers").sum().over(by))
