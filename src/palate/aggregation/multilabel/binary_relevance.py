"""Each label on its own: does the task have it or not?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from palate.aggregation.labels.base import CodedAnswers, LabelAggregator
from palate.aggregation.labels.registry import label_aggregators
from palate.aggregation.multilabel.base import CodedSets, MultilabelAggregator, MultilabelFit
from palate.core.coding import IntArray
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress

__all__ = ["BinaryRelevance"]


@dataclass(frozen=True)
class BinaryRelevance(MultilabelAggregator):
    """Ask of each label whether the task has it, and let a label aggregator decide. Godbole and Sarawagi, 2004.

    Every answer says of every label that anybody gave whether it is in its set; labels are decided independently.
    The skill of an annotator is the mean of their skills over labels.

    Args:
        method: The label aggregator's name.
        method_settings: Its settings, a mapping or pairs of name and value.
        threshold: A label is in the set where its probability is greater.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 1], "annotator": ["a", "b", "c"], "labels": ["cat,dog", "cat", ""]})
    >>> BinaryRelevance(method="majority_vote").aggregate(answers).labels["labels"].to_list()
    [['cat']]
    """

    method: str = "dawid_skene"
    method_settings: tuple[tuple[str, Any], ...] = ()
    threshold: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        given = self.method_settings
        pairs = given.items() if isinstance(given, Mapping) else given
        object.__setattr__(self, "method_settings", tuple(sorted(tuple(pair) for pair in pairs)))
        if not 0 <= self.threshold < 1:
            raise SettingsError(f"'threshold' must be at least 0 and below 1; it is {self.threshold}.")
        self._decider()  # an unknown method or setting is refused here, not after reading the answers

    def fit(self, answers: CodedSets, progress: Progress = no_progress) -> MultilabelFit:
        """Return the labels whose probability is greater than the threshold."""
        decider = self._decider()
        n_tasks, n_labels = answers.golden_sets.shape
        probabilities = np.zeros((n_tasks, n_labels))
        skills = np.zeros((n_labels, len(answers.annotator_ids)))
        converged, iterations = True, 1
        for label in range(n_labels):
            found = decider.fit(_binary(answers, label))
            probabilities[:, label] = found.posterior[:, 1]
            skills[label] = found.skill
            converged, iterations = converged and found.converged, max(iterations, found.iterations)
            progress(label + 1, n_labels)
        if not n_labels:
            progress(1, 1)
        return MultilabelFit(
            decided=np.where(
                answers.golden[:, np.newaxis], answers.golden_sets, probabilities > self.threshold
            ),
            probabilities=probabilities,
            skill=skills.mean(axis=0) if n_labels else np.ones(len(answers.annotator_ids)),
            tied=(probabilities == self.threshold).any(axis=1),
            converged=converged,
            iterations=iterations,
        )

    def _decider(self) -> LabelAggregator:
        return label_aggregators.create(self.method, dict(self.method_settings))


def _binary(answers: CodedSets, label: int) -> CodedAnswers:
    """Return answers that say whether the label is in the set."""
    given: IntArray = np.zeros(len(answers.annotators), dtype=np.int32)
    places = np.flatnonzero(answers.labels == label)
    given[np.searchsorted(answers.set_offsets, places, side="right") - 1] = 1
    return CodedAnswers(
        offsets=answers.offsets,
        annotators=answers.annotators,
        labels=given,
        golden=np.where(answers.golden, answers.golden_sets[:, label], -1).astype(np.int32),
        task_ids=answers.task_ids,
        annotator_ids=answers.annotator_ids,
        label_values=pl.Series([False, True]),
    )
