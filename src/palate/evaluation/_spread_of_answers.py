"""What a pilot's answers say of the spread of differences, and of annotators' part in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.randomness import Seed, generator
from palate.core.tables import ANSWERS, GRADED_TASKS
from palate.evaluation._paired_values import two_systems
from palate.evaluation._pilot_answers import PilotAnswers, pilot_answers
from palate.evaluation._spread import (
    DRAWS,
    SOURCES,
    DepthSpread,
    Spread,
    as_measure,
    cutoff_of,
    notes_on_few,
)
from palate.inference import CrossedLayout, DifferenceVariance
from palate.measures import Measure, read_runs

__all__ = ["spread_of_answers"]

FloatArray = npt.NDArray[np.float64]

_NO_PAIRS = (
    "Too few annotators answered several tasks of a query: what they shift a whole query by is counted as noise of"
    " single answers."
)
_NO_OVERLAP = (
    "No task of the pilot has two answers, or too few have: annotators' noise cannot be told from that of queries, so"
    " every design keeps one answer a task."
)


def spread_of_answers(
    answers: IntoTable,
    runs: Any,
    measure: Measure | str = "nDCG@10",
    *,
    tasks: IntoTable | None = None,
    systems: Sequence[str] = (),
    depths: Sequence[int] = (),
    seed: Seed = 0,
) -> Spread:
    """Return the spread of differences that a pilot's answers show, and what part annotators have in it.

    What one answer moves the difference of its query by, is taken to first order: the difference where this answer alone
    decides its item, less the difference where all of its answers do. These effects are a crossed design of annotators and
    queries, whose variances :class:`palate.inference.CrossedLayout` finds; what they explain is taken from the sample
    variance of differences. Draws are a parametric bootstrap: normal effects on the layout of the pilot.

    Args:
        answers: Columns ``task, annotator, label``; labels are grades, so numbers.
        runs: As in :func:`palate.measures.evaluate`.
        measure: What is measured.
        tasks: Columns ``task, query, item``; not needed if ``answers`` has ``query`` and ``item``.
        systems: The two systems; those in the runs where there are two.
        depths: Depths of judging to look at; the measure's cutoff by default, and always.
        seed: Of the draws.

    Raises:
        InputError: A table is not what it should be, labels are no numbers, or fewer than two queries are judged.
        UnknownNameError: There is no such system or measure.
    """
    measure = as_measure(measure)
    graded, notes = _graded(read_table(answers, ANSWERS, where="answers"), tasks)
    table = read_runs(runs)
    chosen = two_systems(table["system"].unique(maintain_order=True).to_list(), systems)
    table = table.filter(pl.col("system").is_in(chosen))
    full = max(cutoff_of(measure), *depths) if depths else cutoff_of(measure)
    table = table.with_columns(pl.col("query", "item").cast(pl.String))
    whole = pilot_answers(graded, table, chosen, measure, full)
    spreads = []
    for depth in sorted({*depths, full}):
        at = whole if depth == full else pilot_answers(graded, table, chosen, measure, depth)
        spread, told = _depth_spread(at, whole, depth, seed)
        spreads.append(spread)
        notes += [note for note in told if note not in notes]
    if whole.unjudged > 0.005:
        notes.append(
            f"{whole.unjudged:.0%} of the first {full} items of both systems have no answers in the pilot; they count as not"
            " relevant, and their noise is not seen."
        )
    return Spread(
        "answers",
        str(measure),
        tuple(spreads),
        annotators=int(whole.annotator.max()) + 1,
        overlap=1 if _NO_OVERLAP in notes else None,
        estimate=float(whole.differences.mean()),
        queries=len(whole.differences),
        notes=(*notes, *notes_on_few(len(whole.differences))),
    )


def _depth_spread(
    at: PilotAnswers, whole: PilotAnswers, depth: int, seed: Seed
) -> tuple[DepthSpread, list[str]]:
    layout, notes = _told_apart(at)
    raw = _variances(at, _components(layout, at.effects), at.differences)
    if not (raw > 0).any():
        raise InputError(
            f"All differences of the pilot at depth {depth} are the same; there is no spread to plan with.",
            where="answers",
        )
    variances = np.maximum(raw, 0)
    clipped = tuple(name for name, variance in zip(SOURCES, raw, strict=True) if variance < 0)
    if clipped:
        notes.append(
            f"The variance of {', '.join(clipped)} was estimated below 0 at depth {depth} and counts as 0: it is small, or the pilot is."
        )
    square = float((whole.differences**2).sum())
    fully = whole.differences[
        encode_like(at.queries, whole.queries)
    ]  # elsewhere nothing is judged so near the top
    seen = float((at.differences * fully).sum()) / square if square else 1.0
    draws = _draws(at, layout, raw, seed)
    return DepthSpread(depth, at.items, seen, DifferenceVariance(*variances.tolist()), draws, clipped), notes


def _told_apart(at: PilotAnswers) -> tuple[CrossedLayout | None, list[str]]:
    """Return the richest layout whose sources can be told apart, and what could not be."""
    for layout in at.layouts:
        try:
            layout.solve(at.effects)
        except InputError:
            continue
        if "query_annotator" in layout.factors:
            return layout, []
        return layout, [_NO_PAIRS]
    return None, [_NO_OVERLAP]


def _variances(at: PilotAnswers, components: Mapping[str, float], differences: FloatArray) -> FloatArray:
    """Return the unclipped variances of query, annotator and answer that these components of effects make."""
    spread = float(differences.var(ddof=1))
    spread -= sum(at.noise_weights[name] * variance for name, variance in components.items())
    if not components:
        return np.array([spread, 0.0, 0.0])
    items = at.items_judged
    # What an annotator adds to all items of a query cancels where both systems rank alike: below 0, it is a covariance.
    of_query = (items**2).mean() * components.get("query_annotator", 0.0)
    return np.array(
        [
            spread,
            items.mean() ** 2 * components["annotator"],
            items.mean() * components["residual"] + of_query,
        ]
    )


def _components(layout: CrossedLayout | None, effects: FloatArray) -> dict[str, float]:
    if layout is None:
        return {}
    return dict(zip(layout.names, layout.solve(effects).tolist(), strict=True))


def _draws(at: PilotAnswers, layout: CrossedLayout | None, raw: FloatArray, seed: Seed) -> FloatArray:
    """Return variances as pilots would give them if these were the true ones, shape (n_draws, 3)."""
    rng = generator(seed, "plan")
    query = np.sqrt(max(raw[0], 0.0))
    components = _components(layout, at.effects)
    draws = np.zeros((DRAWS, 3))
    for draw in draws:
        differences = rng.normal(0, query, len(at.differences))
        found: dict[str, float] = {}
        if layout is not None:
            effects = _drawn_effects(at, layout, components, rng)
            differences += at.noise(effects)
            found = _components(layout, effects)
        draw[:] = np.maximum(_variances(at, found, differences), 0)
    return draws


def _drawn_effects(
    at: PilotAnswers, layout: CrossedLayout, components: Mapping[str, float], rng: np.random.Generator
) -> FloatArray:
    """Return normal effects with these components; answers of an annotator to a query may vary against each other."""
    people = int(at.annotator.max()) + 1
    shifts = rng.normal(0, np.sqrt(max(components["annotator"], 0.0)), people)
    residual = max(components["residual"], 0.0)
    noise = rng.normal(0, np.sqrt(residual), len(at.effects))
    if residual and "query_annotator" in components:
        pair = layout.factors["query_annotator"]
        counts = np.bincount(pair)
        # The mean of a pair's c effects gets the variance residual/c + query_annotator, what is around it stays.
        stretched = np.sqrt(np.maximum(1 + counts * components["query_annotator"] / residual, 0)) - 1
        noise += (stretched * np.bincount(pair, weights=noise) / counts)[pair]
    return shifts[at.annotator] + noise


def _graded(answers: pl.DataFrame, tasks: IntoTable | None) -> tuple[pl.DataFrame, list[str]]:
    """Return ``query, item, annotator, grade`` of every answer to one of the tasks, and what was left out."""
    notes = []
    if tasks is not None:
        declared = read_table(tasks, GRADED_TASKS, where="tasks").select("task", "query", "item")
        text = answers.drop("query", "item", strict=False).with_columns(pl.col("task").cast(pl.String))
        found = text.join(
            declared.with_columns(pl.col("task").cast(pl.String)), on="task", maintain_order="left"
        )
        others = len(answers) - len(found)
        if found.is_empty():
            raise InputError(
                f"No answer is to one of the {len(declared):,} tasks; the first is to task '{answers['task'][0]}'.",
                where="answers",
            )
        if others:
            notes.append(
                f"{others:,} of {len(answers):,} answers are to tasks that are not among the tasks, such as golden ones; they"
                " are left out."
            )
        answers = found
    missing = [name for name in ("query", "item") if name not in answers.columns]
    if missing:
        raise InputError(
            f"The answers do not say what they are about: {' and '.join(missing)} missing. Give the tasks, too.",
            where="answers",
        )
    grades = answers["label"].cast(pl.Float64, strict=False)
    bad = (grades.is_null() | ~grades.is_finite()).arg_true()
    if len(bad):
        raise InputError(
            f"A plan needs labels that are grades, so numbers; this one is '{answers['label'][bad[0]]}'.",
            where="answers",
            row=int(bad[0]) + 1,
            column="label",
        )
    return answers.select(pl.col("query", "item").cast(pl.String), "annotator", grade=grades), notes
