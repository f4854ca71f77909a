"""Bradley–Terry with covariates: scores as they would be if what is compared were alike in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from palate.aggregation.pairs._maximum_likelihood import MaximumLikelihood
from palate.aggregation.pairs._pair_model import Link
from palate.aggregation.pairs.base import CodedComparisons, FloatArray
from palate.core.errors import InputError, SettingsError

__all__ = ["CovariateBradleyTerry"]


@dataclass(frozen=True)
class CovariateBradleyTerry(MaximumLikelihood):
    """``BradleyTerry`` that takes out what covariates of a comparison explain, such as length or style.

    For the covariate ``length`` the table has the columns ``left_length`` and ``right_length``: numbers that belong
    to what was shown, and may differ each time the same thing is. To the difference of scores is added each
    covariate's effect times the difference of its two values, in standard deviations of that difference: Springall,
    1973. Scores and probabilities are those of things alike in all covariates.

    A covariate that is always the same for a thing cannot be told from its score but by the ridge and
    ``regularization``; which of them gets it is then a matter of these.

    Args:
        regularization: Virtual comparisons a thing; 0 gives plain maximum likelihood.
        side_bias: Whether to estimate by how much being shown on the left helps: the effect ``left``.
        intervals: ``fisher``, ``sandwich``, ``clustered`` (by annotator) or ``none``.
        tolerance: Stop when no parameter moves by more than this.
        max_iter: Most steps of Newton's method.
        covariates_of_sides: The names of the covariates; none gives ``BradleyTerry``.
        ridge: What multiplies half the squared effects, which is taken off the log-likelihood.

    Raises:
        InputError: By ``aggregate`` and ``fit``: as of ``BradleyTerry``; a covariate's columns are missing, or hold
            what is no finite number, or never differ between sides.
    """

    goes_on: ClassVar[bool] = False

    covariates_of_sides: tuple[str, ...] = ()
    ridge: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "covariates_of_sides", tuple(self.covariates_of_sides))
        if not 0 <= self.ridge < np.inf:
            raise SettingsError(f"'ridge' must be a number from 0 on; it is {self.ridge}.")

    @property
    def link(self) -> Link:
        """Davidson's model, which is Bradley and Terry's where nothing ties."""
        return "davidson"

    def penalty(self) -> float:
        """Return the ridge, which holds the side's effect too."""
        return self.ridge

    def covariates(self, comparisons: CodedComparisons) -> tuple[tuple[str, ...], FloatArray]:
        """Return the names of covariates, the side last, and their differences in standard deviations."""
        sides, always = super().covariates(comparisons)
        columns = [_standardized(comparisons.table, name) for name in self.covariates_of_sides]
        return (*self.covariates_of_sides, *sides), np.column_stack([*columns, always])


def _standardized(table: pl.DataFrame, name: str) -> FloatArray:
    """Return the difference of left and right in standard deviations around no difference."""
    difference = _numbers(table, f"left_{name}") - _numbers(table, f"right_{name}")
    scale = float(np.sqrt(np.mean(difference**2)))
    if not scale:
        raise InputError(
            f"The covariate '{name}' is the same on both sides in every comparison, so it explains nothing."
            " Leave it out.",
            where="comparisons",
        )
    return difference / scale


def _numbers(table: pl.DataFrame, column: str) -> FloatArray:
    if column not in table.columns:
        listed = ", ".join(table.columns)
        raise InputError(
            f"A covariate needs the column '{column}'. The columns here are: {listed}.", where="comparisons"
        )
    values = table[column].cast(pl.Float64, strict=False)
    wrong = (values.is_null() | ~values.is_finite().fill_null(value=False)).arg_true()
    if len(wrong):
        row = int(wrong[0])
        raise InputError(
            f"A covariate must be a finite number; it is {table[column][row]!r}. Fill it in or remove the row.",
            where="comparisons",
            row=row + 1,
            column=column,
        )
    return values.to_numpy()
