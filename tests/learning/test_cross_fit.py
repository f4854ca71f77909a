from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.core.frames import read_table
from palate.core.progress import Progress, no_progress
from palate.core.tables import RUNS
from palate.learning import FittedRanker, LambdaMART, LearningData, Ranker, contributions_of, cross_fit


@dataclass(frozen=True)
class SeenQueries(FittedRanker):
    """Scores 1 where it learned from the query, whose number is the first feature."""

    seen: frozenset[float]

    @property
    def names(self) -> tuple[str, ...]:
        return ("number",)

    def score(self, features: np.ndarray) -> np.ndarray:
        return np.array([float(number in self.seen) for number in features[:, 0]])

    def importance(self) -> dict[str, float]:
        return {"number": 1.0}

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(sorted(self.seen)))


@dataclass(frozen=True)
class RemembersQueries(Ranker):
    """Learns nothing but which queries it saw."""

    def fit(self, data: LearningData, seed: int = 0, progress: Progress = no_progress) -> FittedRanker:
        return SeenQueries(frozenset(data.features[:, 0].tolist()))

    def load(self, path: Path) -> FittedRanker:
        return SeenQueries(frozenset(json.loads(path.read_text())))


def _tables(queries: int = 23, judged: int = 17) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = [(f"q{q:02}", item, float(q)) for q in range(queries) for item in "abcd"]
    features = pl.DataFrame(rows, schema=["query", "item", "number"], orient="row")
    known = features.filter(pl.col("number") < judged).filter(pl.col("item") != "d")
    return features, known.select("query", "item", grade=pl.int_range(pl.len()) % 3)


@pytest.mark.parametrize("seed", range(5))
def test_no_query_is_ranked_by_a_ranker_that_saw_it(seed: int) -> None:
    features, judgments = _tables()
    fit = cross_fit(RemembersQueries(), features, judgments, folds=4, seed=seed)
    assert fit.runs["score"].unique().to_list() == [0.0]
    assert fit.ranker.score(np.arange(23.0)[:, None]).tolist() == [1.0] * 17 + [0.0] * 6


def test_ranker_that_remembers_does_no_better_than_chance_on_unseen_queries() -> None:
    # The grade hangs on the query's number and the item's place only through a lot drawn for each pair: it can
    # be remembered, never learned.
    rng = np.random.default_rng(6)
    rows = [(q, i, float(q), float(i)) for q in range(60) for i in range(10)]
    features = pl.DataFrame(rows, schema=["query", "item", "number", "place"], orient="row")
    judgments = features.select("query", "item").with_columns(grade=rng.integers(0, 3, 600))
    greedy = LambdaMART(trees=200, leaves=64, learning_rate=0.3, min_rows=1, random_thresholds=False)
    fit = cross_fit(greedy, features, judgments, seed=2)
    remembered = fit.ranker.score(features.select("number", "place").to_numpy())
    grades = judgments["grade"].to_numpy()
    unseen = fit.runs.sort("query", "item")["score"].to_numpy()
    assert _concordance(remembered, grades) > 0.9
    assert abs(_concordance(unseen, grades) - 0.5) < 0.06


def _concordance(scores: np.ndarray, grades: np.ndarray) -> float:
    """Return the share of rightly ordered pairs in queries of ten rows; ties count half."""
    right, pairs = 0.0, 0
    for s, g in zip(scores.reshape(-1, 10), grades.reshape(-1, 10), strict=True):
        higher = g[:, None] > g[None, :]
        ahead = s[:, None] - s[None, :]
        right += ((ahead > 0) + 0.5 * (ahead == 0))[higher].sum()
        pairs += higher.sum()
    return right / pairs


def test_every_row_is_ranked_and_only_judged_ones_are_learned_from() -> None:
    features, judgments = _tables()
    fit = cross_fit(RemembersQueries(), features, judgments, system="learned")
    assert read_table(fit.runs, RUNS).equals(fit.runs)
    assert fit.runs["system"].unique().to_list() == ["learned"]
    assert set(fit.runs.select("query", "item").rows()) == set(features.select("query", "item").rows())
    assert fit.judged_rows == len(judgments)
    # All scores are equal here, so the items of each query stand in the order of their names.
    assert fit.runs["item"].to_list() == list("abcd") * 23
    assert fit.runs["rank"].to_list() == [1, 2, 3, 4] * 23


def test_folds_hold_equally_many_judged_queries() -> None:
    features, judgments = _tables()
    fit = cross_fit(RemembersQueries(), features, judgments, folds=5, seed=1)
    assert fit.folds["query"].to_list() == sorted(set(features["query"]))
    judged = fit.folds.join(judgments.select("query").unique(), on="query", how="semi")
    assert sorted(Counter(judged["fold"]).values()) == [3, 3, 3, 4, 4]
    assert set(fit.folds["fold"]) == {1, 2, 3, 4, 5}


def test_seed_decides_the_folds_and_order_of_rows_does_not() -> None:
    features, judgments = _tables()
    first = cross_fit(RemembersQueries(), features, judgments, seed=1)
    again = cross_fit(RemembersQueries(), features.reverse(), judgments.reverse(), seed=1)
    other = cross_fit(RemembersQueries(), features, judgments, seed=2)
    assert first.folds.equals(again.folds)
    assert first.runs.equals(again.runs)
    assert not first.folds.equals(other.folds)


def test_fewer_judged_queries_than_folds_are_refused() -> None:
    features, judgments = _tables(judged=4)
    with pytest.raises(InputError, match=r"5 folds need at least 5 judged queries; 4 of the 23"):
        cross_fit(RemembersQueries(), features, judgments, folds=5)
    with pytest.raises(SettingsError, match="'folds' must be at least 2; it is 1"):
        cross_fit(RemembersQueries(), features, judgments, folds=1)


def test_progress_counts_rankers() -> None:
    calls: list[tuple[int, int]] = []
    cross_fit(
        RemembersQueries(), *_tables(), folds=3, progress=lambda done, total: calls.append((done, total))
    )
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_rankers_that_know_no_contributions_say_so() -> None:
    features, _ = _tables()
    assert contributions_of(SeenQueries(frozenset({1.0})), features) is None
