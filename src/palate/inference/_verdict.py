"""The verdict: which of two systems is better, by how much, how sure, and what that rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from math import inf, isinf
from typing import Any

from palate.core.errors import InputError
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

    @property
    def better(self) -> str | None:
        """The better system; None where the interval of the difference holds 0."""
        if 0.0 in self.difference.interval:
            return None
        return self.system if self.difference.interval.estimate > 0 else self.other

    @property
    def sentence(self) -> str:
        """The verdict as people read it."""
        if self.better is None:
            return f"No winner yet: {self.system} and {self.other} differ {self._extent(self.difference)}"
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
        bounds = asdict(found.interval)
        return {
            "measure": self.measure,
            "system": self.system,
            "other": self.other,
            "better": self.better,
            "value": self.value,
            "other_value": self.other_value,
            "difference": {name: None if isinf(bound) else bound for name, bound in bounds.items()},
            "p_value": found.p_value,
            "queries": found.n_queries,
            "method": {"name": paired_tests.name_of(found.method), "settings": asdict(found.method)},
            "answers": self.answers,
            "annotators": self.annotators,
            "cost": None if self.cost is None else str(self.cost),
            "seed": self.seed,
            "data": dict(self.data),
            "sentence": self.sentence,
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Verdict:
        """Return the verdict that :meth:`to_dict` saved.

        Raises:
            InputError: Something that it saves is missing.
        """
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
            )
        except KeyError as error:
            raise InputError(f"The saved verdict lacks '{error.args[0]}'.", where="verdict") from error

    def _extent(self, difference: Difference) -> str:
        interval = difference.interval
        places = _decimal_places(interval)
        estimate, low, high = (_signed(x, places) for x in (interval.estimate, interval.low, interval.high))
        by = f"on {self.measure} by {estimate} ({100 * interval.confidence:g}% CI {low} … {high})"
        answers = "" if self.answers is None else f" from {_counted(self.answers, 'answer')}"
        annotators = "" if self.annotators is None else f" by {_counted(self.annotators, 'annotator')}"
        cost = "" if self.cost is None else f", ${self.cost:,.2f}"
        return f"{by}{answers}{annotators}{cost}"


def _difference(saved: Mapping[str, Any]) -> Difference:
    bounds = saved["difference"]
    interval = Interval(
        bounds["estimate"],
        -inf if bounds["low"] is None else bounds["low"],
        inf if bounds["high"] is None else bounds["high"],
        bounds["confidence"],
    )
    method = paired_tests.create(saved["method"]["name"], saved["method"]["settings"])
    return Difference(interval, saved["p_value"], saved["queries"], method)


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


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
