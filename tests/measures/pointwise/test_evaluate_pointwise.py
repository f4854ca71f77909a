import pandas as pd
import polars as pl
import pytest

from palate.core.errors import InputError, UnknownNameError
from palate.measures.pointwise import evaluate_pointwise, parse_pointwise_measure

CAME = pl.DataFrame({"user": [1, 1, 2], "item": ["a", "b", "a"], "rating": [4.0, 2.0, 5.0]})
RUN = pl.DataFrame(
    {"query": ["1", "1", "2", "7"], "item": ["a", "b", "z", "a"], "score": [3.0, 4.0, 1.0, 1.0]}
)


def test_values_by_hand_over_the_pairs_that_both_hold():
    found = evaluate_pointwise({"als": RUN}, CAME)
    assert found.summary.rows() == [
        ("als", "RMSE", pytest.approx(2.5**0.5), 2),
        ("als", "MAE", pytest.approx(1.5), 2),
    ]
    assert found.notes == ("als predicts 2 of 3 numbers that came; the others do not count.",)


def test_judgments_and_frames_of_other_kinds_serve():
    graded = CAME.rename({"user": "query", "rating": "grade"}).to_pandas()
    found = evaluate_pointwise(RUN.to_pandas(), graded, ["MAE"])
    assert isinstance(found.summary, pd.DataFrame)
    assert found.summary["value"].tolist() == [1.5]


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (RUN.with_columns(item=pl.lit("z"), query=pl.Series(list("1234"))), "predicts none of the 3 numbers"),
        (RUN.drop("score").with_columns(rank=pl.Series([1, 2, 1, 1])), "compare scores with what came"),
    ],
)
def test_runs_that_predict_nothing_are_refused(run, message):
    with pytest.raises(InputError, match=message):
        evaluate_pointwise(run, CAME)


def test_log_loss_refuses_scores_that_are_no_probabilities():
    with pytest.raises(InputError, match="LogLoss needs a probability from 0 to 1; the value is 3"):
        evaluate_pointwise(RUN, CAME, ["LogLoss"])


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(UnknownNameError, match="no pointwise measure named 'RMS'. Did you mean RMSE"):
        parse_pointwise_measure("RMS")
