"""Learn to rank by foretelling each item's grade as a number."""

from __future__ import annotations

from dataclasses import dataclass

from palate.learning._boosting import BoostedTrees, check_grades
from palate.learning._lesson import Lesson, expected, mean_ndcg
from palate.learning.base import LearningData

__all__ = ["Regression"]


@dataclass(frozen=True)
class Regression(BoostedTrees):
    """Boosted trees on the squared error of grades as numbers: pointwise (Cossock and Zhang, 2006).

    Where judgments have a posterior, the trees foretell the expected grade. That is exact: the expected squared error
    of a score is the squared distance to the expected grade plus the grade's variance, which no score changes.

    The score is an expected grade, so it compares across queries, and queries with a single judged item teach, too.
    What makes all items of some query good teaches as well, though no ranking needs it.
    """

    def _lessons(self, data: LearningData, seed: int) -> list[Lesson]:  # noqa: ARG002 (needs no chance)
        check_grades(data, "Regression", None, "Map them to grades from 0 for the worst.")
        grades, sizes = expected(data, lambda grade: grade), data.group_sizes
        return [
            Lesson(
                grades,
                {"objective": "regression"},
                lambda scores: mean_ndcg(scores, grades, sizes),
                data.probability,
            )
        ]
