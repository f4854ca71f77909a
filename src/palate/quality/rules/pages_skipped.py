"""Pages skipped one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from palate.quality.rules._records import PageEnd
from palate.quality.rules.base import ConditionField, Need, QualityEvent, Value

__all__ = ["PagesSkipped"]

_LONGEST_ROW = 100
"""Pages to look back on: who skips more in a row has met every condition there can be."""


@dataclass(frozen=True)
class PagesSkipped(QualityEvent):
    """An annotator skipped a page."""

    refused: ClassVar[Mapping[str, str]] = {
        "accept_all": "skipped pages say nothing good of the others",
    }

    @property
    def fields(self) -> Mapping[str, ConditionField]:
        """What conditions can look at, by name."""
        return {
            "skipped_in_a_row": ConditionField("count", "the number of pages skipped in a row", _LONGEST_ROW)
        }

    @property
    def among(self) -> str:
        """Where a sentence says to look."""
        return ""

    @property
    def need(self) -> Need:
        """The history to look at."""
        return Need(PageEnd, _LONGEST_ROW)

    def values(self, records: Sequence[PageEnd]) -> dict[str, Value | None]:
        """Return the value of every field."""
        row = 0
        for record in records:
            row = row + 1 if record.skipped else 0
        return {"skipped_in_a_row": row}
