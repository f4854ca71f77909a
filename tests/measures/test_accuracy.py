import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import rankings_of

from palate.measures import Accuracy


def test_share_of_pairs_in_the_right_order_by_hand():
    # pairs of relevant ranks 1 and 3 with the others, 2 and 4: only (3, 2) is wrong
    assert Accuracy().per_query(rankings_of([[1, 0, 2, None]])).tolist() == [0.75]
    assert Accuracy(3).per_query(rankings_of([[1, 0, 2, None]])).tolist() == [0.5]


def test_without_a_relevant_item_zero_and_without_another_one():
    assert Accuracy().per_query(rankings_of([[0, None], [], [1, 2]], [[1], [1], []])).tolist() == [0, 0, 1]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-1, 3), min_size=2, max_size=9),
    st.sampled_from([1, 2]),
    st.none() | st.integers(1, 5),
)
def test_values_are_those_of_ir_measures(grades, relevant_from, cutoff):
    import ir_measures

    if all(grade >= relevant_from for grade in grades[:cutoff]):
        return  # it divides by zero there
    ranked = {f"d{i}": 99.0 - i for i in range(len(grades))}
    settings = {"rel": relevant_from} | ({} if cutoff is None else {"cutoff": cutoff})
    judged = {"q": dict(zip(ranked, grades, strict=True))}
    theirs = [
        m.value for m in ir_measures.iter_calc([ir_measures.Accuracy(**settings)], judged, {"q": ranked})
    ]
    ours = Accuracy(cutoff, relevant_from).per_query(rankings_of([grades]))
    assert ours.tolist() == pytest.approx(theirs or [0.0])
