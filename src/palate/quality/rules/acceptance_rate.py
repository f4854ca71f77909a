"""How many of the last pages were accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from palate.quality.rules._records import PageReview
from palate.quality.rules.base import (
    ConditionField,
    Need,
    QualityEvent,
    Value,
    check_history_size,
    last_of,
    share,
)

__all__ = ["AcceptanceRate"]


@dataclass(frozen=True)
class AcceptanceRate(QualityEvent):
    """A page of an annotator was accepted or rejected.

    Args:
        history_size: How many of the last reviewed pages count; None counts all.
    """

    history_size: int | None = None
    refused: ClassVar[Mapping[str, str]] = {
        "accept_all": "accepting pages would set the same rule off again",
        "reject_all": "rejecting pages would set the same rule off again",
    }

    def __post_init__(self) -> None:
        check_history_size(self.history_size)

    @property
    def fields(self) -> Mapping[str, ConditionField]:
        """What conditions can look at, by name."""
        return {
            "pages": ConditionField("count", "the number of reviewed pages", self.history_size),
            "accepted_rate": ConditionField("rate", "the share of accepted pages"),
            "rejected_rate": ConditionField("rate", "the share of rejected pages"),
        }

    @property
    def among(self) -> str:
        """Where a sentence says to look."""
        return last_of(self.history_size, "reviewed pages")

    @property
    def need(self) -> Need:
        """The history to look at."""
        return Need(PageReview, self.history_size)

    def values(self, records: Sequence[PageReview]) -> dict[str, Value | None]:
        """Return the value of every field."""
        last = {record.page: record.verdict != "rejected" for record in records}
        accepted = sum(last.values())
        return {
            "pages": len(last),
            "accepted_rate": share(accepted, len(last)),
            "rejected_rate": share(len(last) - accepted, len(last)),
        }
