"""What every measure keeps, today's and tomorrow's."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import graded_rankings, rankings_of

from palate.measures import GradedRankings, Measure, measure_registry, parse_measure


def variants(kind: type[Measure]) -> list[Measure]:
    """Return the measure with and without a cutoff and a threshold, where it has them."""
    known = {field.name for field in fields(kind)}
    cutoffs = [{"cutoff": c} for c in (1, 3, 10)] if "cutoff" in known else []
    thresholds = [{}, {"relevant_from": 2}] if "relevant_from" in known else [{}]
    every = [*cutoffs, *([] if kind.needs_cutoff else [{}])]
    return [kind(**cutoff, **threshold) for cutoff in every for threshold in thresholds]


MEASURES = [measure for kind in measure_registry for measure in variants(kind)]
every_measure = pytest.mark.parametrize("measure", MEASURES, ids=str)


def one_query(grades: list[int | None], unranked: list[int]) -> GradedRankings:
    return rankings_of([grades], [unranked])


ranked = st.lists(st.integers(-1, 4) | st.none(), max_size=12)
unranked = st.lists(st.integers(-1, 4), max_size=4)


@every_measure
@settings(max_examples=25, deadline=None)
@given(rankings=graded_rankings())
def test_values_lie_between_zero_and_one(measure, rankings):
    values = measure.per_query(rankings)
    assert values.shape == (rankings.n_queries,)
    assert values.dtype == np.float64
    assert np.isfinite(values).all()
    assert ((values >= 0) & (values <= 1)).all()


@every_measure
@settings(max_examples=25, deadline=None)
@given(rankings=graded_rankings())
def test_a_query_counts_alike_alone_and_among_others(measure, rankings):
    values = measure.per_query(rankings)
    for q in range(rankings.n_queries):
        grades = rankings.grades[rankings.offsets[q] : rankings.offsets[q + 1]]
        judged = rankings.judged_grades[rankings.judged_offsets[q] : rankings.judged_offsets[q + 1]]
        alone = GradedRankings(np.array([0, len(grades)]), grades, np.array([0, len(judged)]), judged)
        assert measure.per_query(alone)[0] == pytest.approx(values[q])


@every_measure
@given(judged=st.lists(st.integers(-1, 4), min_size=1, max_size=5))
@settings(max_examples=10, deadline=None)
def test_an_empty_ranking_is_worth_nothing(measure, judged):
    assert measure.per_query(one_query([], judged)).tolist() == [0.0]


@every_measure
@given(grades=ranked, unranked=unranked, more=st.lists(st.sampled_from([None, 0]), max_size=4))
@settings(max_examples=25, deadline=None)
def test_irrelevant_items_at_the_end_change_nothing(measure, grades, unranked, more):
    before = measure.per_query(one_query(grades, unranked))
    assert measure.per_query(one_query([*grades, *more], unranked)).tolist() == before.tolist()


@pytest.mark.parametrize("measure", [m for m in MEASURES if getattr(m, "cutoff", None)], ids=str)
@given(grades=ranked, unranked=unranked, seed=st.randoms())
@settings(max_examples=25, deadline=None)
def test_the_order_behind_the_cutoff_changes_nothing(measure, grades, unranked, seed):
    tail = grades[measure.cutoff :]
    seed.shuffle(tail)
    before = measure.per_query(one_query(grades, unranked))
    after = measure.per_query(one_query([*grades[: measure.cutoff], *tail], unranked))
    assert after.tolist() == before.tolist()


@every_measure
@given(
    grades=st.lists(st.integers(-1, 4) | st.none(), min_size=2, max_size=12),
    unranked=unranked,
    data=st.data(),
)
@settings(max_examples=40, deadline=None)
def test_moving_a_better_item_up_never_lowers(measure, grades, unranked, data):
    upper = data.draw(st.integers(0, len(grades) - 2))
    lower = data.draw(st.integers(upper + 1, len(grades) - 1))
    worse, better = sorted((grades[upper], grades[lower]), key=lambda grade: grade or 0)
    before, after = list(grades), list(grades)
    before[upper], before[lower] = worse, better
    after[upper], after[lower] = better, worse
    value = measure.per_query(one_query(before, unranked))[0]
    assert measure.per_query(one_query(after, unranked))[0] >= value - 1e-12


@every_measure
@given(judged=st.lists(st.integers(-1, 4), min_size=1, max_size=8), seed=st.randoms())
@settings(max_examples=25, deadline=None)
def test_no_order_beats_the_ideal_one(measure, judged, seed):
    best = measure.per_query(one_query(sorted(judged, reverse=True), []))[0]
    seed.shuffle(judged)
    assert measure.per_query(one_query(judged, []))[0] <= best + 1e-12


@every_measure
def test_measures_print_parse_hash_and_compare_by_their_text(measure):
    again = parse_measure(str(measure))
    assert again == measure
    assert hash(again) == hash(measure)
    assert str(again) == str(measure)
    assert sum(other == measure for other in MEASURES) == 1


@pytest.mark.parametrize("kind", list(measure_registry), ids=lambda kind: kind.name)
def test_measures_answer_to_all_their_names(kind):
    for name in (kind.name, *kind.aliases, measure_registry.name_of(kind)):
        assert parse_measure(f"{name}@7") == kind(cutoff=7)


@every_measure
@given(rankings=graded_rankings())
@settings(max_examples=5, deadline=None)
def test_rankings_are_left_as_they_were(measure, rankings):
    before = [array.copy() for array in (rankings.grades, rankings.judged_grades)]
    measure.per_query(rankings)
    assert np.array_equal(rankings.grades, before[0], equal_nan=True)
    assert np.array_equal(rankings.judged_grades, before[1])
