"""Evaluate runs by judgments: values a query, their means with intervals, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from palate.core.errors import SettingsError
from palate.core.frames import IntoTable, like, read_table
from palate.core.randomness import Seed
from palate.core.resampling import check_resampling, resampled_means
from palate.core.tables import JUDGMENTS
from palate.measures._coverage import coverage_of, refuse_no_shared_query
from palate.measures._parse import parse_measure
from palate.measures._rankings import CodedJudgments, code_judgments
from palate.measures._run_values import RunValues, run_values
from palate.measures._runs import RunSource, refuse_same_names, sources_in
from palate.measures._summarize import value_and_bounds
from palate.measures.base import FloatArray, Measure

__all__ = ["DEFAULT_MEASURES", "Evaluation", "evaluate"]

DEFAULT_MEASURES = ("nDCG@10", "P@10", "AP", "RR", "R@10")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well systems rank, by judgments. The frames are of the kind that the judgments came in.

    Args:
        per_query: Columns ``system, query, measure, value``: every judged query for every system and measure.
        summary: Columns ``system, measure, value, low, high, queries``: the mean over the judged queries and
            its bootstrap interval; no bounds (null) where there is one query only. Of counts (NumQ, NumRel, NumRet)
            the sum, without bounds.
        coverage: Columns ``system, answered, missing, extra, ranked, unjudged, ranked_first_10,
            unjudged_first_10``: how many judged queries a system answers and does not answer, how many of its
            queries have no judgments, and how many of the items it ranks for judged queries are not judged.
        notes: What a reader must know beside the numbers, as sentences.
        measures: The measures, in the order asked for.
        confidence: Of the intervals.
        resamples: How many samples of the queries the intervals rest on.
        seed: Of those samples.
    """

    per_query: Any
    summary: Any
    coverage: Any
    notes: tuple[str, ...]
    measures: tuple[Measure, ...]
    confidence: float
    resamples: int
    seed: Seed


def evaluate(
    runs: Any,
    judgments: IntoTable,
    measures: str | Measure | Iterable[str | Measure] = DEFAULT_MEASURES,
    *,
    depth: int | None = None,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: Seed = 0,
) -> Evaluation:
    """Return the values of ``measures`` for every system in ``runs``.

    A judged query that a system does not answer counts with the value of an empty ranking; a query without
    judgments is not evaluated; an item without a judgment is not relevant. All three are counted in
    ``coverage`` and said in ``notes``. Intervals are percentile intervals over resampled queries (Efron and
    Tibshirani, 1993, section 13.3).

    Args:
        runs: A path, a dataframe, a list of these, or a dict from a system's name to one of these. Systems
            are told apart by the column ``system``; without it a file is called by its name, a dataframe
            ``run``.
        judgments: A path or dataframe with ``query, item, grade``.
        measures: Measures or their texts, such as ``"nDCG@10"``.
        depth: How many items of each ranking are looked at, whatever the measure (trec_eval's ``-M``); all by
            default.
        confidence: Of the intervals, in (0, 1).
        resamples: How many samples of the queries the intervals rest on.
        seed: Of those samples.

    Raises:
        InputError: A table is not what it should be, two systems have the same name, or a run and the
            judgments share no query.
        UnknownNameError: There is no such measure.
        SettingsError: A measure's setting, ``depth``, ``confidence`` or ``resamples`` is out of range.

    >>> run = pl.DataFrame({"query": [1, 1], "item": ["a", "b"], "score": [0.9, 0.4]})
    >>> judgments = pl.DataFrame({"query": [1, 1], "item": ["a", "b"], "grade": [0, 1]})
    >>> evaluate({"als": run}, judgments, ["RR", "P@1"]).per_query.rows()
    [('als', 1, 'RR', 0.5), ('als', 1, 'P@1', 0.0)]
    """
    chosen = _chosen(measures)
    _check_depth(depth)
    check_resampling(resamples, confidence)
    table = read_table(judgments, JUDGMENTS)
    judged = code_judgments(table)
    where = str(judgments) if isinstance(judgments, (str, Path)) else "judgments"
    values, coverages, paths = [], [], []
    for source in sources_in(runs):
        for found in _evaluate_source(source, judged, chosen, depth):
            system = found.system or source.default_name
            refuse_no_shared_query(
                found.answered, source.path or system, found.first_query, where, judged.queries
            )
            values.append(found.values)
            coverages.append(coverage_of(system, found.answered, found.extra, found.covered, judged.queries))
            paths.append(source.path)
    names = [coverage.system for coverage in coverages]
    refuse_same_names(zip(names, paths, strict=True))
    flat = np.concatenate(values)
    summary = _summary(flat, names, chosen, resampled_means(flat, resamples, seed), confidence)
    notes = [note for coverage in coverages for note in coverage.notes]
    return Evaluation(
        per_query=like(judgments, _per_query(flat, names, chosen, judged.queries)),
        summary=like(judgments, summary),
        coverage=like(judgments, pl.DataFrame([coverage.row() for coverage in coverages])),
        notes=tuple(notes + _notes_on_sampling(table) + _notes_on_judgments(chosen, judged)),
        measures=chosen,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )


def _chosen(measures: str | Measure | Iterable[str | Measure]) -> tuple[Measure, ...]:
    """Return the measures asked for, each once."""
    wanted: list[object] = [measures]
    if isinstance(measures, Iterable) and not isinstance(measures, str):
        wanted = list(measures)
    if not wanted:
        raise SettingsError(f"Name at least one measure, such as {', '.join(DEFAULT_MEASURES)}.")
    return tuple(dict.fromkeys(map(_measure, wanted)))


def _check_depth(depth: Any) -> None:
    whole = isinstance(depth, Integral) and not isinstance(depth, bool)
    if depth is not None and not (whole and depth >= 1):
        raise SettingsError(f"The depth must be a whole number from 1, such as 1000; it is {depth!r}.")


def _measure(wanted: object) -> Measure:
    if isinstance(wanted, Measure):
        return wanted
    if isinstance(wanted, str):
        return parse_measure(wanted)
    raise SettingsError(
        f"The measures must be measures or their texts, such as 'nDCG@10'; one is {wanted!r}."
    )


def _evaluate_source(
    source: RunSource, judged: CodedJudgments, measures: tuple[Measure, ...], depth: int | None
) -> Iterator[RunValues]:
    """Yield what is found of each system."""
    if source.is_long():
        from palate.measures._stream import stream_run  # compiled code takes a while to load

        found = stream_run(Path(source.source), judged, measures, depth)
        if found is not None:
            yield found if source.name is None else replace(found, system=source.name)
            return
    for run in source.systems():
        yield run_values(run, judged, measures, depth)


def _per_query(
    flat: FloatArray, systems: list[str], measures: tuple[Measure, ...], queries: pl.Series
) -> pl.DataFrame:
    """Return the values as rows, by system, then measure, then query."""
    texts = pl.Series([str(measure) for measure in measures])
    row, query = np.divmod(np.arange(flat.size), flat.shape[1])
    return pl.DataFrame(
        {
            "system": pl.Series(systems).gather(row // len(measures)),
            "query": queries.gather(query),
            "measure": texts.gather(row % len(measures)),
            "value": flat.ravel(),
        }
    )


def _summary(
    flat: FloatArray,
    systems: list[str],
    measures: tuple[Measure, ...],
    resampled: FloatArray,
    confidence: float,
) -> pl.DataFrame:
    add_up = [measure.adds_up for measure in measures] * len(systems)
    found = [
        value_and_bounds(values, draws, confidence, adds_up=adds)
        for values, draws, adds in zip(flat, resampled, add_up, strict=True)
    ]
    value, low, high = zip(*found, strict=True)
    return pl.DataFrame(
        {
            "system": np.repeat(systems, len(measures)),
            "measure": [str(measure) for measure in measures] * len(systems),
            "value": value,
            "low": pl.Series(low, dtype=pl.Float64),
            "high": pl.Series(high, dtype=pl.Float64),
            "queries": np.full(len(flat), flat.shape[1]),
        }
    )


def _notes_on_sampling(judgments: pl.DataFrame) -> list[str]:
    """Say that judgments of a sample stand for more than themselves."""
    if "inclusion" not in judgments.columns:
        return []
    drawn = int((judgments["inclusion"].cast(pl.Float64, strict=False) < 1).sum())
    if not drawn:
        return []
    note = (
        f"{drawn:,} of {len(judgments):,} judgments were drawn by chance (inclusion below 1); here, what was not drawn counts"
        " as not relevant. palate estimate (palate.evaluation.evaluate_sampled) says what all judgments would."
    )
    return [note]


def _notes_on_judgments(measures: tuple[Measure, ...], judged: CodedJudgments) -> list[str]:
    """Say where no system could gain anything, and where there is too little for an interval."""
    notes = []
    n_queries = len(judged.queries)
    for words in dict.fromkeys(m.gains_from for m in measures if m.needs_relevant):
        alike = [m for m in measures if m.needs_relevant and m.gains_from == words]
        hopeless = np.flatnonzero(
            ~np.logical_or.reduceat(alike[0].gaining(judged.grades), judged.offsets[:-1])
        )
        if not len(hopeless):
            continue
        notes.append(
            f"{len(hopeless):,} of {n_queries:,} judged queries {'has' if len(hopeless) == 1 else 'have'} no item {words},"
            f" such as '{judged.queries[int(hopeless[0])]}'; {', '.join(map(str, alike))}"
            f" {'is' if len(alike) == 1 else 'are'} 0 there for every system."
        )
    if n_queries == 1:
        notes.append("Only 1 query is judged: an interval needs at least 2.")
    return notes
