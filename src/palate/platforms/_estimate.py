"""What a pool will cost and pay, before money is spent; and what is owed where it paid too little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from palate.asking.pay import bonus_to_floor, floor_shortfall, projected_hourly_pay
from palate.core.errors import SettingsError

__all__ = ["Bonus", "Estimate", "check_pay", "floor_bonuses", "page_seconds", "seconds_a_task"]

_CENT = Decimal("0.01")

_SECONDS: Mapping[str, float] = {
    "category_query": 8.0,
    "filters_category": 12.0,
    "free_text": 45.0,
    "graded_relevance": 10.0,
    "image_query": 10.0,
    "list_ranking": 60.0,
    "multi_label": 15.0,
    "query_type": 6.0,
    "side_by_side": 8.0,
    "side_by_side_rankings": 25.0,
    "spam_marking": 25.0,
}
"""Seconds a task of each template until somebody measured them: a careful first-timer's, so that pay is no less."""
_OTHER_SECONDS = 10.0


@dataclass(frozen=True)
class Estimate:
    """What a pool costs and pays, if nobody's page is rejected.

    Args:
        answers: Wanted, golden ones not counted.
        pages: On which they stand.
        reward: For a page, US dollars.
        rewards: For all pages.
        fees: Of the platform, on top.
        most: Rewards and fees if every task gets the most answers it may get.
        seconds_per_page: Expected.
        measured: Whether that rests on pages that people did, or is a guess by the template.
    """

    answers: int
    pages: int
    reward: Decimal
    rewards: Decimal
    fees: Decimal
    most: Decimal
    seconds_per_page: float
    measured: bool = False

    @property
    def total(self) -> Decimal:
        """Rewards and fees."""
        return self.rewards + self.fees

    @property
    def hourly_pay(self) -> Decimal:
        """What an hour pays at the expected seconds of a page, US dollars, rounded down to a cent."""
        return projected_hourly_pay(self.reward, self.seconds_per_page)

    @property
    def sentence(self) -> str:
        """All of it for people to read."""
        fees = f", {_dollars(self.total)} with fees" if self.fees else ""
        most = (
            f", up to {_dollars(self.most)} where answers disagree"
            if _cents(self.most) > _cents(self.total)
            else ""
        )
        how = "as measured" if self.measured else "a guess by the template"
        return (
            f"{self.answers:,} answers on {self.pages:,} pages of ${self.reward:f}: {_dollars(self.rewards)}{fees}"
            f"{most}. A page takes {self.seconds_per_page:,.0f} s ({how}), so an"
            f" hour pays {_dollars(self.hourly_pay)}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it; dollars are text."""
        found = {**asdict(self), "total": self.total, "hourly_pay": self.hourly_pay}
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in found.items()}


@dataclass(frozen=True)
class Bonus:
    """What an annotator is owed for the pages so far.

    Args:
        annotator: Who.
        pages: That count.
        seconds: They took, as measured.
        paid: For them before, US dollars.
        bonus: Owed on top; may be 0.
    """

    annotator: str
    pages: int
    seconds: float
    paid: Decimal
    bonus: Decimal


def check_pay(estimate: Estimate, floor: Decimal) -> None:
    """Raise an error if an hour would pay less than the floor.

    Args:
        estimate: Of the pool.
        floor: The least an hour should pay, US dollars; 0 lets everything pass.

    Raises:
        SettingsError: It pays less; the text says what a page would have to pay.
    """
    if estimate.hourly_pay >= floor:
        return
    missing = floor_shortfall(estimate.reward, estimate.seconds_per_page, floor)
    if not missing:
        return
    how = "as measured" if estimate.measured else "a guess by the template"
    raise SettingsError(
        f"An hour would pay {_dollars(estimate.hourly_pay)}, below the floor of {_dollars(floor)}: a page pays"
        f" ${estimate.reward:f} and takes {estimate.seconds_per_page:,.0f} s ({how}). Set 'reward' to"
        f" {estimate.reward + missing:f} or more, or put fewer tasks on a page."
    )


def floor_bonuses(answers: pl.DataFrame, reward: Decimal, floor: Decimal) -> tuple[Bonus, ...]:
    """Return what lifts every annotator of a finished pool to the floor by measured times, one bonus each.

    A page counts with the median seconds of all pages, everybody's (see :func:`palate.asking.bonus_to_floor`), so
    that a page left open earns nothing and who works faster loses nothing.

    Args:
        answers: Of a pool, columns ``annotator, page, seconds``; pages without seconds do not count.
        reward: Paid for each page.
        floor: The least an hour should pay, US dollars.
    """
    pages = page_seconds(answers)
    if pages.is_empty():
        return ()
    typical = pages["seconds"].to_list()
    by_annotator = pages.group_by("annotator").agg("seconds").sort("annotator").iter_rows()
    return tuple(
        Bonus(
            annotator=str(annotator),
            pages=len(seconds),
            seconds=sum(seconds),
            paid=len(seconds) * reward,
            bonus=bonus_to_floor(reward, typical, floor, len(seconds)),
        )
        for annotator, seconds in by_annotator
    )


def page_seconds(answers: pl.DataFrame) -> pl.DataFrame:
    """Return the measured pages: columns ``annotator, page, seconds``; those without a time are left out."""
    found = answers.group_by("annotator", "page", maintain_order=True).agg(pl.col("seconds").sum())
    return found.filter(pl.col("seconds").is_finite() & (pl.col("seconds") > 0))


def seconds_a_task(template: str) -> float:
    """Return how long a task of a template takes, until it is measured."""
    return _SECONDS.get(template, _OTHER_SECONDS)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _dollars(amount: Decimal) -> str:
    return f"${_cents(amount):,.2f}"
