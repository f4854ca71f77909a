"""What recommenders find of what users did later: the values that tuning raises and that it reports."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError
from palate.core.frames import read_table
from palate.core.randomness import generator
from palate.core.tables import INTERACTIONS
from palate.measures import Measure, evaluate
from palate.recommend import (
    CodedInteractions,
    Recommender,
    Split,
    ValueSettings,
    code_interactions,
    recommend_top,
    weigh_interactions,
    with_items,
)

__all__ = ["HeldOut", "hold_out", "later_items"]

FloatArray = npt.NDArray[np.float64]

_DEPTH = 100
"""Ranks that are looked at by a measure without a cutoff."""

_FEWEST = 39
"""Resamples of intervals that nobody reads: the fewest that one of 95% needs."""


@dataclass(frozen=True)
class HeldOut:
    """A past to learn from, and what of the future is relevant to whom.

    Args:
        past: What recommenders learn from.
        judgments: ``query, item, grade`` = 1: what each user first met later.
        without_past: Users of the future of whom the past has nothing; they are not evaluated.
        repeated: Later interactions with what the user knew already; no recommender may repeat it.
    """

    past: CodedInteractions
    judgments: pl.DataFrame
    without_past: int
    repeated: int

    @property
    def users(self) -> pl.Series:
        """Who is evaluated, sorted."""
        return self.judgments["query"].unique().sort()

    def values(self, recommender: Recommender, measure: Measure, seed: int) -> FloatArray:
        """Learn, rank all items that are new to each user, and return a value a user, in the order of their ids."""
        fitted = recommender.fit(self.past, seed=seed)
        users = self.users
        runs = recommend_top(fitted, self.past, getattr(measure, "cutoff", None) or _DEPTH, users)
        if runs.is_empty():
            return np.zeros(len(users))
        found = evaluate(runs, self.judgments, [measure], resamples=_FEWEST)
        return pl.DataFrame(found.per_query).sort("query")["value"].to_numpy()

    def part(self, share: float, seed: int) -> HeldOut:
        """Return the same with this share of the users, drawn at random; the others are unknown to it."""
        n_users = len(self.past.user_ids)
        drawn = np.zeros(n_users, dtype=np.bool_)
        wanted = max(1, round(n_users * share))
        drawn[generator(seed, "tuning", "users").permutation(n_users)[:wanted]] = True
        chosen = self.past.user_ids.filter(pl.Series(drawn))
        judged = self.judgments.filter(pl.col("query").is_in(chosen.implode()))
        rows = drawn[self.past.users]
        new_codes = np.cumsum(drawn, dtype=np.int32) - np.int32(1)
        past = replace(
            self.past,
            users=new_codes[self.past.users[rows]],
            items=self.past.items[rows],
            values=self.past.values[rows],
            timestamps=self.past.timestamps[rows],
            user_ids=chosen,
        )
        return replace(self, past=past, judgments=judged)


def hold_out(
    split: Split,
    items: pl.DataFrame | None,
    weights: ValueSettings | None,
    what: str,
) -> HeldOut:
    """Return a split as what recommenders learn from and are valued on.

    Args:
        split: Past and future, columns ``user, item``.
        items: The items' texts, for recommenders that read them.
        weights: What is done to values before anything learns from them; None: nothing.
        what: What errors call the future, such as ``"test"``.

    Raises:
        InputError: Nobody with a past met anything new later.
    """
    past, future = (read_table(part, INTERACTIONS) for part in (split.past, split.future))
    judgments = later_items(split, what)
    coded = code_interactions(past)
    if items is not None:
        coded = with_items(coded, items)
    if weights is not None:
        coded = weigh_interactions(coded, weights)
    strangers = future.join(past, on="user", how="anti")["user"].n_unique()
    known = future.join(past, on="user", how="semi")
    repeated = len(known.join(past, on=["user", "item"], how="semi"))
    return HeldOut(coded, judgments, strangers, repeated)


def later_items(split: Split, what: str = "future") -> pl.DataFrame:
    """Return as judgments what each user with a past first met later: ``query, item, grade`` = 1.

    Args:
        split: Past and future, columns ``user, item``.
        what: What errors call the future.

    Raises:
        InputError: Nobody with a past met anything new later.
    """
    past, future = (read_table(part, INTERACTIONS) for part in (split.past, split.future))
    new = future.join(past, on="user", how="semi").join(past, on=["user", "item"], how="anti")
    if new.is_empty():
        raise InputError(
            f"No user who has a past met anything new in the {what} split, so that there is nothing to find. Give more"
            " interactions, a larger future share, or another split.",
            where="interactions",
        )
    return (
        new.select(query="user", item="item").unique().sort("query", "item").with_columns(grade=pl.lit(1.0))
    )
