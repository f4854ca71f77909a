"""What CommunityBCC believes of annotators and their communities, improved with each pass over the answers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import digamma

from palate.aggregation.labels._dirichlet import divergence, geometric_mean, log_normalizer
from palate.aggregation.labels._votes import share_of_given, vote_shares
from palate.aggregation.labels.base import CodedAnswers, FloatArray

__all__ = ["Communities", "groups_by_agreement"]

_LEAST_PULL = 0.002
"""Added to what a profile counts for: the geometric mean of a parameter p is about exp(-1 / p), which must be a
number."""

_HALVINGS = 10
"""How often a step of the profiles is halved before it is given up: 2 ** -10 of it gains nothing to speak of."""


class Communities:
    """Profiles of communities, how many annotators each has, and who belongs where.

    Args:
        counts: Shape (n_annotators, n_labels, n_labels), ``[annotator, label, truth]``: as found by vote shares.
        groups: Shape (n_annotators,): to which community each is taken to belong at first.
        n_communities: How many there are.
        strength: How many answers to tasks of each true label a community's profile counts for.
        crowd_prior: Shape (n_labels, n_labels), ``[label, truth]``: pseudo-counts of every profile.

    Attributes:
        membership: float64, shape (n_annotators, n_communities); rows sum to 1.
    """

    def __init__(
        self,
        counts: FloatArray,
        groups: npt.NDArray[np.int64],
        n_communities: int,
        strength: float,
        crowd_prior: FloatArray,
    ) -> None:
        self._strength = strength
        self._crowd_prior = crowd_prior
        self._membership_prior = np.array(1.0)
        self.membership = np.eye(n_communities)[groups]
        pooled = np.einsum("am,alt->mlt", self.membership, counts) + crowd_prior
        self._profiles = _normalized(pooled)
        self._learned = 0.0
        self._size = self.membership.sum(axis=0) + self._membership_prior

    def learn(self, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Learn from what the last pass counted.

        Returns:
            The geometric and the arithmetic mean of each annotator's confusion, as the counts.
        """
        self._move_profiles(counts)
        evidence = self._evidence(counts, self._profiles)
        weights = evidence + np.log(geometric_mean(self._size))
        weights -= weights.max(axis=1, keepdims=True)
        self.membership = np.exp(weights) / np.exp(weights).sum(axis=1, keepdims=True)
        self._size = self.membership.sum(axis=0) + self._membership_prior
        confusion = counts[:, np.newaxis] + self._pull(self._profiles)
        logarithms = digamma(confusion) - digamma(confusion.sum(axis=2, keepdims=True))
        members = self.membership[:, :, np.newaxis, np.newaxis]
        self._learned = self._divergence(confusion)
        mean: FloatArray = (members * _normalized(confusion)).sum(axis=1)
        geometric: FloatArray = np.exp((members * logarithms).sum(axis=1))
        return geometric, mean

    def cost(self) -> float:
        """Return how far beliefs are from the prior: what to take from the log-likelihood to get the bound."""
        return self._learned - float(np.sum(self._crowd_prior * np.log(self._profiles)))

    def _divergence(self, confusion: FloatArray) -> float:
        """Return the divergence of confusions, memberships and sizes from their priors."""
        of_confusion = divergence(confusion, self._pull(self._profiles), axis=2).sum(axis=2)
        log_size = np.log(geometric_mean(self._size))
        with np.errstate(divide="ignore", invalid="ignore"):
            choice = np.where(self.membership > 0, np.log(self.membership) - log_size, 0.0)
        of_annotators = np.sum(self.membership * (of_confusion + choice))
        return float(of_annotators + divergence(self._size, self._membership_prior))

    def _move_profiles(self, counts: FloatArray) -> None:
        """Move the profiles to where the evidence is higher (Minka, 2000, for a known precision).

        The step is exact for whole counts. Expected counts below 1 can make it too long, so it is halved until
        it does not lower the evidence.
        """
        pull = self._pull(self._profiles)
        drawn = digamma(counts[:, np.newaxis] + pull) - digamma(pull)
        tables = pull * np.einsum("am,amlt->mlt", self.membership, drawn) + self._crowd_prior
        wanted = _normalized(tables)
        here = self._height(counts, self._profiles)
        for halving in range(_HALVINGS):
            moved = self._profiles + 0.5**halving * (wanted - self._profiles)
            if self._height(counts, moved) >= here:
                self._profiles = moved
                return

    def _height(self, counts: FloatArray, profiles: FloatArray) -> float:
        evidence = np.sum(self.membership * self._evidence(counts, profiles))
        return float(evidence + np.sum(self._crowd_prior * np.log(profiles)))

    def _evidence(self, counts: FloatArray, profiles: FloatArray) -> FloatArray:
        """Return the log-probability of each annotator's counts by each community's profile, ``[a, m]``."""
        pull = self._pull(profiles)
        gained = log_normalizer(counts[:, np.newaxis] + pull, axis=2) - log_normalizer(pull, axis=1)
        evidence: FloatArray = gained.sum(axis=2)
        return evidence

    def _pull(self, profiles: FloatArray) -> FloatArray:
        """Return the Dirichlet parameters that profiles stand for."""
        return self._strength * profiles + _LEAST_PULL


def groups_by_agreement(answers: CodedAnswers, n_groups: int) -> npt.NDArray[np.int64]:
    """Return a group for each annotator, those who agree least with the votes in the first, of about equal size."""
    agreement = share_of_given(answers, vote_shares(answers)).round(
        9
    )  # what differs less depends on the order of sums
    ranks = np.searchsorted(np.sort(agreement), agreement)  # equal agreement, equal group
    groups: npt.NDArray[np.int64] = ranks * n_groups // len(agreement)
    return groups


def _normalized(weights: FloatArray) -> FloatArray:
    """Return weights ``[..., label, truth]`` as probabilities of each label."""
    shares: FloatArray = weights / weights.sum(axis=-2, keepdims=True)
    return shares
