"""A password hasher that notes how often it works."""

from __future__ import annotations

from django.contrib.auth.hashers import MD5PasswordHasher

__all__ = ["Counting"]


class Counting(MD5PasswordHasher):
    """Notes every password that it hashes."""

    algorithm = "counting"
    calls: list[str] = []  # noqa: RUF012 (of the class on purpose: Django makes the objects)

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """Return the hash."""
        self.calls.append(password)
        return super().encode(password, salt)
