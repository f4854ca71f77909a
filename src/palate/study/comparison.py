"""Compare two systems in one call: measure both on the judgments, then say which is better and how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl

from palate.core.errors import InputError, UnknownNameError
from palate.core.frames import IntoTable
from palate.core.hashing import hash_file
from palate.core.randomness import Seed
from palate.inference import (
    Correction,
    SegmentComparison,
    Verdict,
    judge_differences,
    judge_segments,
    paired_tests,
)
from palate.measures import Evaluation, Measure, evaluate

__all__ = ["compare", "compare_all", "compare_segments"]


def compare(
    runs: IntoTable | Sequence[IntoTable] | Mapping[str, IntoTable],
    judgments: IntoTable,
    measure: str | Measure = "nDCG@10",
    *,
    systems: tuple[str, str] | None = None,
    test: str = "paired_bootstrap",
    confidence: float = 0.95,
    seed: Seed = 0,
) -> Verdict:
    """Return which of two systems is better on ``measure``, by how much, and how sure that is.

    Args:
        runs: As in :func:`palate.evaluate`; two systems, or name two of them in ``systems``.
        judgments: Columns ``query, item, grade``: a dataframe or a path (TREC qrels too).
        measure: Such as ``"nDCG@10"``.
        systems: The two systems' names; needed if there are more than two.
        test: A paired test's name: ``paired_bootstrap``, ``bca_bootstrap``, ``randomization``, ``paired_t``,
            ``wilcoxon`` or ``sign``.
        confidence: Of the interval.
        seed: For tests that resample.

    Raises:
        InputError: The tables are wrong, share no query, or do not hold exactly two systems.
    """
    evaluation = evaluate(runs, judgments, measures=(measure,), seed=seed)
    values = pl.DataFrame(evaluation.summary)
    names = values["system"].to_list()
    if systems is None:
        if len(names) != 2:
            raise InputError(
                f"A comparison is between two systems; there are {len(names)}: {', '.join(names)}."
            )
    else:
        for name in systems:
            if name not in names:
                raise UnknownNameError("system", name, names)
    pair = set(systems or names)
    return compare_all(evaluation, runs, judgments, pair=pair, test=test, confidence=confidence, seed=seed)[0]


def compare_all(
    evaluation: Evaluation,
    runs: Any,
    judgments: IntoTable,
    *,
    pair: set[str] | None = None,
    test: str = "paired_bootstrap",
    confidence: float = 0.95,
    correction: Correction = "holm",
    seed: Seed = 0,
) -> list[Verdict]:
    """Return a verdict on every pair of systems of an evaluation, best system first, one measure after another.

    Where there are several, each verdict counts the others: see :func:`palate.inference.judge_differences`.
    """
    verdicts = judge_differences(
        pl.DataFrame(evaluation.per_query),
        _comparisons(evaluation, pair),
        test=paired_tests.create(test, {"confidence": confidence}),
        correction=correction,
        seed=seed,
    )
    hashes = _hashes(runs, judgments)
    return [verdict.with_counts(data=hashes) for verdict in verdicts]


def compare_segments(
    evaluation: Evaluation,
    segments: IntoTable,
    runs: Any,
    judgments: IntoTable,
    *,
    test: str = "paired_bootstrap",
    confidence: float = 0.95,
    correction: Correction = "holm",
    seed: Seed = 0,
) -> SegmentComparison:
    """Return a verdict on every pair of systems in every segment of the queries, and whether segments differ.

    Args:
        evaluation: Of the runs.
        segments: Columns ``query, segment``: a dataframe or a path.
        runs: What was evaluated, for the hashes of its files.
        judgments: Likewise.
        test: A paired test's name.
        confidence: Of the intervals.
        correction: ``holm``, ``bh`` or ``none``, across all verdicts that come out.
        seed: For tests that resample.

    Raises:
        InputError: The segments table is wrong, or no segment holds two of the queries.
    """
    found = judge_segments(
        pl.DataFrame(evaluation.per_query),
        segments,
        _comparisons(evaluation, None),
        test=paired_tests.create(test, {"confidence": confidence}),
        correction=correction,
        seed=seed,
    )
    hashes = _hashes(runs, judgments, segments)
    return replace(
        found,
        verdicts=tuple(replace(v, verdict=v.verdict.with_counts(data=hashes)) for v in found.verdicts),
    )


def _comparisons(evaluation: Evaluation, pair: set[str] | None) -> list[tuple[str, str, str]]:
    """Return every pair of systems, or the one wanted, on every measure; the better mean first."""
    summary, found = pl.DataFrame(evaluation.summary), []
    for measure in summary["measure"].unique(maintain_order=True):
        means = summary.filter(pl.col("measure") == measure).sort("value", "system", descending=[True, False])
        order = [name for name in means["system"] if pair is None or name in pair]
        found += [(system, other, measure) for system, other in combinations(order, 2)]
    return found


def _hashes(runs: Any, *tables: IntoTable) -> dict[str, str]:
    """Return the hash of every table that came as a file."""
    several = (
        runs.values() if isinstance(runs, Mapping) else runs if isinstance(runs, (list, tuple)) else [runs]
    )
    files = [
        source for source in (*several, *tables) if isinstance(source, (str, Path)) and Path(source).is_file()
    ]
    return {str(file): hash_file(Path(file)) for file in files}
