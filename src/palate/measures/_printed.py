"""Values with settings that print, compare, and refuse what they cannot be."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any, ClassVar, TypeGuard

from palate.core.errors import SettingsError

__all__ = ["Printed", "is_number", "plain_number"]


@dataclass(frozen=True)
class Printed:
    """A value with settings that prints and compares, such as ``nDCG@10`` or ``P(rel=2)@5``.

    Subclasses are frozen dataclasses; ``cutoff`` (if they have it) prints behind ``@``, other settings that
    differ from their defaults print in brackets under the names in ``short``. The text parses back to an
    equal measure.

    Raises:
        SettingsError: ``cutoff`` is no whole number from 1, ``relevant_from`` no number above 0, a setting
            with ``choices`` none of them, or one of ``numbers`` out of its range.
    """

    name: ClassVar[str]
    """How the measure prints: ``nDCG``."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other names it answers to."""
    short: ClassVar[dict[str, str]] = {}
    """Setting's field name to its printed name, such as ``{"relevant_from": "rel"}``."""
    choices: ClassVar[dict[str, dict[str, str]]] = {}
    """Setting's field name to the values it may take, each with the text that prints for it."""
    numbers: ClassVar[dict[str, tuple[float, float]]] = {}
    """Setting's field name to the least and the greatest number it may be."""
    at: ClassVar[str] = "cutoff"
    """The setting that prints behind ``@``."""
    presets: ClassVar[dict[str, dict[str, object]]] = {}
    """Further names, each with the settings that it stands for."""
    needs_cutoff: ClassVar[bool] = False
    """Whether it says nothing without a cutoff."""

    def __post_init__(self) -> None:
        cutoff = getattr(self, "cutoff", None)
        if self.needs_cutoff and not cutoff:
            raise SettingsError(f"{self.name} needs a cutoff, a whole number from 1, such as {self.name}@10.")
        if cutoff is not None and not (_is_whole(cutoff) and cutoff >= 1):
            raise SettingsError(
                f"The cutoff of {self.name} must be a whole number from 1, such as {self.name}@10;"
                f" it is {cutoff!r}."
            )
        relevant_from = getattr(self, "relevant_from", 1.0)
        optional = getattr(type(self), "relevant_from", 1.0) is None  # a class keeps its fields' defaults
        positive = is_number(relevant_from) and 0 < relevant_from < math.inf
        if not positive and not (optional and relevant_from is None):
            raise SettingsError(
                f"The setting rel of {self.name}, the lowest relevant grade, must be a number above 0 (grades"
                f" of 0 and below never count as relevant); it is {relevant_from!r}."
            )
        for field, allowed in self.choices.items():
            value = getattr(self, field)
            if value not in allowed:
                short = self.short.get(field, field)
                listed = " or ".join(f"{choice} ({short}={shown})" for choice, shown in allowed.items())
                raise SettingsError(f"The setting {field} of {self.name} must be {listed}; it is {value!r}.")
        self._check_ranges()

    def _check_ranges(self) -> None:
        for field, (least, greatest) in self.numbers.items():
            self._check_range(field, getattr(self, field), least, greatest)
        for field in (f.name for f in fields(self) if isinstance(f.default, bool)):
            if not isinstance(getattr(self, field), bool):
                raise SettingsError(
                    f"The setting {field} of {self.name} must be True or False; it is {getattr(self, field)!r}."
                )

    def _check_range(self, field: str, value: Any, least: float, greatest: float) -> None:
        if is_number(value) and least <= value <= greatest:
            return
        upper = "" if greatest == math.inf else f" to {greatest:g}"
        raise SettingsError(
            f"The setting {self.short.get(field, field)} of {self.name} must be a number from {least:g}{upper};"
            f" it is {value!r}."
        )

    def __str__(self) -> str:
        shown = [
            f"{self.short.get(f.name, f.name)}={self._printed(f.name)}"
            for f in fields(self)
            if f.name != self.at and getattr(self, f.name) != f.default
        ]
        brackets = f"({','.join(shown)})" if shown else ""
        at = "" if getattr(self, self.at, None) is None else f"@{self._printed(self.at)}"
        return f"{self.name}{brackets}{at}"

    def _printed(self, field: str) -> str:
        value = getattr(self, field)
        if field in self.choices:
            return self.choices[field][value]
        if not is_number(value):
            return repr(value)
        return plain_number(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    """Return whether it is a number; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def plain_number(value: float) -> str:
    """Return a number as text, a whole one without a decimal point."""
    return str(int(value)) if value == int(value) else repr(float(value))
