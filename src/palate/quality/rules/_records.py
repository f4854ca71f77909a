"""What happens to annotators, as quality events read it. Ids grow with every record, whatever it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

__all__ = [
    "AcceptedPages",
    "AttentionAnswer",
    "CheckedAnswer",
    "Income",
    "PageEnd",
    "PageReview",
    "PageTime",
    "Revocation",
    "TrainingAnswer",
    "Vote",
]


@dataclass(frozen=True)
class CheckedAnswer:
    """An answer to a golden or training task.

    Args:
        id: Grows with every record.
        right: Whether it was right.
        training: Whether the task was a training task, not a golden one.
    """

    id: int
    right: bool
    training: bool = False


@dataclass(frozen=True)
class Vote:
    """An answer to a task that others answered too.

    Args:
        id: Grows with every record.
        label: What the annotator said.
        counts: How many annotators gave each label, this one included.
    """

    id: int
    label: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class PageTime:
    """A submitted page.

    Args:
        id: Grows with every record.
        seconds: From when the page was given to when it was submitted.
    """

    id: int
    seconds: float


@dataclass(frozen=True)
class PageEnd:
    """A page that was submitted or skipped. One that expired is neither, and leaves a row of skipped ones as it is.

    Args:
        id: Grows with every record.
        skipped: Whether it was skipped.
    """

    id: int
    skipped: bool


@dataclass(frozen=True)
class AcceptedPages:
    """How many pages of the annotator are accepted.

    Args:
        id: That of the last acceptance.
        pages: Accepted pages in all.
    """

    id: int
    pages: int


@dataclass(frozen=True)
class PageReview:
    """A page that was accepted or rejected.

    Args:
        id: Grows with every record.
        page: The assignment.
        verdict: What became of it.
    """

    id: int
    page: str
    verdict: Literal["accepted", "rejected", "accepted after rejection"]


@dataclass(frozen=True)
class Income:
    """Money an annotator earned.

    Args:
        id: Grows with every record.
        amount: In dollars, exact.
        at: When, in UTC.
    """

    id: int
    amount: Decimal
    at: datetime


@dataclass(frozen=True)
class AttentionAnswer:
    """An answer to a task that checks attention.

    Args:
        id: Grows with every record.
        passed: Whether it was as it had to be.
    """

    id: int
    passed: bool


@dataclass(frozen=True)
class TrainingAnswer:
    """The first answer to a training task.

    Args:
        id: Grows with every record.
        page: The assignment.
        right: Whether it was right.
    """

    id: int
    page: str
    right: bool


@dataclass(frozen=True)
class Revocation:
    """An annotator lost the right to work in the pool.

    Args:
        id: Grows with every record.
        by: Why.
    """

    id: int
    by: Literal["skill change", "restriction"]
