"""An annotator lost the right to work in the pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from palate.quality.rules._records import Revocation
from palate.quality.rules.base import ConditionField, Need, QualityEvent, Value

__all__ = ["AccessRevoked"]


@dataclass(frozen=True)
class AccessRevoked(QualityEvent):
    """An annotator lost the right to work in the pool just now."""

    refused: ClassVar[Mapping[str, str]] = {
        "restrict": "the annotator has no access any more, and a restriction would set the same rule off again",
        "set_skill": "a changed skill would set the same rule off again",
        "pause_pool": "that one annotator lost access is no reason to stop everybody",
    }

    @property
    def fields(self) -> Mapping[str, ConditionField]:
        """What conditions can look at, by name."""
        return {
            "by_skill_change": ConditionField("flag", "a changed skill ended the annotator's access"),
            "by_restriction": ConditionField("flag", "a restriction ended the annotator's access"),
        }

    @property
    def among(self) -> str:
        """Where a sentence says to look."""
        return ""

    @property
    def need(self) -> Need:
        """The history to look at."""
        return Need(Revocation, 1)

    def values(self, records: Sequence[Revocation]) -> dict[str, Value | None]:
        """Return the value of every field."""
        by = records[-1].by if records else None
        return {"by_skill_change": by == "skill change", "by_restriction": by == "restriction"}
