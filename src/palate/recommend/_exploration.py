"""Show what is not known to be good, with a known probability, so that the log can be evaluated off-policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import binom

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, like, read_table
from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts, check_positive
from palate.core.tables import ITEM, QUERY, Table
from palate.recommend._plackett_luce import rank_propensities
from palate.recommend._ranked_runs import id_matches, read_ranked, require_scores

__all__ = ["Explored", "explore_slots", "sample_rankings"]

FloatArray = npt.NDArray[np.float64]

_POOL = Table("pool", (ITEM, replace(QUERY, required=False)))


@dataclass(frozen=True, eq=False)
class Explored:
    """Runs that were partly drawn. The frames are of the kind that the runs came in.

    Args:
        runs: Columns ``system, query, item, rank, score``; ``score`` is 1 / rank.
        log: Columns ``query, item, rank, propensity, explored``: the probability that this item was shown to this query
            at this rank, over all draws that could have been, and whether it was drawn in place of the run's own. With a
            ``reward`` a row it is what :func:`palate.experiments.off_policy.evaluate_policy` takes.
        notes: What a reader must know beside the runs, as sentences.
    """

    runs: Any
    log: Any
    notes: tuple[str, ...]


def explore_slots(
    runs: IntoTable,
    epsilon: float = 0.1,
    *,
    pool: IntoTable | None = None,
    slots: tuple[int, ...] | None = None,
    mode: Literal["replace", "insert"] = "replace",
    cutoff: int = 10,
    seed: Seed = 0,
) -> Explored:
    """Show at each slot, with probability ``epsilon``, an item drawn from a pool instead of the run's own.

    Slots decide independently, and what is drawn for one page differs: each drawn item is any of the pool with the same
    probability, so that it is shown at a slot with ``epsilon`` / (items in the pool). With ``replace`` the run's own item
    of that rank is not shown, and is shown with 1 − ``epsilon``. With ``insert`` the run's items move down instead: the
    run's item j is at rank r if r is not drawn and r − j of the slots above are, which is binomial.

    Args:
        runs: A dataframe or a path, one system, columns ``query, item`` and ``score`` or ``rank``.
        epsilon: In (0, 1].
        pool: What to draw from: columns ``item`` and, if it differs by query, ``query``. By default the run's own items
            below ``cutoff``. Items that the run may show itself are not drawn.
        slots: The ranks that may be drawn for; all up to ``cutoff`` by default.
        mode: ``replace`` or ``insert``.
        cutoff: Ranks to show. A query for which the run has fewer items is shown those.
        seed: Of the draws. A query's draws do not depend on which other queries there are.

    Raises:
        InputError: The runs are not as said, hold several systems, or the pool of every query is empty.
        SettingsError: A setting is out of range.

    >>> run = pl.DataFrame({"query": 1, "item": ["a", "b", "c", "d"], "rank": [1, 2, 3, 4]})
    >>> explore_slots(run, 0.5, cutoff=2, seed=3).log.rows()
    [(1, 'a', 1, 0.5, False), (1, 'c', 2, 0.25, True)]
    """
    check_counts(cutoff=cutoff)
    if not 0 < epsilon <= 1:
        raise SettingsError(f"'epsilon' must be above 0 and at most 1; it is {epsilon}.")
    if mode not in {"replace", "insert"}:
        raise SettingsError(f"'mode' must be replace or insert; it is {mode!r}.")
    open_slots = _open_slots(slots, cutoff)
    ranked = _one_system(read_ranked(runs))
    drawn_from = _pools(ranked, pool, cutoff)
    pages, few = [], 0
    for query, own in _rankings(ranked, cutoff):
        length = len(own)
        items = drawn_from.get(query, [])
        allowed = open_slots[open_slots <= length]
        if len(items) < len(allowed):
            few += 1
            allowed = allowed[len(allowed) - len(items) :]
        rng = seed if isinstance(seed, np.random.Generator) else generator(seed, "explore", query)
        pages.append((query, own, items, *_page(length, allowed, len(items), epsilon, mode, rng)))
    if not any(items for _, _, items, *_ in pages):
        raise InputError("There is nothing to draw: the pool of every query is empty.", where="pool")
    notes = ()
    if few:
        notes = (
            f"{few:,} of {len(pages):,} queries have fewer items to draw than slots: only the last slots of theirs are"
            " drawn for.",
        )
    shown = [
        (items[-place - 1] if place < 0 else own[place], query, rank, propensity, place < 0)
        for query, own, items, places, propensities in pages
        for rank, (place, propensity) in enumerate(
            zip(places.tolist(), propensities.tolist(), strict=True), 1
        )
    ]
    return _explored(runs, ranked, shown, notes)
