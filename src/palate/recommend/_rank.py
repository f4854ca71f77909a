"""Runs of a recommender that has learned: over given candidates, or over all items."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import polars as pl
from scipy import sparse

from palate.core.coding import IntArray, encode_like
from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, read_table
from palate.core.partitions import available_threads
from palate.core.progress import Progress, no_progress
from palate.core.tables import CANDIDATES, INTERACTIONS
from palate.recommend._top import Seen, Top
from palate.recommend.base import CodedInteractions, FittedRecommender, ScoreArray

__all__ = ["rank_candidates", "recommend_blocks", "recommend_top"]

_BLOCK_CELLS = 1 << 20
"""Most scores of a thread in memory at once: 8 MiB. BLAS multiplies large blocks faster."""

_BLOCKS_A_THREAD = 2
"""Blocks of users that a thread goes through before their items become rows."""

_QUERY = CANDIDATES.column("query")
_USER = INTERACTIONS.column("user")
_CANDIDATES = replace(
    CANDIDATES,
    columns=(
        replace(_QUERY, aliases=(*_QUERY.aliases, "user", *_USER.aliases)),
        *(column for column in CANDIDATES.columns if column is not _QUERY),
    ),
)
"""Candidates whose query may be called a user, which it is."""


def rank_candidates(
    fitted: FittedRecommender,
    interactions: CodedInteractions,
    candidates: IntoTable,
    system: str,
    cutoff: int | None = None,
) -> pl.DataFrame:
    """Return each query's candidates in the order of their scores, equal ones in the order of their ids.

    A user without interactions is scored as the users are on average. An item without interactions comes
    after all others of its query, with a score 1 below the lowest (0 where no item is known).

    Args:
        fitted: A recommender fitted on ``interactions``.
        interactions: What it learned from.
        candidates: A dataframe or a path, columns ``query`` (or ``user``) and ``item``.
        system: What to call it in the runs.
        cutoff: Ranks to keep; all by default.

    Returns:
        Columns ``system, query, item, rank, score``; ids as they came in ``candidates``.

    Raises:
        InputError: Candidates lack columns or ids, or repeat a (query, item).
        SettingsError: ``cutoff`` is below 1.
    """
    _check_cutoff(cutoff)
    frame = read_table(candidates, _CANDIDATES).sort("query", "item")
    users = _codes_of(frame["query"], interactions.user_ids)
    items = _codes_of(frame["item"], interactions.item_ids)
    scores = np.empty(len(frame))
    for rows in _groups(frame["query"]):
        scores[rows] = _score_candidates(fitted, int(users[rows.start]), items[rows])
    ranked = frame.select("query", "item", score=scores).sort(
        "query", "score", "item", descending=[False, True, False]
    )
    runs = _with_ranks(ranked, system)
    return runs if cutoff is None else runs.filter(pl.col("rank") <= cutoff)


def recommend_top(
    fitted: FittedRecommender,
    interactions: CodedInteractions,
    cutoff: int,
    users: pl.Series | None = None,
    *,
    skip_seen: bool = True,
    system: str = "recommender",
    progress: Progress = no_progress,
) -> pl.DataFrame:
    """Return each user's ``cutoff`` highest items of all, equal ones in the order of their ids.

    Args:
        fitted: A recommender fitted on ``interactions``.
        interactions: What it learned from.
        cutoff: Items a user.
        users: Whom to recommend to; all known users by default. One without interactions is scored as the
            users are on average.
        skip_seen: Whether to leave out what a user already interacted with. A user with fewer than
            ``cutoff`` items left gets those; one with none left gets no rows.
        system: What to call it in the runs.
        progress: Called with (users done, users in all).

    Returns:
        Columns ``system, query, item, rank, score``; ``query`` is the user.

    Raises:
        InputError: ``users`` is empty or has missing ones.
        SettingsError: ``cutoff`` is below 1.
    """
    blocks = recommend_blocks(
        fitted, interactions, cutoff, users, skip_seen=skip_seen, system=system, progress=progress
    )
    return pl.concat(blocks)


def recommend_blocks(
    fitted: FittedRecommender,
    interactions: CodedInteractions,
    cutoff: int,
    users: pl.Series | None = None,
    *,
    skip_seen: bool = True,
    system: str = "recommender",
    progress: Progress = no_progress,
) -> Iterator[pl.DataFrame]:
    """Yield the rows of :func:`recommend_top` some users at a time, in threads: memory does not grow with the users.

    Args:
        fitted: As there, and so are the others.
        interactions: What it learned from.
        cutoff: Items a user.
        users: Whom to recommend to.
        skip_seen: Whether to leave out what a user already interacted with.
        system: What to call it in the runs.
        progress: Called with (users done, users in all).

    Raises:
        InputError: ``users`` is empty or has missing ones.
        SettingsError: ``cutoff`` is below 1.
    """
    _check_cutoff(cutoff)
    ids = interactions.user_ids if users is None else users.unique().sort()
    if ids.is_empty() or ids.null_count():
        raise InputError(
            "Expected at least one user to recommend to, and none of them missing.", where="users"
        )
    return _blocks(fitted, interactions, cutoff, ids, skip_seen, system, progress)


def _blocks(  # noqa: PLR0917 (they come from one place)
    fitted: FittedRecommender,
    interactions: CodedInteractions,
    cutoff: int,
    ids: pl.Series,
    skip_seen: bool,
    system: str,
    progress: Progress,
) -> Iterator[pl.DataFrame]:
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # it ships no types

    codes = _codes_of(ids, interactions.user_ids)
    n_items = len(interactions.item_ids)
    seen = _seen(interactions) if skip_seen else None
    block = max(1, _BLOCK_CELLS // n_items)
    threads = available_threads()
    at_once = block * threads * _BLOCKS_A_THREAD
    libraries = ThreadpoolController()

    def find(start: int) -> Top:
        return fitted.top(codes[start : start + block], n_items, min(cutoff, n_items), seen)

    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(codes), at_once):
            stop = min(start + at_once, len(codes))
            with libraries.limit(
                limits=1, user_api="blas"
            ):  # threads within threads would wait for one another
                found = list(pool.map(find, range(start, stop, block)))
            yield _rows(found, ids[start:stop], interactions.item_ids, system)
            progress(stop, len(codes))


def _rows(found: list[Top], users: pl.Series, item_ids: pl.Series, system: str) -> pl.DataFrame:
    """Return the highest items of consecutive users as rows of a run."""
    counts, items, scores = (
        np.concatenate([getattr(top, name) for top in found]) for name in ("counts", "items", "scores")
    )
    places = np.arange(items.shape[1])
    filled = places < counts[:, None]
    ranks = np.broadcast_to(places + 1, items.shape)
    return pl.DataFrame(
        {
            "query": users.gather(np.repeat(np.arange(len(users)), counts)),
            "item": item_ids.gather(items[filled]),
            "rank": ranks[filled],
            "score": scores[filled],
        },
        schema_overrides={"rank": pl.Int64},
    ).select(pl.lit(system).alias("system"), "query", "item", "rank", "score")


def _check_cutoff(cutoff: int | None) -> None:
    if cutoff is not None and cutoff < 1:
        raise SettingsError(f"'cutoff' must be at least 1; it is {cutoff}.")


def _codes_of(column: pl.Series, ids: pl.Series) -> IntArray:
    """Return the rows' codes among ``ids``, -1 for others; text and numbers that read the same match: 7 and "7", not "007"."""
    if column.dtype.is_float():
        column = column.cast(pl.Int64, strict=False).set(column != column.round(), None)
    return encode_like(column, ids)


def _groups(sorted_queries: pl.Series) -> Iterator[slice]:
    lengths = sorted_queries.rle().struct.field("len").to_list()
    stop = 0
    for length in lengths:
        start, stop = stop, stop + length
        yield slice(start, stop)


def _score_candidates(fitted: FittedRecommender, user: int, items: IntArray) -> ScoreArray:
    known = items >= 0
    scores = np.zeros(len(items))
    if known.any():
        scores[known] = fitted.score(user, items[known])
        scores[~known] = scores[known].min() - 1.0
    return scores


def _seen(interactions: CodedInteractions) -> Seen:
    shape = (len(interactions.user_ids), len(interactions.item_ids))
    marks = np.ones(len(interactions.users), dtype=np.bool_)
    return sparse.coo_array((marks, (interactions.users, interactions.items)), shape=shape).tocsr()


def _with_ranks(ranked: pl.DataFrame, system: str) -> pl.DataFrame:
    """Add system and rank to rows that are sorted by query and, within it, best first."""
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("query")
    return ranked.select(pl.lit(system).alias("system"), "query", "item", rank.alias("rank"), "score")
