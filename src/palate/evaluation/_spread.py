"""How far differences of two systems spread: as a pilot's values say, or as is assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError
from palate.core.frames import IntoTable
from palate.core.randomness import Seed, generator
from palate.core.settings import check_positive
from palate.evaluation._paired_values import paired_differences
from palate.inference import DifferenceVariance
from palate.measures import Measure, parse_measure

__all__ = [
    "DRAWS",
    "SOURCES",
    "DepthSpread",
    "Spread",
    "as_measure",
    "assumed_spread",
    "cutoff_of",
    "notes_on_few",
    "spread_of_values",
]

FloatArray = npt.NDArray[np.float64]

ASSUMED_QUERY, ASSUMED_ANNOTATOR, ASSUMED_ANSWER = 0.2, 0.01, 0.2
ASSUMED_ITEMS = 1.5
"""Items in the pool of two systems, a rank of depth: as if they shared half of what they rank first."""
ASSUMED_ANNOTATORS = 10
DRAWS = 400
_DEPTH_WITHOUT_CUTOFF = 10
SOURCES = ("query", "annotator", "answer")


@dataclass(frozen=True, eq=False)
class DepthSpread:
    """The spread where the first ``depth`` items of each system are judged.

    Args:
        depth: How many items of each ranking.
        items: How many items of a query that makes, in the mean.
        seen: How much of a difference on fully judged rankings is seen at this depth, as a factor.
        variance: Where the spread of a query's difference comes from.
        draws: Variances as other pilots like this one may give them, columns in the order of
            ``query, annotator, answer``, shape (n_draws, 3).
        clipped: Sources whose estimate was below 0 and counts as 0.
    """

    depth: int
    items: float
    seen: float
    variance: DifferenceVariance
    draws: FloatArray
    clipped: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return standard deviations and their 95% intervals, as JSON can hold them."""
        bounds: dict[str, list[float] | None] = dict.fromkeys(SOURCES)
        if len(self.draws):
            low, high = np.sqrt(np.quantile(self.draws, (0.025, 0.975), axis=0))
            bounds = {name: [float(low[i]), float(high[i])] for i, name in enumerate(SOURCES)}
        return {
            "depth": self.depth,
            "items": self.items,
            "seen": self.seen,
            "spread": self.variance.to_dict(),
            "interval": bounds,
            "clipped": list(self.clipped),
        }


@dataclass(frozen=True, eq=False)
class Spread:
    """How far differences spread.

    Args:
        source: ``answers`` or ``values`` of a pilot, or ``assumed``.
        measure: What is measured.
        depths: The spread at each depth of judging, the deepest last.
        annotators: How many annotators the pilot had; None if that is not known.
        overlap: The only overlap that it speaks of; None if it tells of any.
        estimate: The pilot's mean difference; None without a pilot.
        queries: How many queries the pilot had; 0 without one.
        notes: What to know before relying on it, as sentences.
    """

    source: Literal["answers", "values", "assumed"]
    measure: str
    depths: tuple[DepthSpread, ...]
    annotators: int | None = None
    overlap: int | None = None
    estimate: float | None = None
    queries: int = 0
    notes: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Return what is known, as JSON can hold it."""
        return {
            "source": self.source,
            "queries": self.queries,
            "annotators": self.annotators,
            "overlap": self.overlap,
            "estimate": self.estimate,
            "depths": [depth.to_dict() for depth in self.depths],
        }


def assumed_spread(measure: Measure | str = "nDCG@10", items: float | None = None) -> Spread:
    """Return the spread to assume where nothing has been judged yet.

    Differences of a query spread by 0.2, as is common between two rather different systems on measures such as
    nDCG@10; judged by one annotator they spread by another 0.2, and one annotator shifts all of them by 0.01. These are conventions, not
    measurements: two versions of one system differ less, and a pilot of 20 queries tells.

    Args:
        measure: What is measured.
        items: How many items of a query are judged; 1.5 times the cutoff by default, as if two systems
            shared half of their first items.
    """
    measure = as_measure(measure)
    depth = cutoff_of(measure)
    variance = DifferenceVariance(ASSUMED_QUERY**2, ASSUMED_ANNOTATOR**2, ASSUMED_ANSWER**2)
    note = (
        "Nothing is measured yet. It is assumed that a query's difference spreads by"
        f" {ASSUMED_QUERY:g} from query to query and by another {ASSUMED_ANSWER:g} where one annotator judges it, and that"
        f" one annotator shifts all differences by {ASSUMED_ANNOTATOR:g}. The numbers may be off by several times: judge a pilot"
        " of 20 queries or more and plan again with it."
    )
    spread = DepthSpread(depth, _items(items, depth), 1.0, variance, np.empty((0, 3)))
    return Spread("assumed", str(measure), (spread,), notes=(note,))


def spread_of_values(
    per_query: IntoTable,
    measure: Measure | str = "nDCG@10",
    systems: Sequence[str] = (),
    *,
    items: float | None = None,
    overlap: int = 3,
    seed: Seed = 0,
) -> Spread:
    """Return the spread of differences that a pilot measured, a value a query and system.

    The judgments' own noise is in these values; as it cannot be told from the rest, the plan keeps the pilot's
    overlap. Draws follow a chi-squared distribution, exact for normal differences.

    Args:
        per_query: Columns ``system, query, measure, value``, as ``Evaluation.per_query`` has them.
        measure: What is measured.
        systems: The two systems; those in the table where there are two.
        items: How many items of a query were judged; 1.5 times the cutoff by default.
        overlap: How many annotators answered each task of the pilot.
        seed: Of the draws.

    Raises:
        UnknownNameError: The table holds no such system or measure.
        InputError: Fewer than two queries have values of both systems.
    """
    measure = as_measure(measure)
    (first, second), differences = paired_differences(per_query, measure, systems)
    n = len(differences)
    if n < 2 or not np.ptp(differences):
        raise InputError(
            f"{n:,} queries have values of both {first} and {second}"
            + (", and all differences are the same" if n > 1 else "")
            + ". A spread needs two different ones, and 20 or more to rely on it.",
            where="per_query",
        )
    variance = float(differences.var(ddof=1))
    draws = np.zeros((DRAWS, 3))
    draws[:, 0] = variance * generator(seed, "plan").chisquare(n - 1, DRAWS) / (n - 1)
    depth = cutoff_of(measure)
    spread = DepthSpread(
        depth,
        _items(items, depth),
        1.0,
        DifferenceVariance(variance),
        draws,
    )
    note = (
        f"The pilot's values do not tell how much of their spread is annotators' noise, so every design keeps the overlap"
        f" of {overlap}. Plan with the pilot's answers to compare overlaps."
    )
    return Spread(
        "values",
        str(measure),
        (spread,),
        overlap=overlap,
        estimate=float(differences.mean()),
        queries=n,
        notes=(note, *notes_on_few(n)),
    )


def notes_on_few(n: int) -> tuple[str, ...]:
    """Return what to know of a pilot of so many queries."""
    if n >= 20:
        return ()
    return (f"The pilot has {n} queries only; what it says of the spread may be far off.",)


def as_measure(measure: Measure | str) -> Measure:
    """Return the measure that a text names."""
    return parse_measure(measure) if isinstance(measure, str) else measure


def cutoff_of(measure: Measure) -> int:
    """Return how many first ranks the measure looks at; 10 where it looks at all."""
    return getattr(measure, "cutoff", None) or _DEPTH_WITHOUT_CUTOFF


def _items(items: float | None, depth: int) -> float:
    if items is None:
        return ASSUMED_ITEMS * depth
    check_positive(items=items)
    return items
