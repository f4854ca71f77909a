"""A page was accepted or rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from palate.quality.rules._records import PageReview
from palate.quality.rules.base import ConditionField, Need, QualityEvent, Value

__all__ = ["PageReviewed"]


@dataclass(frozen=True)
class PageReviewed(QualityEvent):
    """A page of an annotator was accepted or rejected just now."""

    refused: ClassVar[Mapping[str, str]] = {
        "accept_all": "accepting pages would set the same rule off again",
        "reject_all": "rejecting pages would set the same rule off again",
    }

    @property
    def fields(self) -> Mapping[str, ConditionField]:
        """What conditions can look at, by name."""
        return {
            "accepted": ConditionField("flag", "the page was accepted"),
            "rejected": ConditionField("flag", "the page was rejected"),
            "accepted_after_rejection": ConditionField(
                "flag", "the page was accepted after it had been rejected"
            ),
        }

    @property
    def among(self) -> str:
        """Where a sentence says to look."""
        return ""

    @property
    def need(self) -> Need:
        """The history to look at."""
        return Need(PageReview, 1)

    def values(self, records: Sequence[PageReview]) -> dict[str, Value | None]:
        """Return the value of every field."""
        verdict = records[-1].verdict if records else None
        return {
            "accepted": verdict == "accepted",
            "rejected": verdict == "rejected",
            "accepted_after_rejection": verdict == "accepted after rejection",
        }
