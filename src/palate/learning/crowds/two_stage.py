"""First aggregate, then learn: the plain way, and what others have to beat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from palate.core.errors import SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.learning.crowds._classifiers import fit_shares
from palate.learning.crowds._data import CrowdData, Duplicates, TaskFeatures, crowd_data
from palate.learning.crowds._posterior import posterior_of
from palate.learning.crowds.base import CrowdFit, CrowdLearner, CrowdResult, KnownLabels

__all__ = ["TwoStage"]

Targets = Literal["labels", "probabilities"]


@dataclass(frozen=True)
class TwoStage(CrowdLearner):
    """Aggregate answers to a label or a posterior of each task, then learn from that as if nobody had erred.

    By default answers are aggregated by votes. What any aggregator found goes in as ``judgments`` of :meth:`fit`: the
    ``.probabilities`` of :class:`palate.aggregation.labels.DawidSkene`'s result, for one.

    The confusion of annotators is how often they give which label, true labels counted by the judgments.

    Args:
        targets: What to learn from: each task's most probable ``labels``, one chosen at random where several are equally
            probable; or their ``probabilities``, as shares of a task.
    """

    targets: Targets = "labels"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.targets not in get_args(Targets):
            raise SettingsError(
                f"'targets' must be one of {', '.join(get_args(Targets))}; it is {self.targets!r}."
            )

    def fit(
        self,
        features: IntoTable | TaskFeatures,
        answers: IntoTable,
        classifier: Any = None,
        *,
        judgments: IntoTable | None = None,
        validation: IntoTable | None = None,
        on_duplicate: Duplicates = "error",
        seed: int = 0,
        progress: Progress = no_progress,
    ) -> CrowdResult:
        """Return a classifier learned from judgments.

        Args:
            features: As in :meth:`CrowdLearner.fit`.
            answers: As there.
            classifier: As there, a network or any classifier with ``fit`` and ``predict_proba``.
            judgments: Each answered task's posterior: columns ``task`` and one a label, rows that sum to 1. None takes
                shares of votes.
            validation: As in :meth:`CrowdLearner.fit`.
            on_duplicate: As there.
            seed: As there; also of labels that are chosen among equally probable ones.
            progress: As there.

        Raises:
            InputError: As there; or a judgment is missing, or is no probability.
            SettingsError: As there; or the classifier cannot learn from probabilities.
        """
        if judgments is None:
            return super().fit(
                features,
                answers,
                classifier,
                validation=validation,
                on_duplicate=on_duplicate,
                seed=seed,
                progress=progress,
            )
        data = crowd_data(features, answers, on_duplicate)
        judged = replace(data, judged=posterior_of(judgments, data))
        return self._fit(judged, classifier, validation, seed, progress)

    def fit_coded(
        self,
        data: CrowdData,
        classifier: Any,
        known: KnownLabels | None = None,
        seed: int = 0,
        progress: Progress = no_progress,
    ) -> CrowdFit:
        """Learn from what an aggregator says of each task, or from votes."""
        posterior = data.vote_shares if data.judged is None else data.judged
        targets = posterior
        if self.targets == "labels":
            # A share is a rounded fraction: equal ones may differ in the last bit.
            best = posterior >= posterior.max(axis=1, keepdims=True) - 1e-9
            chance = generator(seed, "crowds", "ties").random(posterior.shape)
            targets = np.eye(data.n_labels)[np.where(best, chance, -1.0).argmax(axis=1)]
        trained, history = fit_shares(
            classifier, data, targets, data.answered, self, seed=seed, known=known, progress=progress
        )
        return CrowdFit(trained, posterior, data.confusion(posterior), history)
