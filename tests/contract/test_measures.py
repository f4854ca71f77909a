"""What every measure keeps, today's and tomorrow's."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import graded_rankings, rankings_of

from palate.measures import GradedRankings, Measure, measure_registry, parse_measure

SCALED = {"BPM", "INST", "INSQ", "NERR8", "NERR9", "NERR10", "NERR11", "SDCG"}
"""Refuse grades above their scale, which goes to 1 by default."""
SEE_LENGTH = {
    "Accuracy",
    "Bpref",
    "Compat",
    "Judged",
    "NumQ",
    "NumRet",
    "RBPResidual",
    "SetAP",
    "SetF",
    "SetP",
}
"""Ask how long a ranking is, or how much was judged, so that further irrelevant items change them."""
SEE_JUDGING = {"Bpref", "infAP", "Judged", "RBPResidual"}
"""Tell an unjudged item from one that is judged irrelevant."""
SEE_WHAT_IS_RANKED = {"Accuracy"}
"""Ask only about the relevant items above the cutoff: one more among the last of them lowers."""
SATED = {"BPM"}
"""Stop once there was enough: an item that comes sooner may end the ranking before what is better still."""
OF_JUDGMENTS = {"NumRel", "RBPResidual"}
"""Above 0 even where nothing is ranked."""


def variants(kind: type[Measure]) -> list[Measure]:
    """Return the measure with and without a cutoff and other settings, where it has them."""
    known = {field.name for field in fields(kind)}
    scale = {"highest_grade": 4} if kind.name in SCALED else {}
    cutoffs = [{"cutoff": c} for c in (1, 3, 10)] if "cutoff" in known else []
    others = [{}, {"relevant_from": 2}] if "relevant_from" in known else [{}]
    others += [{"judged_only": True}] if "judged_only" in known else []
    others += [{"gains": {1: 3, 2: 5, 3: 10, 4: 12}}] if "gains" in known else []
    others += [{"lowest_grade": 1}] if "lowest_grade" in known else []
    others += [{field: value} for field, allowed in kind.choices.items() for value in list(allowed)[1:]]
    every = [*cutoffs, *([] if kind.needs_cutoff else [{}])]
    return [kind(**cutoff, **other, **scale) for cutoff in every for other in others]


KINDS = list(measure_registry)
MEASURES = [measure for kind in KINDS for measure in variants(kind)]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
every_measure = pytest.mark.parametrize("measure", MEASURES, ids=str)


def kinds_but(*excepted: set[str]):
    kept = [kind for kind in KINDS if kind.name not in set().union(*excepted)]
    return pytest.mark.parametrize("kind", kept, ids=lambda kind: kind.name)


def one_query(grades: list[int | None], unranked: list[int]) -> GradedRankings:
    return rankings_of([grades], [unranked])


ranked = st.lists(st.integers(-1, 4) | st.none(), max_size=12)
unranked = st.lists(st.integers(-1, 4), max_size=4)


@every_kind
@settings(max_examples=25, deadline=None)
@given(rankings=graded_rankings())
def test_values_lie_between_zero_and_the_highest(kind, rankings):
    for measure in variants(kind):
        values = measure.per_query(rankings)
        assert values.shape == (rankings.n_queries,)
        assert values.dtype == np.float64
        assert np.isfinite(values).all()
        assert ((values >= 0) & (values <= kind.highest)).all()


@every_kind
@settings(max_examples=15, deadline=None)
@given(rankings=graded_rankings())
def test_a_query_counts_alike_alone_and_among_others(kind, rankings):
    together = [measure.per_query(rankings) for measure in variants(kind)]
    for q in range(rankings.n_queries):
        grades = rankings.grades[rankings.offsets[q] : rankings.offsets[q + 1]]
        judged = rankings.judged_grades[rankings.judged_offsets[q] : rankings.judged_offsets[q + 1]]
        alone = GradedRankings(np.array([0, len(grades)]), grades, np.array([0, len(judged)]), judged)
        for measure, values in zip(variants(kind), together, strict=True):
            assert measure.per_query(alone)[0] == pytest.approx(values[q])


@kinds_but(OF_JUDGMENTS)
@given(judged=st.lists(st.integers(-1, 4), min_size=1, max_size=5))
@settings(max_examples=10, deadline=None)
def test_an_empty_ranking_is_worth_nothing(kind, judged):
    for measure in variants(kind):
        assert measure.per_query(one_query([], judged)).tolist() == [0.0]


@every_kind
@given(grades=st.lists(st.integers(-1, 0) | st.none(), max_size=8))
@settings(max_examples=10, deadline=None)
def test_without_a_relevant_item_the_value_is_zero_where_the_measure_says_so(kind, grades):
    if kind.needs_relevant:
        for measure in variants(kind):
            assert measure.per_query(one_query(grades, [0])).tolist() == [0.0]


@kinds_but(SEE_LENGTH)
@given(grades=ranked, unranked=unranked, more=st.lists(st.sampled_from([None, 0]), max_size=4))
@settings(max_examples=25, deadline=None)
def test_irrelevant_items_at_the_end_change_nothing(kind, grades, unranked, more):
    for measure in variants(kind):
        before = measure.per_query(one_query(grades, unranked))
        after = measure.per_query(one_query([*grades, *more], unranked))
        assert after.tolist() == pytest.approx(before.tolist(), abs=1e-12)


@every_kind
@given(grades=ranked, unranked=unranked, seed=st.randoms())
@settings(max_examples=25, deadline=None)
def test_the_order_behind_the_cutoff_changes_nothing(kind, grades, unranked, seed):
    for measure in variants(kind):
        if getattr(measure, "cutoff", None) is None:
            continue
        seen = grades
        if getattr(measure, "judged_only", False):
            seen = [grade for grade in grades if grade is not None and grade >= 0]
        tail = seen[measure.cutoff :]
        seed.shuffle(tail)
        before = measure.per_query(one_query(seen, unranked))
        after = measure.per_query(one_query([*seen[: measure.cutoff], *tail], unranked))
        assert after.tolist() == before.tolist()


@kinds_but(SEE_JUDGING, SEE_WHAT_IS_RANKED, SATED)
@given(
    grades=st.lists(st.integers(0, 4) | st.none(), min_size=2, max_size=12),
    unranked=unranked,
    data=st.data(),
)
@settings(max_examples=40, deadline=None)
def test_moving_a_better_item_up_never_lowers(kind, grades, unranked, data):
    upper = data.draw(st.integers(0, len(grades) - 2))
    lower = data.draw(st.integers(upper + 1, len(grades) - 1))
    for measure in variants(kind):
        seen = grades
        if getattr(measure, "judged_only", False):  # without them items move by other steps
            seen = [grade or 0 for grade in grades]
        worse, better = sorted((seen[upper], seen[lower]), key=lambda grade: grade or 0)
        before, after = list(seen), list(seen)
        before[upper], before[lower] = worse, better
        after[upper], after[lower] = better, worse
        value = measure.per_query(one_query(before, unranked))[0]
        assert measure.per_query(one_query(after, unranked))[0] >= value - 1e-12


@every_kind
@given(judged=st.lists(st.integers(-1, 4), min_size=1, max_size=8), seed=st.randoms())
@settings(max_examples=25, deadline=None)
def test_no_order_beats_the_ideal_one(kind, judged, seed):
    shuffled = list(judged)
    seed.shuffle(shuffled)
    for measure in variants(kind):
        best = measure.per_query(one_query(sorted(judged, reverse=True), []))[0]
        assert measure.per_query(one_query(shuffled, []))[0] <= best + 1e-12


@every_measure
def test_measures_print_parse_hash_and_compare_by_their_text(measure):
    again = parse_measure(str(measure))
    assert again == measure
    assert hash(again) == hash(measure)
    assert str(again) == str(measure)
    assert sum(other == measure for other in MEASURES) == 1


@every_kind
def test_measures_answer_to_all_their_names(kind):
    at = {"cutoff": "@7", "recall": "@0.5"}[kind.at] if kind.at in {f.name for f in fields(kind)} else ""
    for name in (kind.name, *kind.aliases, measure_registry.name_of(kind)):
        assert type(parse_measure(name + at)) is kind
        assert parse_measure(name + at) == parse_measure(kind.name + at)
    for name, preset in kind.presets.items():
        assert parse_measure(name + at) == kind(**preset)


def test_no_two_measures_share_a_name():
    names = [name.casefold() for kind in KINDS for name in (kind.name, *kind.aliases, *kind.presets)]
    assert len(set(names)) == len(names)


@every_kind
@given(rankings=graded_rankings())
@settings(max_examples=5, deadline=None)
def test_rankings_are_left_as_they_were(kind, rankings):
    before = [array.copy() for array in (rankings.grades, rankings.judged_grades)]
    for measure in variants(kind):
        measure.per_query(rankings)
    assert np.array_equal(rankings.grades, before[0], equal_nan=True)
    assert np.array_equal(rankings.judged_grades, before[1])
