"""The least that an hour pays: checked before people are asked, made good after they have answered."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from palate.platforms import Collected, Platform, Pool, check_pay, floor_bonuses, page_seconds
from palate.study.step import StepContext

__all__ = ["BONUSES", "check_floor", "pay_to_floor"]

BONUSES = {
    "annotator": pl.String,
    "pool": pl.String,
    "pages": pl.Int64,
    "seconds": pl.Float64,
    "dollars": pl.String,
}
"""Columns of what annotators were paid, or are owed, beyond the reward of their pages."""


def check_floor(context: StepContext, platform: Platform, pool: Pool, table: str) -> None:
    """Tell people, before they pay, what a pool costs, pays and cannot be; stop the study if it would under-pay.

    Args:
        context: Of the step that asks.
        platform: Where.
        pool: What is asked.
        table: What the step calls the answers to such pools; in a later round, the seconds of a page are those of the
            round before.

    Raises:
        SettingsError: An hour would pay less than ``hourly_floor``.
    """
    estimate = platform.estimate(pool, seconds_per_page=_measured(context, table))
    if not platform.simulated:
        context.note(f"{pool.title}: {estimate.sentence}")
        for shortcoming in platform.shortcomings(pool):
            context.note(shortcoming)
    check_pay(estimate, context.settings.ask.hourly_floor)


def pay_to_floor(
    context: StepContext, platform: Platform, pool: Pool, found: Collected
) -> tuple[pl.DataFrame, Decimal]:
    """Pay, or say, what lifts annotators whose pages took longer than expected to the floor.

    Returns:
        :data:`BONUSES`, those above 0 (simulated annotators are owed nothing); and what was paid now, without fees. What an
        earlier run had paid, that was stopped then, is part of what the platform says was paid.
    """
    floor = context.settings.ask.hourly_floor
    owed = [] if platform.simulated else floor_bonuses(found.answers, pool.reward, floor)
    owed = [one for one in owed if one.bonus]
    paid = Decimal(0)
    if owed:
        total = sum((one.bonus for one in owed), Decimal(0))
        what = f"{pool.title}: pages took longer than an hourly ${floor:f} allows. {len(owed):,} annotators"
        if platform.pays_bonuses:
            paid = platform.pay(pool, owed)
            context.note(f"{what} got ${total:f} on top.")
        else:
            listed = ", ".join(f"{one.annotator} ${one.bonus:f}" for one in owed)
            context.note(f"{what} are owed ${total:f} on top; pay by hand: {listed}.")
    rows = [(one.annotator, pool.title, one.pages, one.seconds, str(one.bonus)) for one in owed]
    return pl.DataFrame(rows, schema=BONUSES, orient="row"), paid


def _measured(context: StepContext, table: str) -> float | None:
    """Return the median seconds of a page in the round before; None where nobody measured them."""
    before = context.round - 1
    if not before:
        return None
    seconds = page_seconds(context.read("ask", table, before))["seconds"]
    return None if seconds.is_empty() else float(seconds.median())  # type: ignore[arg-type]
