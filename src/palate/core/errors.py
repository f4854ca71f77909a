"""The errors Palate raises, one class a kind of mistake, and the search for what a user meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "InputError",
    "OutputError",
    "PalateError",
    "SettingsError",
    "StudyError",
    "UnknownNameError",
    "nearest",
]


class PalateError(Exception):
    """Every error that a user can mend. The text says what was expected, what came, where, what to do."""


class InputError(PalateError):
    """A table or file does not hold what its place needs.

    Args:
        problem: What is wrong and what was expected, a sentence or two.
        where: The file or argument the table came from, such as ``answers.csv``.
        row: The first offending row, counted from 1 without the header, if one row is to blame.
        column: The column concerned, if one is.
    """

    def __init__(
        self, problem: str, *, where: str | None = None, row: int | None = None, column: str | None = None
    ) -> None:
        self.problem, self.where, self.row, self.column = problem, where, row, column
        parts = [where, f"row {row}" if row else None, f"column '{column}'" if column else None]
        place = ", ".join(part for part in parts if part)
        super().__init__(f"{place}: {problem}" if place else problem)


class SettingsError(PalateError):
    """A setting has an unknown name, the wrong type or a value outside its range."""


class OutputError(PalateError):
    """A result cannot be written where the user wants it."""


class StudyError(PalateError):
    """A study's directory is not in a state in which the wanted step can run."""


class UnknownNameError(PalateError):
    """No method, measure, table or step has this name.

    Args:
        kind: What was looked for, such as ``"measure"``.
        name: The name that came.
        known: The names there are.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known, key=str.casefold)
        self.kind, self.name, self.known = kind, name, names
        guess = nearest(name, names)
        hint = f" Did you mean {guess}?" if guess else ""
        listed = f" There are: {', '.join(names)}." if names else ""
        super().__init__(f"There is no {kind} named '{name}'.{hint}{listed}")

    def __reduce__(self) -> tuple[type[UnknownNameError], tuple[str, str, list[str]]]:
        # An error crosses from worker processes pickled; the default would pass the text as ``kind``.
        return type(self), (self.kind, self.name, self.known)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name among ``names`` that a user who typed ``name`` most likely meant, or None."""
    plain = {n.casefold().replace("-", "_"): n for n in names}
    found = difflib.get_close_matches(name.casefold().replace("-", "_"), list(plain), n=1, cutoff=0.6)
    return plain[found[0]] if found else None
