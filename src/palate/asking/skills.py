"""A skill from counts of right answers, and how long it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from palate.core.errors import PalateError, SettingsError

__all__ = ["Skill", "check_skill", "last_records", "right_rate"]

T = TypeVar("T")


@dataclass(frozen=True)
class Skill:
    """What an annotator is held to be able to do.

    Args:
        name: Such as ``"search-exam"``.
        value: From 0 to 1.
        set_at: When, in UTC.
        valid_days: How long it holds; None holds for good.

    >>> exam = Skill("search-exam", 0.9, datetime(2026, 3, 1, tzinfo=UTC), valid_days=30)
    >>> exam.is_valid(datetime(2026, 3, 30, tzinfo=UTC)), exam.is_valid(datetime(2026, 3, 31, tzinfo=UTC))
    (True, False)
    """

    name: str
    value: float
    set_at: datetime
    valid_days: float | None = None

    def __post_init__(self) -> None:
        check_skill(self.name, self.value)
        _check_utc("set_at", self.set_at)
        if self.valid_days is not None and not self.valid_days > 0:
            raise SettingsError(
                f"'valid_days' of the skill '{self.name}' must be above 0, or left out for good;"
                f" it is {self.valid_days}."
            )

    @property
    def expires_at(self) -> datetime | None:
        """The first moment at which it holds no more; None if it holds for good."""
        return None if self.valid_days is None else self.set_at + timedelta(days=self.valid_days)

    def is_valid(self, now: datetime) -> bool:
        """Return whether the skill holds at ``now``, in UTC."""
        _check_utc("now", now)
        return self.expires_at is None or now < self.expires_at


def check_skill(name: str, value: float) -> None:
    """Raise an error unless a skill has a name and a value from 0 to 1.

    Raises:
        SettingsError: It has not.
    """
    if not name.strip():
        raise SettingsError("A skill needs a name; it is empty.")
    if not 0 <= value <= 1:
        raise SettingsError(f"The skill '{name}' must be from 0 to 1; it is {value}.")


def right_rate(right: int, seen: int, pseudo: float = 0.0) -> float | None:
    """Return the share of right answers, ``(pseudo + right) / (2 pseudo + seen)``; None where nothing was seen.

    Args:
        right: Right answers.
        seen: Answers that could be checked.
        pseudo: Right and wrong answers each that are added, so that a first answer does not decide all; with 0
            it is the plain share.

    Raises:
        PalateError: The counts contradict each other.

    >>> right_rate(9, 10), right_rate(9, 10, pseudo=0.5), right_rate(0, 0)
    (0.9, 0.863..., None)
    """
    if not 0 <= right <= seen:
        raise PalateError(f"Right answers are from 0 to all {seen} that were seen; there are {right}.")
    if not pseudo >= 0:
        raise SettingsError(f"'pseudo' must be at least 0; it is {pseudo}.")
    counted = seen + 2 * pseudo
    return (right + pseudo) / counted if counted else None


def last_records(records: Sequence[T], size: int | None) -> Sequence[T]:
    """Return the last ``size`` records of a history that is sorted from old to new, all of them for None."""
    return records if size is None else records[max(0, len(records) - size) :]


def _check_utc(name: str, moment: datetime) -> None:
    if moment.utcoffset() != timedelta(0):
        raise PalateError(
            f"'{name}' must be a moment in UTC, such as {datetime(2026, 1, 31, tzinfo=UTC)}; it is {moment}."
        )
