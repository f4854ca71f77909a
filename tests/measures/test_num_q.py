import pytest
from hypothesis import given, settings
from ranking_strategies import judgments_frame, rankings_of, run_frame, runs_and_judgments

from palate.measures import NumQ, evaluate, parse_measure

COUNTS = ["NumQ", "NumRet", "NumRelRet", "NumRet(rel=2)", "NumRel"]


def test_a_query_counts_if_anything_is_ranked_for_it():
    assert NumQ().per_query(rankings_of([[None, 0], [], [1]], [[1], [1], [1]])).tolist() == [1, 0, 1]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=25, deadline=None)
@given(runs_and_judgments(min_grade=0))
def test_counts_are_the_sums_of_ir_measures(tables):
    import ir_measures

    run, judgments = tables
    answered = {query: grades for query, grades in judgments.items() if query in run}
    asked = [ir_measures.parse_measure(text) for text in COUNTS]
    # ir_measures counts no relevant items of queries that are not answered; NumRel counts them all
    theirs = ir_measures.calc_aggregate(asked, judgments, run)
    found = evaluate({"a": run_frame(run)}, judgments_frame(judgments), COUNTS, resamples=39).summary
    of_answered = evaluate({"a": run_frame(run)}, judgments_frame(answered), ["NumRel"], resamples=39).summary
    ours = dict(found.select("measure", "value").iter_rows())
    ours["NumRel"] = of_answered["value"][0]
    assert ours == {str(parse_measure(str(measure))): value for measure, value in theirs.items()}
    assert found["low"].null_count() == found["high"].null_count() == len(COUNTS)
