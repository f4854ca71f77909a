"""Answers to tasks that others answered too: how many say what most say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palate.core.settings import check_counts
from palate.quality.rules._records import Vote
from palate.quality.rules.base import (
    ConditionField,
    Need,
    QualityEvent,
    Value,
    check_history_size,
    last_of,
    share,
)

__all__ = ["MajorityVote"]


@dataclass(frozen=True)
class MajorityVote(QualityEvent):
    """A task that an annotator answered has a majority.

    A label has the majority of a task once ``answers_needed`` annotators gave it and no other label has as many.

    Args:
        answers_needed: How many equal answers make a majority, the annotator's own included.
        history_size: How many of the last answers to tasks with so many answers count; None counts all.
    """

    answers_needed: int = 2
    history_size: int | None = None

    def __post_init__(self) -> None:
        check_counts(answers_needed=self.answers_needed)
        check_history_size(self.history_size)

    @property
    def fields(self) -> Mapping[str, ConditionField]:
        """What conditions can look at, by name."""
        return {
            "answers": ConditionField("count", "the number of answers", self.history_size),
            "agreeing_rate": ConditionField("rate", "the share of answers that agree with the majority"),
            "disagreeing_rate": ConditionField(
                "rate", "the share of answers that disagree with the majority"
            ),
        }

    @property
    def among(self) -> str:
        """Where a sentence says to look."""
        return last_of(self.history_size, "answers to tasks with a majority")

    @property
    def need(self) -> Need:
        """The history to look at."""
        return Need(Vote, self.history_size, answers=self.answers_needed)

    def values(self, records: Sequence[Vote]) -> dict[str, Value | None]:
        """Return the value of every field."""
        agreeing = [agrees for record in records if (agrees := self._agrees(record)) is not None]
        return {
            "answers": len(agreeing),
            "agreeing_rate": share(sum(agreeing), len(agreeing)),
            "disagreeing_rate": share(len(agreeing) - sum(agreeing), len(agreeing)),
        }

    def _agrees(self, vote: Vote) -> bool | None:
        """Return whether a vote is that of the majority; None if there is none."""
        most = max(vote.counts.values(), default=0)
        leading = [label for label, count in vote.counts.items() if count == most]
        if most < self.answers_needed or len(leading) > 1:
            return None
        return leading[0] == vote.label
