"""How fast pages are submitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palate.core.settings import check_positive
from palate.quality.rules._records import PageTime
from palate.quality.rules.base import ConditionField, Need, QualityEvent, Value, check_history_size, last_of

__all__ = ["PageSubmitTime"]


@dataclass(frozen=True)
class PageSubmitTime(QualityEvent):
    """An annotator submitted a page.

    Args:
        fast_seconds: A page submitted in less time is a fast page.
        history_size: How many of the last pages count; None counts all.
    """

    fast_seconds: float = 10.0
    history_size: int | None = None

    def __post_init__(self) -> None:
        check_positive(fast_seconds=self.fast_seconds)
        check_history_size(self.history_size)

    @property
    def fields(self) -> Mapping[str, ConditionField]:
        """What conditions can look at, by name."""
        return {
            "pages": ConditionField("count", "the number of pages", self.history_size),
            "fast_pages": ConditionField(
                "count",
                f"the number of pages submitted in less than {self.fast_seconds:g} s",
                self.history_size,
            ),
        }

    @property
    def among(self) -> str:
        """Where a sentence says to look."""
        return last_of(self.history_size, "submitted pages")

    @property
    def need(self) -> Need:
        """The history to look at."""
        return Need(PageTime, self.history_size)

    def values(self, records: Sequence[PageTime]) -> dict[str, Value | None]:
        """Return the value of every field."""
        return {
            "pages": len(records),
            "fast_pages": sum(record.seconds < self.fast_seconds for record in records),
        }
