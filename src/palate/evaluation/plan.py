"""Plan a study: how many queries, answers and dollars show a difference of a wanted size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from math import ceil, sqrt
from typing import Any

import numpy as np
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.settings import check_counts, check_positive
from palate.evaluation._spread import ASSUMED_ANNOTATORS, DepthSpread, Spread
from palate.inference import DifferenceVariance, power_of, queries_needed

__all__ = ["Design", "Goal", "Plan", "Prices", "plan_designs"]

OVERLAPS = (1, 2, 3, 5)
_CURVE = np.geomspace(0.125, 4, 21)
_DRAWS_FOR_INTERVAL = 100


@dataclass(frozen=True)
class Goal:
    """What is to be seen, and how surely.

    Args:
        difference: The mean difference of two systems that is to be seen, above 0.
        power: How often it is to be seen if it is there, in (0, 1).
        confidence: How often no difference is seen where there is none, such as 0.95.

    Raises:
        SettingsError: A number is out of range.
    """

    difference: float
    power: float = 0.8
    confidence: float = 0.95

    def __post_init__(self) -> None:
        check_positive(difference=self.difference)
        for name in ("power", "confidence"):
            share = getattr(self, name)
            if not 0 < share < 1:
                raise SettingsError(f"The {name} must be between 0 and 1, such as 0.8; it is {share!r}.")


@dataclass(frozen=True)
class Prices:
    """What people are paid.

    Args:
        page: Dollars for a page.
        tasks: How many tasks are on a page.
        query: Dollars for a query on top, such as for writing it.

    Raises:
        SettingsError: A price is below 0 or a page has no task.
    """

    page: Decimal = Decimal(0)
    tasks: int = 1
    query: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        check_counts(tasks=self.tasks)
        for price in (self.page, self.query):
            if not (price.is_finite() and price >= 0):
                raise SettingsError(f"Prices must be 0 dollars or more; one is {price}.")

    def of(self, answers: int, queries: int) -> Decimal:
        """Return what so many answers about so many queries cost; a page begun is paid."""
        return self.page * ceil(answers / self.tasks) + self.query * queries


@dataclass(frozen=True)
class Design:
    """One way to judge.

    Args:
        depth: How many first items of each ranking are judged.
        items: How many items of a query that makes, in the mean.
        overlap: How many annotators answer each task.
        annotators: How many annotators there are in all.
        queries: How many queries are judged; None if no number is enough.
        answers: How many answers that takes.
        dollars: What they cost.
        power: How often the difference is seen.
        standard_error: Of the measured mean difference.
        reason: Why no number of queries is enough, if so.
    """

    depth: int
    items: float
    overlap: int
    annotators: int
    queries: int | None = None
    answers: int | None = None
    dollars: Decimal | None = None
    power: float | None = None
    standard_error: float | None = None
    reason: str | None = None

    @property
    def is_enough(self) -> bool:
        """Whether the design reaches its goal."""
        return self.queries is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the design as JSON can hold it, dollars as text."""
        return {**asdict(self), "dollars": None if self.dollars is None else str(self.dollars)}


@dataclass(frozen=True, eq=False)
class Plan:
    """Designs that show a difference, and the cheapest of them.

    Args:
        goal: What is to be seen.
        prices: What people are paid.
        spread: What the designs rest on.
        designs: By depth and overlap.
        cheapest: The cheapest of them (the fewest answers where nothing is paid); None if none is enough.
        queries_interval: Between how many queries 95 of 100 pilots like this one would ask for in the cheapest design;
            None without a pilot or where hardly one finds a number, its upper bound None where some do not.
        curve: Columns ``queries, answers, dollars, power`` of the cheapest design with fewer and more queries.
        notes: What to know before relying on it, as sentences.
    """

    goal: Goal
    prices: Prices
    spread: Spread
    designs: tuple[Design, ...]
    cheapest: Design | None
    queries_interval: tuple[int, int | None] | None
    curve: pl.DataFrame
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The plan as people read it."""
        goal = f"a difference of {self.goal.difference:g} on {self.spread.measure}"
        if self.cheapest is None:
            reasons = dict.fromkeys(design.reason for design in self.designs if design.reason)
            return f"No design shows {goal} with {self.goal.power:.0%} power: {'; '.join(map(str, reasons))}"
        found = self.cheapest
        items = (
            f"{found.items:.0f}"
            if abs(found.items - round(found.items)) < 0.05
            else f"about {found.items:.1f}"
        )
        people = f"{found.overlap} annotator{'' if found.overlap == 1 else 's'}"
        cost = f", about ${found.dollars:,.2f}" if found.dollars else ""
        return (
            f"To see {goal} with {self.goal.power:.0%} power, judge {found.queries:,} queries × {items} items ×"
            f" {people}: {found.answers:,} answers{cost}"
        )

    @property
    def table(self) -> pl.DataFrame:
        """The designs, a row each."""
        rows = [
            {
                "depth": design.depth,
                "items": round(design.items, 1),
                "overlap": design.overlap,
                "annotators": design.annotators,
                "queries": design.queries,
                "answers": design.answers,
                "dollars": f"{design.dollars:,.2f}" if design.dollars else None,
                "power": design.power,
                "cheapest": design is self.cheapest,
            }
            for design in self.designs
        ]
        whole = dict.fromkeys(("queries", "answers"), pl.Int64)
        return pl.DataFrame(rows, schema_overrides={**whole, "dollars": pl.String, "power": pl.Float64})

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as JSON can hold it, with the curve of power against dollars."""
        return {
            "sentence": self.sentence,
            "goal": asdict(self.goal),
            "prices": {
                "page": str(self.prices.page),
                "tasks": self.prices.tasks,
                "query": str(self.prices.query),
            },
            "spread": self.spread.to_dict(),
            "designs": [design.to_dict() for design in self.designs],
            "cheapest": None if self.cheapest is None else self.cheapest.to_dict(),
            "queries_interval": self.queries_interval,
            "curve": self.curve.to_dicts(),
            "notes": list(self.notes),
        }


def plan_designs(
    goal: Goal,
    spread: Spread,
    prices: Prices | None = None,
    *,
    overlaps: Sequence[int] = (),
    annotators: int | None = None,
    most_queries: int | None = None,
) -> Plan:
    """Return the designs that show a difference, at every depth that is known and each overlap.

    Where only answers are paid, one answer a task is the cheapest: another query brings more than another answer to the
    same task. More overlap pays off where queries are few or cost something, and where one wants to see who answers well.
    A depth below the measure's cutoff leaves ranked items unjudged; they count as not relevant, which hides
    a part of the difference. The wanted difference is multiplied by the part that the pilot shows at that depth.

    Args:
        goal: What is to be seen.
        spread: What a pilot showed, or what is assumed.
        prices: What people are paid; nothing by default.
        overlaps: How many annotators are to answer each task; 1, 2, 3 and 5 by default.
        annotators: How many annotators there are in all; as in the pilot by default, 10 without one.
        most_queries: How many queries there are at most.

    Raises:
        SettingsError: An overlap or a number is below 1.
        InputError: The pilot had another overlap, and cannot tell of these.

    >>> from palate.evaluation import assumed_spread
    >>> plan = plan_designs(Goal(0.02), assumed_spread(items=10), Prices(Decimal("0.05"), 10), overlaps=[3])
    >>> plan.sentence
    'To see a difference of 0.02 on nDCG@10 with 80% power, judge 1,318 queries × 10 items × 3 annotators: 39,540 answers, about $197.70'
    """
    prices = prices or Prices()
    chosen = _overlaps(spread, overlaps)
    people = max(spread.annotators or ASSUMED_ANNOTATORS, 2) if annotators is None else annotators
    check_counts(annotators=people, most_queries=1 if most_queries is None else most_queries)
    for overlap in chosen:
        check_counts(overlap=overlap)
    designs = tuple(
        _design(goal, at, prices, Design(at.depth, at.items, overlap, people), most_queries)
        for at in spread.depths
        for overlap in chosen
    )
    enough = [design for design in designs if design.is_enough]
    cheapest = min(enough, key=lambda design: (design.dollars, design.answers), default=None)
    interval, curve = None, pl.DataFrame(schema=["queries", "answers", "dollars", "power"])
    if cheapest is not None:
        at = next(at for at in spread.depths if at.depth == cheapest.depth)
        interval = _interval(goal, at, cheapest)
        curve = _curve(goal, at, prices, cheapest)
    return Plan(
        goal, prices, spread, designs, cheapest, interval, curve, _notes(spread, designs, cheapest, prices)
    )


def _overlaps(spread: Spread, wanted: Sequence[int]) -> tuple[int, ...]:
    if spread.overlap is None:
        return tuple(dict.fromkeys(wanted or OVERLAPS))
    others = [overlap for overlap in wanted if overlap != spread.overlap]
    if others:
        raise InputError(
            f"The pilot cannot tell what an overlap of {others[0]} would do: it speaks of an overlap of {spread.overlap}"
            " only. Plan with answers of which some tasks have several."
        )
    return (spread.overlap,)


def _design(goal: Goal, at: DepthSpread, prices: Prices, design: Design, most: int | None) -> Design:
    overlap, annotators = design.overlap, design.annotators
    if annotators < overlap:
        return replace(design, reason=f"an overlap of {overlap} needs {overlap} annotators")
    if at.seen <= 0:
        return replace(design, reason=f"judging {at.depth} items of each ranking shows nothing of it")
    settings = {"overlap": overlap, "annotators": annotators, "confidence": goal.confidence}
    seen = goal.difference * at.seen
    queries = queries_needed(seen, at.variance, power=goal.power, **settings)  # type: ignore[arg-type]  # by name
    if queries is None:
        shift = sqrt(at.variance.annotator / annotators)
        return replace(
            design,
            reason=f"what {annotators} annotators share alone makes the difference unsure by ±{2 * shift:.3f}; more annotators"
            " are needed, not more queries",
        )
    if most is not None and queries > most:
        return replace(design, reason=f"{queries:,} queries are needed with an overlap of {overlap}")
    return _with_queries(design, goal, at, prices, queries)


def _with_queries(design: Design, goal: Goal, at: DepthSpread, prices: Prices, queries: int) -> Design:
    answers = ceil(queries * at.items) * design.overlap
    power = _power(goal, at.variance, at.seen, design, queries)
    error = sqrt(at.variance.a_query(design.overlap) / queries + at.variance.annotator / design.annotators)
    return replace(
        design,
        queries=queries,
        answers=answers,
        dollars=prices.of(answers, queries),
        power=power,
        standard_error=error,
    )


def _power(goal: Goal, variance: DifferenceVariance, seen: float, design: Design, queries: int) -> float:
    settings = {
        "overlap": design.overlap,
        "annotators": design.annotators,
        "confidence": goal.confidence,
    }
    return float(power_of(goal.difference * seen, variance, queries, **settings))  # type: ignore[arg-type]  # by name


def _curve(goal: Goal, at: DepthSpread, prices: Prices, design: Design) -> pl.DataFrame:
    """Return how power grows with queries and dollars around the design."""
    counts = np.unique(np.maximum(2, np.round(_CURVE * (design.queries or 2)).astype(int)))
    points = [_with_queries(design, goal, at, prices, int(n)) for n in counts]
    return pl.DataFrame(
        {
            "queries": [point.queries for point in points],
            "answers": [point.answers for point in points],
            "dollars": [float(point.dollars or 0) for point in points],
            "power": [point.power for point in points],
        }
    )


def _interval(goal: Goal, at: DepthSpread, design: Design) -> tuple[int, int | None] | None:
    """Return the middle 95% of the numbers of queries that other pilots like this one would ask for."""
    if not len(at.draws):
        return None
    step = max(1, len(at.draws) // _DRAWS_FOR_INTERVAL)
    needed: list[int | None] = []
    for draw in at.draws[::step].tolist():
        if not any(draw):
            needed.append(2)
            continue
        found = queries_needed(
            goal.difference * at.seen,
            DifferenceVariance(*draw),
            power=goal.power,
            overlap=design.overlap,
            annotators=design.annotators,
            confidence=goal.confidence,
        )
        needed.append(found)
    finite = sorted(n for n in needed if n is not None)
    first, last = int(0.025 * len(needed)), ceil(0.975 * len(needed)) - 1
    if first >= len(finite):
        return None
    return finite[first], finite[last] if last < len(finite) else None


def _notes(
    spread: Spread, designs: Sequence[Design], cheapest: Design | None, prices: Prices
) -> tuple[str, ...]:
    notes = list(spread.notes)
    if cheapest is not None and cheapest.overlap == 1 and any(design.overlap > 1 for design in designs):
        notes.append(
            "One answer a task is the cheapest, as another query brings more than another answer to the same task; but no"
            " task then shows how far annotators agree. --overlap 3 plans for that."
        )
    if cheapest is not None and cheapest.depth < spread.depths[-1].depth:
        notes.append(
            f"At depth {cheapest.depth} ranked items stay unjudged and count as not relevant: values are too low, and the"
            f" difference is only a part of that at depth {spread.depths[-1].depth}."
        )
    if not (prices.page or prices.query):
        notes.append("No price was given, so designs are compared by their answers.")
    return tuple(notes)
