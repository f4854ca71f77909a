"""What the labels mean, said once a page."""

from __future__ import annotations

from collections.abc import Sequence

from palate.task_templates import Label

__all__ = ["meanings_of"]


def meanings_of(labels: Sequence[Label]) -> list[tuple[str, str]]:
    """Return the text and the description of each label that has one."""
    return [(label.text or label.value, label.description) for label in labels if label.description]
