"""Is a method as sure as it is right on these answers? Its reliability on labels or answers that it was not shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl

from palate.aggregation.labels._calibration import best_temperature, error_correlation, tempered, tempered_as
from palate.aggregation.labels._predictive import Fold, draws_by_content, hide_answers, smoothed_confusion
from palate.aggregation.labels._reliability import binned, calibration_error
from palate.aggregation.labels._tables import code_answers
from palate.aggregation.labels.base import (
    Chosen,
    CodedAnswers,
    Duplicates,
    FloatArray,
    LabelResult,
)
from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, like
from palate.core.settings import check_counts

__all__ = ["HeldOutReliability", "held_out_reliability"]

_LEAST_GOLDEN = 20
"""Golden tasks below which they say next to nothing: even one bin of them all has an interval of ±0.2."""

_Z = 1.959963984540054
"""Of a 95% interval."""


@dataclass(frozen=True)
class HeldOutReliability:
    """How sure a method was of what was hidden from it, and how often it was right. Tables are of the caller's own kind.

    Args:
        by: What was hidden: labels of ``golden`` tasks, or ``answers``.
        cases: How many.
        folds: In how many parts; the others were shown while one was hidden.
        table: Columns ``low, high`` (ends of the bin), ``tasks, probability, accuracy`` and its 95% interval
            ``accuracy_low, accuracy_high`` (Wilson, 1927). By answers, ``probability`` is that of the most probable
            answer and ``accuracy`` the share of answers that were it.
        error: The expected calibration error.
        untempered: The same table before tempering; None where the method does not temper.
        untempered_error: Its expected calibration error.
    """

    by: Literal["golden", "answers"]
    cases: int
    folds: int
    table: Any
    error: float
    untempered: Any | None = None
    untempered_error: float | None = None


def held_out_reliability(
    result: LabelResult,
    answers: IntoTable,
    *,
    golden: IntoTable | None = None,
    annotators: IntoTable | None = None,
    on_duplicate: Duplicates = "error",
    folds: int = 5,
    bins: int = 10,
) -> HeldOutReliability:
    """Return how reliable the probabilities of a result's method are, from fits that were not shown what they are held to.

    Golden tasks have their known labels in the result, so that their probabilities say nothing. With 20 golden tasks or
    more, the labels of one part of them after the other are hidden and the method is fitted again; a temperature found
    with golden tasks is found without the hidden part, too. Else one answer of each task with two or more is
    hidden, and foretold by ``sum over t of posterior[t] * confusion[annotator, t, label]``. This says less: a mistake
    that all make is foretold well.

    Args:
        result: What the method made of the answers; its method, with the choice that it made, is fitted again.
        answers: The answers it was made of.
        golden: Known labels that it was given, columns ``task, label``.
        annotators: What it was told of annotators from before.
        on_duplicate: As it was made.
        folds: Parts of the golden tasks.
        bins: Of equal width, by the probability of the best label.

    Raises:
        InputError: There are fewer than 20 golden tasks, and no task has two answers.
        SettingsError: ``folds`` is below 2, or ``bins`` below 1.
    """
    check_counts(bins=bins)
    if folds < 2:
        raise SettingsError(f"'folds' must be at least 2; it is {folds}.")
    coded = code_answers(answers, golden, on_duplicate)
    if annotators is not None:
        from palate.aggregation.labels._known_annotators import known_confusion

        coded = replace(coded, known=known_confusion(coded, annotators))
    chosen = result.chosen or Chosen(result.settings)
    n_golden = int((coded.golden >= 0).sum())
    if n_golden >= _LEAST_GOLDEN:
        plain, mild, labels = _golden_labels(coded, chosen, folds, result.settings.seed)
    else:
        folds = 1
        plain, mild, labels = _hidden_answers(coded, chosen, result.settings.seed)
    truth = labels[:, np.newaxis] == np.arange(plain.shape[1])
    tables = [_with_interval(binned(posterior, truth, bins)) for posterior in (plain, mild)]
    is_tempered = chosen.temperature is not None or chosen.correlation is not None
    return HeldOutReliability(
        by="golden" if n_golden >= _LEAST_GOLDEN else "answers",
        cases=len(labels),
        folds=folds,
        table=like(answers, tables[1]),
        error=calibration_error(tables[1]),
        untempered=like(answers, tables[0]) if is_tempered else None,
        untempered_error=calibration_error(tables[0]) if is_tempered else None,
    )


def _golden_labels(
    answers: CodedAnswers, chosen: Chosen, folds: int, seed: int
) -> tuple[FloatArray, FloatArray, np.ndarray]:
    """Return the posteriors of golden tasks fitted without their labels, the same tempered, and the labels."""
    draws = np.add.reduceat(draws_by_content(answers, seed), answers.offsets[:-1]) % 1
    golden = np.flatnonzero(answers.golden >= 0)
    golden = golden[np.argsort(draws[golden], kind="stable")]
    labels = answers.golden[golden]
    part = np.arange(len(golden)) % folds
    plain = np.empty((len(golden), len(answers.label_values)))
    mild = np.empty_like(plain)
    for turn in range(folds):
        known = answers.golden.copy()
        known[golden[part == turn]] = -1
        shown = replace(answers, golden=known)
        posterior = chosen.method.fit(shown).posterior
        plain[part == turn] = posterior[golden[part == turn]]
        mild[part == turn] = _tempered_again(chosen, shown, posterior)[golden[part == turn]]
    if chosen.temperature is not None:
        for turn in range(folds):
            temperature, _ = best_temperature(plain[part != turn], labels[part != turn])
            mild[part == turn] = tempered(plain[part == turn], temperature)
    return plain, mild, labels


def _hidden_answers(
    answers: CodedAnswers, chosen: Chosen, seed: int
) -> tuple[FloatArray, FloatArray, np.ndarray]:
    """Return the probabilities of what annotators would answer, the same from the tempered posterior, and what they did."""
    if not ((np.diff(answers.offsets) > 1) & (answers.golden < 0)).any():
        raise InputError(
            f"There are fewer than {_LEAST_GOLDEN} golden tasks, and no other task has two answers: nothing can be"
            " hidden to see how sure the method is of it. Give golden tasks."
        )
    fold = hide_answers(answers, draws_by_content(answers, seed))
    posterior = chosen.method.fit(fold.shown).posterior
    mild = _tempered_again(chosen, fold.shown, posterior)
    return _answer_probabilities(fold, posterior), _answer_probabilities(fold, mild), fold.labels


def _tempered_again(chosen: Chosen, shown: CodedAnswers, posterior: FloatArray) -> FloatArray:
    """Return the posterior tempered in the way that was chosen, measured on what is shown now."""
    if chosen.correlation is not None:
        chosen = replace(chosen, correlation=error_correlation(shown, posterior))
    return tempered_as(chosen, shown, posterior)


def _answer_probabilities(fold: Fold, posterior: FloatArray) -> FloatArray:
    """Return the probability of each label that the hidden answers could have had, shape (n_hidden, n_labels)."""
    confusion, crowd = smoothed_confusion(fold.shown, posterior)
    known = (fold.annotators >= 0)[:, np.newaxis]
    found = np.zeros((len(fold.tasks), posterior.shape[1]))
    for truth, given in enumerate(crowd):
        rows = np.where(known, confusion[fold.annotators, truth], given)
        found += posterior[fold.tasks, truth, np.newaxis] * rows
    return found


def _with_interval(table: pl.DataFrame) -> pl.DataFrame:
    """Return the table with the 95% interval of the share of right ones. Wilson, 1927."""
    share, n = pl.col("accuracy"), pl.col("tasks")
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = (share * (1 - share) / n + _Z**2 / (4 * n**2)).sqrt() * _Z / (1 + _Z**2 / n)
    return table.with_columns(
        accuracy_low=(centre - half).clip(0, 1), accuracy_high=(centre + half).clip(0, 1)
    )
