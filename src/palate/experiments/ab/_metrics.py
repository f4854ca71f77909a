"""What variants are compared on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

from palate.core.errors import SettingsError

__all__ = ["ROWS", "Metric", "parse_guardrail", "parse_metric"]

ROWS = "rows"
"""As a denominator: how many rows a unit has."""


@dataclass(frozen=True)
class Metric:
    """A column whose mean, a unit or a denominator's worth, variants are compared on.

    Args:
        column: Summed over the rows of each unit.
        per: The column, summed likewise, that it is divided by (``clicks`` per ``impressions``); ``rows`` is how
            many rows there are. None: the mean over units.
        covariate: A column known before the experiment began, the same number in all rows of a unit; what it
            explains is taken out of the metric's noise (CUPED).
        limit: Makes it a guardrail: the relative change that must not be reached. +0.02: it must not rise by 2%;
            −0.02: it must not fall by 2%.

    Raises:
        SettingsError: ``limit`` is 0 or not finite, or it is −1 or below.

    >>> str(Metric("clicks", per="impressions"))
    'clicks/impressions'
    """

    column: str
    per: str | None = None
    covariate: str | None = None
    limit: float | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and (not isfinite(self.limit) or self.limit == 0 or self.limit <= -1):
            raise SettingsError(
                f"The limit of the guardrail {self} must be a relative change above −1 and not 0, such as 0.02"
                f" (must not rise by 2%) or -0.02 (must not fall by 2%); it is {self.limit}."
            )

    def __str__(self) -> str:
        return self.column if self.per is None else f"{self.column}/{self.per}"


def parse_metric(text: str) -> Metric:
    """Return the metric that ``column`` or ``numerator/denominator`` names.

    Raises:
        SettingsError: A name is empty, or there are several ``/``.

    >>> parse_metric("clicks/impressions").per
    'impressions'
    """
    parts = [part.strip() for part in text.split("/")]
    if not all(parts) or len(parts) > 2:
        raise SettingsError(
            f"A metric is a column, such as watch_seconds, or a ratio of two, such as clicks/impressions; it is '{text}'."
        )
    return Metric(parts[0], parts[1] if len(parts) == 2 else None)


def parse_guardrail(text: str) -> Metric:
    """Return the guardrail that ``metric:limit`` names.

    Raises:
        SettingsError: There is no limit, it is no number or out of range, or the metric is none.

    >>> parse_guardrail("crashes:0.02").limit
    0.02
    """
    name, _, limit = text.rpartition(":")
    try:
        number = float(limit)
    except ValueError:
        number = None
    if not name or number is None:
        raise SettingsError(
            f"A guardrail is metric:limit, such as crashes:0.02 (must not rise by 2%) or sessions:-0.02 (must not fall"
            f" by 2%); it is '{text}'."
        )
    return replace(parse_metric(name), limit=number)
