"""P-values of many tests at once."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from palate.core.errors import SettingsError
from palate.quality.base import FloatArray

__all__ = ["Correction", "adjusted", "check_level"]

Correction = Literal["holm", "bh"]


def adjusted(p_values: FloatArray, correction: Correction) -> FloatArray:
    """Return p-values that may be held against one level: by Holm, 1979, or Benjamini and Hochberg, 1995.

    ``holm`` bounds the probability that anyone is suspected wrongly, ``bh`` the share of suspects who are.
    """
    n = len(p_values)
    order = np.argsort(p_values, kind="stable")
    ranked, found = p_values[order], np.empty(n)
    if correction == "holm":
        found[order] = np.maximum.accumulate(ranked * np.arange(n, 0, -1))
    else:
        found[order] = np.minimum.accumulate((ranked * n / np.arange(1, n + 1))[::-1])[::-1]
    return np.minimum(found, 1.0)


def check_level(level: float, correction: str) -> None:
    """Refuse settings that no test can have.

    Raises:
        SettingsError: The level is not in (0, 1), or there is no such correction.
    """
    if not 0 < level < 1:
        raise SettingsError(f"'level' must be between 0 and 1, such as 0.01; it is {level!r}.")
    if correction not in get_args(Correction):
        raise SettingsError(
            f"'correction' must be one of {', '.join(get_args(Correction))}; it is {correction!r}."
        )
