import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import rankings_of, runs_and_judgments

from palate.measures import SetF


def test_value_by_hand():
    # P = 1/2, R = 2/3; the weight of recall is beta itself
    rankings = rankings_of([[0, 1, None, 2], [], [0]], [[1], [1], [0]])
    assert SetF().per_query(rankings).tolist() == pytest.approx([4 / 7, 0, 0])
    assert SetF(beta=3).per_query(rankings).tolist() == pytest.approx([4 * (1 / 3) / (3 / 2 + 2 / 3), 0, 0])


@settings(max_examples=30, deadline=None)
@given(runs_and_judgments(), st.sampled_from([0.5, 2.0, 3.0]))
def test_the_weight_is_that_of_trec_eval(tables, beta):
    run, judgments = tables
    theirs = pytrec_eval.RelevanceEvaluator(judgments, {f"set_F.{beta}"}).evaluate(run)
    for query, values in theirs.items():
        grades = judgments[query]
        ranked = [grades.get(item) for item in run[query]]
        unranked = [grade for item, grade in grades.items() if item not in run[query]]
        ours = SetF(beta=beta).per_query(rankings_of([ranked], [unranked]))
        assert ours.tolist() == pytest.approx(list(values.values()), abs=1e-9)
