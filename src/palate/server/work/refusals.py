"""Why the platform does not do what an annotator asks for: a code for programs and a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from palate.core.errors import PalateError

__all__ = ["Refused", "RefusedCode"]

RefusedCode = Literal[
    "closed", "not_admitted", "restricted", "no_tasks", "budget", "too_many_pages", "late", "not_yours", "ended",
    "invalid", "extended",
]  # fmt: skip


class Refused(PalateError):  # noqa: N818 (nothing went wrong: the platform says no)
    """The platform does not hand out, take or change a page.

    Args:
        code: What kind of refusal it is.
        text: Why, for the annotator, and what to do.
        problems: Of an invalid submission: what is wrong with the answer at each position of the page, from 0.
    """

    def __init__(self, code: RefusedCode, text: str, problems: Mapping[int, str] | None = None) -> None:
        self.code, self.text, self.problems = code, text, dict(problems or {})
        super().__init__(text)
