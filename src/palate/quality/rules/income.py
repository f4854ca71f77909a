"""Money earned in a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palate.quality.rules._records import Income
from palate.quality.rules.base import ConditionField, Need, QualityEvent, Value

__all__ = ["EarnedIncome"]

_DAY = 24 * 3600


@dataclass(frozen=True)
class EarnedIncome(QualityEvent):
    """An annotator earned money."""

    refused: ClassVar[Mapping[str, str]] = {
        "accept_all": "accepting pages pays more, which would set the same rule off again",
        "reject_all": "to have earned much is no reason to lose what was earned",
        "change_overlap": "to have earned much is no reason to ask others again",
        "pause_pool": "what one annotator earns is no reason to stop everybody; set a budget limit instead",
    }

    @property
    def fields(self) -> Mapping[str, ConditionField]:
        """What conditions can look at, by name."""
        return {"income": ConditionField("money", "the income of the last 24 hours")}

    @property
    def among(self) -> str:
        """Where a sentence says to look."""
        return ""

    @property
    def need(self) -> Need:
        """The history to look at."""
        return Need(Income, seconds=_DAY)

    def values(self, records: Sequence[Income]) -> dict[str, Value | None]:
        """Return the value of every field."""
        return {"income": sum((Fraction(record.amount) for record in records), Fraction(0))}
