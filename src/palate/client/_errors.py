"""What a server refuses, said so that it can be mended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from palate.core.errors import PalateError

__all__ = ["NoAnswerError", "Problem", "ServerRefusedError", "UploadError", "refusal"]

_SHOWN = 5


class Problem(BaseModel):
    """One of several things that are wrong.

    Args:
        field: The field concerned.
        row: The row concerned, counted from 1.
        message: What was expected.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    field: str | None = None
    row: int | None = None
    message: str


class NoAnswerError(PalateError):
    """The server cannot be reached or has no time, however often it was asked; the same may succeed later."""


class ServerRefusedError(PalateError):
    """The server answered that it does not do what was asked. The text names the field, what came and what is allowed.

    Args:
        status: The HTTP status.
        error: What it said: ``code``, ``message``, ``field``, ``allowed``, ``problems``.
        sent: The body of the request, to say what came.
    """

    def __init__(self, status: int, error: Mapping[str, Any], sent: object = None) -> None:
        self.status, self.error = status, error
        self.code = str(error.get("code") or "")
        self.field: str | None = error.get("field")
        self.allowed: list[str] | None = error.get("allowed")
        self.problems = tuple(Problem.model_validate(one) for one in error.get("problems") or [])
        self.sent = sent
        super().__init__(self._text())

    def _text(self) -> str:
        text = str(self.error.get("message") or f"The server answered {self.status}.")
        if self.field and f"'{self.field}'" not in text and self.field not in text:
            text = f"'{self.field}': {text}"
        came = _came(self.sent, self.field)
        if came is not None and came not in text:
            text = f"{text.rstrip('.')}; it is {came}."
        missing = [one for one in self.allowed or [] if one not in text]
        return f"{text} Allowed: {', '.join(self.allowed or [])}." if missing else text

    def __reduce__(self) -> tuple[type[ServerRefusedError], tuple[int, Mapping[str, Any], object]]:
        return type(self), (self.status, self.error, self.sent)


class UploadError(PalateError):
    """Rows of an upload cannot be taken. What could be taken is stored, in whole parts.

    Args:
        problems: What is wrong with which row, counted from 1 over the whole upload.
        added: Tasks that were put into the pool.
    """

    def __init__(self, problems: Sequence[Problem], added: int) -> None:
        self.problems, self.added = tuple(problems), added
        listed = " ".join(f"Row {one.row}: {one.message}" for one in self.problems[:_SHOWN])
        more = f" And {len(self.problems) - _SHOWN:,} more." if len(self.problems) > _SHOWN else ""
        super().__init__(
            f"{len(self.problems):,} rows cannot be taken. {listed}{more} The parts without such rows are stored"
            f" ({added:,} tasks); mend these rows and upload the same again: what is there stays as it is."
        )

    def __reduce__(self) -> tuple[type[UploadError], tuple[tuple[Problem, ...], int]]:
        return type(self), (self.problems, self.added)


def refusal(status: int, body: bytes, sent: object) -> PalateError:
    """Return the error that an answer tells of."""
    try:
        error = json.loads(body)["error"]
        return ServerRefusedError(status, error, sent)
    except (ValueError, KeyError, TypeError):
        return PalateError(
            f"What answers at this address is no Palate server, or cannot work: it sent status {status}."
        )


def _came(sent: object, field: str | None) -> str | None:
    """Return what a request held in a field such as ``pools.0.kind``, shortened; None if it held nothing there."""
    found = sent
    for part in (field or "").split("."):
        if isinstance(found, Mapping) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    text = repr(found)
    return text if len(text) <= 80 else f"{text[:79]}…"
