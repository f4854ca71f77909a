"""Which methods there are to choose from, and how each does on what it was not shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import polars as pl

from palate.aggregation.labels._calibration import best_temperature, known_label_score
from palate.aggregation.labels._predictive import (
    draws_by_content,
    hide_answers,
    predictive_log_likelihood,
    subset,
)
from palate.aggregation.labels.base import CodedAnswers, FloatArray, LabelAggregator
from palate.aggregation.labels.registry import label_aggregators
from palate.core.errors import InputError

__all__ = [
    "Candidate",
    "Score",
    "candidates",
    "restricted",
    "sample_of_tasks",
    "score_by_answers",
    "score_by_golden",
]

_CANDIDATES: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("hierarchical_dawid_skene", {}),
    ("dawid_skene", {}),
    ("dawid_skene", {"right": 1.0, "wrong": 0.1}),
    ("dawid_skene", {"right": 4.0, "wrong": 1.0}),
    ("dawid_skene", {"right": 0.0, "wrong": 0.0}),
    ("one_coin_dawid_skene", {}),
    ("ordinal_dawid_skene", {}),
    ("ibcc", {}),
    ("majority_vote", {}),
    ("wawa", {}),
    ("glad", {}),
    ("mace", {}),
    ("ebcc", {"restarts": 1}),
)
"""The first is taken where there is nothing to choose by: it does best on few answers."""

_SLOW = {"ebcc", "glad", "mace"}
_MOST_FOR_SLOW = 20_000
"""Answers up to which methods are tried that take more than a second for a hundred thousand."""

_MOST_CONFUSIONS = 1 << 24
"""Annotators times labels squared beyond which the comparison itself would need gigabytes."""

_MOST_CELLS, _FEWEST_PASSES = 1 << 26, 20
"""Entries of confusion matrices that a trial goes over in all its passes, a few seconds; and how many passes are made
at least."""

_SHARES = {"majority_vote", "wawa", "gold_majority_vote", "zero_based_skill"}
"""Methods whose posterior is a share of votes: it does not take answers for independent, and is not too sure for it."""

_FOLDS = 2


@dataclass(frozen=True)
class Candidate:
    """A method with its settings."""

    name: str
    method: LabelAggregator
    settings: Mapping[str, Any]

    @property
    def counts_votes(self) -> bool:
        """Whether its posterior is a share of votes."""
        return self.name in _SHARES

    def __str__(self) -> str:
        listed = ", ".join(f"{name}={value:g}" for name, value in self.settings.items())
        return f"{self.name}({listed})" if listed else self.name


@dataclass(frozen=True)
class Score:
    """How well a candidate foretold what it was not shown, and the temperature at which it did so best."""

    candidate: Candidate
    value: float
    temperature: float | None = None


def candidates(
    answers: CodedAnswers, names: tuple[str, ...] | None, common: Mapping[str, Any]
) -> list[Candidate]:
    """Return the methods to choose from, those that can be used on these answers.

    Args:
        answers: What people answered.
        names: Only these methods; all of the list by default.
        common: Settings for every method that has them.
    """
    if names is None:
        listed = [pair for pair in _CANDIDATES if _is_worth_trying(pair[0], answers)]
    else:
        listed = [pair for pair in _CANDIDATES if pair[0] in names]
        listed += [(name, {}) for name in names if name not in dict(_CANDIDATES)]
    found = [_candidate(name, settings, common) for name, settings in listed]
    return [c for c in found if answers.known is None or c.method.uses_known_annotators]


def sample_of_tasks(answers: CodedAnswers, most_answers: int, seed: int) -> np.ndarray:
    """Return which tasks to look at: all, or as many as have about ``most_answers`` answers, golden ones first."""
    sizes = np.diff(answers.offsets)
    if len(answers.labels) <= most_answers:
        return np.ones(len(sizes), dtype=bool)
    draws = np.add.reduceat(draws_by_content(answers, seed), answers.offsets[:-1]) % 1
    order = np.argsort(draws - (answers.golden >= 0), kind="stable")
    taken = np.zeros(len(sizes), dtype=bool)
    n_taken = int(np.searchsorted(np.cumsum(sizes[order]), most_answers, side="right"))
    taken[order[: max(1, n_taken)]] = True
    return taken


def score_by_answers(answers: CodedAnswers, listed: list[Candidate], seed: int) -> Iterator[Score]:
    """Yield the score of each candidate that can be fitted: the mean log-likelihood of hidden answers."""
    folds = [hide_answers(answers, draws_by_content(answers, seed + turn)) for turn in range(_FOLDS)]
    for candidate in listed:
        posteriors = [_posterior(candidate, fold.shown) for fold in folds]
        values = [
            predictive_log_likelihood(fold, posterior)
            for fold, posterior in zip(folds, posteriors, strict=True)
            if posterior is not None
        ]
        yield Score(candidate, float(np.mean(values)) if len(values) == _FOLDS else -np.inf)


def score_by_golden(
    answers: CodedAnswers, listed: list[Candidate], seed: int, *, calibrate: bool
) -> Iterator[Score]:
    """Yield the score of each candidate: the mean log-likelihood of golden labels that were hidden from it."""
    draws = np.add.reduceat(draws_by_content(answers, seed), answers.offsets[:-1]) % 1
    golden = np.flatnonzero(answers.golden >= 0)
    golden = golden[np.argsort(draws[golden], kind="stable")]
    for candidate in listed:
        found = np.zeros((len(answers.task_ids), len(answers.label_values)))
        for turn in range(_FOLDS):
            hidden = golden[turn::_FOLDS]
            known = answers.golden.copy()
            known[hidden] = -1
            posterior = _posterior(candidate, replace(answers, golden=known))
            if posterior is None:
                yield Score(candidate, -np.inf)
                break
            found[hidden] = posterior[hidden]
        else:
            labels = answers.golden[golden]
            temperature, value = 1.0, known_label_score(found[golden], labels)
            if calibrate:
                temperature, value = best_temperature(found[golden], labels)
            yield Score(candidate, value, temperature)


def _posterior(candidate: Candidate, answers: CodedAnswers) -> FloatArray | None:
    """Return what a candidate finds, or None where it refuses these answers."""
    try:
        return _in_few_passes(candidate.method, answers).fit(answers).posterior
    except InputError:
        return None


def _in_few_passes(method: LabelAggregator, answers: CodedAnswers) -> LabelAggregator:
    """Return a method that makes fewer passes where each goes over large confusion matrices.

    There are so many of them with many annotators and labels that a pass takes as long as for a million answers, and a
    trial is not there to find the last digit.
    """
    n_cells = len(answers.annotator_ids) * len(answers.label_values) ** 2
    most = max(_FEWEST_PASSES, _MOST_CELLS // n_cells)
    fewer: dict[str, Any] = {"max_iter": most}
    return replace(method, **fewer) if getattr(method, "max_iter", 0) > most else method


def _candidate(name: str, settings: Mapping[str, Any], common: Mapping[str, Any]) -> Candidate:
    known = {field.name for field in fields(label_aggregators.get(name))}
    given = {key: value for key, value in common.items() if key in known} | dict(settings)
    return Candidate(name, label_aggregators.create(name, given), settings)


def _is_worth_trying(name: str, answers: CodedAnswers) -> bool:
    n_labels = len(answers.label_values)
    if name not in label_aggregators.names() or (name in _SLOW and len(answers.labels) > _MOST_FOR_SLOW):
        return False
    if len(answers.annotator_ids) * n_labels**2 > _MOST_CONFUSIONS:
        return name == "majority_vote"
    if name == "ordinal_dawid_skene":  # of two labels, grades say no more than names
        numbers = answers.label_values.cast(pl.String).cast(pl.Float64, strict=False)
        return n_labels > 2 and numbers.null_count() == 0
    return True


def restricted(answers: CodedAnswers, tasks: np.ndarray) -> CodedAnswers:
    """Return the answers to some of the tasks; all of them unchanged."""
    return answers if tasks.all() else subset(answers, tasks)
