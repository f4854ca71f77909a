"""Which measure predicts what people prefer when they see two rankings side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.pairs._tables import code_comparisons
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.randomness import Seed, generator
from palate.core.resampling import check_resampling, middle_bounds
from palate.core.tables import Column, Table
from palate.inference import concordance, sign_agreement, sign_points, tau_b
from palate.inference.base import FloatArray

__all__ = ["MeasureAgreement", "measure_agreement"]

_QUERY = Column("query", "id", "what was ranked for")
_VALUES = Table(
    "values",
    (
        Column("system", "id", "what ranked"),
        _QUERY,
        Column("measure", "text", "how the measure prints, such as nDCG@10"),
        Column("value", "number", "the measure's value"),
    ),
    key=("system", "query", "measure"),
)
_SEGMENTS = Table(
    "segments", (_QUERY, Column("segment", "text", "the part of the queries it belongs to")), ("query",)
)
_ALL = "all"
_FEWEST_BEYOND = 5
"""Resamples beyond a bound from which it is steady."""
_PLACES = 12
"""Differences are rounded to so many decimals: sums in another order differ in the last bits, which is no order."""


@dataclass(frozen=True, eq=False)
class MeasureAgreement:
    """How far each measure agrees with people's preferences. The frames are of the kind that the values came in.

    Args:
        measures: Columns ``segment, measure, agreement, agreement_low, agreement_high, tau, tau_low, tau_high, queries,
            pairs, decided, value_ties``: first all queries (segment ``all``), the measure that agrees most first.
            ``pairs`` counts (query, two systems) that people compared, ``decided`` those on which they prefer one,
            ``value_ties`` the share of these on which the measure is the same for both. Bounds are missing where there
            is one query.
        differences: Columns ``segment, measure, other, agreement, agreement_low, agreement_high, tau, tau_low,
            tau_high``: how much more ``measure`` agrees than ``other``, on the same pairs and the same resamples; bounds of
            a segment's differences are drawn at a confidence that counts all of them (Bonferroni), for the measures are
            many and one is looked for.
        confidence: Of the intervals.
        resamples: How many samples of the queries they rest on.
        seed: Of those samples.
        notes: What a reader must know beside the numbers, as sentences.
    """

    measures: Any
    differences: Any
    confidence: float
    resamples: int
    seed: Seed
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What all queries say, as people read it."""
        found = pl.DataFrame(self.measures).filter(pl.col("segment") == _ALL)
        best = found.row(0, named=True)
        bounds = (
            ""
            if best["agreement_low"] is None
            else f" ({100 * self.confidence:g}% CI {best['agreement_low']:.1%} … {best['agreement_high']:.1%})"
        )
        lead = f"{best['measure']} names the preferred system in {best['agreement']:.1%} of {best['decided']:,} pairs{bounds}"
        if len(found) == 1:
            return lead
        ahead = pl.DataFrame(self.differences).filter(
            (pl.col("segment") == _ALL)
            & (pl.col("measure") == best["measure"])
            & (pl.col("agreement_low") > 0)
        )
        behind = ", ".join(ahead["other"])
        return (
            f"{lead}, more than {behind}"
            if behind
            else f"{lead}; no other measure is shown to do better or worse"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {
            "measures": pl.DataFrame(self.measures).to_dicts(),
            "differences": pl.DataFrame(self.differences).to_dicts(),
            "confidence": self.confidence,
            "resamples": self.resamples,
            "seed": self.seed if isinstance(self.seed, int) else None,
            "notes": list(self.notes),
            "sentence": self.sentence,
        }


def measure_agreement(
    per_query: IntoTable,
    comparisons: IntoTable,
    *,
    segments: IntoTable | None = None,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: Seed = 0,
) -> MeasureAgreement:
    """Return how far each measure's differences agree with side-by-side preferences.

    People's preference between two systems on a query is the margin of their comparisons: wins less losses, by their
    number. *Agreement* is the share of pairs on which the measure names the system that people prefer; where it is the
    same for both it counts half, as a toss would, so that a measure gains nothing by being coarse. Pairs on which people
    prefer neither are left out. *Tau* is Kendall's tau-b between differences and margins, with ties on both sides: it also
    says whether larger differences go with larger margins. Which of two systems comes first is arbitrary; every pair
    counts both ways. As in Sanderson, Paramita, Clough and Kanoulas, Do user preferences and evaluation measures line up?,
    SIGIR 2010, who count signs.

    Intervals are percentile intervals over resampled queries, the same samples for all measures. Every query is held
    against every other: time and memory grow with the square of the compared queries, 5,000 take about 1 GB.

    Args:
        per_query: Columns ``system, query, measure, value``, as ``Evaluation.per_query`` has them.
        comparisons: Columns ``query, left, right, label``; ``left`` and ``right`` name systems.
        segments: Columns ``query, segment``; queries of no segment count in ``all`` only.
        confidence: Of the intervals, in (0, 1).
        resamples: How many samples of the queries.
        seed: Of those samples.

    Raises:
        InputError: A table is not what it should be, no compared pair has values, or people prefer neither throughout.
        SettingsError: ``confidence`` or ``resamples`` is out of range.
    """
    check_resampling(resamples, confidence)
    values = read_table(per_query, _VALUES, where="per_query").with_columns(
        pl.col("system", "query").cast(pl.String)
    )
    margins = _margins(comparisons)
    pairs, notes = _with_values(margins, values)
    in_segments = _in_segments(pairs, segments)
    rows: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    for name, part in in_segments:
        measured = _Measured.of(part, resamples, seed)
        if measured is None:
            notes.append(f"people prefer neither system on any pair of segment '{name}'; it is left out.")
            continue
        rows += [{"segment": name} | row for row in measured.rows(confidence)]
        differences += [{"segment": name} | row for row in measured.differences(confidence)]
    if not rows or rows[0]["segment"] != _ALL:
        raise InputError(
            "People prefer neither system on any pair: there is nothing that a measure could agree with.",
            where="comparisons",
            column="label",
        )
    notes += _few_resamples(len(values["measure"].unique()), resamples, confidence)
    bounds = {f"{of}_{end}": pl.Float64 for of in ("agreement", "tau") for end in ("low", "high")} | {
        "tau": pl.Float64
    }
    schema = {"segment": pl.String, "measure": pl.String, "other": pl.String, "agreement": pl.Float64}
    return MeasureAgreement(
        measures=like(per_query, pl.DataFrame(rows, schema_overrides=bounds)),
        differences=like(per_query, _differences_table(differences, schema | bounds)),
        confidence=confidence,
        resamples=resamples,
        seed=seed,
        notes=tuple(notes),
    )


def _margins(comparisons: IntoTable) -> pl.DataFrame:
    """Return ``query, first, second, margin``: wins less losses of the first, by how many compared them."""
    coded = code_comparisons(comparisons)
    table = coded.table
    if "query" not in table.columns or table["query"].null_count():
        raise InputError(
            "Preferences are held against values query by query: every comparison needs its query.",
            where="comparisons",
            column="query",
        )
    turned = coded.left > coded.right
    ids = coded.ids.cast(pl.String)
    sides = {
        "query": table["query"].cast(pl.String),
        "first": ids.gather(np.where(turned, coded.right, coded.left)),
        "second": ids.gather(np.where(turned, coded.left, coded.right)),
        "margin": pl.Series(np.where(turned, -coded.outcome, coded.outcome).astype(np.float64)),
    }
    return (
        pl.DataFrame(sides)
        .group_by("query", "first", "second")
        .agg(pl.col("margin").mean())
        .sort("query", "first", "second")
    )


def _with_values(margins: pl.DataFrame, values: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return the pairs with a column of differences a measure, and what was left out."""
    measures = values["measure"].unique(maintain_order=True).to_list()
    wide = values.pivot(on="measure", index=["system", "query"], values="value")
    joined = margins.join(wide, left_on=["first", "query"], right_on=["system", "query"]).join(
        wide, left_on=["second", "query"], right_on=["system", "query"], suffix=" of second"
    )
    found = joined.select(
        "query", "margin", *((pl.col(m) - pl.col(f"{m} of second")).alias(f"value {m}") for m in measures)
    ).drop_nulls()
    if found.is_empty():
        system, query = margins.row(0, named=True)["first"], margins["query"][0]
        raise InputError(
            f"No two compared systems have values for their query. Compared is, for example, '{system}' on query '{query}';"
            f" values are, for example, of '{values['system'][0]}' on query '{values['query'][0]}'.",
            where="comparisons",
        )
    lost = len(margins) - len(found)
    notes = (
        [f"{lost:,} of {len(margins):,} compared pairs lack a value of some measure and are left out."]
        if lost
        else []
    )
    return found.sort("query", maintain_order=True), notes


def _few_resamples(n_measures: int, resamples: int, confidence: float) -> list[str]:
    """Return what is to be said where bounds that count all differences rest on too few resamples."""
    pairs = n_measures * (n_measures - 1) // 2
    beyond = (1 - confidence) / 2 / max(pairs, 1) * resamples
    if pairs < 2 or beyond >= _FEWEST_BEYOND:
        return []
    needed = round(_FEWEST_BEYOND * resamples / beyond)
    rough = f"Bounds of the {pairs} differences leave out {beyond:.1f} of {resamples:,} resamples at each end, which is rough"
    return [f"{rough}; for steady ones take {needed:,} (resamples={needed}) or fewer measures."]


def _in_segments(pairs: pl.DataFrame, segments: IntoTable | None) -> Iterable[tuple[str, pl.DataFrame]]:
    yield _ALL, pairs
    if segments is None:
        return
    table = read_table(segments, _SEGMENTS).select(
        pl.col("query").cast(pl.String), pl.col("segment").cast(pl.String)
    )
    joined = pairs.join(table, on="query", maintain_order="left")
    if joined.is_empty():
        raise InputError(
            f"No compared query is in a segment: queries look like '{pairs['query'][0]}' in the comparisons and"
            f" '{table['query'][0]}' here.",
            where="segments",
            column="query",
        )
    for (name,), part in sorted(
        joined.group_by("segment", maintain_order=True), key=lambda found: str(found[0])
    ):
        yield str(name), part.drop("segment")


@dataclass(frozen=True, eq=False)
class _Measured:
    """The measures on some pairs, the one that agrees most first.

    Args:
        measures: How they print.
        n_queries: How many queries there are.
        n_pairs: How many pairs.
        n_decided: On how many people prefer one system.
        value_ties: Share of these on which each measure is the same for both.
        agreement: Shape (n_measures, 1 + n_resamples): all queries first, then the resamples.
        tau: Likewise.
    """

    measures: list[str]
    n_queries: int
    n_pairs: int
    n_decided: int
    value_ties: FloatArray
    agreement: FloatArray
    tau: FloatArray

    @classmethod
    def of(cls, pairs: pl.DataFrame, resamples: int, seed: Seed) -> _Measured | None:
        """Return what was found, None where people prefer neither on any pair."""
        margins = pairs["margin"].to_numpy().round(_PLACES)
        decided = margins != 0
        if not decided.any():
            return None
        columns = [name for name in pairs.columns if name.startswith("value ")]
        queries: npt.NDArray[np.int64] = (pairs["query"].rank("dense").to_numpy() - 1).astype(np.int64)
        n_queries = int(queries[-1]) + 1
        drawn = generator(seed, "measure agreement").multinomial(
            n_queries, np.full(n_queries, 1 / n_queries), resamples
        )
        weights = np.vstack([np.ones(n_queries), drawn])
        preferred = concordance(margins, margins, queries, n_queries)
        agreement, tau, ties = [], [], []
        for name in columns:
            values = pairs[name].to_numpy().round(_PLACES)
            agreement.append(sign_agreement(sign_points(values, margins), queries, weights))
            alone = concordance(values, values, queries, n_queries)
            tau.append(tau_b(concordance(values, margins, queries, n_queries), alone, preferred, weights))
            ties.append(float((values[decided] == 0).mean()))
        order = np.argsort([-found[0] for found in agreement], kind="stable")
        return cls(
            [columns[i].removeprefix("value ") for i in order],
            n_queries,
            len(pairs),
            int(decided.sum()),
            np.array(ties)[order],
            np.array(agreement)[order],
            np.array(tau)[order],
        )

    def rows(self, confidence: float) -> list[dict[str, Any]]:
        """Return a row a measure."""
        return [
            {"measure": measure}
            | self._bounded(self.agreement[i], self.tau[i], confidence)
            | {
                "queries": self.n_queries,
                "pairs": self.n_pairs,
                "decided": self.n_decided,
                "value_ties": float(self.value_ties[i]),
            }
            for i, measure in enumerate(self.measures)
        ]

    def differences(self, confidence: float) -> list[dict[str, Any]]:
        """Return a row for every two measures, with bounds that hold all at once with this confidence."""
        pairs = list(combinations(range(len(self.measures)), 2))
        each = 1 - (1 - confidence) / max(len(pairs), 1)
        return [
            {"measure": self.measures[i], "other": self.measures[j]}
            | self._bounded(self.agreement[i] - self.agreement[j], self.tau[i] - self.tau[j], each)
            for i, j in pairs
        ]

    def _bounded(self, agreement: FloatArray, tau: FloatArray, confidence: float) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for name, draws in (("agreement", agreement), ("tau", tau)):
            known = draws[1:][~np.isnan(draws[1:])]
            # A resample without a preference says nothing; where most are such, so is the interval.
            enough = self.n_queries > 1 and 2 * len(known) > len(draws)
            low, high = middle_bounds(known, confidence) if enough else (None, None)
            value = None if np.isnan(draws[0]) else float(draws[0])
            found |= {name: value, f"{name}_low": low, f"{name}_high": high}
        return found


def _differences_table(rows: list[dict[str, Any]], schema: dict[str, Any]) -> pl.DataFrame:
    """Return the rows with their columns in order, none where there is one measure."""
    order = [
        "segment",
        "measure",
        "other",
        "agreement",
        "agreement_low",
        "agreement_high",
        "tau",
        "tau_low",
        "tau_high",
    ]
    return pl.DataFrame(rows, schema={name: schema[name] for name in order})
