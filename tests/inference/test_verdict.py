import json
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from math import inf

import pytest

from palate.core.errors import InputError
from palate.inference import (
    Difference,
    Effects,
    Interval,
    Multiplicity,
    PairedBootstrap,
    PairedT,
    Randomization,
    Sign,
    Verdict,
    Wilcoxon,
)


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


def varied(spread, n=120, ties=0):
    """Effects of which only the spread and the counts matter."""
    return Effects(spread, None, None, Interval(0.5, 0.4, 0.6), n - ties, ties, 0)


def test_no_winner_yet_says_how_much_more_is_needed():
    # (1.96 + 0.84)^2 * 0.25^2 / 0.041^2 = 292; Student's law adds 2: 174 more, 1,450 answers a 100 queries
    found = verdict(
        0.041, -0.01, 0.08, answers=1740, annotators=5, cost=Decimal("8.70"), effects=varied(0.25)
    )
    assert found.needed.queries == 174
    assert found.needed.answers == 2523
    assert found.needed.cost == Decimal("12.62")
    assert found.sentence.endswith(
        ", $8.70; at the observed difference about 180 more queries (2,600 answers, $13) would be needed"
    )


def test_more_queries_are_said_without_answers_where_none_are_known():
    assert verdict(0.041, -0.01, 0.08, effects=varied(0.25)).sentence.endswith(
        "at the observed difference about 180 more queries would be needed"
    )


def test_near_zero_the_smallest_difference_that_would_show_is_said():
    found = replace(verdict(0.0, -0.05, 0.05, effects=varied(0.25)), value=0.4, other_value=0.4)
    assert found.needed.queries is None
    # (1.9801 + 0.8446) * 0.25 / sqrt(120): Student's t at 119 degrees of freedom
    assert found.sentence.endswith(
        "; at the observed difference many more queries would be needed: 120 show one of 0.064 four times in five"
    )


def test_with_a_winner_nothing_more_is_needed():
    found = verdict(0.041, 0.01, 0.08, effects=varied(0.25))
    assert found.needed is None
    assert found.sentence.endswith("(95% CI +0.010 … +0.080)")


def test_where_nothing_varies_nothing_is_foretold():
    assert verdict(0.041, -0.01, 0.08, effects=varied(0.0)).needed is None
    assert verdict(0.041, -0.01, 0.08).needed is None


def test_ties_on_every_query_are_said_as_such():
    found = verdict(0.0, 0.0, 0.0, answers=12, effects=varied(0.0, ties=120))
    assert found.better is None
    assert found.sentence == (
        "No winner yet: als and popularity have the same nDCG@10 on each of 120 queries from 12 answers"
    )


def among(p_value, interval=(0.03, 0.01, 0.05), comparisons=6):
    return verdict(*interval, multiplicity=Multiplicity("holm", comparisons, p_value, 0.99))


def test_among_several_comparisons_the_adjusted_p_value_decides_too():
    assert among(0.012).better == "als"
    assert among(0.05).better == "als"
    assert among(0.06).better is None
    assert among(0.012, (0.03, -0.01, 0.05)).better is None


def test_among_several_comparisons_the_sentence_says_so():
    assert among(0.012).sentence == (
        "als beats popularity on nDCG@10 by +0.030 (95% CI +0.010 … +0.050, p = 0.012, adjusted for 6 comparisons)"
    )
    assert "p = 0.06, adjusted for 1,200 comparisons)" in among(0.06, comparisons=1200).sentence
    assert "p < 0.0001, adjusted" in among(1e-9).sentence


def test_more_is_needed_among_several_comparisons():
    alone = verdict(0.041, -0.01, 0.08, effects=varied(0.25))
    several = replace(alone, multiplicity=Multiplicity("holm", 6, 0.2, 0.99))
    assert several.needed.queries > alone.needed.queries


@pytest.mark.parametrize(("method", "what"), [(Sign(), "median"), (Wilcoxon(), "pseudo-median")])
def test_what_the_interval_is_about_is_said(method, what):
    difference = Difference(Interval(0.3, 0.2, 0.4), 0.01, 120, method)
    found = Verdict("RR", "a", "b", 0.5, 0.4, difference)
    assert found.sentence == f"a beats b on RR by a {what} of +0.300 (95% CI +0.200 … +0.400, p = 0.01)"
    assert found.to_dict()["estimand"] == what
    unsure = replace(
        found, difference=replace(difference, interval=Interval(0.0, 0.0, 0.0)), effects=varied(1.0)
    )
    assert "; at the observed mean difference of +0.100 about" in unsure.sentence


@pytest.mark.parametrize(("p_value", "better"), [(0.05, "a"), (0.051, None)])
@pytest.mark.parametrize("low", [0.0, 0.1])
def test_of_rank_tests_the_p_value_decides(p_value, better, low):
    difference = Difference(Interval(0.3, low, 0.4), p_value, 120, Wilcoxon())
    assert Verdict("RR", "a", "b", 0.5, 0.4, difference).better == better
    assert Verdict("RR", "b", "a", 0.4, 0.5, difference.reversed()).better == better


def test_a_median_is_said_to_be_over_the_queries_that_differ():
    difference = Difference(Interval(0.3, 0.2, 0.4), 0.01, 120, Sign())
    found = Verdict("RR", "a", "b", 0.5, 0.4, difference, effects=varied(0.25, ties=90))
    assert found.sentence == (
        "a beats b on RR by a median of +0.300 on the 30 queries where they differ (95% CI +0.200 … +0.400,"
        " p = 0.01)"
    )


def test_counts_are_added_to_a_copy():
    bare = verdict(0.3, 0.2, 0.4, seed=7)
    full = bare.with_counts(answers=5, annotators=2, cost=Decimal("1.50"), data={"q.txt": "ab"})
    assert (full.answers, full.annotators, full.cost, full.data) == (5, 2, Decimal("1.50"), {"q.txt": "ab"})
    assert bare.answers is None
    assert full.with_counts(answers=6) == replace(full, answers=6)
    assert full.seed == 7


@pytest.mark.parametrize(
    "method", [PairedBootstrap(0.9, 500), PairedT(), Randomization(resamples=77), Wilcoxon(), Sign(0.8)]
)
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


def test_effects_and_multiplicity_come_back_too():
    effects = replace(varied(0.25), cohen_d=Interval(0.3, 0.1, 0.5))
    before = replace(among(0.02), effects=effects)
    assert Verdict.from_dict(json.loads(json.dumps(before.to_dict(), allow_nan=False))) == before


def test_older_saved_verdicts_are_read():
    saved = verdict(0.01, -0.2, 0.4).to_dict()
    for new in ("estimand", "multiplicity", "effects", "needed"):
        del saved[new]
    assert Verdict.from_dict(saved) == verdict(0.01, -0.2, 0.4)


@pytest.mark.parametrize("lost", ["cost", "difference", "queries"])
def test_a_saved_verdict_that_lacks_something_is_refused(lost):
    saved = verdict(0.3, 0.2, 0.4).to_dict()
    del saved[lost]
    with pytest.raises(InputError, match=f"saved verdict lacks '{lost}'"):
        Verdict.from_dict(saved)


@pytest.mark.parametrize(("part", "lost"), [("effects", "won"), ("multiplicity", "p_value")])
def test_a_part_that_lacks_something_is_refused(part, lost):
    saved = replace(among(0.02), effects=varied(0.25)).to_dict()
    del saved[part][lost]
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
