"""Which system is better, by few labels of people and a model judge's labels of everything."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Literal

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable
from palate.core.randomness import Seed
from palate.evaluation._sentences import between, signed
from palate.evaluation._two_judges import read_two_judges
from palate.inference import Interval
from palate.inference._people_and_judge import Assisted, assisted_values
from palate.measures import Measure, parse_measure

__all__ = ["AssistedEvaluation", "AssistedValue", "Queries", "evaluate_assisted"]

Queries = Literal["these", "all"]


@dataclass(frozen=True)
class AssistedValue:
    """A system's value, or the difference of two systems.

    Args:
        measure: How the measure prints.
        system: The system; of a difference the one whose estimate is higher.
        other: The system it is compared with; None for a value.
        interval: By people and the judge.
        alone: By the same labels of people alone.
        multiplier: How many times as many labels people alone would need for the same sampling error: the ratio of
            the two estimated variances; None where people labelled everything that counts.
    """

    measure: str
    system: str
    other: str | None
    interval: Interval
    alone: Interval
    multiplier: float | None

    @property
    def better(self) -> str | None:
        """The better system of a difference; None where its interval holds 0, and for values."""
        if self.other is None or 0.0 in self.interval:
            return None
        return self.system if self.interval.estimate > 0 else self.other

    @property
    def sentence(self) -> str:
        """What is known, as people read it."""
        found = self.interval
        bounds = f"({100 * found.confidence:g}% CI {between(found)})".replace(
            "+", "" if self.other is None else "+"
        )
        if self.other is None:
            return f"{self.measure} of {self.system} is {signed(found.estimate, found).lstrip('+')} {bounds}"
        by = f"on {self.measure} by {signed(found.estimate, found)} {bounds}"
        if self.better is None:
            return f"No winner yet: {self.system} and {self.other} differ {by}"
        return f"{self.system} beats {self.other} {by}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {**asdict(self), "better": self.better, "sentence": self.sentence}


@dataclass(frozen=True)
class AssistedEvaluation:
    """Values of systems, and differences of every two, by people and a model judge.

    Args:
        values: One a system, in the order in which they came.
        differences: One a pair of systems, the higher estimate first.
        power: How far the judge's labels are used, λ in [0, 1]; 0 is people alone.
        labels: How many labels of people.
        items: How many items the judge labelled.
        n_queries: How many queries they belong to.
        queries: ``these``, or ``all`` that could have been asked.
        confidence: Of the intervals.
        seed: Of the folds and of drawn grades; None if it was a generator.
        notes: What a reader must know beside the numbers.
    """

    values: tuple[AssistedValue, ...]
    differences: tuple[AssistedValue, ...]
    power: float
    labels: int
    items: int
    n_queries: int
    queries: Queries
    confidence: float
    seed: int | None
    notes: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """The differences as people read them, or, of one system, its value; and what they rest on."""
        found = self.differences or self.values
        lines = [f"{one.sentence}." for one in found]
        of = (
            "these"
            if self.queries == "these"
            else "all queries that could have been asked, of which there are"
        )
        lines.append(
            f"It rests on {self.labels:,} labels of people and {self.items:,} of the judge (weight {self.power:.2f} of 1), and"
            f" speaks of {of} {self.n_queries:,}{' queries' if self.queries == 'these' else ' here'}."
        )
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            **asdict(self),
            "values": [value.to_dict() for value in self.values],
            "differences": [difference.to_dict() for difference in self.differences],
            "sentences": self.sentences,
        }


def evaluate_assisted(
    runs: Any,
    human: IntoTable,
    model: IntoTable,
    measure: str | Measure = "nDCG@10",
    *,
    queries: Queries = "these",
    confidence: float = 0.95,
    seed: Seed = 0,
) -> AssistedEvaluation:
    """Return systems' values and differences by people's labels of a random part and a judge's labels of all items.

    Of P, DCG and RBP the estimates are unbiased whatever the judge says. nDCG divides by the best gain that the grades of
    all items of a query allow, which nobody knows who sees some of them; its bias is of second order: products of errors of two
    items of a query, small where the judge says something or labels are many.

    Args:
        runs: As in :func:`palate.measures.evaluate`.
        human: ``query, item, grade`` and, unless all items were as likely to be chosen, ``inclusion``: the probability
            with which the sampler chose the item (column of ``palate sample``). They must be a random part: labels
            of the first ranks only, or of what somebody found doubtful, say nothing of the rest.
        model: ``query, item, grade`` of every item, on whatever scale the judge has.
        measure: P, DCG, nDCG or RBP.
        queries: ``these``: the truth is what people would say of all items of these queries; ``all``: of all queries
            of which these are a random part, so that the interval holds the differences between queries too.
        confidence: Of the intervals, in (0, 1).
        seed: Of the folds and of drawn grades.

    Raises:
        InputError: As :func:`read_two_judges`; or fewer than 20 labels of people, or nothing gains.
        SettingsError: Another measure, or ``queries`` or ``confidence`` is out of range.
    """
    if queries not in {"these", "all"}:
        raise SettingsError(f"queries must be 'these' or 'all'; it is {queries!r}.")
    if not 0 < confidence < 1:
        raise SettingsError(f"The confidence must be between 0 and 1, such as 0.95; it is {confidence!r}.")
    chosen = parse_measure(measure) if isinstance(measure, str) else measure
    judges = read_two_judges(human, model)
    systems, factors, targets, notes = judges.seen_by(runs, chosen)
    if queries == "all" and factors.sizes[2] < 2:
        raise InputError(
            "There is one query: it says nothing about others. Ask for the value of these queries."
        )
    sides = assisted_values(factors, targets, judges.sample, seed)

    def found(one: int, other: int | None = None) -> AssistedValue:
        both = [_of(side, one, other) for side in (sides.assisted, sides.alone)]
        intervals = [side.interval(0, confidence, of_these_queries=queries == "these") for side in both]
        variances = [float(side.variances()[0][0]) for side in both]
        return AssistedValue(
            str(chosen),
            systems[one],
            None if other is None else systems[other],
            interval=intervals[0],
            alone=intervals[1],
            multiplier=variances[1] / variances[0] if variances[0] > 0 else None,
        )

    estimates = sides.assisted.estimates
    pairs = [
        (a, b) if estimates[a] >= estimates[b] else (b, a) for a, b in combinations(range(len(systems)), 2)
    ]
    return AssistedEvaluation(
        values=tuple(found(place) for place in range(len(systems))),
        differences=tuple(found(*pair) for pair in pairs),
        power=sides.assisted.power,
        labels=len(judges.sample.items),
        items=len(judges.items),
        n_queries=factors.sizes[2],
        queries=queries,
        confidence=confidence,
        seed=seed if isinstance(seed, int) else None,
        notes=(*judges.notes, *notes),
    )


def _of(side: Assisted, one: int, other: int | None) -> Assisted:
    return side.only(one) if other is None else side.contrast(one, other)
