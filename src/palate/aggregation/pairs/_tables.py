"""Between tables and codes: comparisons come in, a ranking goes out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.pairs._coded import CodedComparisons, FloatArray
from palate.aggregation.pairs._found import PairFit, PairResult
from palate.aggregation.pairs._pair_counts import PairCounts
from palate.core.casts import refuse
from palate.core.coding import IntArray, encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import COMPARISONS

__all__ = ["code_comparisons", "result_tables"]

_WORDS = {"left": 1, "right": -1, "tie": 0, "draw": 0, "same": 0, "equal": 0}

_BLOCK = 1 << 15
"""Comparisons worked on at a time: their numbers stay in the processor's cache."""

_SAME_SCORE = 1e-9
"""Scores that differ by less share a rank: an iteration's last digits are no preference."""


def code_comparisons(comparisons: IntoTable) -> CodedComparisons:
    """Return comparisons as flat arrays.

    Raises:
        InputError: The table cannot be read, a label says none of the two, a thing is compared with itself,
            both sides are of different types, or an id reads like a label.
    """
    where = str(comparisons) if isinstance(comparisons, (str, Path)) else COMPARISONS.name
    table = read_table(comparisons, COMPARISONS)
    left, right = table["left"], table["right"]
    if left.dtype.is_integer() != right.dtype.is_integer():
        raise InputError(
            "One side names what it shows by whole numbers, the other by text; they would never be the same"
            " thing. Make them one type.",
            where=where,
            column="right",
        )
    both = pl.concat([left.alias("id").to_frame(), right.alias("id").to_frame()], how="vertical_relaxed")[
        "id"
    ]
    codes = encode(both)
    ids, left_codes, right_codes = codes.values, codes.codes[: len(left)], codes.codes[len(left) :]
    refuse(
        pl.Series(left_codes == right_codes),
        COMPARISONS.column("right"),
        where,
        "Something is compared with itself",
        right,
        advice="A comparison needs two different things; remove the row.",
    )
    _refuse_words(ids, table, where)
    annotators, annotator_ids = _annotators(table)
    return CodedComparisons(
        left=left_codes,
        right=right_codes,
        outcome=_outcomes(table, where),
        annotators=annotators,
        ids=ids,
        annotator_ids=annotator_ids,
        table=table,
    )


def result_tables(aggregator: object, coded: CodedComparisons, fit: PairFit, source: IntoTable) -> PairResult:
    """Return what a method found in the caller's own ids and kind of dataframe."""
    return PairResult(
        scores=like(source, _scores_table(coded, fit)),
        make_wins=partial(_wins_like, source, coded, fit),
        effects=like(source, _effects_table(fit)),
        annotators=like(source, _annotators_table(coded, fit)),
        queries=None if fit.queries is None else like(source, fit.queries),
        converged=fit.converged,
        iterations=fit.iterations,
        log_likelihood=fit.log_likelihood,
        settings=aggregator,
    )


def _refuse_words(ids: pl.Series, table: pl.DataFrame, where: str) -> None:
    """Raise where something compared is called as a label is."""
    if ids.dtype != pl.String:
        return
    unclear = ids.filter(_words(ids).is_not_null()).implode()
    for side in ("left", "right"):
        refuse(
            table[side].is_in(unclear),
            COMPARISONS.column(side),
            where,
            "Something compared is called as a label is, which could then mean it or the side",
            table[side],
            advice=f"Rename it to something else than {', '.join(_WORDS)}.",
        )


def _outcomes(table: pl.DataFrame, where: str) -> npt.NDArray[np.int8]:
    """Return 1 where the left was preferred, -1 where the right was, 0 for a tie."""
    label = table["label"].cast(pl.String)
    left, right = label == "left", label == "right"
    n_others = len(label) - int(left.sum()) - int(right.sum())
    if not n_others or n_others == (label == "tie").sum():  # as most tables are, and in a third of the time
        return (left.cast(pl.Int8) - right.cast(pl.Int8)).to_numpy(writable=True)
    distinct = label.unique()
    outcomes = label.replace_strict(distinct, _words(distinct), return_dtype=pl.Int8)
    if outcomes.null_count():
        left, right = table["left"].cast(pl.String), table["right"].cast(pl.String)
        named = pl.when(label == left).then(1).when(label == right).then(-1)
        outcomes = outcomes.fill_null(pl.select(named.cast(pl.Int8)).to_series())
    refuse(
        outcomes.is_null(),
        COMPARISONS.column("label"),
        where,
        "A label must be left, right or tie, or the preferred one itself, as the row names it",
        table["label"],
    )
    return outcomes.to_numpy()


def _words(values: pl.Series) -> pl.Series:
    """Return the outcome that each text names, none where it names none."""
    plain = values.str.strip_chars().str.to_lowercase()
    return plain.replace_strict(_WORDS, default=None, return_dtype=pl.Int8)


def _annotators(table: pl.DataFrame) -> tuple[IntArray, pl.Series]:
    if "annotator" not in table.columns:
        return np.full(len(table), -1, dtype=np.int32), pl.Series("annotator", [], dtype=pl.String)
    column = table["annotator"]
    if not column.null_count():
        codes = encode(column)
        return codes.codes, codes.values
    ids = column.drop_nulls().unique().sort()
    return encode_like(column, ids), ids


def _scores_table(coded: CodedComparisons, fit: PairFit) -> pl.DataFrame:
    pairs, n_ids = coded.pairs, len(coded.ids)
    met = _sum_both(pairs, pairs.comparisons, pairs.comparisons, n_ids)
    won = _sum_both(pairs, pairs.first_wins + pairs.ties / 2, pairs.second_wins + pairs.ties / 2, n_ids)
    groups = np.ones(n_ids, dtype=np.int32) if fit.components is None else fit.components
    order = np.lexsort((-fit.scores.round(9), groups))
    columns = {
        "item": coded.ids.gather(order),
        "score": pl.Series(fit.scores[order]),
        "rank": pl.Series(_ranks(fit.scores[order], groups[order])),
        "comparisons": pl.Series(met[order].astype(np.int64)),
        "win_share": pl.Series((won / met)[order]),
    }
    for name, values in _found(fit):
        if values is not None:
            columns[name] = pl.Series(values[order])
    return pl.DataFrame(columns)


def _sum_both(pairs: PairCounts, of_first: FloatArray, of_second: FloatArray, n_ids: int) -> FloatArray:
    """Return the sum over pairs of what the first and the second of each get, shape (n_ids,)."""
    as_first = np.bincount(pairs.first, of_first, n_ids)
    return np.asarray(as_first + np.bincount(pairs.second, of_second, n_ids), dtype=np.float64)


def _found(fit: PairFit) -> list[tuple[str, FloatArray | IntArray | None]]:
    """Return what only some methods give of each thing, by the name of its column."""
    return [
        ("low", fit.low),
        ("high", fit.high),
        ("low_rank", fit.low_rank),
        ("high_rank", fit.high_rank),
        ("component", fit.components),
    ]


def _ranks(scores: FloatArray, groups: IntArray) -> IntArray:
    """Return ranks from 1 within each group; scores come best first, group after group."""
    places = np.arange(len(scores))
    new_group = np.diff(groups, prepend=0) != 0
    new_rank = new_group | (np.diff(scores, prepend=np.inf) < -_SAME_SCORE)
    group_start = np.maximum.accumulate(np.where(new_group, places, 0))
    rank_start = np.maximum.accumulate(np.where(new_rank, places, 0))
    ranks: IntArray = (rank_start - group_start + 1).astype(np.int32)
    return ranks


def _effects_table(fit: PairFit) -> pl.DataFrame:
    return pl.DataFrame(
        [(effect.name, effect.value, effect.low, effect.high) for effect in fit.effects],
        schema={"effect": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64},
        orient="row",
    )


def _annotators_table(coded: CodedComparisons, fit: PairFit) -> pl.DataFrame:
    shifted = np.zeros(len(coded.annotator_ids) + 1, dtype=np.int64)
    chunk = max(_BLOCK, len(shifted))
    for start in range(0, len(coded.annotators), chunk):
        shifted += np.bincount(coded.annotators[start : start + chunk] + 1, minlength=len(shifted))
    given = shifted[1:]  # the first are those that name nobody
    return pl.DataFrame({"annotator": coded.annotator_ids, "comparisons": given, **fit.annotators})


def _wins_like(source: IntoTable, coded: CodedComparisons, fit: PairFit) -> Any:
    return like(source, _wins_table(coded, fit))


def _wins_table(coded: CodedComparisons, fit: PairFit) -> pl.DataFrame:
    """Return every pair that met twice, once from the side of each."""
    pairs = coded.pairs
    item, other = np.concatenate([[pairs.first, pairs.second], [pairs.second, pairs.first]], axis=1)
    wins = np.concatenate([pairs.first_wins, pairs.second_wins])
    ties, met = np.tile(pairs.ties, 2), np.tile(pairs.comparisons, 2)
    columns = {
        "item": coded.ids.gather(item),
        "other": coded.ids.gather(other),
        "comparisons": met.astype(np.int64),
        "wins": wins.astype(np.int64),
        "ties": ties.astype(np.int64),
        "win_share": (wins + ties / 2) / met,
        "probability": np.concatenate([fit.win_probability, 1 - fit.win_probability]),
    }
    if fit.tie_probability is not None:
        columns["tie_probability"] = np.tile(fit.tie_probability, 2)
    order = np.argsort(item * np.int64(len(coded.ids)) + other)
    return pl.DataFrame(columns)[order]
