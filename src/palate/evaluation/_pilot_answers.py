"""What each answer of a pilot contributes to the difference of two systems, a query at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import encode
from palate.core.errors import InputError
from palate.evaluation._ranked_judgments import rank_judgments
from palate.inference import CrossedLayout
from palate.measures import Measure
from palate.sampling import DepthPool

__all__ = ["PilotAnswers", "pilot_answers"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PilotAnswers:
    """A pilot at one depth of judging.

    Args:
        queries: The judged queries, shape (n_queries,).
        differences: First system minus second, one a query, judged by all answers, shape (n_queries,).
        effects: What the difference of its query moves by if each answer alone decides its item, shape (n_answers,).
        query: Code of each answer's query, shape (n_answers,).
        item: Code of each answer's item of a query, shape (n_answers,).
        annotator: Code of each answer's annotator, shape (n_answers,).
        items: How many items a query's pool has, in the mean.
        unjudged: Share of the pool without answers.
    """

    queries: pl.Series
    differences: FloatArray
    effects: FloatArray
    query: IntArray
    item: IntArray
    annotator: IntArray
    items: float
    unjudged: float

    @cached_property
    def layouts(self) -> list[CrossedLayout]:
        """The crossed factors that noise may come from, most of them first."""
        pair = encode(pl.Series(self.query * (self.annotator.max() + 1) + self.annotator)).codes
        factors: dict[str, npt.NDArray[np.integer[Any]]] = {
            "annotator": self.annotator,
            "query_annotator": pair,
        }
        return [CrossedLayout(factors, self.item), CrossedLayout({"annotator": self.annotator}, self.item)]

    @cached_property
    def weights(self) -> FloatArray:
        """How much each answer counts for its item: 1 over how many there are."""
        found: FloatArray = (1 / np.bincount(self.item))[self.item]
        return found

    @cached_property
    def items_judged(self) -> FloatArray:
        """How many items of each query have answers."""
        return self.noise(np.ones(len(self.query)))

    @cached_property
    def noise_weights(self) -> Mapping[str, float]:
        """The weight of each variance of effects in the expected sample variance of ``differences``."""
        n = len(self.differences)
        sums = np.zeros((n, int(self.annotator.max()) + 1))
        np.add.at(sums, (self.query, self.annotator), self.weights)
        together = float((sums**2).sum() / n)
        # Annotators who answer for several queries shift them together, which the sample variance does not see.
        shared = float(((sums.sum(axis=0) ** 2) - (sums**2).sum(axis=0)).sum() / (n * (n - 1)))
        return {
            "annotator": together - shared,
            "query_annotator": together,
            "residual": float((self.weights**2).sum() / n),
        }

    def noise(self, effects: FloatArray) -> FloatArray:
        """Return what these effects add to the difference of each query."""
        weights = self.weights * effects
        return np.bincount(self.query, weights=weights, minlength=len(self.differences)).astype(np.float64)


def pilot_answers(
    answers: pl.DataFrame, runs: pl.DataFrame, systems: tuple[str, str], measure: Measure, depth: int
) -> PilotAnswers:
    """Return what the answers about items among the first ``depth`` of either system say.

    An item's grade is the mean of its answers, their median for measures that count items from some grade on.

    Args:
        answers: Columns ``query, item, annotator, grade``, the grade a number.
        runs: A checked table with the column ``system``, of the two systems.
        systems: The first system and the second one.
        measure: What is measured.
        depth: How many items of each ranking were judged.

    Raises:
        InputError: Fewer than two queries have answers about these items.
    """
    pool = DepthPool(depth).frame(runs).select("query", "item")
    pool = pool.join(answers.select("query").unique(), on="query", how="semi")
    used = answers.join(pool, on=["query", "item"], how="semi").sort("query", "item", "annotator")
    middle = pl.col("grade").median() if hasattr(measure, "relevant_from") else pl.col("grade").mean()
    items = used.group_by("query", "item", maintain_order=True).agg(middle)
    if items["query"].n_unique() < 2:
        raise InputError(
            f"The pilot has answers about the first {depth} items of these systems for {items['query'].n_unique()} queries;"
            " it takes 2 to see how much they differ, and 20 or more to rely on it.",
            where="answers",
        )
    ranked = rank_judgments(items, runs)
    first, second = (ranked.systems.index(name) for name in systems)

    def differences(grades: FloatArray) -> FloatArray:
        values = ranked.values(grades, [measure])[0]
        found: FloatArray = values[first] - values[second]
        return found

    grades = items["grade"].to_numpy()
    base = differences(grades)
    places = items.with_row_index("place").select("query", "item", "place")
    labels = used.select("query", "item", "grade").unique(maintain_order=True)
    labels = labels.join(places, on=["query", "item"], maintain_order="left")
    labels = labels.with_columns(round=pl.int_range(pl.len()).over("query"))
    moved = np.empty(len(labels))
    for turn in range(int(labels["round"].max() or 0) + 1):  # type: ignore[arg-type]  # of integers
        rows = np.flatnonzero(labels["round"].to_numpy() == turn)  # at most one answer of each query
        place, label = (labels[name].to_numpy()[rows] for name in ("place", "grade"))
        changed = grades.copy()
        changed[place] = label
        query = ranked.query_of[place]
        moved[rows] = differences(changed)[query] - base[query]
    effects = used.join(
        labels.with_columns(effect=moved), on=["query", "item", "grade"], maintain_order="left"
    )
    place = effects["place"].to_numpy().astype(np.int64)
    return PilotAnswers(
        ranked.queries,
        base,
        effects["effect"].to_numpy(),
        ranked.query_of[place],
        place,
        encode(effects["annotator"]).codes.astype(np.int64),
        len(pool) / items["query"].n_unique(),
        1 - len(items) / len(pool),
    )
