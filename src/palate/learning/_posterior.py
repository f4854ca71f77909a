"""What judgments say of how sure their grades are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError
from palate.learning.base import Beliefs, FloatArray

__all__ = ["judged_beliefs"]

_PREFIX = "p_"
_SLACK = 1e-6
"""How far from 1 the probabilities of an item may sum, written in decimals as they are."""


def judged_beliefs(
    joined: pl.DataFrame, grades: npt.NDArray[np.int32]
) -> tuple[FloatArray | None, Beliefs | None]:
    """Return each row's probability that its grade is right, and the posterior of its grade; None if not said.

    Args:
        joined: A row for each of the features'; columns ``p_0, p_1, …`` (a grade each) and ``probability`` if
            judgments have them. A judged row without them is certain of its grade.
        grades: int32, shape (n_rows,); -1 where nobody judged.

    Raises:
        InputError: A column's name is of no grade, or a row's probabilities are none or do not sum to 1.
    """
    names = [name for name in joined.columns if name.startswith(_PREFIX)]
    if names:
        beliefs = _beliefs(joined, names, grades)
        at = np.searchsorted(beliefs.grades, np.maximum(grades, beliefs.grades[0]))
        return beliefs.shares[np.arange(len(grades)), at], beliefs
    if "probability" not in joined.columns:
        return None, None
    return joined["probability"].cast(pl.Float64).fill_null(1.0).to_numpy(), None


def _beliefs(joined: pl.DataFrame, names: list[str], grades: npt.NDArray[np.int32]) -> Beliefs:
    said = np.array([_grade(name) for name in names], dtype=np.int64)
    levels = np.union1d(said, grades[grades >= 0]).astype(np.int64)
    shares = np.zeros((len(grades), len(levels)))
    table = joined.select(pl.col(name).cast(pl.Float64, strict=False) for name in names)
    shares[:, np.searchsorted(levels, said)] = table.fill_null(np.nan).to_numpy()
    silent = np.isnan(shares).all(axis=1, where=np.isin(levels, said)) | (grades < 0)
    shares[silent] = levels == np.maximum(grades[silent], levels[0])[:, None]
    wrong = ~((shares >= 0.0).all(axis=1) & (np.abs(shares.sum(axis=1) - 1.0) <= _SLACK))
    if wrong.any():
        query, item = joined.select("query", "item").row(int(wrong.argmax()))
        raise InputError(
            f"The probabilities of an item's grades must be from 0 to 1 and sum to 1; those of item {item} of query"
            f" {query} are {', '.join(f'{share:g}' for share in shares[wrong.argmax()])}.",
            where="judgments",
            column=names[0],
        )
    return Beliefs(levels, shares / shares.sum(axis=1, keepdims=True))


def _grade(name: str) -> int:
    """Return the grade that a column is of."""
    text = name.removeprefix(_PREFIX)
    try:
        number = float(text)
    except ValueError:
        number = np.nan
    if not (number >= 0.0 and number.is_integer()):
        raise InputError(
            "A column of probabilities is named p_ and its grade, a whole number from 0, such as p_2. Rename or"
            " remove this one.",
            where="judgments",
            column=name,
        )
    return int(number)
