"""Show what is not known to be good, with a known probability, so that the log can be evaluated off-policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, like, read_table
from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts, check_positive
from palate.core.tables import ITEM, QUERY, Table
from palate.recommend._plackett_luce import rank_propensities
from palate.recommend._ranked_runs import id_matches, read_ranked, require_scores

__all__ = ["Explored", "explore_slots", "sample_rankings"]

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

_POOL = Table("pool", (ITEM, replace(QUERY, required=False)))


@dataclass(frozen=True, eq=False)
class Explored:
    """Runs that were partly drawn. The frames are of the kind that the runs came in.

    Args:
        runs: Columns ``system, query, item, rank, score``; ``score`` is 1 / rank.
        log: Columns ``query, item, rank, propensity, explored``: the probability that this item was shown to this query
            at this rank, over all draws that could have been, and whether another stands there in the run itself. With a
            ``reward`` a row it is what :func:`palate.experiments.off_policy.evaluate_policy` takes.
        notes: What a reader must know beside the runs, as sentences.
    """

    runs: Any
    log: Any
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Page:
    """What was shown to one query."""

    query: Any
    items: list[Any]
    propensities: FloatArray
    explored: list[bool]


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
    run's item j is at rank r if r is not drawn for and r − j of the slots above are, a binomial number.

    Args:
        runs: A dataframe or a path, one system, columns ``query, item`` and ``score`` or ``rank``.
        epsilon: In (0, 1].
        pool: What to draw from: columns ``item`` and, if it differs by query, ``query``. By default the run's own items
            below ``cutoff``. Items that the run may show itself are not drawn.
        slots: The ranks that may be drawn for; all up to ``cutoff`` by default.
        mode: ``replace`` or ``insert``.
        cutoff: Ranks to show. A query for which the run has fewer items is shown as many as those.
        seed: Of the draws; take another for each visit. A query's draws do not depend on the other queries.

    Raises:
        InputError: The runs are not as said, hold several systems, or the pool of every query is empty.
        SettingsError: A setting is out of range.

    >>> run = pl.DataFrame({"query": 1, "item": ["a", "b", "c", "d"], "rank": [1, 2, 3, 4]})
    >>> explore_slots(run, 0.5, cutoff=2, seed=1).log.rows()
    [(1, 'a', 1, 0.5, False), (1, 'd', 2, 0.25, True)]
    """
    check_counts(cutoff=cutoff)
    if not 0 < epsilon <= 1:
        raise SettingsError(f"'epsilon' must be above 0 and at most 1; it is {epsilon}.")
    if mode not in {"replace", "insert"}:
        raise SettingsError(f"'mode' must be replace or insert; it is {mode!r}.")
    wanted = _wanted_slots(slots, cutoff)
    ranked = _one_system(read_ranked(runs))
    pools = _pools(ranked, pool, cutoff)
    pages, few = [], 0
    for query, rows in _by_query(ranked.filter(pl.col("rank") <= cutoff)):
        own, others = rows["item"].to_list(), pools.get(query, [])
        allowed = wanted[wanted <= len(own)]
        if len(others) < len(allowed):
            few += 1
            allowed = allowed[len(allowed) - len(others) :]
        rng = generator(seed, "explore slots", query)
        drawn = allowed[rng.random(len(allowed)) < epsilon] - 1
        guests = rng.permutation(len(others))[: len(drawn)]
        places = _places(len(own), drawn, mode)
        chance = _chances(places, allowed - 1, epsilon, mode)
        items = [own[place] for place in places]
        for slot, guest in zip(drawn.tolist(), guests.tolist(), strict=True):
            items[slot] = others[guest]
        chance[drawn] = epsilon / max(1, len(others))
        pages.append(
            _Page(query, items, chance, [item != mine for item, mine in zip(items, own, strict=True)])
        )
    if few == len(pages) and not any(pools.values()):
        raise InputError(
            "There is nothing to draw: the pool of every query is empty. Give a pool, or runs longer than the cutoff.",
            where="pool",
        )
    note = (
        f"{few:,} of {len(pages):,} queries have fewer items to draw than slots: only the last slots of theirs are"
        " drawn for."
    )
    return _explored(runs, ranked, pages, (note,) if few else ())


def sample_rankings(
    runs: IntoTable, temperature: float = 1.0, *, cutoff: int = 10, depth: int = 100, seed: Seed = 0
) -> Explored:
    """Draw each ranking by Plackett and Luce's law: item after item, each with probability ∝ exp(score / temperature).

    Drawn by ranking score / temperature plus Gumbel noise, which is the same (Yellott, 1977). The propensity of an item at
    a rank is over all rankings that could have been drawn, not given what stands above it in this one: so weights are
    right for a target policy that says which item is at which rank.

    Args:
        runs: A dataframe or a path, one system, columns ``query, item, score``.
        temperature: The higher, the more is explored. It is in the unit of the scores.
        cutoff: Ranks to show.
        depth: Ranks of the run to draw from.
        seed: Of the draws; take another for each visit. A query's draws do not depend on the other queries.

    Raises:
        InputError: The runs are not as said, hold several systems or no scores.
        SettingsError: A setting is out of range.
    """
    check_counts(cutoff=cutoff, depth=depth)
    check_positive(temperature=temperature)
    ranked = _one_system(read_ranked(runs))
    require_scores(ranked, "Sampling rankings", "explore_slots needs ranks only.")
    pages = []
    for query, rows in _by_query(ranked.filter(pl.col("rank") <= depth)):
        items, scores = rows["item"].to_list(), rows["score"].to_numpy()
        logits = _logits(scores, temperature, query)
        noise = generator(seed, "sample rankings", query).gumbel(size=len(logits))
        shown = np.argsort(-(logits + noise), kind="stable")[:cutoff]
        explored = (shown != np.arange(len(shown))).tolist()
        pages.append(
            _Page(query, [items[place] for place in shown], rank_propensities(logits, shown), explored)
        )
    return _explored(runs, ranked, pages, ())


def _logits(scores: FloatArray, temperature: float, query: object) -> FloatArray:
    with np.errstate(over="ignore"):
        logits: FloatArray = (scores - scores.max()) / temperature
    if not np.isfinite(logits).all():
        raise InputError(
            f"The scores of query {query} are too far apart for this temperature. Raise it.", where="runs"
        )
    return logits


def _wanted_slots(slots: tuple[int, ...] | None, cutoff: int) -> IndexArray:
    if slots is None:
        return np.arange(1, cutoff + 1)
    if not slots or len(set(slots)) < len(slots) or not all(1 <= slot <= cutoff for slot in slots):
        raise SettingsError(f"'slots' must be different ranks from 1 to {cutoff}; they are {slots!r}.")
    return np.array(sorted(slots), dtype=np.int64)


def _one_system(ranked: pl.DataFrame) -> pl.DataFrame:
    names = ranked["system"].unique().sort().to_list()
    if len(names) > 1:
        raise InputError(
            f"Expected the run of one system to show; there are {len(names)}: {', '.join(map(str, names[:5]))}.",
            where="runs",
        )
    return ranked


def _by_query(ranked: pl.DataFrame) -> Iterator[tuple[Any, pl.DataFrame]]:
    """Yield each query with its rows, in the order of ranks."""
    for rows in ranked.partition_by("query", maintain_order=True):
        yield rows["query"][0], rows


def _pools(ranked: pl.DataFrame, pool: IntoTable | None, cutoff: int) -> dict[Any, list[Any]]:
    """Return the items that may be drawn, by query, in the order of their ids."""
    own = ranked.filter(pl.col("rank") <= cutoff).select("query", "item")
    if pool is None:
        found = ranked.filter(pl.col("rank") > cutoff).select("query", "item")
    else:
        table = read_table(pool, _POOL, where="pool", unique=False)
        _refuse_other_type(table, ranked)
        if "query" not in table.columns:
            table = ranked.select("query").unique().join(table.select("item").unique(), how="cross")
        found = table.select("query", "item").unique().join(own, on=["query", "item"], how="anti")
    grouped = found.sort("query", "item").group_by("query", maintain_order=True).agg("item")
    return dict(grouped.iter_rows())


def _refuse_other_type(pool: pl.DataFrame, ranked: pl.DataFrame) -> None:
    for name in {"query", "item"} & set(pool.columns):
        mine, theirs = id_matches(ranked[name], pool[name])
        if mine.dtype != ranked[name].dtype or theirs.dtype != pool[name].dtype:
            raise InputError(
                f"Ids must be of one type; they are {pool[name].dtype} here and {ranked[name].dtype} in the runs.",
                where="pool",
                column=name,
            )


def _places(length: int, drawn: IndexArray, mode: str) -> IndexArray:
    """Return which of the run's own items, from 0, stands at each slot that is not drawn for."""
    places = np.arange(length)
    if mode == "insert":
        is_drawn = np.zeros(length, dtype=np.int64)
        is_drawn[drawn] = 1
        places -= np.cumsum(is_drawn)
    return np.maximum(places, 0)  # where all slots so far are drawn for, none is taken


def _chances(places: IndexArray, allowed: IndexArray, epsilon: float, mode: str) -> FloatArray:
    """Return how likely the run's own item of these places is at each slot."""
    from scipy.stats import binom

    is_allowed = np.zeros(len(places))
    is_allowed[allowed] = 1
    chances: FloatArray = 1 - epsilon * is_allowed
    if mode == "insert":
        above = np.cumsum(is_allowed) - is_allowed
        chances *= binom.pmf(np.arange(len(places)) - places, above, epsilon)
    return chances


def _explored(runs: IntoTable, ranked: pl.DataFrame, pages: list[_Page], notes: tuple[str, ...]) -> Explored:
    lengths = [len(page.items) for page in pages]
    log = pl.DataFrame(
        {
            "query": pl.Series([page.query for page in pages], dtype=ranked["query"].dtype)
            .repeat_by(pl.Series(lengths))
            .explode(),
            "item": pl.Series([item for page in pages for item in page.items], dtype=ranked["item"].dtype),
            "rank": np.concatenate([np.arange(1, length + 1) for length in lengths]),
            "propensity": np.concatenate([page.propensities for page in pages]),
            "explored": [flag for page in pages for flag in page.explored],
        }
    )
    system = pl.lit(ranked["system"][0]).alias("system")
    shown = log.select(system, "query", "item", "rank", score=1 / pl.col("rank"))
    return Explored(like(runs, shown), like(runs, log), notes)
