"""How an experiment is analysed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from palate.core.errors import SettingsError
from palate.experiments._intervals import check_confidence

__all__ = ["Analysis"]


@dataclass(frozen=True)
class Analysis:
    """Settings of :func:`palate.experiments.ab.compare_variants`.

    Args:
        confidence: Of the intervals, in (0, 1).
        correction: For several metrics and variants: ``holm`` (the chance of any false finding stays below
            1 - confidence), ``bh`` (the share of false findings among all does) or ``none``. Guardrails are
            not counted: all of them must hold, which needs no correction (Berger, Technometrics, 1982).
        planned_units: None: the experiment is looked at once. A number of units, chosen before the first look:
            the intervals and p-values are valid at every look, and narrowest near that many.
        shares: The share of units that each variant should get; equal ones by default.

    Raises:
        SettingsError: A setting is out of range.
    """

    confidence: float = 0.95
    correction: Literal["holm", "bh", "none"] = "holm"
    planned_units: int | None = None
    shares: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_confidence(self.confidence, self.planned_units)
        if self.correction not in {"holm", "bh", "none"}:
            raise SettingsError(f"The correction must be holm, bh or none; it is '{self.correction}'.")
        wrong = {name: share for name, share in self.shares.items() if not 0 < share < float("inf")}
        if wrong:
            name, share = next(iter(wrong.items()))
            raise SettingsError(f"The share of '{name}' must be a number above 0; it is {share}.")
