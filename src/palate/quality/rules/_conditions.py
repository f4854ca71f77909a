"""A condition of a rule: a field of its event, a comparator and a number."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal, get_args

from palate.core.errors import SettingsError, UnknownNameError
from palate.quality.rules.base import ConditionField, Value

__all__ = ["Comparator", "Condition", "can_hold"]

Comparator = Literal[">=", ">", "<=", "<", "=="]

_PATTERN = re.compile(r"\s*(\w+)\s*(>=|<=|==|>|<)\s*(true|false|\d{1,12}(?:\.\d{1,6})?)\s*", re.ASCII)
_HOLDS: Mapping[str, Callable[[Value, Value], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}
_WORDS = {">=": "is at least", ">": "is above", "<=": "is at most", "<": "is below", "==": "is"}


@dataclass(frozen=True)
class Condition:
    """What has to be so for a rule to act.

    Args:
        field: A field of the event.
        comparator: How its value compares.
        value: With what: an exact number, or true or false for a flag.

    >>> str(Condition.parse("golden_right_rate<0.60"))
    'golden_right_rate < 0.6'
    """

    field: str
    comparator: Comparator
    value: Decimal | bool

    def __post_init__(self) -> None:
        if self.comparator not in get_args(Comparator):
            listed = ", ".join(get_args(Comparator))
            raise SettingsError(
                f"A condition compares by one of {listed}; '{self.field}' by {self.comparator!r}."
            )

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Return the condition that a text such as ``"pages >= 10"`` says.

        Raises:
            SettingsError: The text is no condition.
        """
        found = _PATTERN.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise SettingsError(
                "A condition is a field, one of >=, >, <=, <, ==, and a number (or true or false), such as"
                f" 'right_rate < 0.6'; this one is {text!r}."
            )
        field, comparator, value = found.groups()
        known: Comparator = next(c for c in get_args(Comparator) if c == comparator)
        return cls(field, known, value == "true" if value in {"true", "false"} else Decimal(value))

    def __str__(self) -> str:
        """Return the text that :meth:`parse` reads; equal conditions have equal texts."""
        return f"{self.field} {self.comparator} {_plain(self.value)}"

    def check(self, fields: Mapping[str, ConditionField]) -> None:
        """Raise an error unless the condition is about one of ``fields`` and fits its kind.

        Raises:
            UnknownNameError: The event has no such field.
            SettingsError: The value or the comparator does not fit the field.
        """
        if self.field not in fields:
            raise UnknownNameError("field of this event", self.field, fields)
        kind = fields[self.field].kind
        if (kind == "flag") != isinstance(self.value, bool):
            wanted = "true or false" if kind == "flag" else "a number"
            raise SettingsError(f"'{self.field}' is compared with {wanted}; the condition is '{self}'.")
        if kind == "flag" and self.comparator != "==":
            raise SettingsError(f"'{self.field}' is true or false: it compares by == only; not '{self}'.")
        if kind == "count" and self.value % 1:
            raise SettingsError(f"'{self.field}' is a count, and a count is a whole number; not '{self}'.")
        if kind == "rate" and self.value > 1:
            raise SettingsError(f"'{self.field}' is a share from 0 to 1; not '{self}'. 60% is 0.6.")

    def holds(self, value: Value | None) -> bool:
        """Return whether a value meets the condition; None meets none."""
        return value is not None and _HOLDS[self.comparator](value, _exact(self.value))

    def sentence(self, field: ConditionField) -> str:
        """Return the condition in words.

        >>> Condition.parse("right_rate < 0.6").sentence(ConditionField("rate", "the share of right answers"))
        'the share of right answers is below 60%'
        """
        match field.kind:
            case "flag":
                return field.words if self.value else f"it is not so that {field.words}"
            case "rate":
                number = f"{_plain(Decimal(self.value) * 100)}%"
            case "money":
                number = f"${_plain(self.value) if Decimal(self.value) % 1 else f'{self.value:.2f}'}"
            case _:
                number = f"{self.value:,.0f}"
        return f"{field.words} {_WORDS[self.comparator]} {number}"


def can_hold(conditions: Iterable[Condition], field: ConditionField) -> bool:
    """Return whether some value of ``field`` meets all the conditions, which are about it alone."""
    wanted = list(conditions)
    return any(all(condition.holds(value) for condition in wanted) for value in _candidates(wanted, field))


def _candidates(conditions: list[Condition], field: ConditionField) -> list[Value]:
    """Return values of which one meets the conditions, if any does: their bounds and what lies between."""
    if field.kind == "flag":
        return [False, True]
    bounds = {Fraction(0), *(Fraction(condition.value) for condition in conditions)}
    if field.kind == "count":
        near = {int(bound) + step for bound in bounds for step in (-1, 0, 1)}
        return [n for n in near if n >= 0 and (field.most is None or n <= field.most)]
    highest = Fraction(1) if field.kind == "rate" else max(bounds) + 1
    ends = sorted(bounds | {highest})
    return [*ends, *(low + (high - low) / 2 for low, high in pairwise(ends))]


def _exact(value: Decimal | bool) -> Fraction | bool:
    return value if isinstance(value, bool) else Fraction(value)


def _plain(value: Decimal | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value.normalize():f}"
