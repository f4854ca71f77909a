import json
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from math import inf

import pytest

from palate.core.errors import InputError
from palate.inference import Difference, Interval, PairedBootstrap, PairedT, Randomization, Verdict


def verdict(estimate, low, high, confidence=0.95, **more):
    difference = Difference(Interval(estimate, low, high, confidence), 0.01, 120, PairedBootstrap(confidence))
    return Verdict("nDCG@10", "als", "popularity", 0.412, 0.371, difference, **more)


def test_a_winner_with_all_that_it_rests_on():
    found = verdict(0.0412, 0.0288, 0.0531, answers=9420, annotators=30, cost=Decimal("47.10"))
    assert found.better == "als"
    assert found.sentence == (
        "als beats popularity on nDCG@10 by +0.041 (95% CI +0.029 … +0.053) from 9,420 answers by 30 annotators,"
        " $47.10"
    )


def test_no_winner_yet():
    found = verdict(0.004, -0.0104, 0.018, answers=1, annotators=1, cost=Decimal(1234))
    assert found.better is None
    assert found.sentence == (
        "No winner yet: als and popularity differ on nDCG@10 by +0.004 (95% CI −0.010 … +0.018) from 1 answer by"
        " 1 annotator, $1,234.00"
    )


def test_without_counts_the_sentence_ends_with_the_interval():
    assert (
        verdict(0.3, 0.2, 0.4).sentence
        == "als beats popularity on nDCG@10 by +0.300 (95% CI +0.200 … +0.400)"
    )


def test_an_interval_that_touches_zero_has_no_winner():
    assert verdict(0.1, 0.0, 0.2).better is None
    assert verdict(0.0, 0.0, 0.0).better is None


def test_the_other_system_may_be_better():
    assert verdict(-0.1, -0.2, -0.05).better == "popularity"
    assert verdict(-0.1, -0.2, -0.05).sentence.startswith(
        "popularity beats als on nDCG@10 by +0.100 (95% CI +0.050 … +0.200)"
    )


@pytest.mark.parametrize(
    ("interval", "shown"),
    [
        ((0.00041, 0.00029, 0.00053), "+0.00041 (95% CI +0.00029 … +0.00053)"),
        ((0.25, 0.25, 0.25), "+0.250 (95% CI +0.250 … +0.250)"),
        ((0.0, -inf, inf), "+0.000 (95% CI −∞ … +∞)"),
        ((0.0, 0.0, 0.0), "+0.000 (95% CI +0.000 … +0.000)"),
    ],
)
def test_numbers_have_a_sign_and_enough_places(interval, shown):
    assert shown in verdict(*interval).sentence


@pytest.mark.parametrize(("confidence", "shown"), [(0.9, "90% CI"), (0.975, "97.5% CI"), (0.57, "57% CI")])
def test_confidence_is_said_as_it_is(confidence, shown):
    assert shown in verdict(0.3, 0.2, 0.4, confidence).sentence


def test_counts_are_added_to_a_copy():
    bare = verdict(0.3, 0.2, 0.4, seed=7)
    full = bare.with_counts(answers=5, annotators=2, cost=Decimal("1.50"), data={"q.txt": "ab"})
    assert (full.answers, full.annotators, full.cost, full.data) == (5, 2, Decimal("1.50"), {"q.txt": "ab"})
    assert bare.answers is None
    assert full.with_counts(answers=6) == replace(full, answers=6)
    assert full.seed == 7


@pytest.mark.parametrize("method", [PairedBootstrap(0.9, 500), PairedT(), Randomization(resamples=77)])
@pytest.mark.parametrize("interval", [(0.3, 0.2, 0.4), (0.1, -inf, inf)])
def test_a_verdict_comes_back_from_json(method, interval):
    difference = Difference(Interval(*interval, method.confidence), 0.01, 120, method)
    before = Verdict(
        "AP(rel=2)", "a", "b", 0.5, 0.4, difference, 9, 2, Decimal("0.30"), 4, {"a.trec": "01", "q.txt": "ff"}
    )
    text = json.dumps(before.to_dict(), allow_nan=False)
    assert Verdict.from_dict(json.loads(text)) == before


def test_what_is_not_known_comes_back_as_not_known():
    before = verdict(0.3, 0.2, 0.4)
    saved = before.to_dict()
    assert saved["cost"] is None
    assert saved["better"] == "als"
    assert Verdict.from_dict(saved) == before


@pytest.mark.parametrize("lost", ["cost", "difference", "queries"])
def test_a_saved_verdict_that_lacks_something_is_refused(lost):
    saved = verdict(0.3, 0.2, 0.4).to_dict()
    del saved[lost]
    with pytest.raises(InputError, match=f"saved verdict lacks '{lost}'"):
        Verdict.from_dict(saved)


def test_verdicts_do_not_change():
    with pytest.raises(FrozenInstanceError):
        verdict(0.3, 0.2, 0.4).system = "bpr"


@pytest.mark.parametrize(
    ("low", "shown"),
    [
        (0.0003, "(95% CI +0.0003 … +0.0200)"),
        (-0.0003, "(95% CI −0.0003 … +0.0200)"),
        (0.0005, "(95% CI +0.001 … +0.020)"),
        (0.0, "(95% CI +0.000 … +0.020)"),
        (1e-9, "(95% CI +0.000 … +0.020)"),
    ],
)
def test_bound_near_zero_shows_on_which_side_it_lies(low, shown):
    difference = Difference(Interval(0.01, low, 0.02), 0.04, 150, PairedBootstrap())
    assert shown in Verdict("nDCG@10", "a", "b", 0.5, 0.49, difference).sentence
