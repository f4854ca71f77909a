"""CommunityBCC: annotators belong to communities that make the same mistakes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palate.aggregation.labels._iterative import IterativeAggregator, part_of
from palate.aggregation.labels._votes import vote_shares
from palate.aggregation.labels.base import CodedAnswers, LabelFit
from palate.core.progress import Progress, no_progress

__all__ = ["CommunityBCC"]


@dataclass(frozen=True)
class CommunityBCC(IterativeAggregator):
    """Bayesian classifier combination with communities of annotators. Venanzi et al., 2014.

    Careful people, hasty ones and spammers each have a way to err: an annotator belongs to one of a few communities,
    and their confusion matrix is drawn from around its profile. Who answered little is judged by the community
    whose mistakes theirs look like, not by the whole crowd.

    Venanzi et al. draw logits from normal distributions about a profile and pass messages; here rows are drawn from
    Dirichlet distributions with mean profile and sum ``strength``, which leaves the bound on the evidence in
    closed form: variational Bayes of labels, confusions, memberships and sizes of communities, and the profiles
    that make the bound highest. At first, communities are equally many annotators by agreement with the votes.
    As in the paper, the number of communities is the one, up to ``communities``, with the highest bound.

    Args:
        communities: Most communities.
        strength: How many answers to tasks of each true label a profile counts for; at least 0.01.
        right: Pseudo-count of right answers, to tasks of each true label, in every profile.
        wrong: Pseudo-count likewise, of each wrong label.
        prevalence: Dirichlet parameter of each true label.

    ``log_likelihood`` of the result is the bound on the logarithm of the evidence, times the prior of profiles without its
    constant, of the best number of communities; it never falls. ``confusion`` and ``skill`` are posterior means.
    """

    communities: int = 4
    strength: float = 10.0
    right: float = 1.0
    wrong: float = 0.1
    prevalence: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_least(1, "communities")
        self._check_least(0.01, "strength")
        self._check_least(0.01, "right", "wrong", "prevalence")

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return posterior, and mean skill and confusion.

        Raises:
            InputError: There are so many annotators and labels that their confusion does not fit in memory.
        """
        best = self._fit_number(answers, 1, progress)
        for number in range(2, self.communities + 1):
            found = self._fit_number(answers, number, progress)
            if found.log_likelihood[-1] > best.log_likelihood[-1]:
                best = found
        return best

    def _fit_number(self, answers: CodedAnswers, number: int, progress: Progress) -> LabelFit:
        """Return what is found with this number of communities."""
        from palate.aggregation.labels._communities import Communities, groups_by_agreement
        from palate.aggregation.labels._confusion_passes import ConfusionPasses
        from palate.aggregation.labels._dirichlet import divergence, geometric_mean

        passes = ConfusionPasses(answers, self.threads)
        counts, votes = passes.count(vote_shares(answers))
        crowd_prior = np.where(np.eye(len(votes), dtype=bool), self.right, self.wrong)
        groups = groups_by_agreement(answers, number)
        communities = Communities(counts, groups, number, self.strength, crowd_prior)
        prior = np.array(self.prevalence)
        mean, labels = counts, votes

        def step() -> float:
            nonlocal counts, votes, mean, labels
            confusion, mean = communities.learn(counts)
            labels = votes + prior
            counts, votes, log_likelihood = passes.expect(confusion, geometric_mean(labels))
            return log_likelihood - communities.cost() - float(divergence(labels, prior))

        climb = self._climb(step, len(answers.labels), part_of(progress, number - 1, self.communities))
        skill = np.minimum(np.einsum("ajj,j->a", mean, labels / labels.sum()), 1.0)
        return LabelFit(
            passes.posterior,
            skill,
            np.ascontiguousarray(mean.transpose(0, 2, 1)),
            climb.heights,
            climb.converged,
            len(climb.heights),
            reason=_reason(number, self.communities),
        )


def _reason(number: int, most: int) -> str:
    """Return which number of communities this is, in words."""
    of = f" of up to {most}" if most > 1 else ""
    return f"{number} {'community' if number == 1 else 'communities'}{of}: the highest bound on the evidence"
