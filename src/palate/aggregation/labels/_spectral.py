"""A start for Dawid–Skene by the method of moments: how groups of annotators err follows from what three of them say.

Zhang, Chen, Zhou and Jordan, Spectral Methods Meet EM: A Provably Optimal Algorithm for Crowdsourcing, 2014, algorithm 1.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palate.aggregation.labels._confusion_passes import ConfusionPasses
from palate.aggregation.labels._predictive import draws_by_content
from palate.aggregation.labels._votes import task_of_answers
from palate.aggregation.labels.base import CodedAnswers, FloatArray

__all__ = ["spectral_counts", "spectral_posterior"]

_LEAST = 1e-4
"""Probabilities of groups' answers, and shares of labels, are taken to be no less: moments of few tasks may be below 0."""

_WELL_POSED = 1e-6
"""Moments whose least eigenvalue is below this share of their greatest say nothing of some label."""

_POWERS = 100
"""Steps of the power method; they square errors, so that a dozen are enough where eigenvalues differ."""


_ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
"""All orders of the axes of a symmetric tensor."""

_PARTITIONS = 5
"""Divisions into groups that are tried; each takes as long as a pass or two."""

_AS_THE_CROWD = 5.0
"""Answers of the crowd's that are added to each annotator's for each true label: moments of few answers are all noise."""


def spectral_posterior(answers: CodedAnswers, seed: int, threads: int | None) -> FloatArray | None:
    """Return a posterior, shape (n_tasks, n_labels), by moments of the answers; None where these say too little.

    Of several divisions of the annotators into groups, it is by the one under which the answers are most probable.

    Raises:
        InputError: There are so many annotators and labels that their confusion does not fit in memory.
    """
    passes = ConfusionPasses(answers, threads)
    highest, posterior = -np.inf, None
    for partition in range(_PARTITIONS):
        found = spectral_counts(answers, seed, partition)
        if found is None:
            continue
        counts, prior = found
        crowd = counts.sum(axis=0) + _LEAST
        counts = counts + _AS_THE_CROWD * crowd / crowd.sum(axis=0)
        _, _, height = passes.expect(counts / counts.sum(axis=1, keepdims=True), prior)
        if height > highest:
            highest, posterior = height, passes.posterior.copy()
    return posterior


def spectral_counts(answers: CodedAnswers, seed: int, partition: int) -> tuple[FloatArray, FloatArray] | None:
    """Return how often each annotator gives each label to tasks of each true label, by moments of the answers.

    The annotators are divided into three groups at random (by what they answered, never by their names). Where all three
    answered, the answers of one group, given the true label, are independent of those of the others. So the groups'
    mean confusions are the components of the third moment of their vote shares, which the tensor power method finds
    (Anandkumar et al., 2014). An annotator's own confusion then follows from how often each label of theirs meets each
    label of the two other groups.

    Args:
        answers: What people answered.
        seed: Of the groups.
        partition: Which of several divisions into groups.

    Returns:
        Counts ``[annotator, label, truth]``, from 0 on, and the shares of true labels; None where there are too few tasks
        that all three groups answered for the moments to tell all labels apart.
    """
    tasks, n_labels = task_of_answers(answers), len(answers.label_values)
    groups = _three_groups(answers, seed, partition)
    votes = np.zeros((3, len(answers.task_ids), n_labels))
    np.add.at(votes, (groups[answers.annotators], tasks, answers.labels), 1.0)
    n_votes = votes.sum(axis=2, keepdims=True)
    shares = votes / np.maximum(n_votes, 1)
    common = (n_votes[:, :, 0] > 0).all(axis=0)
    if n_labels < 2 or np.count_nonzero(common) < n_labels**2:
        return None
    found = [_group_confusion(np.roll(shares[:, common], 2 - group, axis=0)) for group in range(3)]
    if any(one is None for one in found):
        return None
    confusions = [one[0] for one in found if one is not None]
    prior: FloatArray = np.mean([one[1] for one in found if one is not None], axis=0)
    return _own_counts(answers, groups, shares, confusions, prior), prior / prior.sum()


def _three_groups(answers: CodedAnswers, seed: int, partition: int) -> npt.NDArray[np.int64]:
    """Return a group from 0 to 2 for each annotator, at random and of equal size."""
    draws = draws_by_content(answers, seed + 7919 * (partition + 1))
    sums = np.bincount(answers.annotators, weights=draws, minlength=len(answers.annotator_ids))
    ranks = np.argsort(np.argsort((sums % 1).round(9), kind="stable"), kind="stable")
    groups: npt.NDArray[np.int64] = ranks % 3
    return groups


def _group_confusion(shares: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Return the mean confusion ``[label, truth]`` of the last of three groups, and the shares of true labels.

    Args:
        shares: Shape (3, n_tasks, n_labels): the groups' vote shares on tasks that all of them answered.
    """
    first, second, third = shares
    n_tasks = len(first)
    between = {
        "cb": third.T @ second / n_tasks,
        "ab": first.T @ second / n_tasks,
        "ca": third.T @ first / n_tasks,
    }
    if min(np.linalg.svd(matrix, compute_uv=False)[-1] for matrix in between.values()) < _WELL_POSED:
        return None
    one = first @ (between["cb"] @ np.linalg.inv(between["ab"])).T
    other = second @ (between["ca"] @ np.linalg.inv(between["ab"].T)).T
    moment = one.T @ other / n_tasks
    values, vectors = np.linalg.eigh((moment + moment.T) / 2)
    if values[0] <= _WELL_POSED * values[-1]:
        return None
    whitening = vectors / np.sqrt(values)
    tensor = np.einsum("ti,tj,tk->ijk", one @ whitening, other @ whitening, third @ whitening) / n_tasks
    symmetric: FloatArray = np.mean([np.transpose(tensor, axes) for axes in _ORDERS], axis=0)
    weights, directions = _eigenpairs(symmetric, whitening.T)
    if (weights <= 0).any():
        return None
    columns = (vectors * np.sqrt(values)) @ directions * weights
    order = _nearest_labels(columns)
    confusion = np.maximum(columns[:, order], _LEAST)
    prior = np.maximum(1 / weights[order] ** 2, _LEAST)
    return confusion / confusion.sum(axis=0), prior / prior.sum()


def _eigenpairs(tensor: FloatArray, starts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the eigenvalues of a symmetric tensor and, as columns, its eigenvectors, by the power method.

    Args:
        tensor: Shape (n, n, n).
        starts: As columns, where to begin: one near each eigenvector.
    """
    tensor, left = tensor.copy(), list(range(starts.shape[1]))
    weights, directions = np.empty(len(left)), np.empty((len(tensor), len(left)))
    for place in range(len(weights)):
        vectors = starts[:, left] / np.linalg.norm(starts[:, left], axis=0)
        for _ in range(_POWERS):
            vectors = np.einsum("ijk,jn,kn->in", tensor, vectors, vectors)
            vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=0), 1e-300)
        values = np.einsum("ijk,in,jn,kn->n", tensor, vectors, vectors, vectors)
        best = int(values.argmax())
        weights[place], directions[:, place] = values[best], vectors[:, best]
        tensor -= weights[place] * np.einsum("i,j,k->ijk", *(directions[:, place],) * 3)
        del left[best]
    return weights, directions


def _nearest_labels(columns: FloatArray) -> npt.NDArray[np.int64]:
    """Return which column is which true label's: people are rather right than wrong."""
    from scipy.optimize import linear_sum_assignment

    _, order = linear_sum_assignment(-columns)
    return np.asarray(order, dtype=np.int64)


def _own_counts(
    answers: CodedAnswers,
    groups: npt.NDArray[np.int64],
    shares: FloatArray,
    confusions: list[FloatArray],
    prior: FloatArray,
) -> FloatArray:
    """Return each annotator's counts ``[annotator, label, truth]`` from how their labels meet other groups' labels.

    The mean of ``label * share of group`` is ``confusion * prior * group's confusion``; the last is divided away, by its
    pseudo-inverse, in the mean over the two groups that the annotator is not in.
    """
    n_annotators, n_labels = len(answers.annotator_ids), len(prior)
    tasks = task_of_answers(answers)
    cells = answers.annotators * np.int64(n_labels) + answers.labels
    counts = np.zeros((n_annotators, n_labels, n_labels))
    n_used = np.zeros(n_annotators)
    n_answers = np.bincount(answers.annotators, minlength=n_annotators)
    for group, confusion in enumerate(confusions):
        truths = shares[group] @ np.linalg.pinv(confusion).T
        there = (groups[answers.annotators] != group) & (shares[group].sum(axis=1) > 0)[tasks]
        n_used += np.bincount(answers.annotators[there], minlength=n_annotators)
        for truth in range(n_labels):
            given = truths[tasks[there], truth]
            found = np.bincount(cells[there], weights=given, minlength=n_annotators * n_labels)
            counts[:, :, truth] += found.reshape(n_annotators, n_labels)
    scale = n_answers / np.maximum(n_used, 1)
    return np.maximum(counts * scale[:, np.newaxis, np.newaxis], 0.0)
