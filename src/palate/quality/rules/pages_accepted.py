"""How many pages are accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from palate.quality.rules._records import AcceptedPages
from palate.quality.rules.base import ConditionField, Need, QualityEvent, Value

__all__ = ["PagesAccepted"]


@dataclass(frozen=True)
class PagesAccepted(QualityEvent):
    """A page of an annotator was accepted."""

    refused: ClassVar[Mapping[str, str]] = {
        "accept_all": "accepting pages would set the same rule off again",
        "reject_all": "that pages were accepted is no reason to reject others",
        "change_overlap": "that pages were accepted is no reason to ask others again",
        "pause_pool": "what one annotator has done well is no reason to stop everybody",
    }

    @property
    def fields(self) -> Mapping[str, ConditionField]:
        """What conditions can look at, by name."""
        return {"pages": ConditionField("count", "the number of accepted pages")}

    @property
    def among(self) -> str:
        """Where a sentence says to look."""
        return ""

    @property
    def need(self) -> Need:
        """The history to look at."""
        return Need(AcceptedPages, 1)

    def values(self, records: Sequence[AcceptedPages]) -> dict[str, Value | None]:
        """Return the value of every field."""
        return {"pages": records[-1].pages if records else 0}
