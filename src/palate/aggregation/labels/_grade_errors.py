"""How an annotator's grades stray from the true grade: a few numbers each, and the step that fits them better."""

from __future__ import annotations

import numpy as np
import polars as pl

from palate.aggregation.labels.base import CodedAnswers, FloatArray
from palate.core.coding import IntArray
from palate.core.errors import InputError

__all__ = ["error_features", "error_probabilities", "grade_positions", "step_up"]

_HALVINGS = 30
"""A step shortened a billion times that still does not gain has nothing to gain."""

_RIDGE = 1e-9
"""Keeps a step finite where a feature makes no difference, as with one label."""


def grade_positions(answers: CodedAnswers, order: tuple[object, ...] | None) -> IntArray:
    """Return the place of each label in ascending order of grade: int32, shape (n_labels,), each at least 0.

    Args:
        answers: Their labels are numbers, or text that spells numbers, or true and false, or in ``order``. Two
            labels need no order: either of the two gives the same result.
        order: All grades there are, lowest first; a grade that nobody gave keeps its place.

    Raises:
        InputError: The labels have no order, or one of them is not in ``order``.
    """
    values = answers.label_values
    names = values.to_list()
    if order is not None:
        places = {str(grade): place for place, grade in enumerate(order)}
        unknown = [name for name in names if str(name) not in places]
        if unknown:
            listed = ", ".join(map(repr, order))
            raise InputError(
                f"The label {unknown[0]!r} is not in the order {listed}. Add it where it belongs.",
                column="label",
            )
        return np.array([places[str(name)] for name in names], dtype=np.int32)
    numbers = values.cast(pl.Float64, strict=False)
    if len(values) > 2 and not numbers.is_finite().fill_null(value=False).all():
        text = names[int(numbers.is_finite().fill_null(value=False).not_().arg_true()[0])]
        raise InputError(
            f"Grades must have an order; the label {text!r} is no number. Name the labels from lowest to highest in"
            " the setting 'order', or choose dawid_skene.",
            column="label",
        )
    ranked = np.argsort(numbers.fill_null(0.0).to_numpy(), kind="stable")
    return np.argsort(ranked).astype(np.int32)


def error_features(positions: IntArray) -> FloatArray:
    """Return what an annotator's numbers multiply, for each true label and answer.

    With the error d (grades too high), these are d (bias), -d² (narrowness) and 1 where d is 0 (exactness). With
    two labels exactness would say the same as narrowness and is left out.

    Returns:
        float64, shape (n_features, n_labels, n_labels): ``[feature, truth, answer]``.
    """
    error = (positions[np.newaxis, :] - positions[:, np.newaxis]).astype(np.float64)
    return np.array([error, -(error**2), error == 0], dtype=np.float64)[: min(len(positions), 3)]


def error_probabilities(numbers: FloatArray, features: FloatArray) -> FloatArray:
    """Return the logarithm of the probability of each answer, shape (n_annotators, n_labels, n_labels).

    It is ``[annotator, truth, answer]``, proportional to the exponential of numbers times features.

    Args:
        numbers: Shape (n_annotators, n_features).
        features: From :func:`error_features`.
    """
    scores = np.tensordot(numbers, features, axes=1)
    scores -= scores.max(axis=2, keepdims=True)
    found: FloatArray = scores - np.log(np.exp(scores).sum(axis=2, keepdims=True))
    return found


def step_up(numbers: FloatArray, counts: FloatArray, features: FloatArray) -> FloatArray:
    """Return numbers under which the counts are at least as probable: one Newton step an annotator.

    The logarithm of the counts' probability is concave in the numbers. A step that would lower it is halved.

    Args:
        numbers: Shape (n_annotators, n_features).
        counts: Shape (n_annotators, n_labels, n_labels), ``[annotator, truth, answer]``.
        features: From :func:`error_features`.
    """
    n_features = len(features)
    logarithms = error_probabilities(numbers, features)
    expected = counts.sum(axis=2, keepdims=True) * np.exp(logarithms)
    products = features[:, np.newaxis] * features[np.newaxis, :]
    gradient = np.tensordot(counts - expected, features, axes=([1, 2], [1, 2]))
    means = np.einsum("atl,ktl->atk", np.exp(logarithms), features)
    curvature = np.tensordot(expected, products, axes=([1, 2], [2, 3]))
    curvature -= np.einsum("at,atk,atm->akm", counts.sum(axis=2), means, means)
    curvature += _RIDGE * np.eye(n_features)
    step = np.linalg.solve(curvature, gradient[:, :, np.newaxis])[:, :, 0]
    before = np.sum(counts * logarithms, axis=(1, 2))
    for _ in range(_HALVINGS):
        after = np.sum(counts * error_probabilities(numbers + step, features), axis=(1, 2))
        worse = ~(after >= before)
        if not worse.any():
            return numbers + step
        step[worse] /= 2
    step[worse] = 0.0
    return numbers + step
