from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from palate.asking import PageMix, PagePlan, page_order, plan_page
from palate.core.errors import SettingsError

counts = st.integers(0, 12)


def planned(mix, done, available, seed):
    kinds = ("real", "golden", "training")
    return plan_page(
        mix, done, seed=seed, **{f"available_{k}": n for k, n in zip(kinds, available, strict=True)}
    )


@st.composite
def page_mixes(draw):
    kind = draw(st.sampled_from(["main", "training", "exam"]))
    real = draw(st.integers(1, 10)) if kind == "main" else 0
    golden = draw(st.integers(kind == "exam", 4)) if kind != "training" else 0
    training = draw(st.integers(kind == "training", 4)) if kind != "exam" else 0
    rate = ()
    if kind == "main" and real > 1 and draw(st.booleans()):
        most = Fraction(real + golden - 1, real + golden + training)
        shares = draw(st.lists(st.fractions(0, most, max_denominator=20), min_size=1, max_size=3))
        rate = tuple((100 * i, share) for i, share in enumerate(shares))
    return PageMix(
        real=real,
        golden=golden,
        training=training,
        minimum_real=draw(st.integers(0, 1)) if real else 0,
        minimum_golden=draw(st.integers(0, golden)) if not rate else 0,
        minimum_training=draw(st.integers(0, training)),
        last_short_page=draw(st.booleans()),
        shuffle=draw(st.booleans()),
        golden_rate=rate,
        kind=kind,
    )


@settings(max_examples=100, deadline=None)
@given(page_mixes(), st.integers(0, 300), st.tuples(counts, counts, counts), st.integers(0, 99))
def test_a_page_holds_only_what_there_is_and_never_golden_tasks_alone(mix, done, available, seed):
    plan = planned(mix, done, available, seed)
    assert plan == planned(mix, done, available, seed)
    real, golden, training = available
    assume(plan is not None)
    assert plan.real <= real
    assert plan.golden <= golden
    assert plan.training <= training
    assert mix.minimum_real <= plan.real
    assert mix.minimum_golden <= plan.golden
    assert mix.minimum_training <= plan.training
    assert 1 <= plan.size <= mix.size
    assert mix.last_short_page or plan.size == mix.size
    assert plan.real > 0 or mix.kind != "main"
    assert mix.kind != "exam" or plan == PagePlan(0, plan.golden, 0)
    assert mix.kind != "training" or plan == PagePlan(0, 0, plan.training)


@settings(max_examples=50, deadline=None)
@given(page_mixes(), st.integers(0, 300), st.integers(0, 99))
def test_a_page_is_whole_while_there_is_enough_of_all(mix, done, seed):
    assert planned(mix, done, (99, 99, 99), seed).size == mix.size


@settings(max_examples=50, deadline=None)
@given(page_mixes())
def test_a_mix_survives_json(mix):
    assert PageMix.from_mapping(json.loads(json.dumps(mix.as_mapping()))) == mix


@pytest.mark.parametrize(
    ("mix", "available", "plan"),
    [
        (PageMix(real=4, golden=1), (50, 10, 0), PagePlan(4, 1, 0)),
        (PageMix(real=4, golden=1), (50, 0, 0), PagePlan(5, 0, 0)),  # a real one in its place
        (PageMix(real=4, golden=1, minimum_golden=1), (50, 0, 0), None),
        (PageMix(real=4, golden=1), (2, 10, 0), PagePlan(2, 1, 0)),
        (PageMix(real=4, golden=1, last_short_page=False), (3, 10, 0), None),
        (PageMix(real=4, golden=1, last_short_page=False), (4, 10, 0), PagePlan(4, 1, 0)),
        (PageMix(real=4, golden=1, last_short_page=False), (4, 0, 0), None),
        (PageMix(real=4, golden=1, minimum_real=3), (2, 10, 0), None),
        (PageMix(real=4, golden=1), (0, 10, 0), None),
        (PageMix(real=3, training=2), (9, 0, 1), PagePlan(3, 0, 1)),
        (PageMix(real=3, training=2, minimum_training=2), (9, 0, 1), None),
        (PageMix(real=0, golden=10, kind="exam"), (0, 10, 0), PagePlan(0, 10, 0)),
        (PageMix(real=0, golden=10, kind="exam", last_short_page=False), (0, 9, 0), None),
        (PageMix(real=0, training=2, kind="training"), (5, 5, 10), PagePlan(0, 0, 2)),
        (PageMix(real=0, training=2, kind="training"), (5, 5, 0), None),
    ],
)
def test_pages_by_hand(mix, available, plan):
    assert planned(mix, 0, available, seed=3) == plan


def test_the_golden_rate_falls_with_experience_and_is_right_on_average():
    mix = PageMix(real=9, golden=1, golden_rate=((0, Fraction(1, 5)), (100, Fraction(1, 20))))
    assert [mix.rate_at(n) for n in (0, 99, 100, 5000)] == [Fraction(1, 5)] * 2 + [Fraction(1, 20)] * 2
    assert planned(mix, 99, (99, 99, 0), seed=1) == PagePlan(8, 2, 0)
    drawn = Counter(planned(mix, 100, (99, 99, 0), seed).golden for seed in range(2000))
    assert set(drawn) == {0, 1}
    assert (
        abs(drawn[1] - 1000) < 4.5 * (2000 * 0.25) ** 0.5
    )  # half a golden task a page; 4.5 standard deviations


def test_a_minimum_of_golden_tasks_holds_with_a_rate_too():
    mix = PageMix(real=9, golden=1, minimum_golden=1, golden_rate=((0, Fraction(1, 20)),))
    assert {planned(mix, 0, (99, 99, 0), seed).golden for seed in range(50)} == {1}


def test_without_a_rate_the_share_is_that_of_the_page():
    assert PageMix(real=4, golden=1).rate_at(1000) == Fraction(1, 5)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 20), st.integers(0, 2**64), st.data())
def test_an_order_names_every_task_once_and_keeps_what_is_to_be_kept(n, seed, data):
    keep = data.draw(st.integers(0, n))
    order = page_order(n, seed, keep)
    assert sorted(order) == list(range(n))
    assert [task for task in order if task < keep] == list(range(keep))
    assert order == page_order(n, seed, keep)


@pytest.mark.parametrize("keep", [0, 4])
def test_a_golden_task_is_as_likely_to_stand_anywhere(keep):
    n, pages = 5, 4000
    places = Counter(page_order(n, seed, keep).index(4) for seed in range(pages))
    expected = pages / n
    chi_square = sum((places[i] - expected) ** 2 / expected for i in range(n))
    assert chi_square < 23.5  # the 0.9999 quantile with 4 degrees of freedom


@pytest.mark.parametrize(
    ("settings_", "says"),
    [
        ({"real": -1}, "cannot hold fewer than 0 real tasks"),
        ({"real": 4, "minimum_real": 5}, "'minimum_real' is 5, but a page holds at most 4 real"),
        ({"real": 4, "minimum_golden": 1}, "'minimum_golden' is 1, but a page holds at most 0 golden"),
        ({"real": 0, "golden": 5}, "A main page needs at least one real task"),
        (
            {"kind": "exam", "real": 4, "golden": 1},
            "pages of an exam hold golden tasks only.*golden and real",
        ),
        ({"kind": "training", "real": 0}, "pages of a training hold training tasks only.*holds none"),
        ({"kind": "exams"}, "'kind' of the page mix must be one of main, training, exam"),
        ({"reel": 4}, "no setting 'reel'. Did you mean 'real'"),
        ({"real": "4"}, "'real' of the page mix must be a whole number; it is '4'"),
        ({"golden_rate": "1/5"}, "'golden_rate' is a list of steps"),
        ({"golden_rate": [[0, "x"]]}, "'golden_rate' is a list of steps"),
        ({"golden_rate": [[0, "1/0"]]}, "'golden_rate' is a list of steps"),
        ({"golden_rate": [[0]]}, "'golden_rate' is a list of steps"),
        ({"golden_rate": [["0", "1/5"]]}, "'golden_rate' is a list of steps"),
        ({"golden_rate": [[5, "1/5"]]}, "begin at 0 tasks done and rise; they begin at 5"),
        ({"golden_rate": [[0, "1/5"], [9, "1/6"], [9, "1/7"]]}, "they begin at 0, 9, 9"),
        ({"golden_rate": [[0, 1]]}, "from 0 to 9/10.*one is 1"),
        ({"golden_rate": [[0, -0.1]]}, "one is -1/10"),
        ({"golden_rate": [[0, "1/5"]], "minimum_golden": 10}, "room for at most 9 golden"),
        ({"golden_rate": [[0, "1/5"]], "kind": "exam", "real": 0, "golden": 5}, "Only main pages have"),
    ],
)
def test_a_mix_that_makes_no_sense_is_refused(settings_, says):
    with pytest.raises(SettingsError, match=says):
        PageMix.from_mapping(settings_)


def test_a_kind_unknown_in_code_is_refused():
    with pytest.raises(SettingsError, match="'kind' must be one of"):
        PageMix(kind="exams")
