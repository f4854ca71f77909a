"""What measures share whose gain is the grade as a share of a scale."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.errors import SettingsError
from palate.measures.base import FloatArray, GradedRankings, Measure

__all__ = ["ScaledMeasure"]


class ScaledMeasure(Measure):
    """A measure whose gain is the grade's place between the lowest grade of the scale, which gains nothing, and the highest.

    Subclasses are dataclasses with the two as settings, so that these come behind their own.
    """

    short: ClassVar[dict[str, str]] = {"highest_grade": "max_rel", "lowest_grade": "min_rel"}

    highest_grade: float
    lowest_grade: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.lowest_grade < self.highest_grade:
            raise SettingsError(
                f"The setting min_rel of {self.name} must be below max_rel, the highest grade; they are"
                f" {self.lowest_grade:g} and {self.highest_grade:g}."
            )

    @property
    def full_gain(self) -> float:
        """What the highest grade gains in rankings of :meth:`on_scale`."""
        return self.highest_grade - self.lowest_grade

    def on_scale(self, rankings: GradedRankings) -> GradedRankings:
        """Return the rankings with grades that count from the lowest one of the scale.

        Raises:
            InputError: A grade is above ``highest_grade``.
        """
        rankings.refuse_grades_above(self.highest_grade, self)
        if not self.lowest_grade:
            return rankings
        return GradedRankings(
            rankings.offsets,
            rankings.grades - self.lowest_grade,
            rankings.judged_offsets,
            rankings.judged_grades - self.lowest_grade,
        )

    def gaining(self, grades: FloatArray) -> npt.NDArray[np.bool_]:
        """Return which grades gain anything."""
        return grades > self.lowest_grade

    @property
    def gains_from(self) -> str:
        """Which items gain anything, as words behind "no item"."""
        return f"of grade above {self.lowest_grade:g}"
