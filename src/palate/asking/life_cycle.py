"""The states of a pool and of an assignment, and which may follow which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from palate.core.errors import PalateError, UnknownNameError

__all__ = [
    "ASSIGNMENT",
    "POOL",
    "AssignmentStatus",
    "CloseReason",
    "LifeCycle",
    "PoolStatus",
    "TransitionError",
    "check_close_reason",
]

PoolStatus = Literal["draft", "open", "paused", "closed", "archived"]
AssignmentStatus = Literal["active", "submitted", "accepted", "rejected", "skipped", "expired"]
CloseReason = Literal["manual", "completed", "budget", "expired"]


class TransitionError(PalateError):
    """Something was to take a status that cannot follow the one it has.

    Args:
        what: What it is, such as ``"assignment"``.
        before: The status it has.
        after: The status it was to take.
        allowed: The statuses that may follow.
    """

    def __init__(self, what: str, before: str, after: str, allowed: tuple[str, ...]) -> None:
        self.what, self.before, self.after, self.allowed = what, before, after, allowed
        article = "An" if what[0] in "aeiou" else "A"
        follows = f"It may become {' or '.join(allowed)}." if allowed else f"What is {before} stays so."
        super().__init__(f"{article} {what} that is {before} cannot become {after}. {follows}")

    def __reduce__(self) -> tuple[type[TransitionError], tuple[str, str, str, tuple[str, ...]]]:
        # The default would pass the text as ``what`` when the error crosses from another process.
        return type(self), (self.what, self.before, self.after, self.allowed)


@dataclass(frozen=True)
class LifeCycle:
    """The statuses of one kind of thing and the steps between them.

    Args:
        what: What goes through it, such as ``"pool"``.
        start: The first status.
        steps: Every allowed step, before and after.
    """

    what: str
    start: str
    steps: tuple[tuple[str, str], ...]

    @property
    def statuses(self) -> tuple[str, ...]:
        """All statuses, in the order in which the steps name them."""
        return tuple(dict.fromkeys([self.start, *(status for step in self.steps for status in step)]))

    @property
    def final(self) -> tuple[str, ...]:
        """The statuses that nothing follows."""
        return tuple(status for status in self.statuses if not self.after(status))

    def after(self, status: str) -> tuple[str, ...]:
        """Return the statuses that may follow ``status``.

        Raises:
            UnknownNameError: There is no such status.
        """
        self._check_known(status)
        return tuple(after for before, after in self.steps if before == status)

    def allows(self, before: str, after: str) -> bool:
        """Return whether ``after`` may follow ``before``.

        Raises:
            UnknownNameError: There is no such status.
        """
        self._check_known(after)
        return after in self.after(before)

    def check_transition(self, before: str, after: str) -> None:
        """Raise an error unless ``after`` may follow ``before``.

        Raises:
            TransitionError: It may not; the text says what may.
            UnknownNameError: There is no such status.
        """
        if not self.allows(before, after):
            raise TransitionError(self.what, before, after, self.after(before))

    def _check_known(self, status: str) -> None:
        if status not in self.statuses:
            raise UnknownNameError(f"status of {self.what}s", status, self.statuses)


POOL = LifeCycle(
    "pool",
    "draft",
    (
        ("draft", "open"),
        ("draft", "archived"),
        ("open", "paused"),
        ("open", "closed"),
        ("paused", "open"),
        ("paused", "closed"),
        ("closed", "open"),  # tasks came back after a rejection, or the budget was raised
        ("closed", "archived"),
    ),
)
"""A pool of tasks."""

ASSIGNMENT = LifeCycle(
    "assignment",
    "active",
    (
        ("active", "submitted"),
        ("active", "skipped"),
        ("active", "expired"),
        ("submitted", "accepted"),
        ("submitted", "rejected"),
        ("rejected", "accepted"),  # a wrong rejection is made good
    ),
)
"""One page given to one annotator."""


def check_close_reason(status: str, reason: str | None) -> None:
    """Raise an error unless a pool with this status has a close reason if, and only if, it was closed.

    An archived pool keeps the reason for which it was closed; one archived as a draft has none.

    Raises:
        PalateError: A closed pool lacks its reason, or one that was never closed has one.
        UnknownNameError: There is no such status or reason.
    """
    POOL.after(status)
    if reason is not None and reason not in get_args(CloseReason):
        raise UnknownNameError("close reason", reason, get_args(CloseReason))
    if status == "closed" and reason is None:
        listed = ", ".join(get_args(CloseReason))
        raise PalateError(f"A closed pool needs a close reason, one of {listed}; it has none.")
    if reason is not None and status not in {"closed", "archived"}:
        raise PalateError(f"A pool that is {status} has no close reason; it came with '{reason}'.")
