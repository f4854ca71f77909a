"""How a training went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from palate.quality.rules._records import TrainingAnswer
from palate.quality.rules.base import ConditionField, Need, QualityEvent, Value, share

__all__ = ["Training"]


@dataclass(frozen=True)
class Training(QualityEvent):
    """An annotator answered a training task. Only the first answer to each counts."""

    refused: ClassVar[Mapping[str, str]] = {
        "accept_all": "training pages are neither accepted nor rejected",
        "reject_all": "training pages are neither accepted nor rejected",
        "change_overlap": "training tasks have no overlap",
        "pause_pool": "what one annotator learns is no reason to stop everybody",
    }

    @property
    def fields(self) -> Mapping[str, ConditionField]:
        """What conditions can look at, by name."""
        return {
            "pages": ConditionField("count", "the number of training pages"),
            "answers": ConditionField("count", "the number of answers to training tasks"),
            "right_rate": ConditionField("rate", "the share of right answers to training tasks"),
            "wrong_rate": ConditionField("rate", "the share of wrong answers to training tasks"),
        }

    @property
    def among(self) -> str:
        """Where a sentence says to look."""
        return ""

    @property
    def need(self) -> Need:
        """The history to look at."""
        return Need(TrainingAnswer)

    def values(self, records: Sequence[TrainingAnswer]) -> dict[str, Value | None]:
        """Return the value of every field."""
        right = sum(record.right for record in records)
        return {
            "pages": len({record.page for record in records}),
            "answers": len(records),
            "right_rate": share(right, len(records)),
            "wrong_rate": share(len(records) - right, len(records)),
        }
