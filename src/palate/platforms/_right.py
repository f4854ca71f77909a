"""How often somebody's golden answers are right, to decide over their pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["ENOUGH_GOLDEN", "GoldenCount", "golden_counts"]

ENOUGH_GOLDEN = 5
"""Golden answers before which nobody is kept away or rejected."""


@dataclass
class GoldenCount:
    """Of one annotator.

    Args:
        right: Golden tasks answered right.
        seen: Golden tasks answered.
    """

    right: int = 0
    seen: set[str] = field(default_factory=set)

    def is_below(self, least_right: float) -> bool:
        """Return whether enough answers are there, and too few of them right."""
        return len(self.seen) >= ENOUGH_GOLDEN and self.right < least_right * len(self.seen)


def golden_counts(
    pages: Iterable[tuple[str, Mapping[str, str]]], known: Mapping[str, str]
) -> dict[str, GoldenCount]:
    """Return everybody's count; of each task the first answer counts.

    Args:
        pages: The annotator and the labels by task, in the order in which they came.
        known: The right labels by task.
    """
    found: dict[str, GoldenCount] = {}
    for annotator, labels in pages:
        own = found.setdefault(annotator, GoldenCount())
        for task in [task for task in labels if task in known and task not in own.seen]:
            own.seen.add(task)
            own.right += labels[task] == known[task]
    return found
