"""Let the answers choose the method."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.aggregation.labels._calibration import error_correlation, tempered_as
from palate.aggregation.labels._choice import (
    Candidate,
    Score,
    candidates,
    restricted,
    sample_of_tasks,
    score_by_answers,
    score_by_golden,
)
from palate.aggregation.labels.base import Chosen, CodedAnswers, FloatArray, LabelAggregator, LabelFit
from palate.aggregation.labels.registry import label_aggregators
from palate.core.errors import InputError, SettingsError, UnknownNameError
from palate.core.progress import Progress, no_progress
from palate.core.registry import plain_name
from palate.core.settings import check_counts

__all__ = ["Auto"]

TaskMask = npt.NDArray[np.bool_]

_LOOKED_AT = 50_000
"""Answers to look at before choosing; a task less or more no longer changes which method is best."""

_LEAST_HIDDEN = 100
"""Hidden answers below which chance chooses."""

_LEAST_GOLDEN = 50
"""Golden tasks from which they choose, and not the answers."""


@dataclass(frozen=True)
class Auto(LabelAggregator):
    """The method that best foretells what it was not shown, with probabilities that are as sure as they are right.

    From each task one answer is hidden, twice over; every candidate is fitted to the others, and the one under whose
    posterior the hidden answers are most probable is chosen and fitted to all. With at least 50 golden tasks,
    these are hidden instead, half at a time. Where there are fewer than 100 answers to hide (one of each task
    with more than one), ``hierarchical_dawid_skene`` is taken.

    The methods' probabilities are too sure, because people err together on hard tasks. Golden tasks say by how
    much. Without them, each task's log-probabilities are divided by the design effect of its answers (Kish, 1965); how
    strongly errors are correlated is partly measured and partly taken from experience, since a mistake that
    all make looks like the truth. Fitting a temperature to hidden answers instead misses just those mistakes.
    Tempering never changes the label that is decided.

    Candidates are Dawid–Skene with four priors, hierarchical, one-coin and ordinal (where labels are numbers), IBCC,
    majority vote and Wawa, and for up to 20,000 answers GLAD, MACE and EBCC, which take longer. On more than 50,000
    answers the choice is made on some of the tasks. Where annotators are known from before, candidates are those
    methods that can use it.

    Args:
        methods: Names of the methods to choose from; with one there is only its calibration to do.
        calibrate: Whether to temper the probabilities.
        max_iter: Most passes over the answers, of methods that make passes.

    ``reason`` of the result says what was chosen, and why.
    """

    uses_known_annotators: ClassVar[bool] = True

    methods: tuple[str, ...] | None = None
    calibrate: bool = True
    max_iter: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        check_counts(max_iter=self.max_iter)
        if self.methods is not None:
            if isinstance(self.methods, str) or not self.methods:
                raise SettingsError(f"'methods' must be a list of names; it is {self.methods!r}.")
            object.__setattr__(self, "methods", tuple(map(plain_name, self.methods)))
            known = [name for name in label_aggregators.names() if name != "auto"]
            for name in self.methods or ():
                if name not in known:
                    raise UnknownNameError("label aggregator to choose from", name, known)

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return what the chosen method finds, its posterior tempered.

        Raises:
            InputError: None of the methods can be used on these answers.
            SettingsError: Annotators are known from before, and none of the methods can use that.
        """
        tasks = sample_of_tasks(answers, _LOOKED_AT, self.seed)
        sample = restricted(answers, tasks)
        listed = candidates(answers, self.methods, {"max_iter": self.max_iter, "seed": self.seed})
        if not listed:
            raise SettingsError(
                f"None of {', '.join(self.methods or ())} can use what is known of annotators from before. Leave"
                " 'annotators' out, or choose among methods that can, such as dawid_skene."
            )
        scores, by_what = self._scores(sample, listed, progress)
        found, best = _first_that_fits(scores, answers)
        reason = f"{best.candidate}: {_why(best, scores, by_what)}"
        chosen = Chosen(best.candidate.method)
        if self.calibrate:
            chosen, how = _tempering(found.posterior, sample, tasks, best)
            found = replace(found, posterior=tempered_as(chosen, answers, found.posterior))
            reason = f"{reason}; {how}"
        progress(len(listed) + 1, len(listed) + 1)
        return replace(found, reason=reason, chosen=chosen)

    def _scores(
        self, sample: CodedAnswers, listed: list[Candidate], progress: Progress
    ) -> tuple[list[Score], str]:
        """Return the candidates, best first, and what they were compared by, if by anything."""
        n_golden = int((sample.golden >= 0).sum())
        n_hidden = int(((np.diff(sample.offsets) > 1) & (sample.golden < 0)).sum())
        found: Iterable[Score]
        if n_golden >= _LEAST_GOLDEN and (self.calibrate or len(listed) > 1):
            found = score_by_golden(sample, listed, self.seed, calibrate=self.calibrate)
            by_what = f"{n_golden:,} golden labels"
        elif n_hidden >= _LEAST_HIDDEN and len(listed) > 1:
            found = score_by_answers(sample, listed, self.seed)
            by_what = f"{n_hidden:,} answers"
        else:
            return [Score(candidate, 0.0) for candidate in listed], ""
        scores = []
        for done, score in enumerate(found, 1):
            scores.append(score)
            progress(done, len(listed) + 1)
        return sorted(scores, key=lambda score: -score.value), by_what


def _first_that_fits(scores: list[Score], answers: CodedAnswers) -> tuple[LabelFit, Score]:
    """Fit the best candidate that these answers allow, such as one whose confusions fit in memory."""
    for score in scores[:-1]:
        try:
            return score.candidate.method.fit(answers), score
        except InputError:
            continue
    return scores[-1].candidate.method.fit(answers), scores[-1]


def _why(best: Score, scores: list[Score], by_what: str) -> str:
    if len(scores) == 1:
        return "the only candidate"
    if not by_what:
        return f"too few answers to choose among {len(scores)} candidates"
    votes = next((s for s in scores if s.candidate.name == "majority_vote" and s is not best), None)
    beside = "" if votes is None else f", majority_vote {votes.value:.3f}"
    return (
        f"best of {len(scores)} candidates at foretelling {by_what} hidden from it"
        f" (mean log-likelihood {best.value:.3f}{beside})"
    )


def _tempering(
    posterior: FloatArray, sample: CodedAnswers, tasks: TaskMask, best: Score
) -> tuple[Chosen, str]:
    """Return how the posterior is to be tempered, and the same in words."""
    method = best.candidate.method
    if best.temperature is not None:
        how = f"temperature {best.temperature:.2g} by golden tasks"
        return Chosen(method, temperature=best.temperature), how
    if best.candidate.counts_votes:
        return Chosen(method), "shares of votes need no tempering"
    correlation = error_correlation(sample, posterior[tasks])
    how = f"tempered for errors that annotators share (correlation {correlation:.2f})"
    return Chosen(method, correlation=correlation), how
