"""Answers to golden and training tasks: how many of the last ones are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from palate.quality.rules._records import CheckedAnswer
from palate.quality.rules.base import (
    ConditionField,
    Need,
    QualityEvent,
    Value,
    check_history_size,
    last_of,
    share,
)

__all__ = ["GoldenAnswers"]


@dataclass(frozen=True)
class GoldenAnswers(QualityEvent):
    """An annotator answered a golden or a training task.

    Args:
        history_size: How many of the last such answers count; None counts all.
    """

    history_size: int | None = None

    taste: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_history_size(self.history_size)

    @property
    def fields(self) -> Mapping[str, ConditionField]:
        """What conditions can look at, by name."""
        most = self.history_size
        return {
            "answers": ConditionField("count", "the number of answers", most),
            "right_rate": ConditionField("rate", "the share of right answers"),
            "wrong_rate": ConditionField("rate", "the share of wrong answers"),
            "golden_answers": ConditionField("count", "the number of answers to golden tasks", most),
            "golden_right_rate": ConditionField("rate", "the share of right answers to golden tasks"),
            "golden_wrong_rate": ConditionField("rate", "the share of wrong answers to golden tasks"),
        }

    @property
    def among(self) -> str:
        """Where a sentence says to look."""
        return last_of(self.history_size, "answers to golden and training tasks")

    @property
    def need(self) -> Need:
        """The history to look at."""
        return Need(CheckedAnswer, self.history_size)

    def values(self, records: Sequence[CheckedAnswer]) -> dict[str, Value | None]:
        """Return the value of every field."""
        golden = [record.right for record in records if not record.training]
        right = sum(record.right for record in records)
        return {
            "answers": len(records),
            "right_rate": share(right, len(records)),
            "wrong_rate": share(len(records) - right, len(records)),
            "golden_answers": len(golden),
            "golden_right_rate": share(sum(golden), len(golden)),
            "golden_wrong_rate": share(len(golden) - sum(golden), len(golden)),
        }
