"""What every way to learn from crowds finds."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable
from palate.learning.crowds._classifiers import Trained
from palate.learning.crowds._data import FloatArray, IntArray, TaskFeatures, feature_values
from palate.learning.crowds._descent import History

if TYPE_CHECKING:
    from palate.learning.crowds.base import CrowdLearner

__all__ = ["CrowdResult"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CrowdResult:
    """A classifier learned from a crowd, and what was found of the crowd. Labels keep the type they came in.

    Args:
        settings: The method that found it.
        seed: What its chance came from.
        label_values: The labels, sorted; in this order they are counted everywhere below.
        annotator_ids: The annotators, sorted.
        task_ids: The tasks that had features, sorted.
        answers_each: int64, shape (n_annotators,): how many answers each annotator gave.
        from_features: float64, shape (n_tasks, n_labels): each label's probability by the task's features alone.
        from_all: Likewise by features and answers together; where there are no answers, by features alone.
        answered: bool, shape (n_tasks,): which tasks have answers.
        confusion: float64, shape (n_annotators, n_labels, n_labels): ``[annotator, truth, label]``, rows sum to 1.
        history: How learning went.
        notes: What a reader must know beside the numbers, as sentences.
        feature_names: The columns that were learned from; empty where features came as arrays.
        feature_shape: Of one task's features.
        weights: float64, shape (n_annotators,): how much the annotator's answers count, where the method weighs them.
        classifier: What foretells labels from features; None where nobody asked for one.
    """

    settings: CrowdLearner
    seed: int
    label_values: pl.Series
    annotator_ids: pl.Series
    task_ids: pl.Series
    answers_each: IntArray
    from_features: FloatArray
    from_all: FloatArray
    answered: Any
    confusion: FloatArray
    history: History
    notes: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    feature_shape: tuple[int, ...] = ()
    weights: FloatArray | None = None
    classifier: Trained | None = field(default=None, repr=False)

    @property
    def labels(self) -> pl.DataFrame:
        """Columns ``task, label, probability``: of each task, by its features alone."""
        return self._decided(self.task_ids, self.from_features)

    @property
    def probabilities(self) -> pl.DataFrame:
        """Columns ``task`` and one a label: of each task, by its features alone."""
        names = self.label_values.cast(pl.String).to_list()
        columns = {name: self.from_features[:, code] for code, name in enumerate(names)}
        return pl.DataFrame({"task": self.task_ids} | columns)

    @property
    def judgments(self) -> pl.DataFrame:
        """Columns ``task, label, probability``: of each answered task, by features and answers together."""
        rows = np.flatnonzero(self.answered)
        return self._decided(self.task_ids.gather(rows), self.from_all[rows])

    @property
    def skill(self) -> FloatArray:
        """The probability of a right answer of each annotator on a task drawn from the answered ones, from confusion."""
        prior = self.from_all[self.answered].mean(axis=0)
        found: FloatArray = np.einsum("att,t->a", self.confusion, prior / prior.sum())
        return found

    @property
    def annotators(self) -> pl.DataFrame:
        """Columns ``annotator, answers, skill`` and, where the method weighs annotators, ``weight``."""
        columns = {"annotator": self.annotator_ids, "answers": self.answers_each, "skill": self.skill}
        if self.weights is not None:
            columns["weight"] = self.weights
        return pl.DataFrame(columns)

    @property
    def confusion_table(self) -> pl.DataFrame:
        """Columns ``annotator, truth, label, probability``."""
        n_annotators, n_labels = self.confusion.shape[:2]
        annotator, truth, label = np.indices(self.confusion.shape).reshape(3, -1)
        return pl.DataFrame(
            {
                "annotator": self.annotator_ids.gather(annotator),
                "truth": self.label_values.gather(truth),
                "label": self.label_values.gather(label),
                "probability": self.confusion.reshape(n_annotators * n_labels * n_labels),
            }
        )

    def confusion_of(self, annotator: object) -> FloatArray:
        """Return one annotator's confusion, shape (n_labels, n_labels), ``[truth, label]``.

        Raises:
            InputError: This annotator gave no answer.
        """
        code = int(encode_like(pl.Series([annotator]), self.annotator_ids)[0])
        if code < 0:
            raise InputError(
                f"Annotator {annotator!r} gave no answer to what was learned from; nothing is known of them."
                f" There are {len(self.annotator_ids):,} annotators: see 'annotators'."
            )
        found: FloatArray = self.confusion[code]
        return found

    def predict_proba(self, features: IntoTable | TaskFeatures) -> FloatArray:
        """Return each label's probability, shape (n_tasks, n_labels), in the order of the rows of ``features``.

        Raises:
            InputError: Features are not those that were learned from.
        """
        return self._foretold(features)[1]

    def predict(self, features: IntoTable | TaskFeatures) -> pl.DataFrame:
        """Return columns ``task, label, probability`` in the order of the rows of ``features``.

        Raises:
            InputError: Features are not those that were learned from.
        """
        return self._decided(*self._foretold(features))

    def to_dict(self) -> dict[str, Any]:
        """Return what was found, all but the tasks' labels, in types that JSON has."""
        from palate.learning.crowds.registry import crowd_learners

        settings = self.settings
        return {
            "method": crowd_learners.name_of(settings),
            "settings": {f.name: getattr(settings, f.name) for f in fields(settings)},
            "seed": self.seed,
            "tasks": len(self.task_ids),
            "answered": int(self.answered.sum()),
            "labels": self.label_values.to_list(),
            "annotators": self.annotators.to_dicts(),
            "confusion": [
                {"annotator": annotator, "confusion": rows.tolist()}
                for annotator, rows in zip(self.annotator_ids.to_list(), self.confusion, strict=True)
            ],
            "history": self.history.to_dict(),
            "notes": list(self.notes),
        }

    def save(self, path: str | Path) -> None:
        """Write the result to one file, whole or not at all; :func:`load_crowd` reads it. Nothing in it is pickled.

        Raises:
            OutputError: The file cannot be written, or the classifier is no network.
        """
        from palate.learning.crowds._saved import save_crowd

        save_crowd(self, Path(path))

    def _foretold(self, features: IntoTable | TaskFeatures) -> tuple[pl.Series, FloatArray]:
        if self.classifier is None:
            raise InputError("Nothing was learned that foretells labels from features; use fit() for that.")
        ids, values, _ = feature_values(features, self.feature_names or None)
        if values.shape[1:] != self.feature_shape:
            raise InputError(
                f"A task's features must have the shape {self.feature_shape}, as those learned from; they have"
                f" {values.shape[1:]}.",
                where="features",
            )
        return ids, self.classifier.probabilities(values)

    def _decided(self, ids: pl.Series, probabilities: FloatArray) -> pl.DataFrame:
        best = probabilities.argmax(axis=1)
        columns = {
            "task": ids,
            "label": self.label_values.gather(best),
            "probability": probabilities.max(axis=1),
        }
        return pl.DataFrame(columns)
