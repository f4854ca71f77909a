"""How a model judge confuses people's grades, and how sure that is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable
from palate.core.randomness import Seed, generator
from palate.core.resampling import check_resampling, middle_bounds
from palate.evaluation._two_judges import read_two_judges
from palate.inference import Interval

__all__ = ["ConfusionCell", "JudgeConfusion", "confusion_of_judge"]

_RESAMPLES = 2_000
_ENOUGH_QUERIES = 10
_MOST_LABELS = 12


@dataclass(frozen=True)
class ConfusionCell:
    """How often the judge gives a label to items of one grade of people.

    Args:
        grade: People's.
        label: The judge's.
        count: Items that have both.
        share: Of the items with this grade, with its interval.
    """

    grade: float
    label: float
    count: int
    share: Interval


@dataclass(frozen=True)
class JudgeConfusion:
    """A judge's confusion by people's labels.

    Args:
        cells: All pairs of a grade and a label, by grade, then label.
        labels: How many labels of people it rests on.
        queries: How many queries these belong to.
        agreement: The share of items on which both say the same, with its interval.
        notes: What a reader must know beside the numbers.
    """

    cells: tuple[ConfusionCell, ...]
    labels: int
    queries: int
    agreement: Interval
    notes: tuple[str, ...]

    def table(self) -> pl.DataFrame:
        """Return a row a cell: ``grade, label`` as text, ``count, share, low, high``."""
        rows = [
            (
                f"{cell.grade:g}",
                f"{cell.label:g}",
                cell.count,
                cell.share.estimate,
                cell.share.low,
                cell.share.high,
            )
            for cell in self.cells
        ]
        return pl.DataFrame(rows, schema=["grade", "label", "count", "share", "low", "high"], orient="row")

    @property
    def sentence(self) -> str:
        """How far it agrees with people, as people read it."""
        a = self.agreement
        return (
            f"The judge says what people say on {a.estimate:.1%} of items ({100 * a.confidence:g}% CI {a.low:.1%} … {a.high:.1%};"
            f" {self.labels:,} labels of people)."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {**asdict(self), "sentence": self.sentence}


def confusion_of_judge(
    human: IntoTable, model: IntoTable, *, confidence: float = 0.95, seed: Seed = 0
) -> JudgeConfusion:
    """Return how a judge confuses people's grades, each share of items weighted by 1 / inclusion.

    The intervals are the wider of two: Wilson's (JASA 1927) at Kish's effective number of items, which stays honest for shares of 0 and
    1; and, from 10 queries on, the percentiles of resampled queries, since items of one query are not independent.

    Args:
        human: As in :func:`palate.evaluation.evaluate_assisted`: a random part of the items.
        model: Likewise.
        confidence: Of each interval, in (0, 1).
        seed: Of the resamples.

    Raises:
        InputError: As for :func:`palate.evaluation.evaluate_assisted`; or the judge gives more than 12 different labels.
    """
    check_resampling(_RESAMPLES, confidence)
    judges = read_two_judges(human, model)
    given = judges.judge_grades
    labels = np.unique(given)
    if len(labels) > _MOST_LABELS:
        raise InputError(
            f"The judge gives {len(labels):,} different labels; a confusion needs at most {_MOST_LABELS}. Use its labels, not its"
            " expected grades.",
            where="model",
            column="grade",
        )
    weights = 1 / judges.sample.inclusion
    queries = np.unique(judges.factors.queries[judges.sample.items], return_inverse=True)[1]
    draws = _draws(queries, seed)
    cells = []
    for grade in judges.grades:
        of_grade = judges.human_grades == grade
        for label in labels:
            has = of_grade & (given == label)
            share = _share(has, of_grade, weights, queries, draws=draws, confidence=confidence)
            cells.append(ConfusionCell(float(grade), float(label), int(has.sum()), share))
    same = judges.human_grades == given
    return JudgeConfusion(
        tuple(cells),
        len(given),
        int(queries.max()) + 1,
        _share(same, np.ones(len(given), dtype=bool), weights, queries, draws=draws, confidence=confidence),
        judges.notes,
    )


def _draws(queries: npt.NDArray[np.int64], seed: Seed) -> npt.NDArray[np.float64] | None:
    """Return how often each query is drawn in each resample; None where there are too few."""
    n = int(queries.max()) + 1
    if n < _ENOUGH_QUERIES:
        return None
    drawn = generator(seed, "confusion").multinomial(n, np.full(n, 1 / n), size=_RESAMPLES)
    return drawn.astype(np.float64)


def _share(
    has: npt.NDArray[np.bool_],
    among: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.float64],
    queries: npt.NDArray[np.int64],
    *,
    draws: npt.NDArray[np.float64] | None,
    confidence: float,
) -> Interval:
    """Return the weighted share of those that have something among some, of which there is at least one."""
    inside = weights * among
    total = float(inside.sum())
    share = float((inside * has).sum()) / total
    low, high = _wilson(share, total**2 / float((inside**2).sum()), confidence)
    if draws is not None:
        n = draws.shape[1]
        tops, bottoms = (
            draws @ np.bincount(queries, weights=column, minlength=n) for column in (inside * has, inside)
        )
        drawn = (tops[bottoms > 0] / bottoms[bottoms > 0]).astype(np.float64)
        bounds = middle_bounds(drawn, confidence)
        low, high = min(low, float(bounds[0])), max(high, float(bounds[1]))
    return Interval(share, low, high, confidence)


def _wilson(share: float, n: float, confidence: float) -> tuple[float, float]:
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2))
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    return max(min(centre - reach, share), 0.0), min(max(centre + reach, share), 1.0)
