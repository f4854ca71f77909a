"""The label that most annotators gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from palate.aggregation.labels._skills import MissingSkill, filled, skills_of
from palate.aggregation.labels._votes import share_of_given, vote_shares
from palate.aggregation.labels.base import (
    CodedAnswers,
    Duplicates,
    FloatArray,
    Keeps,
    LabelAggregator,
    LabelFit,
    LabelResult,
)
from palate.core.errors import SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

if TYPE_CHECKING:
    from palate.aggregation.labels._state import LabelState

__all__ = ["MajorityVote"]


@dataclass(frozen=True)
class MajorityVote(LabelAggregator):
    """The label that most annotators gave; every answer counts the same, or as much as its annotator's skill.

    The posterior of a task is the share of its answers, or of their skills, that each label got; a golden
    task has its known label. The skill of an annotator is the mean, over the tasks they answered, of the
    posterior of the label they gave: how likely it is that another answer drawn from the same task says the
    same. Their own answer is part of that share, so that whoever answers a task alone agrees with themselves
    entirely.

    Args:
        missing_skill: What an annotator counts whom the skills given do not name: an ``error`` says whom,
            ``zero`` leaves their answers out, ``mean`` takes the mean of the annotators with a skill.

    >>> import polars as pl
    >>> answers = pl.DataFrame({"task": [1, 1, 1], "annotator": ["a", "b", "c"], "label": ["cat", "cat", "dog"]})
    >>> MajorityVote().aggregate(answers).labels.rows()
    [(1, 'cat', 0.66...)]
    >>> MajorityVote().aggregate(answers, skills={"a": 0.1, "b": 0.1, "c": 0.6}).labels.rows()
    [(1, 'dog', 0.7...)]
    """

    keeps: ClassVar[Keeps | None] = "weights"

    missing_skill: MissingSkill = "error"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.missing_skill not in get_args(MissingSkill):
            listed = ", ".join(get_args(MissingSkill))
            raise SettingsError(f"'missing_skill' must be one of {listed}; it is {self.missing_skill!r}.")

    def aggregate(
        self,
        answers: IntoTable,
        *,
        golden: IntoTable | None = None,
        annotators: IntoTable | None = None,
        on_duplicate: Duplicates = "error",
        skills: Mapping[Any, float] | IntoTable | None = None,
        progress: Progress = no_progress,
    ) -> LabelResult:
        """Return the judgments of ``answers`` (columns ``task, annotator, label``).

        Args:
            answers: A dataframe or a path.
            golden: Known labels, columns ``task, label``; these tasks have them.
            annotators: A vote cannot use what is known of annotators but their ``skills``; must be None.
            on_duplicate: What to do where an annotator answers a task more than once: an ``error`` shows the rows;
                the ``first`` or the ``last`` row counts; or ``all`` of them do, a vote each.
            skills: How much the answers of each annotator count, from 0 on: a mapping, or a table with the
                columns ``annotator, skill``, such as the ``annotators`` of another result. A task none of
                whose answers counts is decided as if all did.
            progress: Called with (iterations done, most iterations).

        Raises:
            InputError: The answers are missing columns or values, are empty, or answer a task twice by
                the same annotator; a golden task was not answered or its label is of another type; or a
                skill is missing or below 0.
            SettingsError: ``annotators`` is given, or ``on_duplicate`` is none of its choices.
        """
        coded = self._coded(answers, golden, annotators, on_duplicate)
        if skills is None:
            return self._found(coded, answers, progress)
        fit = self.fit_weighed(coded, skills_of(coded, skills), progress)
        return self._tables(coded, fit, answers)

    def start(
        self,
        *,
        labels: Iterable[Any] | None = None,
        golden: IntoTable | None = None,
        annotators: IntoTable | None = None,
        on_duplicate: Duplicates = "error",
        skills: Mapping[Any, float] | IntoTable | None = None,
    ) -> LabelState:
        """Return a state to which answers are added as they come.

        Args:
            labels: Labels that count as such before anybody gives them; others may come.
            golden: Known labels, columns ``task, label``; their tasks may be answered later or never.
            annotators: Must be None, as in ``aggregate``.
            on_duplicate: What to do where an annotator answers a task again, in the same batch or a later one.
            skills: How much the answers of each annotator count, as in ``aggregate``; they may answer later or never.

        Raises:
            InputError: One of the tables is not what it should be, or labels are of different types.
            SettingsError: ``annotators`` is given.
        """
        from palate.aggregation.labels._answer_log import AnswerLog
        from palate.aggregation.labels._state import new_state

        self._check_known(annotators)
        return new_state(self, AnswerLog(labels, golden, skills=skills, on_duplicate=on_duplicate))

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return vote shares and how far each annotator shares the votes of others."""
        return _vote(answers, None, progress)

    def fit_weighed(
        self, answers: CodedAnswers, skills: FloatArray | None, progress: Progress = no_progress
    ) -> LabelFit:
        """Return shares of votes that count as much as their annotator's skill, NaN where there is none.

        Raises:
            InputError: A skill is missing, and ``missing_skill`` says that it must not be.
        """
        if skills is None:
            return _vote(answers, None, progress)
        advice = "Add them, or choose missing_skill='zero' or 'mean'."
        return _vote(answers, filled(answers, skills, self.missing_skill, advice), progress)


def _vote(answers: CodedAnswers, weights: FloatArray | None, progress: Progress) -> LabelFit:
    posterior = vote_shares(answers, weights)
    skill = share_of_given(answers, posterior)
    progress(1, 1)
    return LabelFit(posterior, skill)
