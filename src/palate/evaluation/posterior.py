"""Values of measures when grades are known with a probability only: under the posterior, not under its best guess."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite
from typing import Any

import numpy as np
import polars as pl

from palate.core.checks import check_table
from palate.core.coding import encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.randomness import Seed, generator
from palate.core.resampling import check_resampling, middle_bounds
from palate.core.tables import GRADED_TASKS, ITEM, JUDGMENTS, QUERY, TASK, Table
from palate.evaluation._ranked_judgments import RankedJudgments, depth_needed, rank_judgments
from palate.evaluation._sentences import between, signed
from palate.inference import Correction, Interval, adjusted_p_values, comparison_confidence
from palate.inference.base import FloatArray
from palate.measures import Measure, evaluate, read_runs

__all__ = ["PosteriorValues", "posterior_values"]

_PREFIX = "p_"
_BY_ITEM = Table("judgments", (QUERY, ITEM), JUDGMENTS.key)
_BY_TASK = Table("probabilities", (TASK,), ("task",))


@dataclass(frozen=True, eq=False)
class PosteriorValues:
    """Values under the posterior of the grades. The frames are of the kind that the judgments came in.

    Args:
        values: Columns ``system, measure, best_guess, value, low, high, judgment_low, judgment_high, sampling_variance,
            judgment_variance, queries``. ``best_guess`` is the value under the most probable grades, ``value`` the mean
            over the posterior. ``judgment_low`` to ``judgment_high`` holds the value for these queries, ``low`` to
            ``high`` that for all queries like them. The variances are of the mean over queries, and add up.
        differences: Columns ``measure, system, other`` and the same of ``system`` minus ``other``: every pair of systems,
            the one of higher value first; ``p_value``, ``adjusted_p_value`` among all pairs on the measure, and
            ``confidence``, at which ``low`` to ``high`` agrees with the adjusted p-value.
        confidence: Of the other intervals.
        draws: How many times the grades were drawn.
        seed: Of the draws.
        notes: What a reader must know beside the numbers, as sentences.
    """

    values: Any
    differences: Any
    confidence: float
    draws: int
    seed: Seed
    notes: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is known of each pair of systems, as people read it."""
        return tuple(self._sentence(row) for row in pl.DataFrame(self.differences).iter_rows(named=True))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {
            "values": pl.DataFrame(self.values).to_dicts(),
            "differences": pl.DataFrame(self.differences).to_dicts(),
            "confidence": self.confidence,
            "draws": self.draws,
            "seed": self.seed if isinstance(self.seed, int) else None,
            "notes": list(self.notes),
            "sentences": list(self.sentences),
        }

    def _sentence(self, row: dict[str, Any]) -> str:
        found = Interval(row["value"], row["low"], row["high"], row["confidence"])
        judged = Interval(row["value"], row["judgment_low"], row["judgment_high"], self.confidence)
        lead = (
            f"No winner yet: {row['system']} and {row['other']} differ"
            if 0.0 in found
            else f"{row['system']} beats {row['other']}"
        )
        return (
            f"{lead} on {row['measure']} by {signed(found.estimate, found)} ({100 * row['confidence']:.4g}% CI {between(found)});"
            f" for these {row['queries']:,} queries, {between(judged)} by what is not known of their grades"
        )


def posterior_values(
    runs: Any,
    judgments: IntoTable,
    measures: str | Measure | Iterable[str | Measure] = "nDCG@10",
    *,
    tasks: IntoTable | None = None,
    draws: int = 1000,
    confidence: float = 0.95,
    correction: Correction = "holm",
    seed: Seed = 0,
) -> PosteriorValues:
    """Return values under the posterior of the grades: grades are drawn again and again, each item's on its own.

    The mean of the draws is the expected value. It is the value of the expected grades for measures that are sums of
    grades (DCG with linear gain); others differ: the ideal ranking of nDCG takes the luckiest grades of each draw, so that
    nDCG under the posterior is lower than under the best guess, and the more so the less is known.

    By the law of total variance, the mean of a query drawn at random and its grades drawn from their posterior varies by
    the variance of the queries' expected values (``sampling_variance``) plus the expected variance of their values given
    the query (``judgment_variance``); the interval is Student's with one degree of freedom less than queries. Where all
    annotators' answers are of their own query, what is not known of the grades also moves the queries' expected values, and
    the interval is somewhat too long. What annotators have in common is in neither part:
    :class:`palate.evaluation.CrossedNoise` counts it.

    Args:
        runs: As in :func:`palate.measures.evaluate`.
        judgments: Columns ``query, item`` and one a grade, ``p_0, p_1, …``: its probability, as a study's step aggregate
            writes them. With ``tasks``, columns ``task`` and ``0, 1, …``, as the ``probabilities`` of an aggregator's result.
        measures: Measures or their texts.
        tasks: Columns ``task, query, item``.
        draws: How many times the grades are drawn.
        confidence: Of the intervals, in (0, 1).
        correction: For several pairs of systems: ``holm``, ``bh`` or ``none``.
        seed: Of the draws.

    Raises:
        InputError: A table is not what it should be, probabilities of an item do not sum to 1, there are fewer than two
            judged queries, or a run and the judgments share no query.
        UnknownNameError: There is no such measure or correction.
        SettingsError: ``confidence`` or ``draws`` is out of range.
    """
    check_resampling(draws, confidence)
    adjusted_p_values([], correction)  # checks the correction
    items, grades, probabilities = _posterior(judgments, tasks)
    best = grades[probabilities.argmax(axis=1)]
    ranked_runs = read_runs(runs)
    evaluation = evaluate(
        ranked_runs, items.with_columns(grade=best), measures, confidence=confidence, seed=seed
    )
    ranked = rank_judgments(items, ranked_runs, depth_needed(evaluation.measures))
    if len(ranked.queries) < 2:
        raise InputError("An interval needs at least 2 judged queries; there is 1.", where="judgments")
    guessed = ranked.values(best, evaluation.measures)
    means, expected = _drawn(ranked, grades, probabilities, evaluation.measures, draws=draws, seed=seed)
    rows, pairs = [], []
    for m, measure in enumerate(map(str, evaluation.measures)):
        for s, system in enumerate(ranked.systems):
            found = _Mean.of(guessed[m, s], means[:, m, s], expected[m, s])
            rows.append({"system": system, "measure": measure} | found.row(confidence, confidence))
        best_first = np.argsort(-expected[m].mean(axis=1), kind="stable").tolist()
        compared = {
            (a, b): _Mean.of(
                guessed[m, a] - guessed[m, b],
                means[:, m, a] - means[:, m, b],
                expected[m, a] - expected[m, b],
            )
            for a, b in combinations(best_first, 2)
        }
        p_values = [found.p_value for found in compared.values()]
        each = comparison_confidence(p_values, correction, confidence)
        adjusted = adjusted_p_values(p_values, correction).tolist()
        for ((a, b), found), p_value in zip(compared.items(), adjusted, strict=True):
            named = {"measure": measure, "system": ranked.systems[a], "other": ranked.systems[b]}
            tested = {"p_value": found.p_value, "adjusted_p_value": p_value, "confidence": each}
            pairs.append(named | found.row(each, confidence) | tested)
    return PosteriorValues(
        values=like(judgments, pl.DataFrame(rows)),
        differences=like(judgments, pl.DataFrame(pairs)),
        confidence=confidence,
        draws=draws,
        seed=seed,
        notes=evaluation.notes,
    )


def _posterior(judgments: IntoTable, tasks: IntoTable | None) -> tuple[pl.DataFrame, FloatArray, FloatArray]:
    """Return the judged items, the grades there are, and each item's probability of each, (n_items, n_grades)."""
    if tasks is None:
        table = read_table(judgments, _BY_ITEM)
        columns = {name: name.removeprefix(_PREFIX) for name in table.columns if name.startswith(_PREFIX)}
    else:
        table = read_table(judgments, _BY_TASK)
        columns = {name: name for name in table.columns if name != "task"}
        asked = read_table(tasks, GRADED_TASKS)
        codes = pl.Series(encode_like(asked["task"], table["task"]))
        asked = asked.filter(codes >= 0).select("query", "item")
        table = pl.concat([asked, table[codes.filter(codes >= 0)]], how="horizontal")
        check_table(table, _BY_ITEM, "tasks")
    grades = {column: _grade(text) for column, text in columns.items()}
    named = {column: grade for column, grade in grades.items() if grade is not None}
    if not named or (tasks is not None and len(named) < len(grades)):
        raise InputError(
            "Expected a column of probabilities for each grade: p_0, p_1, … beside query and item, or with tasks 0, 1, …"
            f" beside task. The columns here are: {', '.join(table.columns)}.",
            where="judgments",
        )
    probabilities = _checked(table.select(list(named)))
    return table.select("query", "item"), np.array(list(named.values())), probabilities


def _grade(text: str) -> float | None:
    try:
        grade = float(text)
    except ValueError:
        return None
    return grade if isfinite(grade) else None


def _checked(table: pl.DataFrame) -> FloatArray:
    probabilities = table.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    sums = probabilities.sum(axis=1)
    bad = np.flatnonzero(~((probabilities >= 0).all(axis=1) & (np.abs(sums - 1) <= 1e-3)))
    if len(bad):
        shown = ", ".join(f"{name} = {value}" for name, value in table.row(int(bad[0]), named=True).items())
        raise InputError(
            f"The probabilities of an item's grades must be from 0 on and sum to 1; here {shown}.",
            where="judgments",
            row=int(bad[0]) + 1,
        )
    checked: FloatArray = probabilities / sums[:, np.newaxis]
    return checked


def _drawn(
    ranked: RankedJudgments,
    grades: FloatArray,
    probabilities: FloatArray,
    measures: Sequence[Measure],
    *,
    draws: int,
    seed: Seed,
) -> tuple[FloatArray, FloatArray]:
    """Return the mean over queries in each draw, (n_draws, n_measures, n_systems), and each query's mean over draws."""
    rng = generator(seed, "posterior values")
    bounds = np.cumsum(probabilities, axis=1)[:, :-1]
    means = np.empty((draws, len(measures), len(ranked.systems)))
    sums = np.zeros((len(measures), len(ranked.systems), len(ranked.queries)))
    for draw in range(draws):
        chance = rng.random((len(bounds), 1))
        values = ranked.values(grades[(chance >= bounds).sum(axis=1)], measures)
        means[draw] = values.mean(axis=2)
        sums += values
    return means, sums / draws


@dataclass(frozen=True, eq=False)
class _Mean:
    """What is known of one mean over queries.

    Args:
        guess: Under the most probable grades.
        value: Under the posterior.
        draws: Of each draw of the grades.
        sampling: The variance by the queries.
        judgment: The variance by what is not known of the grades.
        queries: How many there are.
    """

    guess: float
    value: float
    draws: FloatArray
    sampling: float
    judgment: float
    queries: int

    @classmethod
    def of(cls, guess: FloatArray, draws: FloatArray, expected: FloatArray) -> _Mean:
        """Return what a query's values say: by the best guess, of each draw's mean, and expected."""
        n_queries = len(expected)
        sampling = float(expected.var(ddof=1)) / n_queries
        return cls(
            float(guess.mean()),
            float(expected.mean()),
            draws,
            sampling,
            float(draws.var(ddof=1)),
            n_queries,
        )

    @property
    def error(self) -> float:
        """The standard error, from both sources."""
        return float((self.sampling + self.judgment) ** 0.5)

    @property
    def p_value(self) -> float:
        """Of the mean being 0, by Student's t."""
        from scipy.special import stdtr

        if self.error == 0:
            return 1.0 if self.value == 0 else 0.0
        return float(2 * stdtr(self.queries - 1, -abs(self.value) / self.error))

    def row(self, confidence: float, judgment_confidence: float) -> dict[str, float]:
        """Return the mean with its bounds, those by the grades alone at a confidence of their own."""
        from scipy.special import stdtrit

        reach = float(stdtrit(self.queries - 1, (1 + confidence) / 2)) * self.error
        low, high = middle_bounds(self.draws, judgment_confidence)
        return {
            "best_guess": self.guess,
            "value": self.value,
            "low": self.value - reach,
            "high": self.value + reach,
            "judgment_low": low,
            "judgment_high": high,
            "sampling_variance": self.sampling,
            "judgment_variance": self.judgment,
            "queries": self.queries,
        }
