"""Tasks that only check attention: how many of the last ones are passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palate.quality.rules._records import AttentionAnswer
from palate.quality.rules.base import (
    ConditionField,
    Need,
    QualityEvent,
    Value,
    check_history_size,
    last_of,
    share,
)

__all__ = ["AttentionCheck"]


@dataclass(frozen=True)
class AttentionCheck(QualityEvent):
    """An annotator answered an attention pair, or one with its sides swapped that they had seen before.

    Args:
        history_size: How many of the last such answers count; None counts all.
    """

    history_size: int | None = None

    def __post_init__(self) -> None:
        check_history_size(self.history_size)

    @property
    def fields(self) -> Mapping[str, ConditionField]:
        """What conditions can look at, by name."""
        return {
            "shown": ConditionField("count", "the number of attention checks", self.history_size),
            "passed_rate": ConditionField("rate", "the share of attention checks passed"),
            "failed_rate": ConditionField("rate", "the share of attention checks failed"),
        }

    @property
    def among(self) -> str:
        """Where a sentence says to look."""
        return last_of(self.history_size, "attention checks")

    @property
    def need(self) -> Need:
        """The history to look at."""
        return Need(AttentionAnswer, self.history_size)

    def values(self, records: Sequence[AttentionAnswer]) -> dict[str, Value | None]:
        """Return the value of every field."""
        passed = sum(record.passed for record in records)
        return {
            "shown": len(records),
            "passed_rate": share(passed, len(records)),
            "failed_rate": share(len(records) - passed, len(records)),
        }
