"""Two stages that have learned: candidates of one recommender, ranked by what each is expected to bring."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.recommend._arrays import prefixed
from palate.recommend._expected_value import ExpectedValue
from palate.recommend._watch_facts import Facts
from palate.recommend.base import FittedRecommender, ScoreArray

__all__ = ["BLOCK_CELLS", "FittedWatchTime", "Stage"]

BLOCK_CELLS = 1 << 21
"""Most scores in memory at once when many users are scored."""


@dataclass(frozen=True)
class Found:
    """A user's candidates, best first, their features, and all other items in the first stage's order."""

    items: IntArray
    features: ScoreArray
    others: IntArray


@dataclass(frozen=True)
class Stage:
    """The first stage, and what is known for the second."""

    first: FittedRecommender
    facts: Facts
    depth: int
    rewatch: bool

    def found(self, users: IntArray) -> list[Found]:
        """Return the candidates of users, who are known."""
        every = np.arange(len(self.facts.item_watches), dtype=np.int32)
        found = []
        for user, scores in zip(users.tolist(), self.first.score_many(users, every), strict=True):
            order = np.lexsort((every, -scores)).astype(np.int32)
            late = np.zeros(len(every), dtype=np.bool_)
            if not self.rewatch:
                met = self.facts.met
                late[met.indices[met.indptr[user] : met.indptr[user + 1]]] = True
            order = np.concatenate([order[~late[order]], order[late[order]]])
            depth = min(self.depth, len(every) - int(late.sum()))
            items = order[:depth]
            features = self.facts.features(user, items, scores[items]) if depth else np.empty((0, 0))
            found.append(Found(items, features, order[depth:]))
        return found


@dataclass(frozen=True)
class FittedWatchTime(FittedRecommender):
    """Both stages. A candidate's score is its expected value, above 0; all other items score below 0.

    Args:
        stage: The first one, and what is known of users and items.
        ranker: The second one; None where no candidate was watched next.
        notes: What is to be said of the data.
    """

    stage: Stage
    ranker: ExpectedValue | None
    notes: tuple[str, ...] = ()

    def score(self, user: int, items: IntArray) -> ScoreArray:
        scores: ScoreArray = self.score_many(np.array([user], dtype=np.int32), items)[0]
        return scores

    def score_many(self, users: IntArray, items: IntArray) -> ScoreArray:
        scores = np.empty((len(users), len(items)))
        known = users >= 0
        if known.any():
            scores[known] = self._of_all(users[known])[:, items]
        if not known.all():
            scores[~known] = self._means[items]
        return scores

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        arrays: dict[str, npt.NDArray[Any]] = {
            **prefixed("candidates", self.stage.first.arrays()),
            **prefixed("facts", self.stage.facts.arrays()),
            "notes": np.array(self.notes, dtype=np.str_),
        }
        if self.ranker is not None:
            layers = {f"ranker/layers/{place}": layer for place, layer in enumerate(self.ranker.layers)}
            arrays |= {
                "ranker/knots": self.ranker.knots,
                "ranker/scale": np.array(self.ranker.scale),
                "ranker/losses": self.ranker.losses,
                **layers,
            }
        return arrays

    def _of_all(self, users: IntArray) -> ScoreArray:
        """Return the scores of all items for known users."""
        n_items = len(self.stage.facts.item_watches)
        scores = np.empty((len(users), n_items))
        for row, found in zip(scores, self.stage.found(users), strict=True):
            row[found.others] = -np.arange(1, len(found.others) + 1) / n_items
            if len(found.items):
                row[found.items] = self._expected(found)
        return scores

    def _expected(self, found: Found) -> ScoreArray:
        if self.ranker is not None:
            return self.ranker.predict(found.features)
        by_rank: ScoreArray = 1 / np.arange(1.0, len(found.items) + 1)
        return by_rank

    @cached_property
    def _means(self) -> ScoreArray:
        n_users, n_items = self.stage.facts.met.shape
        block = max(1, BLOCK_CELLS // n_items)
        total = np.zeros(n_items)
        for start in range(0, n_users, block):
            users = np.arange(start, min(start + block, n_users), dtype=np.int32)
            total += self._of_all(users).sum(axis=0)
        means: ScoreArray = total / n_users
        return means
