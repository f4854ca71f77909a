"""Between tables and codes: rankings come in, aggregated ones go out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.rankings._coded import CodedRankings, FloatArray, Unranked
from palate.aggregation.rankings._found import RankingFit, RankingResult
from palate.aggregation.rankings._ordered_pairs import ordered_pairs
from palate.core.coding import encode
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import RANKINGS

__all__ = ["code_rankings", "result_tables"]

_SAME_SCORE = 1e-9
"""Scores that differ by less share a rank: an iteration's last digits are no preference."""


def code_rankings(rankings: IntoTable, *, by_task: bool, unranked: Unranked) -> CodedRankings:
    """Return rankings as flat arrays that do not depend on the order of the rows.

    Raises:
        InputError: The table cannot be read, or no ranking puts one item above another.
    """
    where = str(rankings) if isinstance(rankings, (str, Path)) else RANKINGS.name
    table = read_table(rankings, RANKINGS)
    tasks, annotators, items = (encode(table[name]) for name in ("task", "annotator", "item"))
    groups = tasks.codes if by_task else np.zeros_like(tasks.codes)
    ranks = table["rank"].to_numpy()
    order = np.lexsort((items.codes, ranks, tasks.codes, annotators.codes, groups))
    keys = groups * np.int64(len(items)) + items.codes
    distinct, candidates = np.unique(keys, return_inverse=True)
    n_groups = len(tasks) if by_task else 1
    voter = (tasks.codes * np.int64(len(annotators)) + annotators.codes)[order]
    begins = np.append(True, voter[1:] != voter[:-1])
    coded = CodedRankings(
        offsets=np.append(np.flatnonzero(begins), len(table)).astype(np.int64),
        candidates=candidates[order].astype(np.int32),
        levels=_levels(ranks[order], begins),
        listed=np.ones(len(table), dtype=np.bool_),
        annotators=annotators.codes[order][begins],
        candidate_offsets=np.searchsorted(distinct, np.arange(n_groups + 1) * np.int64(len(items))),
        items=(distinct % len(items)).astype(np.int32),
        task_ids=tasks.values if by_task else None,
        item_ids=items.values,
        annotator_ids=annotators.values,
    )
    if unranked == "last":
        coded = _with_unranked_last(coded)
    if not coded.levels.any():
        raise InputError(
            "No ranking puts one item above another, so there is nothing to aggregate. If annotators named only"
            " what they like best of what they saw, set unranked='last'.",
            where=where,
            column="rank",
        )
    return coded


def result_tables(
    aggregator: object, coded: CodedRankings, fit: RankingFit, source: IntoTable
) -> RankingResult:
    """Return what a method found in the caller's own ids and kind of dataframe."""
    return RankingResult(
        rankings=like(source, _ranking_table(coded, fit)),
        annotators=like(source, _annotator_table(coded, fit.scores)),
        tasks=like(source, _task_table(coded, fit)),
        converged=fit.converged,
        iterations=fit.iterations,
        log_likelihood=fit.log_likelihood,
        settings=aggregator,
    )


def _levels(ranks: npt.NDArray[np.int64], begins: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Return the number of different ranks before each within its ranking."""
    new_level = begins | np.append(True, ranks[1:] != ranks[:-1])
    level = np.cumsum(new_level)
    first = np.flatnonzero(begins)
    lengths = np.diff(np.append(first, len(ranks)))
    levels: npt.NDArray[np.int32] = (level - np.repeat(level[first], lengths)).astype(np.int32)
    return levels


def _with_unranked_last(coded: CodedRankings) -> CodedRankings:
    """Return the rankings with all candidates of their group in each, those left out on a last level."""
    starts = coded.candidate_offsets[coded.group_of_ranking]
    sizes = np.diff(coded.candidate_offsets)[coded.group_of_ranking]
    offsets = np.append(0, np.cumsum(sizes))
    n_rankings = len(sizes)
    ranking = np.repeat(np.arange(n_rankings), sizes)
    candidates = np.arange(offsets[-1]) - (offsets[:-1] - starts)[ranking]
    levels = (coded.levels[coded.offsets[1:] - 1] + 1)[ranking]
    listed = np.zeros(offsets[-1], dtype=np.bool_)
    own = np.repeat(np.arange(n_rankings), np.diff(coded.offsets))
    places = coded.candidates + (offsets[:-1] - starts)[own]
    levels[places], listed[places] = coded.levels, True
    order = np.lexsort((candidates, levels, ranking))
    return replace(
        coded,
        offsets=offsets.astype(np.int64),
        candidates=candidates[order].astype(np.int32),
        levels=levels[order],
        listed=listed[order],
    )


def _ranking_table(coded: CodedRankings, fit: RankingFit) -> pl.DataFrame:
    groups, n_candidates = coded.group_of_candidate, len(coded.items)
    components = np.ones(n_candidates, dtype=np.int32) if fit.components is None else fit.components
    order = np.lexsort((-fit.scores.round(9), components, groups))
    together = groups[order] * np.int64(n_candidates + 1) + components[order]
    answers = np.bincount(coded.candidates[coded.listed], minlength=n_candidates)
    columns: dict[str, pl.Series] = {}
    if coded.task_ids is not None:
        columns["task"] = coded.task_ids.gather(groups[order])
    columns |= {
        "item": coded.item_ids.gather(coded.items[order]),
        "rank": pl.Series(_ranks(fit.scores[order], together)),
        "score": pl.Series(fit.scores[order]),
        "answers": pl.Series(answers[order]),
    }
    if fit.components is not None:
        columns["component"] = pl.Series(components[order])
    for name in ("low", "high", "low_rank", "high_rank"):
        values = getattr(fit, name)
        if values is not None:
            columns[name] = pl.Series(values[order]).fill_nan(None)
    return pl.DataFrame(columns)


def _ranks(scores: FloatArray, together: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Return ranks from 1 among those that are ranked together; scores come best first."""
    places = np.arange(len(scores))
    begins = np.append(True, together[1:] != together[:-1])
    new_rank = begins | (np.diff(scores, prepend=np.inf) < -_SAME_SCORE)
    start = np.maximum.accumulate(np.where(begins, places, 0))
    rank_start = np.maximum.accumulate(np.where(new_rank, places, 0))
    ranks: npt.NDArray[np.int32] = (rank_start - start + 1).astype(np.int32)
    return ranks


def _annotator_table(coded: CodedRankings, scores: FloatArray) -> pl.DataFrame:
    n_annotators = len(coded.annotator_ids)
    pairs, agreed = np.zeros(n_annotators, dtype=np.int64), np.zeros(n_annotators)
    for ranking, above, below in ordered_pairs(coded):
        lead = scores[above] - scores[below]
        same = np.where(lead > _SAME_SCORE, 1.0, np.where(lead < -_SAME_SCORE, 0.0, 0.5))
        who = coded.annotators[ranking]
        pairs += np.bincount(who, minlength=n_annotators)
        agreed += np.bincount(who, weights=same, minlength=n_annotators)
    shares = np.divide(agreed, pairs, out=np.full(n_annotators, np.nan), where=pairs > 0)
    return pl.DataFrame(
        {
            "annotator": coded.annotator_ids,
            "rankings": np.bincount(coded.annotators, minlength=n_annotators),
            "pairs": pairs,
            "agreement": pl.Series(shares).fill_nan(None),
        }
    )


def _task_table(coded: CodedRankings, fit: RankingFit) -> pl.DataFrame:
    columns: dict[str, object] = {} if coded.task_ids is None else {"task": coded.task_ids}
    columns["rankings"] = np.bincount(coded.group_of_ranking, minlength=coded.n_groups)
    columns["items"] = np.diff(coded.candidate_offsets)
    return pl.DataFrame(columns | dict(fit.per_task))
