"""Password hashers for tests, which log in often."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.hashers import PBKDF2PasswordHasher

__all__ = ["Counting", "Quick"]


class Quick(PBKDF2PasswordHasher):
    """What real servers understand, too, but a million times quicker, and as much easier to guess."""

    iterations = 1


class Counting(Quick):
    """Notes every password that it hashes."""

    algorithm = "counting"
    calls: ClassVar[list[str]] = []

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """Return the hash."""
        self.calls.append(password)
        return super().encode(password, salt, iterations)
