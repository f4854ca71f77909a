"""Rank another recommender's candidates by how long each would be watched, learned from what came next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError, SettingsError
from palate.core.extras import needed
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.core.settings import check_counts
from palate.recommend._arrays import nested
from palate.recommend._expected_value import ExpectedValue, learn_expected_value
from palate.recommend._histories import check_times, order_in_time
from palate.recommend._search import NumberRange, SearchRange, WholeRange
from palate.recommend._watch_facts import Facts, category_matrix, facts_of, feature_matrix
from palate.recommend._watch_time import BLOCK_CELLS, FittedWatchTime, Stage
from palate.recommend.base import Arrays, CodedInteractions, Recommender, ScoreArray

__all__ = ["WatchTime"]


@dataclass(frozen=True)
class WatchTime(Recommender):
    """Score a candidate by its expected watch time. Covington, Adams and Sargin, 2016, section 4.

    Two stages. The recommender ``candidates`` names finds the ``depth`` best items of a user; a weighted logistic
    regression, or with ``hidden`` layers a network, ranks them by the value that each is expected to have: watch
    seconds where values are watch seconds, watches where there are no values. It knows the
    candidate's score and rank; how often and how long item and user were watched and watch; how often the
    user watched the item; and, where items' categories are given, how much and how lately the user
    watched its category.

    To learn that, the last ``future`` of each user's interactions are what came next, and the candidates are found from what
    came before them alone. Then the candidates of today are found from everything. Items that are no candidates
    score below 0, in the order of the first stage, and so do those that a user has met, unless ``rewatch``.

    It needs the extra ``deep``; what it has learned is served without.

    Args:
        candidates: The recommender of the first stage.
        options: Its settings, by name.
        depth: Candidates of a user.
        future: Share of each user's interactions to learn ranking from, in (0, 1).
        hidden: Widths of the network's hidden layers; none: a regression.
        regularization: Weight of the squared weights.
        iterations: Most iterations of L-BFGS.
        users: Most users to learn ranking from, drawn by chance.
        rewatch: Whether what a user has met is a candidate, too.
    """

    extra: ClassVar[str | None] = "deep"
    search: ClassVar[Mapping[str, SearchRange]] = {
        "depth": WholeRange(20, 200, log=True),
        "regularization": NumberRange(1e-6, 0.1, log=True),
    }

    candidates: str = "als"
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    depth: int = 100
    future: float = 0.2
    hidden: tuple[int, ...] = ()
    regularization: float = 1e-4
    iterations: int = 100
    users: int = 20_000
    rewatch: bool = False

    def __post_init__(self) -> None:
        check_counts(depth=self.depth, iterations=self.iterations, users=self.users)
        if not isinstance(self.options, Mapping):
            raise SettingsError(
                f"'options' must be settings by name, such as {{\"factors\": 32}}; it is {self.options!r}."
            )
        if not isinstance(self.hidden, (list, tuple)) or not all(
            isinstance(width, int) and width >= 1 for width in self.hidden
        ):
            raise SettingsError(f"'hidden' must list whole numbers of at least 1; it is {self.hidden!r}.")
        object.__setattr__(self, "hidden", tuple(self.hidden))
        if not 0 < self.future < 1:
            raise SettingsError(f"'future' must be between 0 and 1; it is {self.future:g}.")
        if not self.regularization >= 0:
            raise SettingsError(f"'regularization' must be at least 0; it is {self.regularization:g}.")
        if isinstance(self._first_stage(), WatchTime):
            raise SettingsError("'candidates' must be another recommender than watch_time itself.")

    @property
    def features_used(self) -> frozenset[str]:
        """Of items, and what the first stage uses."""
        return frozenset({"item"}) | self._first_stage().features_used

    def fit(
        self,
        interactions: CodedInteractions,
        seed: int = 0,
        progress: Progress = no_progress,
        *,
        categories: IntoTable | None = None,
        separator: str | None = None,
    ) -> FittedWatchTime:
        """Learn both stages.

        Args:
            interactions: What users did; values are watch time.
            seed: For what is random.
            progress: Called with (steps done, steps).
            categories: Items' categories: columns ``item, category``, a row for each category of an item; by default the
                values of the items' features that the interactions know.
            separator: Where one row of ``categories`` names several: what stands between them.

        Raises:
            PalateError: The extra ``deep`` is not installed.
            InputError: A value is below 0, all are 0, only some interactions have a time, or the table of
                categories is not as said.
        """
        needed("torch", extra="deep", for_="watch_time")
        _check_values(interactions)
        kinds, notes = (
            feature_matrix(interactions)
            if categories is None
            else category_matrix(interactions, categories, separator)
        )
        rng = generator(seed, "recommend", "watch_time")
        is_future = _last_of_each_user(interactions, self.future, rng)
        past = _rows(interactions, ~is_future)
        earlier = Stage(self._first_stage().fit(past, seed), facts_of(past, kinds), self.depth, self.rewatch)
        progress(1, 3)
        features, values = self._examples(earlier, _rows(interactions, is_future), rng)
        ranker = None
        if values.any():
            ranker = learn_expected_value(
                features,
                values,
                hidden=self.hidden,
                regularization=self.regularization,
                iterations=self.iterations,
                seed=seed,
            )
        else:
            notes.append(
                "No candidate was watched next, so that candidates stay in the order of the first stage."
            )
        progress(2, 3)
        first = self._first_stage().fit(interactions, seed)
        progress(3, 3)
        stage = Stage(first, facts_of(interactions, kinds), self.depth, self.rewatch)
        return FittedWatchTime(stage, ranker, tuple(dict.fromkeys((*first.notes, *notes))))

    def restore(self, arrays: Arrays) -> FittedWatchTime:
        """Take both stages back."""
        first = self._first_stage().restore(nested("candidates", arrays))
        stage = Stage(first, Facts.restored(nested("facts", arrays)), self.depth, self.rewatch)
        ranker = None
        if "ranker/knots" in arrays:
            own = nested("ranker", arrays)
            layers = tuple(own[f"layers/{place}"] for place in range(2 * len(self.hidden) + 2))
            ranker = ExpectedValue(own["knots"], layers, float(own["scale"]), own["losses"])
        return FittedWatchTime(stage, ranker, tuple(arrays["notes"].tolist()))

    def _first_stage(self) -> Recommender:
        from palate.recommend.registry import recommenders

        return recommenders.create(self.candidates, self.options)

    def _examples(
        self, earlier: Stage, future: CodedInteractions, rng: np.random.Generator
    ) -> tuple[ScoreArray, ScoreArray]:
        """Return the features of users' candidates in the past, and the value that each had in the future."""
        from scipy import sparse

        shape = (len(future.user_ids), len(future.item_ids))
        order = np.lexsort((future.values, future.items, future.users))
        cells = (future.users[order], future.items[order])
        came = sparse.coo_array((future.values[order].astype(np.float64), cells), shape=shape).tocsr()
        users = np.flatnonzero(np.diff(came.indptr)).astype(np.int32)
        if len(users) > self.users:
            users = np.sort(rng.choice(users, self.users, replace=False))
        features, values = [], []
        block = max(1, BLOCK_CELLS // shape[1])
        for start in range(0, len(users), block):
            some = users[start : start + block]
            for user, found in zip(some.tolist(), earlier.found(some), strict=True):
                if len(found.items):
                    features.append(found.features)
                    values.append(came[[user]].toarray()[0, found.items])
        if not features:
            return np.empty((0, 0)), np.empty(0)
        return np.concatenate(features), np.concatenate(values)


def _check_values(interactions: CodedInteractions) -> None:
    values = interactions.values
    below = np.flatnonzero(values < 0)
    if len(below) or not values.any():
        found = f"{len(below):,} are below, such as {values[below[0]]:g}" if len(below) else "all are 0"
        raise InputError(
            f"Values are how long items were watched: at least 0, and some above; {found}. Give other values, or none.",
            where="interactions",
            row=int(below[0]) + 1 if len(below) else None,
            column="value",
        )


def _rows(interactions: CodedInteractions, chosen: npt.NDArray[np.bool_]) -> CodedInteractions:
    """Return some of the interactions; users and items keep their codes."""
    names = ("users", "items", "values", "timestamps")
    return replace(interactions, **{name: getattr(interactions, name)[chosen] for name in names})


def _last_of_each_user(
    interactions: CodedInteractions, share: float, rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Return which interactions are the last ``share`` of their user's, rounded up; the first never is.

    Those of one time, and all where there are no times, are in an order drawn at random.
    """
    check_times(interactions)
    users, times = interactions.users, np.nan_to_num(interactions.timestamps)
    order = order_in_time(users, times, interactions.items, interactions.values.astype(np.float64), rng)
    counts = np.bincount(users, minlength=len(interactions.user_ids))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    n_future = np.minimum(np.ceil(counts * share - 1e-9), counts - 1)
    chosen: npt.NDArray[np.bool_] = place >= (counts - n_future)[users]
    return chosen
