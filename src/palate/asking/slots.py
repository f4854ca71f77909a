"""Who holds a task, whose answer counts, and to how many more it can be given: exact overlap by pure steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from palate.core.errors import PalateError, SettingsError

__all__ = ["Hold", "SlotError", "TaskSlots"]

Hold = Literal["active", "pending", "accepted"]


class SlotError(PalateError):
    """An annotator was to take a step with a task that the state of the task does not allow."""


@dataclass(frozen=True)
class TaskSlots:
    """The slots of one task. Every step returns new slots; none changes what it starts from.

    A task is given to at most ``overlap`` annotators at a time, counting those whose answer is pending or accepted,
    and to nobody twice. Skipped, expired and rejected answers give their slots back.

    Two steps make the overlap one more, so that what is paid always fits: an answer that others shall give again
    while it stays paid (:meth:`return_to_others`), and a rejection taken back after somebody else took the slot
    (:meth:`accept`).

    Args:
        wanted: Answers the task should get.
        holds: By annotator, what they hold: ``active`` (has it now), ``pending`` (submitted) or ``accepted``.
        rejected: Annotators whose answer was rejected.
        past: Annotators who had the task, and whose slot went back without an answer.
        raised: Annotators because of whom the overlap is one more.

    >>> slots = TaskSlots(wanted=2).claim("ann").claim("bob").submit("ann").skip("bob")
    >>> slots.open, slots.may_claim("bob"), slots.may_claim("eve")
    (1, False, True)
    """

    wanted: int
    holds: Mapping[str, Hold] = field(default_factory=lambda: MappingProxyType({}))
    rejected: frozenset[str] = frozenset()
    past: frozenset[str] = frozenset()
    raised: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.wanted < 1:
            raise SettingsError(f"A task needs an overlap of at least 1; it is {self.wanted}.")

    @property
    def overlap(self) -> int:
        """Answers the task should get, those of ``raised`` included."""
        return self.wanted + len(self.raised)

    @property
    def counted(self) -> int:
        """Answers that are pending or accepted."""
        return sum(hold != "active" for hold in self.holds.values())

    @property
    def open(self) -> int:
        """Annotators the task can still be given to now."""
        return self.overlap - len(self.holds)

    @property
    def is_full(self) -> bool:
        """Whether the task has all its answers, pending or accepted."""
        return self.counted == self.overlap

    @property
    def seen(self) -> frozenset[str]:
        """Everybody who ever had the task."""
        return self.past | self.rejected | self.holds.keys()

    def may_claim(self, annotator: str) -> bool:
        """Return whether the task can be given to ``annotator``."""
        return self.open > 0 and annotator not in self.seen

    def claim(self, annotator: str) -> TaskSlots:
        """Give the task to ``annotator``.

        Raises:
            SlotError: No slot is open, or they had the task before.
        """
        if annotator in self.seen:
            raise SlotError(f"'{annotator}' had this task before; nobody gets a task twice.")
        if self.open <= 0:
            raise SlotError(
                f"No slot is open: {len(self.holds)} hold the task and its overlap is {self.overlap}."
            )
        return self._with(annotator, "active")

    def submit(self, annotator: str) -> TaskSlots:
        """Take the answer of ``annotator``; it waits for acceptance.

        Raises:
            SlotError: They do not hold the task now.
        """
        self._check_holds(annotator, "active", "submitted")
        return self._with(annotator, "pending")

    def skip(self, annotator: str) -> TaskSlots:
        """Take the task back from ``annotator``, who does not want it.

        Raises:
            SlotError: They do not hold the task now.
        """
        self._check_holds(annotator, "active", "skipped")
        return replace(self._without(annotator), past=self.past | {annotator})

    def expire(self, annotator: str) -> TaskSlots:
        """Take the task back from ``annotator``, whose time is over.

        Raises:
            SlotError: They do not hold the task now.
        """
        self._check_holds(annotator, "active", "expired")
        return replace(self._without(annotator), past=self.past | {annotator})

    def accept(self, annotator: str) -> TaskSlots:
        """Accept the answer of ``annotator``, which is pending or was rejected.

        An answer that was rejected takes an open slot, or, if all are taken, one more.

        Raises:
            SlotError: They have no answer that could be accepted.
        """
        if annotator not in self.rejected:
            self._check_holds(annotator, "pending", "accepted")
            return self._with(annotator, "accepted")
        raised = self.raised if self.open > 0 else self.raised | {annotator}
        return replace(self._with(annotator, "accepted"), rejected=self.rejected - {annotator}, raised=raised)

    def reject(self, annotator: str) -> TaskSlots:
        """Reject the pending answer of ``annotator``; its slot is given to somebody else.

        Raises:
            SlotError: They have no pending answer.
        """
        self._check_holds(annotator, "pending", "rejected")
        return replace(
            self._without(annotator),
            rejected=self.rejected | {annotator},
            raised=self.raised - {annotator},  # the answer is asked for again already
        )

    def return_to_others(self, annotator: str) -> TaskSlots:
        """Ask somebody else for what ``annotator`` answered; their answer stays and stays paid. Twice is as once.

        Raises:
            SlotError: They have no pending or accepted answer.
        """
        if self.holds.get(annotator) not in {"pending", "accepted"}:
            raise SlotError(f"'{annotator}' has no answer to this task that others could give again.")
        return replace(self, raised=self.raised | {annotator})

    def want(self, wanted: int) -> TaskSlots:
        """Change how many answers the task should get, never to fewer than there are or are under way."""
        return replace(self, wanted=max(1, wanted, len(self.holds) - len(self.raised)))

    def _with(self, annotator: str, hold: Hold) -> TaskSlots:
        return replace(self, holds=MappingProxyType({**self.holds, annotator: hold}))

    def _without(self, annotator: str) -> TaskSlots:
        others = {name: hold for name, hold in self.holds.items() if name != annotator}
        return replace(self, holds=MappingProxyType(others))

    def _check_holds(self, annotator: str, hold: Hold, step: str) -> None:
        held = self.holds.get(annotator)
        if held != hold:
            has = {"active": "has the task now", "pending": "has submitted it", "accepted": "has it accepted"}
            came = has[held] if held else "does not hold it"
            raise SlotError(
                f"A task of '{annotator}' can be {step} only while it is {hold}; '{annotator}' {came}."
            )
