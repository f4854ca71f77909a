import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import rankings_of, runs_and_judgments

from palate.measures import Compat


def graded(run, judgments):
    order = sorted(run, key=run.get, reverse=True)
    unranked = [grade for item, grade in judgments.items() if item not in run]
    return rankings_of([[judgments.get(item) for item in order]], [unranked])


def test_value_by_hand():
    # ideal: the item of grade 2, then that of grade 1; the ranking has them at ranks 3 and 1
    # overlap at depths 1, 2 and 3: 0, 1 (the item of grade 1) and 2; at its best 1, 2 and 2
    found = 0.5 * 1 / 2 + 0.25 * 2 / 3
    best = 1 + 0.5 * 2 / 2 + 0.25 * 2 / 3
    rankings = rankings_of([[1, 0, 2]])
    assert Compat(p=0.5).per_query(rankings).tolist() == pytest.approx([found / best])
    assert Compat(p=0.5, normalize=False).per_query(rankings).tolist() == pytest.approx([found / 1.75])


def test_equal_grades_are_taken_as_ranked():
    assert Compat().per_query(rankings_of([[3, 1, 1, 1], [2, 2, 0]], [[], [1]])).tolist()[0] == 1.0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=60, deadline=None)
@given(runs_and_judgments(), st.sampled_from([0.5, 0.9, 0.95]), st.booleans())
def test_values_are_those_of_ir_measures(tables, p, normalize):
    import ir_measures

    runs, judgments = tables
    # positive and without ties: there, an item that is not ranked has score 0 and ties break the other way
    runs = {q: {item: i + 1.0 for i, item in enumerate(items)} for q, items in runs.items() if q in judgments}
    measure = ir_measures.Compat(p=p, normalize=normalize)
    for metric in ir_measures.iter_calc([measure], judgments, runs):
        ours = Compat(p, normalize).per_query(
            graded(runs.get(metric.query_id, {}), judgments[metric.query_id])
        )
        assert ours[0] == pytest.approx(metric.value, abs=1e-9)
