"""Compare two systems in one call: measure both on the judgments, then say which is better and how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from palate.core.errors import InputError, UnknownNameError
from palate.core.frames import IntoTable
from palate.core.hashing import hash_file
from palate.core.randomness import Seed
from palate.inference import Verdict, judge_difference, paired_tests
from palate.measures import Evaluation, Measure, evaluate

__all__ = ["compare", "compare_all"]


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
        test: A paired test's name: ``paired_bootstrap``, ``randomization`` or ``paired_t``.
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
    seed: Seed = 0,
) -> list[Verdict]:
    """Return a verdict on every pair of systems of an evaluation, best system first, one measure after another."""
    from itertools import combinations

    method = paired_tests.create(test, {"confidence": confidence})
    per_query, summary = pl.DataFrame(evaluation.per_query), pl.DataFrame(evaluation.summary)
    hashes = _hashes(runs, judgments)
    verdicts = []
    for measure in summary["measure"].unique(maintain_order=True):
        means = summary.filter(pl.col("measure") == measure).sort("value", "system", descending=[True, False])
        order = [name for name in means["system"] if pair is None or name in pair]
        table = per_query.filter(pl.col("measure") == measure)
        verdicts += [
            judge_difference(table, system, other, measure, test=method, seed=seed).with_counts(data=hashes)
            for system, other in combinations(order, 2)
        ]
    return verdicts


def _hashes(runs: Any, judgments: IntoTable) -> dict[str, str]:
    """Return the hash of every table that came as a file."""
    several = (
        runs.values() if isinstance(runs, Mapping) else runs if isinstance(runs, (list, tuple)) else [runs]
    )
    files = [
        source
        for source in (*several, judgments)
        if isinstance(source, (str, Path)) and Path(source).is_file()
    ]
    return {str(file): hash_file(Path(file)) for file in files}
