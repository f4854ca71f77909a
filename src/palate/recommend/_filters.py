"""Take out of runs what must not be shown, and say what was taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, SettingsError, UnknownNameError
from palate.core.frames import IntoTable, like, read_table
from palate.core.settings import check_counts
from palate.core.tables import INTERACTIONS, ITEM, QUERY, Table
from palate.recommend._ranked_runs import id_matches, ranked_again, read_ranked
from palate.recommend.diversify._item_vectors import read_categories

__all__ = ["Filtered", "cap_categories", "keep_items", "remove_items", "remove_seen"]

_USER = INTERACTIONS.column("user")
_SEEN = replace(
    INTERACTIONS,
    columns=(replace(_USER, aliases=(*_USER.aliases, "query", "query_id", "qid")), *INTERACTIONS.columns[1:]),
)
_UNAVAILABLE = Table("items", (ITEM, replace(QUERY, required=False)))
_AVAILABLE = Table("items", (ITEM,))


@dataclass(frozen=True, eq=False)
class Filtered:
    """Runs without some items. The frames are of the kind that the runs came in.

    Args:
        runs: The rows that stay, by system, query and rank: ranks from 1 without gaps, scores and order as they were.
        removed: The rows that were taken out, with the rank that they had and the ``reason``.
        notes: What a reader must know beside the runs, as sentences.
    """

    runs: Any
    removed: Any
    notes: tuple[str, ...]


def remove_seen(runs: IntoTable, interactions: IntoTable) -> Filtered:
    """Take out what each user already interacted with.

    Args:
        runs: A dataframe or a path, columns ``query`` (the user), ``item`` and ``score`` or ``rank``.
        interactions: Columns ``user, item``. Ids of another type meet as text.

    Raises:
        InputError: A table is not as said.

    >>> run = pl.DataFrame({"query": 1, "item": ["a", "b"], "rank": [1, 2]})
    >>> remove_seen(run, pl.DataFrame({"user": [1], "item": ["a"]})).runs.select("item", "rank").rows()
    [('b', 1)]
    """
    ranked = read_ranked(runs)
    seen = read_table(interactions, _SEEN).select(query="user", item="item")
    found = _without(runs, ranked, _is_among(ranked, seen), "seen")
    if _is_among(ranked, seen.select("query")).any():
        return found
    note = (
        f"none of the users in the runs has interactions; users are called such as {ranked['query'][0]} in the runs and"
        f" {seen['query'][0]} in the interactions."
    )
    return replace(found, notes=(note, *found.notes))


def remove_items(runs: IntoTable, unavailable: IntoTable) -> Filtered:
    """Take out items that cannot be shown: to anybody, or to one user where the table has a column ``query``.

    Args:
        runs: A dataframe or a path, columns ``query, item`` and ``score`` or ``rank``.
        unavailable: Columns ``item`` and, if wanted, ``query``; a missing query stands for all.

    Raises:
        InputError: A table is not as said.
    """
    ranked = read_ranked(runs)
    table = read_table(unavailable, _UNAVAILABLE, where="unavailable", unique=False)
    if "query" not in table.columns:
        return _without(runs, ranked, _is_among(ranked, table.select("item")), "unavailable")
    everywhere = table.filter(pl.col("query").is_null()).select("item")
    somewhere = table.filter(pl.col("query").is_not_null()).select("query", "item")
    gone = _is_among(ranked, everywhere) | _is_among(ranked, somewhere)
    return _without(runs, ranked, gone, "unavailable")


def keep_items(runs: IntoTable, available: IntoTable) -> Filtered:
    """Take out all items that are not in a table of what can be shown.

    Args:
        runs: As of :func:`remove_items`.
        available: Column ``item``.

    Raises:
        InputError: A table is not as said, or none of the runs' items is in it.
    """
    ranked = read_ranked(runs)
    table = read_table(available, _AVAILABLE, where="available", unique=False).select("item")
    there = _is_among(ranked, table)
    if not there.any():
        raise InputError(
            f"None of the items in the runs is available; items are called such as {ranked['item'][0]} in the runs and"
            f" {table['item'][0]} here.",
            where="available",
            column="item",
        )
    return _without(runs, ranked, ~there, "unavailable")


def cap_categories(
    runs: IntoTable,
    categories: IntoTable,
    caps: int | Mapping[str, int],
    *,
    cutoff: int | None = None,
    separator: str | None = None,
) -> Filtered:
    """Keep at most so many items of a category in each ranking, the first ones.

    Goes down each ranking and keeps an item unless one of its categories is full. Items without category are kept. Where
    fewer than ``cutoff`` items can be kept, the ranking is shorter, and a note says how many are.

    Args:
        runs: As of :func:`remove_items`.
        categories: Columns ``item, category``, a row for each category of an item.
        caps: The most items of any category, or of those named; 0 bans a category.
        cutoff: Ranks to return; all by default.
        separator: Where one row of ``categories`` names several: what stands between them.

    Raises:
        InputError: A table is not as said, or none of the runs' items has a category.
        SettingsError: A cap is below 0 or none is given, or ``cutoff`` is below 1.
        UnknownNameError: There is no such category.

    >>> run = pl.DataFrame({"query": 1, "item": ["a", "b", "c"], "rank": [1, 2, 3]})
    >>> kinds = pl.DataFrame({"item": ["a", "b", "c"], "category": ["drama", "drama", "comedy"]})
    >>> cap_categories(run, kinds, 1).runs.select("item", "rank").rows()
    [('a', 1), ('c', 2)]
    """
    if cutoff is not None:
        check_counts(cutoff=cutoff)
    ranked = read_ranked(runs)
    table = read_categories(categories, separator).with_columns(pl.col("category").cast(pl.String))
    limits = _limits(caps, table["category"].unique().sort().to_list())
    of_items, items = id_matches(table["item"], ranked["item"])
    kinds = dict(table.select(of_items, "category").group_by("item").agg("category").iter_rows())
    listed: list[list[str]] = [kinds.get(item, []) for item in items.to_list()]
    bare = items.filter(pl.Series([not found for found in listed])).n_unique()
    if bare == items.n_unique():
        raise InputError("None of the items in the runs has a category.", where="categories", column="item")
    full = _full_at(ranked, listed, limits)
    capped = np.array([name is not None for name in full])
    reason = pl.Series([None if name is None else f"cap of {name}" for name in full], dtype=pl.String)
    notes = []
    if bare:
        notes.append(
            f"{bare:,} of {items.n_unique():,} items have no category, so that no cap holds for them."
        )
    found = _without(runs, ranked, capped, reason)
    kept = ranked.filter(pl.Series(~capped))
    if cutoff is not None:
        short = _shorter(ranked, kept, cutoff)
        if short:
            notes.append(f"{_rankings(short)} fewer than {cutoff} items left by the caps.")
        kept = ranked_again(kept).filter(pl.col("rank") <= cutoff)
        return Filtered(like(runs, kept), found.removed, (*found.notes, *notes))
    return Filtered(found.runs, found.removed, (*found.notes, *notes))


def _is_among(ranked: pl.DataFrame, rows: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows of runs are in a table by the columns that it has."""
    mine, theirs = {}, {}
    for name in rows.columns:
        mine[name], theirs[name] = id_matches(ranked[name], rows[name])
    marked = pl.DataFrame(theirs).unique().with_columns(among=True)
    joined = pl.DataFrame(mine).join(marked, on=rows.columns, how="left", maintain_order="left")
    return joined["among"].fill_null(False).to_numpy()


def _without(
    runs: IntoTable, ranked: pl.DataFrame, gone: npt.NDArray[np.bool_], reason: str | pl.Series
) -> Filtered:
    """Return ranked rows without those that are gone."""
    mask = pl.Series(gone)
    why = pl.lit(reason) if isinstance(reason, str) else reason
    removed = ranked.with_columns(reason=why).filter(mask)
    kept = ranked_again(ranked.filter(~mask))
    lost = len(ranked.select("system", "query").unique()) - len(kept.select("system", "query").unique())
    notes = (f"{_rankings(lost)} no item left.",) if lost else ()
    return Filtered(like(runs, kept), like(runs, removed), notes)


def _rankings(number: int) -> str:
    return "1 ranking has" if number == 1 else f"{number:,} rankings have"


def _limits(caps: int | Mapping[str, int], categories: list[str]) -> dict[str, int]:
    named = dict.fromkeys(categories, caps) if isinstance(caps, int) else dict(caps)
    if not named:
        raise SettingsError("There is no cap; give a number, or numbers by category.")
    for name, cap in named.items():
        if name not in categories:
            raise UnknownNameError("category", name, categories)
        if not isinstance(cap, int) or isinstance(cap, bool) or cap < 0:
            raise SettingsError(f"The cap of '{name}' must be a whole number from 0; it is {cap!r}.")
    return named


def _full_at(
    ranked: pl.DataFrame, categories: list[list[str]], limits: Mapping[str, int]
) -> list[str | None]:
    """Return the category that was full when each row's turn came; None for rows that are kept."""
    found: list[str | None] = []
    left: dict[str, int] = {}
    for rank, names in zip(ranked["rank"].to_list(), categories, strict=True):
        if rank == 1:
            left = dict(limits)
        full = next((name for name in names if left.get(name, 1) == 0), None)
        found.append(full)
        if full is None:
            for name in names:
                if name in left:
                    left[name] -= 1
    return found


def _shorter(ranked: pl.DataFrame, kept: pl.DataFrame, cutoff: int) -> int:
    """Return how many rankings are shorter than ``cutoff`` now, though they were not."""
    before = ranked.group_by("system", "query").len("before").filter(pl.col("before") >= cutoff)
    after = kept.group_by("system", "query").len("after")
    joined = before.join(after, on=["system", "query"], how="left")
    return int((joined["after"].fill_null(0) < cutoff).sum())
