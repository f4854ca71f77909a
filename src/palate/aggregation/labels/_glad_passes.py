"""The log-posterior of GLAD's abilities and eases, its gradient, and the climb to its top."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from palate.aggregation.labels._glad_kernel import expect_and_differentiate
from palate.aggregation.labels._iterative import Climb
from palate.aggregation.labels.base import CodedAnswers, FloatArray
from palate.core.linear_algebra import one_thread
from palate.core.partitions import cut, sum_over_partitions
from palate.core.progress import Progress

__all__ = ["GladPasses"]

_ANSWERS_A_PARTITION = 1 << 16
"""Some milliseconds of work: enough to outweigh handing it to a thread."""

_EXTREME = 20.0
"""Bound of ability and of the logarithm of ease, far from any data's: 20 * exp(20) is still a number."""


class GladPasses:
    """Passes over the answers, each of which leaves a posterior.

    Args:
        answers: What people answered.
        mean_ability: Mean of abilities beforehand.
        mean_log_ease: Mean of the logarithm of ease beforehand.
        threads: Most threads at a time; None takes all processors.

    Attributes:
        posterior: float64, shape (n_tasks, n_labels): what the last pass found.
        ability: float64, shape (n_annotators,): what it was found with.
        ease: float64, shape (n_tasks,): likewise.
    """

    def __init__(
        self, answers: CodedAnswers, mean_ability: float, mean_log_ease: float, threads: int | None
    ) -> None:
        self._answers = answers
        self._threads = threads
        self._n_annotators = len(answers.annotator_ids)
        n_tasks = len(answers.task_ids)
        self._means = np.repeat([mean_ability, mean_log_ease], [self._n_annotators, n_tasks])
        self._partitions = cut(answers.offsets, max(_ANSWERS_A_PARTITION, 2 * self._n_annotators))
        self._right = np.zeros(len(answers.labels))
        self.posterior = np.zeros((n_tasks, len(answers.label_values)))
        self.ability = self._means[: self._n_annotators]
        self.ease = np.exp(self._means[self._n_annotators :])

    def density(self, parameters: FloatArray) -> tuple[float, FloatArray]:
        """Return the log-posterior density, without its constant, and its gradient.

        Args:
            parameters: Abilities, then logarithms of ease; shape (n_annotators + n_tasks,).
        """
        self.ability = parameters[: self._n_annotators].copy()
        self.ease = np.exp(parameters[self._n_annotators :])
        by_log_ease = np.zeros(len(self.ease))

        def share(start: int, stop: int) -> tuple[FloatArray, FloatArray]:
            by_ability = np.zeros(self._n_annotators)
            log_likelihood = expect_and_differentiate(
                start,
                stop,
                self._answers.offsets,
                self._answers.annotators,
                self._answers.labels,
                self._answers.golden,
                self.ability,
                self.ease,
                self._right,
                self.posterior,
                by_ability,
                by_log_ease,
            )
            return by_ability, np.array([log_likelihood])

        by_ability, log_likelihood = sum_over_partitions(share, self._partitions, self._threads)
        from_mean = parameters - self._means
        value = float(log_likelihood[0] - 0.5 * np.sum(from_mean**2))
        return value, np.concatenate([by_ability, by_log_ease]) - from_mean

    def climb(
        self,
        *,
        adversaries: bool,
        max_iter: int,
        gain_to_stop: float,
        progress: Progress,
        start: tuple[FloatArray | None, FloatArray | None] | None = None,
    ) -> Climb:
        """Climb from the means, or from abilities and logarithms of ease found before, until a step gains no more than ``gain_to_stop``.

        Abilities stay at 0 or above at first, whatever is wanted: from the means, the steepest way may lead to
        where nobody is right, a peak far below the one where most are.
        """
        heights: list[float] = []
        parameters, settled = self._means, False
        if start is not None and start[0] is not None and start[1] is not None:
            parameters = np.concatenate([start[0], start[1]])
            parameters = np.where(np.isnan(parameters), self._means, parameters)

        def reached(height: float) -> bool:
            heights.append(height)
            progress(len(heights), max_iter)
            return len(heights) > 1 and heights[-1] - heights[-2] <= gain_to_stop

        with one_thread():
            for least in (0.0, -_EXTREME) if adversaries else (0.0,):
                left = max_iter - len(heights)
                parameters, settled = self._climb_above(least, parameters, left, reached)
        last, _ = self.density(parameters)  # the last pass may have been a step too far
        return Climb(tuple(heights) or (last,), settled)

    def _climb_above(
        self, least: float, parameters: FloatArray, max_iter: int, reached: Callable[[float], bool]
    ) -> tuple[FloatArray, bool]:
        """Climb with abilities from ``least`` on until ``reached`` says so; return where, and whether it did."""
        if max_iter < 1:
            return parameters, False

        def descend(at: FloatArray) -> tuple[float, FloatArray]:
            value, gradient = self.density(at)
            return -value, -gradient

        def stop_where_reached(intermediate_result: OptimizeResult) -> None:
            if reached(-float(intermediate_result.fun)):
                raise StopIteration

        n_tasks = len(parameters) - self._n_annotators
        found = minimize(
            descend,
            parameters,
            jac=True,
            method="L-BFGS-B",
            bounds=[(least, _EXTREME)] * self._n_annotators + [(-_EXTREME, _EXTREME)] * n_tasks,
            callback=stop_where_reached,
            options={"maxiter": max_iter, "maxfun": 20 * max_iter, "ftol": 0.0, "gtol": 1e-9},
        )
        return found.x, bool(found.nit < max_iter)
