"""A vote weighed by how annotators did on golden tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, get_args

import numpy as np

from palate.aggregation.labels._skills import MissingSkill, filled
from palate.aggregation.labels._votes import task_of_answers, vote_shares
from palate.aggregation.labels.base import CodedAnswers, Keeps, LabelAggregator, LabelFit
from palate.core.errors import InputError, SettingsError
from palate.core.progress import Progress, no_progress

__all__ = ["GoldMajorityVote"]


@dataclass(frozen=True)
class GoldMajorityVote(LabelAggregator):
    """A vote in which annotators count as much as the share of golden tasks they answered right.

    The posterior of a task is each label's share of the skills of those who answered it; a golden task has its
    known label. A task answered only by annotators whose skill is 0 is decided as if all counted the same.
    Methods that also learn from the other answers, such as :class:`DawidSkene` with ``golden``, use more of
    what is known; this one cannot be misled by annotators who agree on what is wrong.

    Args:
        missing_skill: What an annotator counts who answered no golden task: an ``error`` says whom, ``zero``
            leaves their answers out, ``mean`` takes the mean of the others.

    >>> import polars as pl
    >>> rows = [(1, "a", "x"), (1, "b", "y"), (2, "a", "x"), (2, "b", "y"), (3, "a", "x"), (3, "b", "x")]
    >>> answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    >>> golden = pl.DataFrame({"task": [1, 3], "label": ["y", "x"]})
    >>> GoldMajorityVote().aggregate(answers, golden=golden).labels.rows()
    [(1, 'y', 1.0), (2, 'y', 0.66...), (3, 'x', 1.0)]
    """

    needs_golden: ClassVar[bool] = True
    keeps: ClassVar[Keeps | None] = "weights"

    missing_skill: MissingSkill = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.missing_skill not in get_args(MissingSkill):
            listed = ", ".join(get_args(MissingSkill))
            raise SettingsError(f"'missing_skill' must be one of {listed}; it is {self.missing_skill!r}.")

    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return shares of the weighed votes, and accuracy on golden tasks as skill.

        An annotator without golden tasks has a skill of NaN in the result: it is not known.

        Raises:
            InputError: There are no golden tasks, or an annotator answered none and ``missing_skill`` is
                ``error``.
        """
        expected = answers.golden[task_of_answers(answers)]
        if not (expected >= 0).any():
            raise InputError(
                "gold_majority_vote learns skills from golden tasks, and none came. Pass"
                " golden=(a table of task, label), or choose majority_vote or wawa, which need none."
            )
        n_annotators = len(answers.annotator_ids)
        asked = np.bincount(answers.annotators[expected >= 0], minlength=n_annotators)
        right = np.bincount(answers.annotators[expected == answers.labels], minlength=n_annotators)
        skill = np.divide(right, asked, out=np.full(n_annotators, np.nan), where=asked > 0)
        advice = "They answered no golden task. Ask them some, or choose missing_skill='zero' or 'mean'."
        posterior = vote_shares(answers, filled(answers, skill, self.missing_skill, advice))
        progress(1, 1)
        return LabelFit(posterior, skill)
