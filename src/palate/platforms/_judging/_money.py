"""What replies cost, and a budget that is never exceeded."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from decimal import Decimal

from palate.core.errors import SettingsError

__all__ = ["Budget", "Prices", "dollars"]

_MILLION = Decimal(1_000_000)
_AROUND_MESSAGES = 64
"""Tokens that endpoints put around the messages of a request, at most."""


def dollars(amount: Decimal | float | str | None, name: str) -> Decimal | None:
    """Return a setting as dollars.

    Raises:
        SettingsError: It is no finite amount from 0.
    """
    if amount is None:
        return None
    try:
        found = Decimal(str(amount))
    except ArithmeticError:
        found = Decimal(-1)
    if not found.is_finite() or found < 0:
        raise SettingsError(f"'{name}' must be US dollars from 0, such as 0.15; it is {amount!r}.")
    return found


@dataclass(frozen=True)
class Prices:
    """Dollars for a million tokens.

    Args:
        input: Read by the model.
        output: Written by it.
    """

    input: Decimal = Decimal(0)
    output: Decimal = Decimal(0)

    def of(self, prompt_tokens: int, completion_tokens: int) -> Decimal:
        """Return what a reply costs.

        >>> Prices(Decimal("0.15"), Decimal("0.60")).of(1000, 10)
        Decimal('0.000156')
        """
        return (prompt_tokens * self.input + completion_tokens * self.output) / _MILLION

    def at_most(self, text: str, max_tokens: int, image_tokens: int) -> Decimal:
        """Return the most that a request can cost: no token of a text is shorter than a byte.

        Args:
            text: All that is sent but pictures.
            max_tokens: The longest reply.
            image_tokens: Of all pictures together.
        """
        return self.of(len(text.encode()) + _AROUND_MESSAGES + image_tokens, max_tokens)


class Budget:
    """What may be spent, what was, and what is under way; several threads share it.

    Args:
        limit: The most, US dollars; None is no limit.
        spent: What was spent before.
    """

    def __init__(self, limit: Decimal | None, spent: Decimal) -> None:
        self._limit, self._spent, self._held = limit, spent, Decimal(0)
        self._lock = threading.Lock()

    def hold(self, amount: Decimal) -> bool:
        """Set aside the most that a request can cost; False, and nothing set aside, where it might exceed the budget."""
        with self._lock:
            if self._limit is not None and self._spent + self._held + amount > self._limit:
                return False
            self._held += amount
            return True

    def settle(self, held: Decimal, cost: Decimal) -> None:
        """Put what a request cost in place of what was set aside for it."""
        with self._lock:
            self._held -= held
            self._spent += cost
