from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from palate.core.errors import PalateError, SettingsError
from palate.platforms import Bonus, Estimate, Pool, Simulated, check_pay, floor_bonuses, page_seconds

TASKS = pl.DataFrame({"task": range(25), "truth": ["a"] * 25})
POOL = Pool(
    TASKS,
    ("a", "b"),
    golden=TASKS.tail(5).select("task", label="truth"),
    overlap=3,
    overlap_max=5,
    page_size=5,
    reward=Decimal("0.05"),
    template="side_by_side",
)
ESTIMATE = Estimate(60, 15, Decimal("0.05"), Decimal("0.75"), Decimal("0.15"), Decimal("1.50"), 36.0)


def test_golden_tasks_take_places_but_are_no_answers_wanted() -> None:
    found = Simulated().estimate(POOL)
    assert (found.answers, found.pages) == (60, 15)  # 20 real tasks, 3 answers each, 4 real tasks a page
    assert (found.rewards, found.fees, found.total) == (Decimal("0.75"), 0, Decimal("0.75"))
    assert found.most == Decimal("1.25")  # 5 answers each
    assert found.seconds_per_page == 40  # 8 a comparison, a guess
    assert found.hourly_pay == Decimal("4.50")
    assert not found.measured


def test_measured_seconds_take_the_place_of_the_guess() -> None:
    found = Simulated().estimate(POOL, seconds_per_page=36)
    assert found.measured
    assert found.hourly_pay == Decimal("5.00")
    assert "(as measured)" in found.sentence


def test_a_pool_without_golden_tasks_has_room_for_more() -> None:
    assert Simulated().estimate(replace(POOL, golden=None)).pages == 15  # 75 answers, 5 a page


def test_the_sentence_tells_fees_and_the_most() -> None:
    assert ESTIMATE.sentence == (
        "60 answers on 15 pages of $0.05: $0.75, $0.90 with fees, up to $1.50 where answers disagree. A page takes"
        " 36 s (a guess by the template), so an hour pays $5.00."
    )
    assert ESTIMATE.to_dict() == {
        "answers": 60,
        "pages": 15,
        "reward": "0.05",
        "rewards": "0.75",
        "fees": "0.15",
        "most": "1.50",
        "seconds_per_page": 36.0,
        "measured": False,
        "total": "0.90",
        "hourly_pay": "5.00",
    }


def test_pay_below_the_floor_is_refused_with_the_reward_that_suffices() -> None:
    check_pay(ESTIMATE, Decimal(5))
    check_pay(ESTIMATE, Decimal(0))
    with pytest.raises(SettingsError, match=r"pay \$5.00, below the floor of \$7.25.*Set 'reward' to 0.08"):
        check_pay(ESTIMATE, Decimal("7.25"))  # 7.25 * 36 / 3600 = 0.0725
    check_pay(replace(ESTIMATE, reward=Decimal("0.08")), Decimal("7.25"))


def test_bonuses_lift_everybody_to_the_floor_by_the_median_of_all_pages() -> None:
    answers = pl.DataFrame(
        {
            "annotator": ["ann", "ann", "ann", "ann", "bob", "bob"],
            "page": [1, 1, 2, 2, 3, 3],
            "seconds": [20.0, 16.0, 20.0, 16.0, 2_000.0, 1_600.0],
        }
    )
    # The median page takes 36 s: at $10 an hour it is worth $0.10, so $0.05 is missing for each.
    assert floor_bonuses(answers, Decimal("0.05"), Decimal(10)) == (
        Bonus("ann", 2, 72.0, Decimal("0.10"), Decimal("0.10")),
        Bonus("bob", 1, 3_600.0, Decimal("0.05"), Decimal("0.05")),
    )
    assert [one.bonus for one in floor_bonuses(answers, Decimal("0.05"), Decimal(5))] == [0, 0]


def test_pages_without_a_time_earn_no_bonus() -> None:
    answers = pl.DataFrame({"annotator": ["ann", "bob"], "page": [1, 2], "seconds": [None, 30.0]})
    assert page_seconds(answers).rows() == [("bob", 2, 30.0)]
    assert [one.annotator for one in floor_bonuses(answers, Decimal("0.01"), Decimal(9))] == ["bob"]
    assert floor_bonuses(answers.head(1), Decimal("0.01"), Decimal(9)) == ()


def test_a_platform_that_pays_no_bonuses_says_what_to_pay_by_hand() -> None:
    nothing = Bonus("ann", 1, 30.0, Decimal("0.05"), Decimal(0))
    assert Simulated().pay(POOL, [nothing]) == 0
    with pytest.raises(PalateError, match=r"Pay by hand: bob \$0.20"):
        Simulated().pay(POOL, [nothing, replace(nothing, annotator="bob", bonus=Decimal("0.20"))])
