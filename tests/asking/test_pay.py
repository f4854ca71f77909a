from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.asking import (
    Budget,
    DynamicOverlap,
    FixedOverlap,
    PageMix,
    bonus_to_floor,
    effective_hourly_pay,
    floor_shortfall,
    money,
    pool_cost,
    projected_hourly_pay,
)
from palate.core.errors import PalateError, SettingsError

amounts = st.integers(0, 100_000).map(lambda n: Decimal(n) / 10_000)


def test_money_is_exact():
    assert money("0.03") == Decimal("0.03")
    assert money(3) + money(Decimal("0.0001")) == Decimal("3.0001")


@pytest.mark.parametrize("wrong", [0.03, "three", "-1", "0.00001", "NaN", "Infinity", True, None, [1]])
def test_what_is_no_exact_amount_is_refused(wrong):
    with pytest.raises(SettingsError, match="'reward' must be an exact amount"):
        money(wrong, "reward")


def test_cost_of_the_search_relevance_recipe():
    """50 tasks × 3 answers = 150; 4 real a page: 37.5, so 38 pages at $0.03."""
    least, most = pool_cost(PageMix(real=4, golden=1), 50, FixedOverlap(3), money("0.03"))
    assert least == most
    assert (most.pages, most.rewards, most.fees, most.total) == (38, Decimal("1.14"), 0, Decimal("1.14"))


def test_cost_between_the_bounds_of_a_dynamic_overlap_and_a_golden_rate():
    """100 tasks, 2 to 5 answers; 8 to 9.5 real a page of 10: 200 / 9.5 = 21.05 and 500 / 8 = 62.5; 20% fee."""
    mix = PageMix(real=9, golden=1, golden_rate=((0, Fraction(1, 5)), (100, Fraction(1, 20))))
    least, most = pool_cost(mix, 100, DynamicOverlap(2, 5, 0.95), money("0.05"), Decimal("0.2"))
    assert (least.pages, most.pages) == (22, 63)
    assert (least.total, most.total) == (Decimal("1.32"), Decimal("3.78"))


def test_training_tasks_on_a_page_leave_less_room_for_real_ones():
    assert pool_cost(PageMix(real=3, training=2), 30, FixedOverlap(1), money("1"))[0].pages == 10


def test_the_cost_of_an_exam_is_not_guessed():
    with pytest.raises(SettingsError, match="how many annotators take it"):
        pool_cost(PageMix(real=0, golden=10, kind="exam"), 10, FixedOverlap(1), money("0.01"))


def test_hourly_pay_by_hand():
    assert projected_hourly_pay(money("0.05"), 24) == Decimal("7.50")
    assert projected_hourly_pay(money("0.05"), 70) == Decimal("2.57")  # 2.5714… rounded down
    assert effective_hourly_pay(money("0.05"), [20, 24, 9000]) == Decimal("7.50")
    assert effective_hourly_pay(money("0.05"), []) is None


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_page_that_takes_no_time_is_refused(seconds):
    for call in (projected_hourly_pay, lambda r, s: floor_shortfall(r, s, money(9))):
        with pytest.raises(PalateError, match="seconds above 0"):
            call(money("0.05"), seconds)
    with pytest.raises(PalateError, match="seconds above 0"):
        bonus_to_floor(money("0.05"), [seconds], money(9), pages=1)


@settings(max_examples=60, deadline=None)
@given(amounts, st.floats(1, 10_000), amounts)
def test_a_reward_raised_by_the_shortfall_reaches_the_floor_and_a_cent_less_does_not(reward, seconds, floor):
    missing = floor_shortfall(reward, seconds, floor)
    hourly = Fraction(reward + missing) * 3600 / Fraction(seconds)
    assert hourly >= floor
    if missing:
        assert Fraction(reward + missing - Decimal("0.01")) * 3600 / Fraction(seconds) < floor


def test_bonus_by_hand():
    """$9 an hour is $0.15 a minute; the page pays $0.05, so $0.10 are missing, four times."""
    assert bonus_to_floor(money("0.05"), [30, 60, 600], money(9), pages=4) == Decimal("0.40")
    assert bonus_to_floor(money("0.20"), [60], money(9), pages=4) == 0
    assert bonus_to_floor(money("0.05"), [60], money(9), pages=0) == 0


@pytest.mark.parametrize(("seconds", "pages"), [([], 1), ([60], -1)])
def test_a_bonus_without_pages_is_refused(seconds, pages):
    with pytest.raises(PalateError, match="A bonus needs"):
        bonus_to_floor(money("0.05"), seconds, money(9), pages)


@settings(max_examples=60, deadline=None)
@given(amounts, st.integers(1, 5000).map(lambda n: Decimal(n) / 10_000))
def test_a_budget_is_never_passed_and_is_used_up(limit, reward):
    budget = Budget(limit)
    pages = 0
    while budget.allows(reward) and pages < 200:
        budget = Budget(limit, spent=budget.spent, pending=budget.pending, active=budget.active + reward)
        pages += 1
    assert budget.committed <= limit
    assert budget.left == limit - budget.committed
    assert pages == 200 or budget.left < reward


def test_all_that_is_out_counts_and_no_limit_allows_everything():
    assert not Budget(money(1), money("0.5"), money("0.3"), money("0.2")).allows(money("0.01"))
    assert Budget(money(1), money(2)).left == 0
    assert Budget(None, money(1000)).allows(money(1000))
    assert Budget(None).left is None
