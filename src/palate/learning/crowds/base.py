"""What every way to learn from crowds takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from palate.core.errors import SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive
from palate.learning.crowds._classifiers import Trained, is_estimator
from palate.learning.crowds._data import (
    CrowdData,
    Duplicates,
    FloatArray,
    TaskFeatures,
    crowd_data,
    known_labels,
)
from palate.learning.crowds._descent import History, KnownLabels
from palate.learning.crowds._found import CrowdResult
from palate.learning.crowds._networks import SmallNetwork

__all__ = [
    "CrowdData",
    "CrowdFit",
    "CrowdLearner",
    "CrowdResult",
    "FloatArray",
    "History",
    "KnownLabels",
    "SmallNetwork",
    "TaskFeatures",
    "crowd_result",
]


@dataclass(frozen=True, eq=False)
class CrowdFit:
    """What a method found, in codes.

    Args:
        classifier: What foretells labels from features; None where nothing learned.
        judged: float64, shape (n_tasks, n_labels): each label's probability by features and answers; rows of tasks
            without answers do not matter.
        confusion: float64, shape (n_annotators, n_labels, n_labels).
        history: How learning went.
        weights: How much each annotator counts, where the method weighs them.
        notes: What a reader must know, as sentences.
    """

    classifier: Trained | None
    judged: FloatArray
    confusion: FloatArray
    history: History
    weights: FloatArray | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CrowdLearner(ABC):
    """Settings of one way to learn a classifier from the answers of many; these are for networks.

    Args:
        epochs: Most passes over the tasks.
        batch: Tasks of a step.
        learning_rate: Of Adam (Kingma and Ba, 2015).
        held_out: Share of the answered tasks, in [0, 1), by which to tell when to stop; 0 goes through all epochs.
        patience: Stop after so many epochs that foretold what is held out no better; the best epoch is kept.
        threads: Of torch. Sums in several threads may differ in the last bit from machine to machine.
    """

    networks_only: ClassVar[bool] = False
    """Whether the method learns through a network, and takes no other classifier."""

    epochs: int = 200
    batch: int = 64
    learning_rate: float = 0.002
    held_out: float = 0.1
    patience: int = 20
    threads: int = 1

    def __post_init__(self) -> None:
        check_counts(epochs=self.epochs, batch=self.batch, patience=self.patience, threads=self.threads)
        check_positive(learning_rate=self.learning_rate)
        if not 0 <= self.held_out < 1:
            raise SettingsError(f"'held_out' must be from 0 up to but not 1; it is {self.held_out}.")

    @abstractmethod
    def fit_coded(
        self,
        data: CrowdData,
        classifier: Any,
        known: KnownLabels | None = None,
        seed: int = 0,
        progress: Progress = no_progress,
    ) -> CrowdFit:
        """Return what ``fit`` does, in codes."""

    def fit(
        self,
        features: IntoTable | TaskFeatures,
        answers: IntoTable,
        classifier: Any = None,
        *,
        validation: IntoTable | None = None,
        on_duplicate: Duplicates = "error",
        seed: int = 0,
        progress: Progress = no_progress,
    ) -> CrowdResult:
        """Return a classifier learned from answers, and what was found of those who gave them.

        Args:
            features: Column ``task`` and numbers, a dataframe or a path; or :class:`TaskFeatures` for pictures and the
                like. Tasks without answers are not learned from, but foretold.
            answers: Columns ``task, annotator, label``, a dataframe or a path.
            classifier: A torch module that turns features into one number a label, in the labels' sorted order; a
                function of (values, n_labels) that makes one; or, where the method takes it, a classifier with ``fit``
                and ``predict_proba`` as scikit-learn's. It stays as it is: a copy learns, on the processor. None takes
                :class:`SmallNetwork`.
            validation: Known labels, columns ``task, label``, by which a network tells when to stop, instead of by
                answers that were held out. What annotators said of these tasks is not learned from.
            on_duplicate: What to do where an annotator answers a task more than once: an ``error`` shows the rows; the
                ``first`` or the ``last`` row counts; or ``all`` of them do, an answer each.
            seed: Of weights, batches, and what is held out. The same seed gives the same bits.
            progress: Called with (steps done, most steps).

        Raises:
            InputError: A table is not as said, an answered task has no features, a feature is missing or not finite,
                an annotator answers a task twice and that is an error, all answers are the same, or learning failed.
            SettingsError: The classifier is none that the method takes, or a setting is out of range.
            PalateError: The classifier is a network, and torch is not installed.
        """
        data = crowd_data(features, answers, on_duplicate)
        return self._fit(data, classifier, validation, seed, progress)

    def _fit(
        self, data: CrowdData, classifier: Any, validation: IntoTable | None, seed: int, progress: Progress
    ) -> CrowdResult:
        if self.networks_only and is_estimator(classifier):
            raise SettingsError(
                f"{type(self).__name__} learns through a network; {type(classifier).__name__} is none. Give a torch"
                " module, or choose two_stage or crowdlab, which take any classifier."
            )
        known = None
        if validation is not None:
            known = KnownLabels(*known_labels(validation, data.task_ids, data.label_values))
        fit = self.fit_coded(data, classifier, known, seed, progress)
        if fit.classifier is None:
            raise AssertionError(f"{type(self).__name__} learned nothing")
        return crowd_result(self, seed, data, fit, fit.classifier.probabilities(data.values))


def crowd_result(
    learner: CrowdLearner, seed: int, data: CrowdData, fit: CrowdFit, from_features: FloatArray
) -> CrowdResult:
    """Return what was found with the ids and labels that came.

    Args:
        learner: The settings.
        seed: What chance came from.
        data: Features and answers.
        fit: What was found, in codes.
        from_features: float64, shape (n_tasks, n_labels): what the classifier says of all tasks.
    """
    answered = np.diff(data.offsets) > 0
    return CrowdResult(
        settings=learner,
        seed=seed,
        label_values=data.label_values,
        annotator_ids=data.annotator_ids,
        task_ids=data.task_ids,
        answers_each=np.bincount(data.annotators, minlength=len(data.annotator_ids)),
        from_features=from_features,
        from_all=np.where(answered[:, np.newaxis], fit.judged, from_features),
        answered=answered,
        confusion=fit.confusion,
        history=fit.history,
        notes=(*_notes(data), *fit.notes),
        feature_names=data.names,
        feature_shape=data.values.shape[1:],
        weights=fit.weights,
        classifier=fit.classifier,
    )


def _notes(data: CrowdData) -> tuple[str, ...]:
    notes = list[str]()
    unanswered = len(data.task_ids) - len(data.answered)
    if unanswered:
        notes.append(
            f"{unanswered:,} of {len(data.task_ids):,} tasks have no answers: foretold, not learned from."
        )
    if len(data.annotator_ids) == 1:
        notes.append(
            f"All answers are of one annotator ({data.annotator_ids[0]!r}): nothing tells their mistakes from the"
            " truth, and what is learned is what they would say."
        )
    return tuple(notes)
