"""The verdict: which of two systems is better, by how much, how sure, and what that rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from math import ceil, floor, isinf, log10
from typing import Any

from palate.core.errors import InputError
from palate.inference._effects import Effects, interval_from_dict, interval_to_dict
from palate.inference._multiplicity import Multiplicity
from palate.inference._needed import Needed, needed_for
from palate.inference.base import Difference, Interval
from palate.inference.registry import paired_tests

__all__ = ["Verdict"]


@dataclass(frozen=True)
class Verdict:
    """What is known about the difference of two systems on one measure.

    Args:
        measure: How the measure prints, such as ``nDCG@10``.
        system: The better system; the first one where there is no winner.
        other: The system it is compared with.
        value: The mean of ``system`` over the queries.
        other_value: The mean of ``other`` over the same queries.
        difference: ``system`` minus ``other``.
        answers: How many answers of people it rests on, if known.
        annotators: How many people gave them, if known.
        cost: What they were paid in all, dollars, if known.
        seed: The seed of the test; None if it was a generator.
        data: Name of each file it rests on, and its hash.
        effects: How large the difference is beside how far queries vary; None in verdicts saved without them.
        multiplicity: What it owes to comparisons made beside it; None if it stands alone.
    """

    measure: str
    system: str
    other: str
    value: float
    other_value: float
    difference: Difference
    answers: int | None = None
    annotators: int | None = None
    cost: Decimal | None = None
    seed: int | None = None
    data: Mapping[str, str] = field(default_factory=dict)
    effects: Effects | None = None
    multiplicity: Multiplicity | None = None

    @property
    def better(self) -> str | None:
        """The better system; None where they are not told apart, or not once other comparisons are counted."""
        found = self.difference
        if not found.tells_apart:
            return None
        if (
            self.multiplicity is not None
            and self.multiplicity.p_value > 1 - found.interval.confidence + 1e-12
        ):
            return None
        return self.system if found.interval.estimate > 0 else self.other

    @property
    def needed(self) -> Needed | None:
        """What more is expected to be needed for a winner, four times in five, at the observed mean difference.

        None where there is a winner, where nothing varies, and where a t-test would have had enough.
        """
        if self.better is not None or self.effects is None or not self.effects.spread:
            return None
        alone = self.difference.interval.confidence
        return needed_for(
            self.value - self.other_value,
            self.effects.spread,
            self.difference.n_queries,
            alone if self.multiplicity is None else self.multiplicity.confidence,
            answers=self.answers,
            cost=self.cost,
        )

    @property
    def sentence(self) -> str:
        """The verdict as people read it."""
        if self.effects is not None and not self.effects.wins and not self.effects.losses:
            return (
                f"No winner yet: {self.system} and {self.other} have the same {self.measure} on each of"
                f" {self.difference.n_queries:,} queries{self._source()}"
            )
        if self.better is None:
            extent = self._extent(self.difference)
            return f"No winner yet: {self.system} and {self.other} differ {extent}{self._outlook()}"
        if self.better == self.system:
            return f"{self.system} beats {self.other} {self._extent(self.difference)}"
        return f"{self.other} beats {self.system} {self._extent(self.difference.reversed())}"

    def with_counts(
        self,
        *,
        answers: int | None = None,
        annotators: int | None = None,
        cost: Decimal | None = None,
        data: Mapping[str, str] | None = None,
    ) -> Verdict:
        """Return the verdict with what it rests on; what is not given stays as it is."""
        return replace(
            self,
            answers=self.answers if answers is None else answers,
            annotators=self.annotators if annotators is None else annotators,
            cost=self.cost if cost is None else cost,
            data=self.data if data is None else data,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON can hold it: dollars as text, an infinite bound as null."""
        found = self.difference
        needed = self.needed
        return {
            "measure": self.measure,
            "system": self.system,
            "other": self.other,
            "better": self.better,
            "value": self.value,
            "other_value": self.other_value,
            "difference": interval_to_dict(found.interval),
            "estimand": found.method.estimand,
            "p_value": found.p_value,
            "multiplicity": None if self.multiplicity is None else self.multiplicity.to_dict(),
            "effects": None if self.effects is None else self.effects.to_dict(),
            "queries": found.n_queries,
            "method": {"name": paired_tests.name_of(found.method), "settings": asdict(found.method)},
            "answers": self.answers,
            "annotators": self.annotators,
            "cost": None if self.cost is None else str(self.cost),
            "seed": self.seed,
            "data": dict(self.data),
            "needed": None if needed is None else needed.to_dict(),
            "sentence": self.sentence,
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Verdict:
        """Return the verdict that :meth:`to_dict` saved; verdicts from before effects were saved lack them.

        Raises:
            InputError: Something that it saves is missing.
        """
        effects, others = saved.get("effects"), saved.get("multiplicity")
        try:
            return cls(
                measure=saved["measure"],
                system=saved["system"],
                other=saved["other"],
                value=saved["value"],
                other_value=saved["other_value"],
                difference=_difference(saved),
                answers=saved["answers"],
                annotators=saved["annotators"],
                cost=None if saved["cost"] is None else Decimal(saved["cost"]),
                seed=saved["seed"],
                data=saved["data"],
                effects=None if effects is None else Effects.from_dict(effects),
                multiplicity=None if others is None else Multiplicity.from_dict(others),
            )
        except KeyError as error:
            raise InputError(f"The saved verdict lacks '{error.args[0]}'.", where="verdict") from error

    def _extent(self, difference: Difference) -> str:
        interval = difference.interval
        places = _decimal_places(interval)
        estimate, low, high = (_signed(x, places) for x in (interval.estimate, interval.low, interval.high))
        estimand = difference.method.estimand
        by = f"by {estimate}" if estimand == "mean" else f"by a {estimand} of {estimate}{self._where()}"
        bounds = f"{100 * interval.confidence:g}% CI {low} … {high}"
        if self.multiplicity is not None:
            others = self.multiplicity.comparisons
            bounds = f"{bounds}, {_p(self.multiplicity.p_value)}, adjusted for {others:,} comparisons"
        elif estimand != "mean":
            bounds = f"{bounds}, {_p(difference.p_value)}"
        return f"on {self.measure} {by} ({bounds}){self._source()}"

    def _where(self) -> str:
        """Return on which queries a median is taken: ties have no part in it."""
        if self.effects is None or not self.effects.ties:
            return ""
        return f" on the {self.effects.wins + self.effects.losses:,} queries where they differ"

    def _source(self) -> str:
        answers = "" if self.answers is None else f" from {_counted(self.answers, 'answer')}"
        annotators = "" if self.annotators is None else f" by {_counted(self.annotators, 'annotator')}"
        cost = "" if self.cost is None else f", ${self.cost:,.2f}"
        return f"{answers}{annotators}{cost}"

    def _outlook(self) -> str:
        """Return what a verdict without a winner says about more evidence."""
        needed = self.needed
        if needed is None:
            return ""
        if self.difference.method.estimand == "mean":
            then = "; at the observed difference"
        else:
            mean = self.value - self.other_value
            then = f"; at the observed mean difference of {_signed(mean, max(3, _places_of(abs(mean))))}"
        if needed.queries is None:
            smallest = f"{needed.detectable:.{max(3, _places_of(needed.detectable))}f}"
            return (
                f"{then} many more queries would be needed: {self.difference.n_queries:,} show one of {smallest}"
                " four times in five"
            )
        queries = _counted(_rounded_up(needed.queries), "more quer", "y", "ies")
        parts = [] if needed.answers is None else [_counted(_rounded_up(needed.answers), "answer")]
        parts += [] if needed.cost is None else [f"${_rounded_up(ceil(needed.cost)):,}"]
        besides = f" ({', '.join(parts)})" if parts else ""
        return f"{then} about {queries}{besides} would be needed"


def _difference(saved: Mapping[str, Any]) -> Difference:
    interval = interval_from_dict(saved["difference"])
    method = paired_tests.create(saved["method"]["name"], saved["method"]["settings"])
    return Difference(interval, saved["p_value"], saved["queries"], method)


def _counted(count: int, thing: str, one: str = "", more: str = "s") -> str:
    return f"{count:,} {thing}{one if count == 1 else more}"


def _p(p_value: float) -> str:
    return f"p = {p_value:.2g}" if p_value >= 0.0001 else "p < 0.0001"


def _rounded_up(count: int) -> int:
    """Return the next number of two digits and zeros: an expectation is no more exact."""
    unit: int = 10 ** max(0, len(str(count)) - 2)
    return -(-count // unit) * unit


def _places_of(number: float) -> int:
    """Return how many decimal places show two digits of a number below 1."""
    return 1 - floor(log10(number)) if 0 < number < 1 else 0


def _decimal_places(interval: Interval) -> int:
    """Return 3 places, or as many more as make the interval at least 10 units of the last one wide.

    A bound that is not 0 never reads as 0 (within 5 places): which side of 0 it lies on is the verdict.
    """
    width = interval.high - interval.low
    wide = next((places for places in range(3, 9) if width * 10**places >= 10), 3)
    near = min((abs(bound) for bound in (interval.low, interval.high) if bound), default=1.0)
    seen = next((places for places in range(3, 6) if near * 10**places >= 0.5), 3)
    return max(wide, seen)


def _signed(number: float, places: int) -> str:
    """Return the number with its sign, + or the typographic −."""
    sign = "−" if number < 0 else "+"
    return f"{sign}{'∞' if isinf(number) else f'{abs(number):.{places}f}'}"
