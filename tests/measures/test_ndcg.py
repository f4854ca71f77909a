import math
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import (
    graded_rankings,
    judgments_frame,
    plain_value,
    rankings_of,
    run_frame,
    runs_and_judgments,
)

from palate.core.errors import InputError, SettingsError
from palate.measures import DCG, evaluate, nDCG, parse_measure


def test_value_by_hand():
    # gains 3, 0, 2 at discounts 1, log2(3), 2; the ideal is 3, 2, 1 over all judged items
    found = 3 / 1 + 2 / 2
    ideal = 3 / 1 + 2 / math.log2(3) + 1 / 2
    values = nDCG().per_query(rankings_of([[3, 0, 2]], [[1]]))
    assert values.tolist() == pytest.approx([found / ideal])


def test_published_example_of_jarvelin_and_kekalainen_without_their_log_base():
    # Gains 3 2 3 0 0 1 2 2 3 0 of their section 2.2; DCG with discount log2(rank + 1), reckoned term by term.
    gains = [3, 2, 3, 0, 0, 1, 2, 2, 3, 0]
    found = 3 + 2 / 1.5849625 + 3 / 2 + 1 / 2.8073549 + 2 / 3 + 2 / 3.1699250 + 3 / 3.3219281
    ideal = 3 + 3 / 1.5849625 + 3 / 2 + 2 / 2.3219281 + 2 / 2.5849625 + 2 / 2.8073549 + 1 / 3
    assert nDCG(10).per_query(rankings_of([gains])).tolist() == pytest.approx([found / ideal], abs=1e-7)


def test_cutoff_limits_the_ideal_too():
    assert nDCG(1).per_query(rankings_of([[2, 3]])).tolist() == pytest.approx([2 / 3])
    assert nDCG(1).per_query(rankings_of([[3, 3]])).tolist() == [1.0]


def test_exponential_gain_is_two_to_the_grade_less_one():
    found = 1 + 7 / math.log2(3)
    ideal = 7 + 1 / math.log2(3)
    values = nDCG(gain="exponential").per_query(rankings_of([[1, 3]]))
    assert values.tolist() == pytest.approx([found / ideal])


@pytest.mark.parametrize("gain", ["linear", "exponential"])
def test_grades_of_zero_and_below_neither_gain_nor_lose(gain):
    measure = nDCG(gain=gain)
    assert measure.per_query(rankings_of([[-2, 0, 2]])) == measure.per_query(rankings_of([[0, None, 2]]))
    assert measure.per_query(rankings_of([[-1, -2], []], [[], [0]])).tolist() == [0.0, 0.0]


def test_exponential_gain_refuses_grades_that_overflow():
    with pytest.raises(InputError, match="grades up to 1,000; the highest here is 1001"):
        nDCG(gain="exponential").per_query(rankings_of([[1001, 1]]))


def test_unknown_gain_is_refused():
    with pytest.raises(
        SettingsError,
        match=r"gain of nDCG must be linear \(dcg='log2'\) or exponential \(dcg='exp-log2'\); it is 'log'",
    ):
        nDCG(gain="log")


@settings(max_examples=60, deadline=None)
@given(graded_rankings(), st.none() | st.integers(1, 6), st.booleans())
def test_values_are_those_of_the_plain_definition(rankings, cutoff, exponential):
    values = nDCG(cutoff, gain="exponential" if exponential else "linear").per_query(rankings)
    for q in range(rankings.n_queries):
        ranked = rankings.grades[rankings.offsets[q] : rankings.offsets[q + 1]]
        judged = rankings.judged_grades[rankings.judged_offsets[q] : rankings.judged_offsets[q + 1]]
        plain = [0 if math.isnan(g) else g for g in ranked]
        assert values[q] == pytest.approx(
            plain_value("nDCG", plain, judged.tolist(), cutoff, exponential=exponential)
        )


def test_gains_stand_for_grades():
    # grades 2, 0, 1 gain 3, 0, 1; the ideal ranks 3 (not ranked), 2 and 1, which gain 3, 3 and 1
    found = 3 + 1 / 2
    ideal = 3 + 3 / math.log2(3) + 1 / 2
    rankings = rankings_of([[2, 0, 1, None]], [[3]])
    assert nDCG(gains={0: 0, 1: 1, 2: 3}).per_query(rankings).tolist() == pytest.approx([found / ideal])
    assert DCG(gains={2: 3}).per_query(rankings).tolist() == pytest.approx([found])


def test_gains_may_fall_and_turn_the_ideal_round():
    found, ideal = 1 + 5 / math.log2(3), 5 + 1 / math.log2(3)
    assert nDCG(gains={1: 5, 2: 1}).per_query(rankings_of([[2, 1]])).tolist() == pytest.approx(
        [found / ideal]
    )
    assert nDCG(gains={1: 5, 2: 1}).per_query(rankings_of([[1, 2]])).tolist() == [1.0]


def test_an_item_without_judgment_gains_nothing_whatever_the_lowest_grade_gains():
    assert DCG(gains={0: 7}).per_query(rankings_of([[None, 0]])).tolist() == pytest.approx([7 / math.log2(3)])


def test_gains_below_zero_are_of_the_pool_as_grades_are():
    rankings = rankings_of([[0, None, 1]])
    for gains, rank in (({0: -1}, 1), ({}, 2)):
        value = DCG(gains=gains, judged_only=True).per_query(rankings)
        assert value.tolist() == pytest.approx([1 / math.log2(rank + 1)])


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("nDCG(gains={0:0,1:1,2:3})@10", "nDCG(gains={2:3})@10"),
        ("nDCG(gains={2: 3, 1: 0.5})", "nDCG(gains={1:0.5,2:3})"),
        ("nDCG(judged_only=True,gains={3:10,-1:2})@5", "nDCG(judged_only=True,gains={-1:2,3:10})@5"),
        ("nDCG(gains={1:1,0:0})", "nDCG"),
        ("nDCG(gains={})@3", "nDCG@3"),
        ("DCG(gains={2:3})", "DCG(gains={2:3})"),
    ],
)
def test_gains_print_sorted_without_those_that_change_nothing(text, printed):
    measure = parse_measure(text)
    assert str(measure) == printed
    for same in (parse_measure(printed), replace(measure), deepcopy(measure)):
        assert same == measure
        assert hash(same) == hash(measure)


@pytest.mark.parametrize(
    "gains", [{"a": 3}, {2: "much"}, {2: math.inf}, {math.nan: 1}, {True: 1}, [1, 2], 3], ids=repr
)
def test_gains_that_are_no_numbers_are_refused(gains):
    with pytest.raises(
        SettingsError, match=r"gains must map grades to gains, numbers both, such as \{0:0,1:1,2:3\}"
    ):
        nDCG(gains=gains)


def test_gains_are_gains_already():
    with pytest.raises(SettingsError, match="nDCG takes gains or dcg='exp-log2', not both"):
        nDCG(10, "exponential", gains={1: 2})
    assert nDCG(10, "exponential", gains={1: 1}) == nDCG(10, "exponential")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=40, deadline=None)
@given(
    runs_and_judgments(min_grade=-1),
    st.dictionaries(st.integers(0, 4), st.integers(0, 12), max_size=4),
    st.sampled_from(["", "@2", "@10"]),
    st.booleans(),
)
def test_values_with_gains_are_those_of_ir_measures(tables, gains, at, judged_only):
    import ir_measures

    run, judgments = tables
    mapping = "{" + ",".join(f"{grade}:{gain}" for grade, gain in gains.items()) + "}"
    text = f"nDCG(gains={mapping},judged_only={judged_only}){at}"
    theirs = ir_measures.parse_measure(text)
    assert parse_measure(str(theirs)) == parse_measure(text)
    found = evaluate({"a": run_frame(run)}, judgments_frame(judgments), [text], resamples=39).per_query
    ours = dict(found.select("query", "value").iter_rows())
    for metric in ir_measures.iter_calc([theirs], judgments, run):
        assert ours[metric.query_id] == pytest.approx(metric.value, abs=1e-9)


def test_notes_count_the_queries_where_nothing_gains():
    run = {"q1": {"a": 2.0}, "q2": {"a": 1.0}}
    judged = {"q1": {"a": 1}, "q2": {"a": 0, "b": 2}}
    found = evaluate(
        {"a": run_frame(run)}, judgments_frame(judged), ["nDCG(gains={1:0})", "nDCG(gains={0:1})", "nDCG"]
    )
    (note,) = found.notes
    assert note.startswith(
        "1 of 2 judged queries has no item with a gain above 0 by {1:0}, such as 'q1'; nDCG(gains={1:0})"
    )
