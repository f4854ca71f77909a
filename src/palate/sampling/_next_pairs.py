"""Which pairs to ask about next, and how many answers to buy for each."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from math import isfinite
from typing import Any

import numpy as np
import polars as pl

from palate.core.errors import SettingsError
from palate.core.frames import IntoTable, like, read_table
from palate.core.settings import check_positive
from palate.core.tables import COMPARISONS
from palate.sampling._drawing import FloatArray
from palate.sampling._item_pairs import Field, IntArray, Pairs, compared_fields
from palate.sampling._preferences import Preferences, believe
from palate.sampling._spanning_tree import greatest_tree

__all__ = ["next_pairs"]


def next_pairs(
    comparisons: IntoTable,
    budget: float | Decimal,
    *,
    cost: float | Decimal = 1.0,
    confidence: float = 0.99,
    items: Iterable[Any] | None = None,
    spread: float = 2.0,
) -> Any:
    """Return the pairs that are most worth further answers, and how many of each the money should buy.

    Pairs are taken tree by tree, as :class:`palate.sampling.ActivePairs` does in rounds; after each tree the belief gets
    the information that its answers are expected to bring, so that a budget for many rounds goes to many pairs, or to some
    pairs several times. A pair whose order is as sure as ``confidence`` is left alone. The more often you buy and call
    again, the better: what answers say is used from the next call on.

    Args:
        comparisons: The answers so far, ``left, right, label`` and, where items were compared for several queries,
            ``query``.
        budget: Dollars for this round.
        cost: Dollars an answer.
        confidence: Of the order of a pair, from which on it is not asked about, in (0.5, 1].
        items: Further items, which were not compared yet; of one query only.
        spread: The standard deviation of scores before any comparison, in logits.

    Returns:
        Columns ``query`` (if there were any), ``left``, ``right``, ``comparisons`` (so far), ``probability`` (that the left
        one is preferred), ``gain`` (expected information of the next answer, in nats a dollar), ``answers`` (to buy)
        and ``cost`` (of these); the greatest gain first. No rows when every order is sure.

    Raises:
        SettingsError: A setting is outside its range.
        InputError: The comparisons cannot be read.
    """
    check_positive(cost=float(cost), spread=spread)
    if not (isfinite(budget) and budget >= 0):
        raise SettingsError(f"'budget' must be a number of dollars from 0 on; it is {budget}.")
    if not 0.5 < confidence <= 1:
        raise SettingsError(f"'confidence' must be above 0.5 and at most 1; it is {confidence}.")
    price = Decimal(str(cost))
    affordable = int(Decimal(str(budget)) / price)
    found = read_table(comparisons, COMPARISONS)
    fields = list(compared_fields(found, None if items is None else list(items)))
    plans = [_Plan(field, confidence, spread) for field in fields]
    while affordable:
        trees = [(plan, *plan.tree()) for plan in plans]
        gains = np.concatenate([gains for _, _, gains in trees])
        if not len(gains):
            break
        kept = np.zeros(len(gains), dtype=np.bool_)
        kept[np.argsort(-gains, kind="stable")[:affordable]] = True
        affordable -= int(kept.sum())
        parts = np.split(kept, np.cumsum([len(gains) for _, _, gains in trees])[:-1])
        for (plan, places, _), part in zip(trees, parts, strict=True):
            plan.buy(places[part])
    table = pl.concat([plan.table(price, found) for plan in plans])
    return like(comparisons, table.sort("gain", descending=True, maintain_order=True))


class _Plan:
    """The pairs of one query, and how many answers are bought for each."""

    def __init__(self, field: Field, confidence: float, spread: float) -> None:
        from scipy.special import ndtri

        self.field, n = field, len(field.items)
        self.believed: Preferences = believe(n, field.left, field.right, field.points, spread)
        every: Pairs = np.stack(np.triu_indices(n, 1), axis=1)
        sureness = np.abs(self.believed.sureness(every))
        self.pairs = every[sureness < ndtri(confidence)]
        self.gains, self.first = self.believed.gains(self.pairs)
        self.answers = np.zeros(len(self.pairs), dtype=np.int64)

    def tree(self) -> tuple[IntArray, FloatArray]:
        """Return the places of the pairs to buy next, and their gains."""
        gains = self.believed.gains(self.pairs)[0]
        places = greatest_tree(self.pairs, gains, len(self.field.items))
        return places, gains[places]

    def buy(self, places: IntArray) -> None:
        """Count one more answer for each of these pairs."""
        self.answers[places] += 1
        self.believed = self.believed.after(self.pairs[places])

    def table(self, price: Decimal, found: pl.DataFrame) -> pl.DataFrame:
        """Return the pairs with answers to buy."""
        rows = np.flatnonzero(self.answers)
        pairs, n = self.pairs[rows], len(self.field.items)
        low, high = (
            np.minimum(self.field.left, self.field.right),
            np.maximum(self.field.left, self.field.right),
        )
        met = np.bincount(low * n + high, minlength=n * n)
        ids = pl.Series(self.field.items, dtype=found.schema["left"])
        columns: dict[str, Any] = {
            "left": ids.gather(pairs[:, 0]),
            "right": ids.gather(pairs[:, 1]),
            "comparisons": met[pairs[:, 0] * n + pairs[:, 1]],
            "probability": self.first[rows],
            "gain": self.gains[rows] / float(price),
            "answers": self.answers[rows],
            "cost": [float(price * int(answers)) for answers in self.answers[rows]],
        }
        table = pl.DataFrame(columns, schema_overrides={"cost": pl.Float64})
        if "query" not in found.columns:
            return table
        query = pl.Series("query", [self.field.query] * len(rows), dtype=found.schema["query"])
        return table.select(query, pl.all())
