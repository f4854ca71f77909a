"""What pages, pools and hours cost and pay, in exact decimals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil, floor
from statistics import median

from palate.asking.overlap import Overlap
from palate.asking.page_mix import PageMix
from palate.core.errors import PalateError, SettingsError

__all__ = [
    "Budget",
    "PoolCost",
    "bonus_to_floor",
    "effective_hourly_pay",
    "floor_shortfall",
    "money",
    "pool_cost",
    "projected_hourly_pay",
]

_CENT = Decimal("0.01")
_SMALLEST = Decimal("0.0001")
"""The smallest amount there is: a reward may be a part of a cent."""
_HOUR = 3600


@dataclass(frozen=True)
class PoolCost:
    """What a pool costs at most or at least.

    Args:
        pages: Pages that annotators are paid for.
        rewards: Rewards of these pages.
        fees: The platform's share on top.
    """

    pages: int
    rewards: Decimal
    fees: Decimal

    @property
    def total(self) -> Decimal:
        """Rewards and fees."""
        return self.rewards + self.fees


@dataclass(frozen=True)
class Budget:
    """What a pool may cost and what it has cost so far. Amounts include fees.

    Args:
        limit: The most it may cost; None is no limit.
        spent: Rewards of accepted pages and bonuses.
        pending: Rewards of pages that wait for acceptance.
        active: Rewards of pages that annotators hold now.

    >>> budget = Budget(limit=money("1.00"), spent=money("0.90"), pending=money("0.03"), active=money("0.03"))
    >>> budget.allows(money("0.04")), budget.allows(money("0.05"))
    (True, False)
    """

    limit: Decimal | None
    spent: Decimal = Decimal(0)
    pending: Decimal = Decimal(0)
    active: Decimal = Decimal(0)

    @property
    def committed(self) -> Decimal:
        """What is spent, or will be if all pages out are accepted."""
        return self.spent + self.pending + self.active

    @property
    def left(self) -> Decimal | None:
        """What may still be committed, never below 0; None without a limit."""
        return None if self.limit is None else max(Decimal(0), self.limit - self.committed)

    def allows(self, reward: Decimal) -> bool:
        """Return whether one more page with this reward can be handed out."""
        return self.limit is None or self.committed + reward <= self.limit


def money(amount: str | int | Decimal, name: str = "amount") -> Decimal:
    """Return an exact amount of dollars, at least 0, with at most four digits after the point.

    Raises:
        SettingsError: It is a float, which holds no exact cents, or not such an amount.

    >>> money("0.03") * 3
    Decimal('0.09')
    """
    try:
        found = None if isinstance(amount, (float, bool)) else Decimal(amount)
    except (InvalidOperation, TypeError, ValueError):
        found = None
    if found is None or not found.is_finite() or found < 0 or found % _SMALLEST:
        raise SettingsError(
            f"'{name}' must be an exact amount of at least 0 with at most four digits after the point, written as"
            f' text such as "0.03"; it is {amount!r}.'
        )
    return found


def pool_cost(
    mix: PageMix, n_tasks: int, overlap: Overlap, reward: Decimal, fee_share: Decimal = Decimal(0)
) -> tuple[PoolCost, PoolCost]:
    """Return what a pool costs at least and at most, if nothing is rejected and nobody's page is short.

    The two differ by a dynamic overlap and by a golden rate with steps, which depends on who comes. Real tasks
    that take the places of missing golden ones make it cheaper.

    Args:
        mix: What its pages are made of.
        n_tasks: Real tasks.
        overlap: Answers a task.
        reward: Of a page.
        fee_share: What the platform takes on top, as a share of the reward.

    Returns:
        The least and the most.

    Raises:
        SettingsError: The mix has no real tasks: the cost of an exam or a training depends on who takes it.

    >>> from palate.asking import FixedOverlap
    >>> pool_cost(PageMix(real=4, golden=1), 50, FixedOverlap(3), money("0.03"))[1].total
    Decimal('1.14')
    """
    if mix.kind != "main":
        raise SettingsError(
            f"What a pool of kind '{mix.kind}' costs depends on how many annotators take it, not on its tasks:"
            " multiply the reward by the pages of each and by the annotators."
        )
    rates = [rate for _, rate in mix.golden_rate] or [mix.rate_at(0)]
    bounds = ((overlap.least, min(rates)), (overlap.most, max(rates)))
    least, most = (_cost(mix, n_tasks * answers, rate, reward, fee_share) for answers, rate in bounds)
    return least, most


def projected_hourly_pay(reward: Decimal, page_seconds: float) -> Decimal:
    """Return what an hour pays if every page takes ``page_seconds``, rounded down to a cent: it promises no more.

    Raises:
        PalateError: The seconds are not above 0.

    >>> projected_hourly_pay(money("0.05"), 24)
    Decimal('7.50')
    """
    return floor(_hourly(reward, page_seconds) * 100) * _CENT


def effective_hourly_pay(reward: Decimal, page_seconds: Sequence[float]) -> Decimal | None:
    """Return what an hour pays at the median seconds of a page, rounded down to a cent; None before the first page.

    The median, because one page left open over lunch says nothing of the work.

    Raises:
        PalateError: The median is not above 0.
    """
    return projected_hourly_pay(reward, median(page_seconds)) if page_seconds else None


def floor_shortfall(reward: Decimal, page_seconds: float, floor: Decimal) -> Decimal:
    """Return by how much the reward of a page must rise for an hour to pay ``floor``, rounded up to a cent.

    Args:
        reward: Of a page.
        page_seconds: What a page takes.
        floor: The least an hour should pay.

    Returns:
        0 where the pay is high enough.

    Raises:
        PalateError: The seconds are not above 0.

    >>> floor_shortfall(money("0.05"), 60, money("9.00"))
    Decimal('0.10')
    """
    _hourly(reward, page_seconds)
    missing = Fraction(floor) * Fraction(page_seconds) / _HOUR - Fraction(reward)
    return ceil(max(missing, Fraction(0)) * 100) * _CENT


def bonus_to_floor(reward: Decimal, page_seconds: Sequence[float], floor: Decimal, pages: int) -> Decimal:
    """Return the bonus that lifts an annotator's ``pages`` to the floor, rounded up to a cent.

    A page counts with the median seconds of all annotators' pages, so that leaving pages open earns nothing and
    working faster than others costs nothing.

    Args:
        reward: Of a page.
        page_seconds: Seconds of the pool's accepted pages, everybody's.
        floor: The least an hour should pay.
        pages: Accepted pages of the annotator that had no such bonus yet.

    Raises:
        PalateError: ``pages`` is negative, there are no pages' seconds, or their median is not above 0.
    """
    if pages < 0 or not page_seconds:
        raise PalateError(
            f"A bonus needs the seconds of pages ({len(page_seconds)} came) and at least 0 pages to pay; 'pages' is"
            f" {pages}."
        )
    typical = median(page_seconds)
    _hourly(reward, typical)
    missing = Fraction(floor) * Fraction(typical) / _HOUR - Fraction(reward)
    return ceil(max(missing, Fraction(0)) * pages * 100) * _CENT


def _cost(mix: PageMix, answers: int, golden_rate: Fraction, reward: Decimal, fee_share: Decimal) -> PoolCost:
    real_a_page = mix.size * (1 - golden_rate) - mix.training
    pages = ceil(answers / real_a_page)
    return PoolCost(pages, pages * reward, pages * reward * fee_share)


def _hourly(reward: Decimal, page_seconds: float) -> Fraction:
    if not 0 < page_seconds < float("inf"):
        raise PalateError(f"A page takes a number of seconds above 0; it is {page_seconds}.")
    return Fraction(reward) * _HOUR / Fraction(page_seconds)
