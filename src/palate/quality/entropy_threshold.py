"""Entropy threshold: who gives (nearly) the same label whatever the task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from palate.core.errors import SettingsError
from palate.core.settings import check_counts
from palate.quality._answers import shares_of_labels
from palate.quality.base import QualityCheck, SortedAnswers

__all__ = ["EntropyThreshold"]


@dataclass(frozen=True)
class EntropyThreshold(QualityCheck):
    """Suspects the annotators whose labels vary least: entropy at or below a percentile of the crowd's.

    It is the rule of Crowd-Kit's ``entropy_threshold``, exactly by shares (there, a summand of 1e-6 takes a
    little off). It always finds someone, however good the crowd is: read the evidence. Golden tasks play no part.

    ``found`` has the columns ``annotator, answers, entropy`` (in nats) and ``suspect``; ``evidence``, for suspects,
    ``annotator, label, answers, share, crowd_share``: how often they gave a label, and all did.

    Args:
        percentile: From 0 to 100.
        min_answers: Who gave fewer is neither counted nor suspected.
    """

    percentile: float = 10.0
    min_answers: int = 2

    def __post_init__(self) -> None:
        if not 0 <= self.percentile <= 100:
            raise SettingsError(f"'percentile' must be from 0 to 100; it is {self.percentile}.")
        check_counts(min_answers=self.min_answers)

    def find(self, answers: SortedAnswers) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the entropy of every annotator's labels, and the labels of suspects."""
        counts, crowd = shares_of_labels(answers)
        n_answers = counts.sum(axis=1)
        shares = counts / n_answers[:, np.newaxis]
        logs = np.zeros_like(shares)
        np.log(shares, out=logs, where=shares > 0)
        entropy = np.maximum(-np.sum(shares * logs, axis=1), 0.0)
        counted = n_answers >= self.min_answers
        limit = np.percentile(entropy[counted], self.percentile) if counted.any() else -np.inf
        suspect = counted & (entropy <= limit)
        found = pl.DataFrame(
            {"annotator": answers.annotator_ids, "answers": n_answers, "entropy": entropy, "suspect": suspect}
        )
        who, label = np.nonzero((counts > 0) & suspect[:, np.newaxis])
        evidence = pl.DataFrame(
            {
                "annotator": answers.annotator_ids.gather(who),
                "label": answers.label_values.gather(label),
                "answers": counts[who, label],
                "share": shares[who, label],
                "crowd_share": crowd[label],
            }
        )
        return found, evidence
