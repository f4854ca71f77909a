"""Read the log of one policy and the probabilities of another."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from palate.core import tables
from palate.core.coding import IntArray, encode
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import ITEM, Column, Table
from palate.inference.base import FloatArray

__all__ = ["LOG", "Policy", "ReadLog", "read_log"]

_TARGET = Column(
    "target",
    "number",
    "the target policy's probability of the item shown",
    required=False,
    minimum=0,
    maximum=1,
)
LOG = Table(
    "log",
    (
        replace(ITEM, required=False),
        Column("reward", "number", "what came of showing the item", aliases=("click", "clicks")),
        Column(
            "propensity",
            "number",
            "the probability with which the logging policy showed the item",
            above=0,
            maximum=1,
            aliases=("propensity_score", "pscore"),
        ),
        _TARGET,
        replace(tables.USER, required=False),
    ),
)
_POLICY = Table(
    "policy",
    (
        ITEM,
        Column("probability", "number", "with which the target policy shows the item", minimum=0, maximum=1),
    ),
)
_SLACK = 1e-3
"""How far probabilities may sum to something other than 1, by rounding in files."""


@dataclass(frozen=True)
class Policy:
    """A target policy's probabilities by situation, as flat arrays.

    Args:
        situations: int32, shape (n_rows,): the situation of each row of the log.
        n_situations: How many there are.
        of: int32, shape (n,): the situation of each probability.
        items: int32, shape (n,): its item.
        probabilities: float64, shape (n,).
        logged_items: int32, shape (n_rows,): the item of each row of the log, coded like ``items``.
        n_items: How many items there are.
    """

    situations: IntArray
    n_situations: int
    of: IntArray
    items: IntArray
    probabilities: FloatArray
    logged_items: IntArray
    n_items: int


@dataclass(frozen=True)
class ReadLog:
    """A checked log.

    Args:
        table: Its rows.
        target: The target policy's probability of each row's item.
        users: The user of each row as a code, if known.
        policy: The whole target policy, if it was given.
        shared: The columns that tell its situations apart.
    """

    table: pl.DataFrame
    target: FloatArray
    users: IntArray | None
    policy: Policy | None
    shared: tuple[str, ...]


def read_log(log: IntoTable, policy: IntoTable | None = None) -> ReadLog:
    """Return a log with the probability of each row's item under the target policy.

    Args:
        log: Columns ``reward, propensity``, ``item`` if ``policy`` is given, else ``target``; ``user`` if known.
        policy: Columns ``item, probability`` and any that the log has, too, such as ``position`` or ``query``:
            these tell apart situations, in each of which the probabilities sum to 1.

    Raises:
        InputError: The tables do not hold what is needed, a propensity is not in (0, 1], probabilities of a
            situation do not sum to 1, or the policy lacks a situation of the log.
    """
    table = read_table(log, LOG)
    if len(table) < 2:
        raise InputError("An interval needs at least two rows of the log; there is one.", where="log")
    users = encode(table["user"]).codes if "user" in table.columns else None
    if users is not None and not users.any():
        raise InputError("An interval needs at least two users; the log has one.", where="log", column="user")
    if policy is None:
        if "target" not in table.columns or table["target"].null_count():
            raise InputError(
                "What the target policy would show is not known. Give a table of the policy (item, probability), or give"
                " every row of the log the column 'target': the target policy's probability of the item shown.",
                where="log",
            )
        return ReadLog(table, table["target"].to_numpy(), users, None, ())
    wanted = read_table(policy, _POLICY)
    if "item" not in table.columns or table["item"].null_count():
        raise InputError(
            "To look an item up in the policy, every row of the log needs the column 'item'.", where="log"
        )
    shared = tuple(c for c in wanted.columns if c in table.columns and c not in {"item", "probability"})
    coded = _coded(table, wanted, shared)
    return ReadLog(table, _target(coded), users, coded, shared)


def _coded(table: pl.DataFrame, wanted: pl.DataFrame, shared: tuple[str, ...]) -> Policy:
    both = pl.concat([_as_text(table, shared), _as_text(wanted, shared)])
    situations = both["situation"].rank("dense").cast(pl.Int32).to_numpy() - 1
    items = encode(both["item"])
    n = len(table)
    probabilities = wanted["probability"].to_numpy()
    of, n_situations = situations[n:], int(situations.max()) + 1
    sums = np.bincount(of, weights=probabilities, minlength=n_situations)
    absent = np.flatnonzero(np.bincount(of, minlength=n_situations)[situations[:n]] == 0)
    if len(absent):
        where = ", ".join(f"{name} {table[name][int(absent[0])]}" for name in shared)
        raise InputError(
            f"The policy says nothing about {len(absent):,} of {n:,} rows of the log, such as those of {where}.",
            where="policy",
        )
    wrong = np.flatnonzero((np.abs(sums - 1) > _SLACK) & (np.bincount(of, minlength=n_situations) > 0))
    if len(wrong):
        row = int(np.flatnonzero(of == wrong[0])[0])
        where = ", ".join(f"{name} {wanted[name][row]}" for name in shared) or "all items"
        raise InputError(
            f"The policy's probabilities must sum to 1 in every situation; those of {where} sum to {sums[wrong[0]]:.4g}.",
            where="policy",
            column="probability",
        )
    codes = items.codes
    coded = Policy(situations[:n], n_situations, of, codes[n:], probabilities, codes[:n], len(items))
    cells = of.astype(np.int64) * len(items) + coded.items
    if len(np.unique(cells)) < len(cells):
        raise InputError(
            "The policy must name every item once in a situation; some are named twice.", where="policy"
        )
    return coded


def _as_text(table: pl.DataFrame, shared: tuple[str, ...]) -> pl.DataFrame:
    """Return the situation and the item of each row as text, so that the number 7 meets the text 7."""
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in shared]
    situation = pl.concat_str(parts, separator="\x1f") if parts else pl.lit("")
    return table.select(situation.alias("situation"), pl.col("item").cast(pl.String))


def _target(policy: Policy) -> FloatArray:
    """Return the policy's probability of each logged item; 0 where it does not name it."""
    cells = policy.of.astype(np.int64) * policy.n_items + policy.items
    order = np.argsort(cells)
    wanted = policy.situations.astype(np.int64) * policy.n_items + policy.logged_items
    places = np.minimum(np.searchsorted(cells[order], wanted), len(cells) - 1)
    found = order[places]
    return np.where(cells[found] == wanted, policy.probabilities[found], 0.0)
