"""Classifiers that learn from one label a task or from shares of labels: networks, and those made like scikit-learn's."""

from __future__ import annotations

import copy
import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.learning.crowds._data import CrowdData, FloatArray, IntArray
from palate.learning.crowds._descent import Batches, History, KnownLabels, Targets, descend, hold_out
from palate.learning.crowds._networks import SmallNetwork, logits_of, made_network, quiet_torch

if TYPE_CHECKING:
    import torch

    from palate.learning.crowds.base import CrowdLearner

__all__ = ["Trained", "TrainedEstimator", "TrainedNetwork", "fit_shares", "is_estimator"]


class Trained(ABC):
    """A classifier that has learned."""

    @abstractmethod
    def probabilities(self, values: FloatArray) -> FloatArray:
        """Return each label's probability, shape (n_tasks, n_labels), from features, shape (n_tasks, …)."""


@dataclass(frozen=True, eq=False)
class TrainedNetwork(Trained):
    """A network that has learned.

    Args:
        network: The torch module.
        maker: The settings of the small network, where it is one.
    """

    network: torch.nn.Module
    maker: SmallNetwork | None = None

    def probabilities(self, values: FloatArray) -> FloatArray:
        """Return the softmax of what the network says."""
        found: FloatArray = logits_of(self.network, values).softmax(dim=1).numpy()
        return found


@dataclass(frozen=True, eq=False)
class TrainedEstimator(Trained):
    """A fitted classifier with ``predict_proba``.

    Args:
        estimator: It.
        n_labels: How many labels there are; it may not have met all.
    """

    estimator: Any
    n_labels: int

    def probabilities(self, values: FloatArray) -> FloatArray:
        """Return what it says; labels that it never met have probability 0."""
        found = np.zeros((len(values), self.n_labels))
        classes = np.asarray(self.estimator.classes_, dtype=np.int64)
        found[:, classes] = self.estimator.predict_proba(values.reshape(len(values), -1))
        return found


def is_estimator(classifier: object) -> bool:
    """Return whether a classifier is made like scikit-learn's."""
    return hasattr(classifier, "fit") and hasattr(classifier, "predict_proba")


def fit_shares(
    classifier: Any,
    data: CrowdData,
    shares: FloatArray,
    tasks: IntArray,
    learner: CrowdLearner,
    *,
    seed: int,
    known: KnownLabels | None = None,
    progress: Progress = no_progress,
) -> tuple[Trained, History]:
    """Return a classifier that has learned from shares of labels, and how it went.

    Args:
        classifier: A torch module, what makes one, or one made like scikit-learn's; it stays as it is.
        data: Features and answers.
        shares: float64, shape (n_tasks, n_labels): what to learn; one label a task where each row has a single 1.
        tasks: Those to learn from.
        learner: The settings, for networks.
        seed: For networks; others have their own.
        known: Labels by which a network tells when to stop.
        progress: Called with (epochs done, most epochs).

    Raises:
        SettingsError: The classifier is none, or cannot learn from shares.
        PalateError: It is a network, and torch is not installed.
    """
    if is_estimator(classifier):
        if known is not None:
            raise SettingsError(
                "'validation' tells a network when to stop learning; a classifier with fit and predict_proba has no"
                " use for it. Leave it out."
            )
        trained = TrainedEstimator(_fitted(classifier, data.values[tasks], shares[tasks]), data.n_labels)
        progress(1, 1)
        return trained, History()
    given = SmallNetwork() if classifier is None else classifier
    with quiet_torch(seed, learner.threads, type(learner).__name__):
        network = made_network(given, data.values[tasks], data.n_labels)
        targets, batches = Targets(shares), Batches(data, network)
        learn, held = hold_out(tasks, learner.held_out, known, seed)
        watched = targets if known is None else Targets(_certain(known, shares.shape))

        def watch() -> float:
            batch = batches.of(held)
            return float(watched.losses(logits_of(network, data.values[held]), batch).mean())

        history = descend(
            network,
            [(targets, learner.epochs)],
            batches,
            learn,
            watch if len(held) else None,
            learner=learner,
            seed=seed,
            progress=progress,
        )
    return TrainedNetwork(network, given if isinstance(given, SmallNetwork) else None), history


def _certain(known: KnownLabels, shape: tuple[int, ...]) -> FloatArray:
    shares = np.zeros(shape)
    shares[known.tasks, known.labels] = 1.0
    return shares


def _fitted(classifier: Any, values: FloatArray, shares: FloatArray) -> Any:
    """Return a fitted copy; where shares are no single label, each task counts once a label, by its share."""
    estimator, flat = copy.deepcopy(classifier), values.reshape(len(values), -1)
    if ((shares == 0) | (shares == 1)).all():
        return estimator.fit(flat, shares.argmax(axis=1))
    if "sample_weight" not in inspect.signature(estimator.fit).parameters:
        raise SettingsError(
            f"{type(estimator).__name__} cannot learn from probabilities of labels, because its fit() takes no"
            " sample_weight. Learn from the most probable label instead (targets='labels'), or choose another."
        )
    rows, labels = np.nonzero(shares)
    return estimator.fit(flat[rows], labels, sample_weight=shares[rows, labels])
