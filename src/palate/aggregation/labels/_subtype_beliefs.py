"""What EBCC believes of annotators, subtypes and labels, improved with each pass over the answers."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from palate.aggregation.labels._dirichlet import divergence, geometric_mean
from palate.aggregation.labels._iterative import Climb
from palate.aggregation.labels._subtype_passes import SubtypePasses
from palate.aggregation.labels.base import FloatArray, LabelFit

__all__ = ["SubtypeBeliefs", "SubtypePriors"]


class SubtypePriors(Protocol):
    """Dirichlet parameters beforehand; those of ``EBCC``."""

    @property
    def right(self) -> float:
        """Of right answers."""

    @property
    def wrong(self) -> float:
        """Of each wrong label."""

    @property
    def prevalence(self) -> float:
        """Of each true label."""

    @property
    def concentration(self) -> float:
        """Of all subtypes of a label together."""


class SubtypeBeliefs:
    """Dirichlet parameters of confusions, subtypes and true labels, improved with each pass.

    Args:
        passes: Over the answers; several beliefs can take turns, not interleave.
        posterior: Where to start, shape (n_tasks, n_labels, n_subtypes).
        priors: The settings.
    """

    def __init__(self, passes: SubtypePasses, posterior: FloatArray, priors: SubtypePriors) -> None:
        one = np.where(np.eye(posterior.shape[1], dtype=bool), priors.right, priors.wrong)
        self._passes = passes
        self._confusion_prior = one[:, :, np.newaxis]
        self._subtype_prior = np.array(priors.concentration / posterior.shape[2])
        self._label_prior = np.array(priors.prevalence)
        self._counts, self._votes = passes.count(posterior)

    def improve(self) -> float:
        """Learn from the last pass, make another, and return the bound on the evidence."""
        self._confusion = self._counts + self._confusion_prior
        self._subtypes = self._votes + self._subtype_prior
        self._labels = self._votes.sum(axis=1) + self._label_prior
        prior = geometric_mean(self._labels)[:, np.newaxis] * geometric_mean(self._subtypes)
        self._counts, self._votes, log_likelihood = self._passes.expect(
            geometric_mean(self._confusion, axis=1), prior
        )
        learned = (
            divergence(self._confusion, self._confusion_prior, axis=1).sum()
            + divergence(self._subtypes, self._subtype_prior).sum()
            + divergence(self._labels, self._label_prior)
        )
        return float(log_likelihood - learned)

    def summary(self, climb: Climb) -> LabelFit:
        """Return the posterior of labels, and the means of the rest over subtypes and beliefs."""
        by_subtype = self._confusion / self._confusion.sum(axis=1, keepdims=True)
        share = self._subtypes / self._subtypes.sum(axis=1, keepdims=True)
        confusion = np.einsum("altm,tm->atl", by_subtype, share)
        skill = np.einsum("att,t->a", confusion, self._labels / self._labels.sum())
        return LabelFit(
            self._passes.posterior,
            np.minimum(skill, 1.0),
            confusion,
            climb.heights,
            climb.converged,
            len(climb.heights),
        )
