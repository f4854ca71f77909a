"""What every quality event declares: the history it looks at, and what that history says in numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, ClassVar, Literal, Protocol

from palate.core.settings import check_counts

__all__ = [
    "AnnotatorFacts",
    "ConditionField",
    "FieldKind",
    "Need",
    "QualityEvent",
    "Record",
    "Value",
    "check_history_size",
    "last_of",
    "share",
]

FieldKind = Literal["count", "rate", "money", "flag"]
Value = int | Fraction | bool


class Record(Protocol):
    """One thing that happened to an annotator."""

    @property
    def id(self) -> int:
        """Grows with every record, whatever it is about: histories are sorted by it."""


@dataclass(frozen=True)
class Need:
    """The history that an event looks at.

    Args:
        record: What it consists of.
        size: How many records, the last ones; None is all of them.
        seconds: Only records that are younger; None is any age.
        answers: Of votes, only those on tasks that have so many answers.

    A record that is not among these does no harm: events leave out what they do not look at.
    """

    record: type[Any]
    size: int | None = None
    seconds: int | None = None
    answers: int | None = None


class AnnotatorFacts(Protocol):
    """What a rule asks about an annotator, where it was written for: in a pool or in a project."""

    @property
    def annotator(self) -> str:
        """The annotator's id."""

    @property
    def now(self) -> datetime:
        """The moment of the look, in UTC."""

    def history(self, need: Need) -> Sequence[Any]:
        """Return the records that ``need`` describes, sorted by id, old to new."""


@dataclass(frozen=True)
class ConditionField:
    """A number about an annotator that a condition can look at.

    Args:
        kind: ``count`` from 0, ``rate`` from 0 to 1, ``money`` in dollars, or ``flag``, which is true or false.
        words: What it is, as in "the share of right answers"; of a flag, what is so if it is true.
        most: The highest count there can be; None if there is none.
    """

    kind: FieldKind
    words: str
    most: int | None = None


@dataclass(frozen=True)
class QualityEvent(ABC):
    """Settings of one thing that a rule can be about. Conditions are about its fields."""

    refused: ClassVar[Mapping[str, str]] = {}
    """Actions that make no sense after this event, by name, and why."""
    taste: ClassVar[bool] = True
    """Whether it makes sense where tasks are questions of taste, which have no right answer."""

    @property
    @abstractmethod
    def fields(self) -> Mapping[str, ConditionField]:
        """What conditions can look at, by name."""

    @property
    @abstractmethod
    def among(self) -> str:
        """Where a sentence says to look, such as ``"among the last 20 pages"``; empty where there is nothing to say."""

    @property
    @abstractmethod
    def need(self) -> Need:
        """The history to look at."""

    @abstractmethod
    def values(self, records: Sequence[Any]) -> dict[str, Value | None]:
        """Return the value of every field; None where the history says nothing, which meets no condition.

        Args:
            records: The history that :attr:`need` describes, sorted by id, old to new.
        """


def check_history_size(size: int | None) -> None:
    """Raise an error unless a history has at least one record, or no end."""
    if size is not None:
        check_counts(history_size=size)


def last_of(size: int | None, what: str) -> str:
    """Return where a sentence says to look.

    >>> last_of(20, "pages"), last_of(None, "pages")
    ('among the last 20 pages', 'among all pages')
    """
    return f"among the last {size} {what}" if size else f"among all {what}"


def share(part: int, whole: int) -> Fraction | None:
    """Return an exact share; None of nothing."""
    return Fraction(part, whole) if whole else None
