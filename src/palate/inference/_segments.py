"""Verdicts a segment of the queries, and whether segments differ at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts
from palate.core.tables import Column, Table
from palate.inference._exact_sums import ExactSums
from palate.inference._judge import Pair, judge_pairs, paired_values, read_values, repeatable
from palate.inference._multiplicity import Correction, adjusted_p_values
from palate.inference._verdict import Verdict
from palate.inference.base import FloatArray, PairedTest, check_values
from palate.inference.paired_bootstrap import PairedBootstrap

__all__ = ["Heterogeneity", "SegmentComparison", "SegmentVerdict", "heterogeneity", "judge_segments"]

_SEGMENTS = Table(
    "segments",
    (
        Column("query", "id", "what was ranked for"),
        Column("segment", "text", "the part of the queries it belongs to, such as head or tail"),
    ),
    key=("query",),
)
_BLOCK = 1 << 20
"""Permuted queries held in memory at a time (8 MiB)."""


@dataclass(frozen=True)
class SegmentVerdict:
    """A verdict on the queries of one segment."""

    segment: str
    verdict: Verdict

    @property
    def sentence(self) -> str:
        """The verdict as people read it, after the segment's name."""
        return f"{self.segment}: {self.verdict.sentence}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {"segment": self.segment, **self.verdict.to_dict()}


@dataclass(frozen=True)
class Heterogeneity:
    """Whether the difference of two systems is not the same in all segments.

    Args:
        measure: How the measure prints.
        system: One system.
        other: The other.
        segments: How many segments there are.
        p_value: Probability of segments at least as different if queries had been given to them by chance.
        adjusted_p_value: The same, counting the other comparisons; as it is where there are none.
        confidence: Segments are said to differ where the adjusted p-value is at most 1 - confidence.
    """

    measure: str
    system: str
    other: str
    segments: int
    p_value: float
    adjusted_p_value: float
    confidence: float

    @property
    def differ(self) -> bool:
        """Whether the segments can be told apart."""
        return self.adjusted_p_value <= 1 - self.confidence + 1e-12

    @property
    def sentence(self) -> str:
        """What is found, as people read it."""
        what = f"{self.system} and {self.other} on {self.measure}"
        shown = f"p = {self.adjusted_p_value:.2g}"
        if self.differ:
            return f"The difference of {what} is not the same in all {self.segments} segments ({shown})"
        return f"That the difference of {what} is the same in all {self.segments} segments is not ruled out ({shown})"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "measure": self.measure,
            "system": self.system,
            "other": self.other,
            "segments": self.segments,
            "p_value": self.p_value,
            "adjusted_p_value": self.adjusted_p_value,
            "differ": self.differ,
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class SegmentComparison:
    """What is known about systems segment by segment.

    Args:
        verdicts: One a comparison and segment, adjusted for how many there are.
        heterogeneity: One a comparison: whether the segments differ.
        notes: What was left out, as sentences.
    """

    verdicts: tuple[SegmentVerdict, ...]
    heterogeneity: tuple[Heterogeneity, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "segments": [verdict.to_dict() for verdict in self.verdicts],
            "heterogeneity": [found.to_dict() for found in self.heterogeneity],
            "notes": list(self.notes),
        }


def judge_segments(
    per_query: IntoTable,
    segments: IntoTable,
    comparisons: Iterable[tuple[str, str, object]],
    *,
    test: PairedTest | None = None,
    correction: Correction = "holm",
    permutations: int = 10_000,
    seed: Seed = 0,
) -> SegmentComparison:
    """Return a verdict on each comparison in each segment, and whether its segments differ.

    All verdicts, of all comparisons in all segments, count as one family. A winner in one segment and none in
    another does not say that the segments differ: that is what ``heterogeneity`` is for.

    Args:
        per_query: As in :func:`judge_difference`.
        segments: Columns ``query, segment``, a dataframe or a path; each query is in one segment.
        comparisons: One system, the other, and the measure, of each.
        test: How to compare; the paired bootstrap by default.
        correction: ``holm``, ``bh`` or ``none``.
        permutations: How many ways to give the queries to segments are tried at most.
        seed: For tests that resample, and for the permutations.

    Raises:
        UnknownNameError: There is no such system, measure or correction.
        InputError: No segment holds two queries with values, or a query is in two segments.
        SettingsError: ``permutations`` is below 1.
    """
    check_counts(permutations=permutations)
    table, seed = read_values(per_query), repeatable(seed)
    pairs = [paired_values(table, *comparison) for comparison in comparisons]
    where = str(segments) if isinstance(segments, (str, Path)) else "segments"
    known = read_table(segments, _SEGMENTS, where=where)
    known = known.select(pl.col("query").cast(pl.String), "segment")
    names = [_segment_of_each(pair.queries, known, where) for pair in pairs]
    method = PairedBootstrap() if test is None else test
    parts = [
        (name, _part(pair, (of_pair == name).fill_null(value=False).to_numpy()))
        for pair, of_pair in zip(pairs, names, strict=True)
        for name in _large(of_pair)
    ]
    verdicts = judge_pairs([part for _, part in parts], method, correction, seed)
    differ = _differ(pairs, names, permutations, method.confidence, seed)
    adjusted = adjusted_p_values([found.p_value for found in differ], correction)
    return SegmentComparison(
        tuple(SegmentVerdict(name, one) for (name, _), one in zip(parts, verdicts, strict=True)),
        tuple(replace(f, adjusted_p_value=float(p)) for f, p in zip(differ, adjusted, strict=True)),
        tuple(dict.fromkeys(note for of_pair in names for note in _notes(of_pair))),
    )


def heterogeneity(
    differences: FloatArray, segments: npt.ArrayLike, *, permutations: int = 10_000, seed: Seed = 0
) -> float:
    """Return the p-value of there being no difference between segments.

    How far the segments' means lie from each other (their sum of squares around the common mean, weighted by
    size) is compared with the same after queries were given to the segments by chance; the observed way counts as one more,
    so that the p-value is never 0 (Pitman 1937; Good, Permutation, Parametric and Bootstrap Tests of
    Hypotheses, 2005, section 3.1). What is tested is that differences are spread alike in all segments: segments whose
    means agree and whose spreads and sizes do not can be found different a little too often.

    Args:
        differences: One a query, shape (n_queries,).
        segments: The segment of each, shape (n_queries,).
        permutations: How many.
        seed: Of these.

    >>> heterogeneity(np.array([0.4, 0.5, 0.6, 0.5, 0.0, 0.1, -0.1, 0.0]), [0, 0, 0, 0, 1, 1, 1, 1]) < 0.05
    True
    """
    check_counts(permutations=permutations)
    differences = check_values(differences, "the differences")
    names = np.asarray(segments)
    if names.shape != differences.shape:
        raise InputError(
            f"There are {len(differences):,} differences and {names.size:,} segments; give one to each."
        )
    return float(_heterogeneities(differences[np.newaxis], names, permutations, seed)[0])


def _heterogeneities(
    differences: FloatArray, names: npt.NDArray[Any], permutations: int, seed: Seed
) -> FloatArray:
    """Return the p-value of each row of ``differences``, shape (n_rows, n_queries), over the same permutations."""
    _, segment = np.unique(names, return_inverse=True)
    sizes = np.bincount(segment)
    ends = np.cumsum(sizes)
    order = np.argsort(segment, kind="stable")
    ordered = (differences - differences.mean(axis=1, keepdims=True))[:, order]
    exact, n = ExactSums.of(ordered), len(order)

    def between(placed: npt.NDArray[np.int64]) -> FloatArray:
        """Return the sum of squares between segments, shape (n_rows, n_permutations), of queries in these orders."""
        if len(sizes) > len(ordered):  # fewer rows to add up than segments to mark
            squares = (exact.pieces(row, placed, ends - sizes) ** 2 for row in range(len(ordered)))
            return np.stack([(square / sizes).sum(axis=1) for square in squares])
        total = np.zeros((len(ordered), len(placed)))
        for end, size in zip(ends, sizes, strict=True):
            inside = np.zeros(placed.shape)
            np.put_along_axis(inside, placed[:, end - size : end], 1.0, axis=1)
            total += exact.weighted(inside) ** 2 / size
        return total

    places = np.arange(n)[np.newaxis]
    slack = 1e-12 * (ordered**2).sum(axis=1)  # sums in another order differ in the last bits
    least = between(places) - slack[:, np.newaxis]
    rng, rows, farther = generator(seed, "segments"), max(1, _BLOCK // n), np.zeros(len(ordered))
    for start in range(0, permutations, rows):
        block = np.tile(places, (min(rows, permutations - start), 1))
        farther += np.count_nonzero(between(rng.permuted(block, axis=1)) >= least, axis=1)
    found: FloatArray = (farther + 1) / (permutations + 1)
    return found


def _segment_of_each(queries: pl.Series, known: pl.DataFrame, where: str) -> pl.Series:
    """Return the segment of each query, null for those without.

    Raises:
        InputError: No segment holds two of the queries.
    """
    text = queries.cast(pl.String).to_frame("query")
    found = text.join(known, on="query", how="left", maintain_order="left")["segment"]
    if not _large(found):
        raise InputError(
            f"A comparison needs segments of at least 2 queries; of the {len(queries):,} queries compared, such as"
            f" '{queries[0]}', {found.count():,} are among those with a segment, such as '{known['query'][0]}'.",
            where=where,
        )
    return found


def _large(names: pl.Series) -> list[str]:
    """Return the segments of at least two queries, by name."""
    sizes = names.drop_nulls().value_counts(name="queries")
    return sorted(sizes.filter(pl.col("queries") >= 2)[names.name].to_list())


def _part(pair: Pair, inside: npt.NDArray[np.bool_]) -> Pair:
    return replace(
        pair,
        queries=pair.queries.filter(pl.Series(inside)),
        values=pair.values[inside],
        other_values=pair.other_values[inside],
    )


def _differ(
    pairs: Sequence[Pair], names: Sequence[pl.Series], permutations: int, confidence: float, seed: Seed
) -> list[Heterogeneity]:
    """Return what is found of each pair with several segments; pairs over the same queries share permutations."""
    places: dict[tuple[str, ...], list[int]] = {}
    for place, of_pair in enumerate(names):
        present = of_pair.drop_nulls()
        if present.n_unique() > 1:
            places.setdefault(tuple(present), []).append(place)
    found = {}
    for segments, same in places.items():
        inside = [names[place].is_not_null().to_numpy() for place in same]
        parts = [pairs[place].values - pairs[place].other_values for place in same]
        rows = np.stack([part[there] for part, there in zip(parts, inside, strict=True)])
        p_values = _heterogeneities(rows, np.array(segments), permutations, seed)
        many = len(set(segments))
        for place, p_value in zip(same, p_values.tolist(), strict=True):
            pair = pairs[place]
            found[place] = Heterogeneity(
                pair.measure, pair.system, pair.other, many, p_value, p_value, confidence
            )
    return [found[place] for place in sorted(found)]


def _notes(names: pl.Series) -> list[str]:
    """Say which queries and segments no verdict is about."""
    notes = []
    if names.null_count():
        notes.append(
            f"{names.null_count():,} of {len(names):,} queries are in no segment; only the verdict on all counts them."
        )
    small = sorted(set(names.drop_nulls()) - set(_large(names)))
    if small:
        shown = ", ".join(small[:5]) + (" …" if len(small) > 5 else "")
        notes.append(
            f"{len(small):,} segments have only one query, of which nothing can be said: {shown}."
            if len(small) > 1
            else f"The segment {shown} has only one query, of which nothing can be said."
        )
    return notes
