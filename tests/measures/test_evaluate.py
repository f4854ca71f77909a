import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import (
    judgments_frame,
    plain_ranking,
    plain_value,
    run_frame,
    runs_and_judgments,
)

from palate.core.errors import InputError, SettingsError, UnknownNameError
from palate.core.randomness import generator
from palate.measures import DEFAULT_MEASURES, P, evaluate

TREC_NAMES = {
    "nDCG": "ndcg",
    "nDCG@3": "ndcg_cut_3",
    "P@3": "P_3",
    "AP": "map",
    "AP@3": "map_cut_3",
    "RR": "recip_rank",
    "R@3": "recall_3",
}
RUN = pl.DataFrame(
    {"query": ["1", "1", "2"], "item": ["x", "y", "x"], "score": [2.0, 1.0, 1.0]},
)
JUDGMENTS = pl.DataFrame({"query": ["1", "1", "2", "3"], "item": ["x", "y", "x", "z"], "grade": [0, 1, 1, 1]})


def values(evaluation):
    table = pl.DataFrame(evaluation.per_query)
    return {(s, q, m): v for s, q, m, v in table.select("system", "query", "measure", "value").iter_rows()}


def test_values_by_hand():
    found = evaluate({"als": RUN}, JUDGMENTS, ["RR", "P@2"])
    assert values(found) == {
        ("als", "1", "RR"): 0.5,
        ("als", "2", "RR"): 1.0,
        ("als", "3", "RR"): 0.0,
        ("als", "1", "P@2"): 0.5,
        ("als", "2", "P@2"): 0.5,
        ("als", "3", "P@2"): 0.0,
    }
    summary = found.summary.select("system", "measure", "value", "queries").rows()
    assert summary == [("als", "RR", 0.5, 3), ("als", "P@2", pytest.approx(1 / 3), 3)]


def test_default_measures():
    found = evaluate(RUN, JUDGMENTS)
    assert tuple(map(str, found.measures)) == DEFAULT_MEASURES
    assert DEFAULT_MEASURES == ("nDCG@10", "P@10", "AP", "RR", "R@10")


@settings(max_examples=100, deadline=None)
@given(runs_and_judgments(), st.sampled_from([1, 2, 3]), st.integers(0, 5))
def test_values_are_those_of_trec_eval(tables, relevant_from, seed):
    run, judgments = tables
    rel = "" if relevant_from == 1 else f"(rel={relevant_from})"
    ours = {
        name: name if name.startswith("nDCG") else name.replace("@", f"{rel}@") if "@" in name else name + rel
        for name in TREC_NAMES
    }
    found = values(
        evaluate({"a": run_frame(run, seed)}, judgments_frame(judgments), list(ours.values()), resamples=39)
    )
    wanted = {name.replace("_3", ".3") for name in TREC_NAMES.values()}
    theirs = pytrec_eval.RelevanceEvaluator(judgments, wanted, relevance_level=relevant_from).evaluate(run)
    assert {q for _, q, _ in found} == set(judgments)
    for (_, query, measure), value in found.items():
        name = next(TREC_NAMES[n] for n, text in ours.items() if text == measure)
        expected = theirs[query][name] if query in theirs else 0.0
        assert value == pytest.approx(expected, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(runs_and_judgments(), st.integers(1, 4))
def test_values_are_those_of_the_plain_definitions(tables, cutoff):
    run, judgments = tables
    texts = [f"{name}@{cutoff}" for name in ("nDCG", "P", "AP", "RR", "R")]
    found = values(evaluate({"a": run_frame(run)}, judgments_frame(judgments), texts, resamples=39))
    for (_, query, text), value in found.items():
        grades = judgments[query]
        ranking = [grades.get(item, 0) for item in plain_ranking(run.get(query, {}))]
        assert value == pytest.approx(
            plain_value(text.partition("@")[0], ranking, list(grades.values()), cutoff), abs=1e-12
        )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=25, deadline=None)
@given(runs_and_judgments(min_grade=0))
def test_means_are_those_of_ir_measures(tables):
    import ir_measures

    run, judgments = tables
    run = {q: items for q, items in run.items() if q in judgments}
    texts = ["nDCG@3", "P(rel=2)@3", "AP", "RR", "R@3"]
    theirs = ir_measures.calc_aggregate([ir_measures.parse_measure(text) for text in texts], judgments, run)
    ours = evaluate({"a": run_frame(run)}, judgments_frame(judgments), texts, resamples=39).summary
    found = dict(ours.select("measure", "value").iter_rows())
    for measure, value in theirs.items():
        assert found[str(measure)] == pytest.approx(value, abs=1e-9)


def test_files_give_what_tables_give(tmp_path):
    (tmp_path / "a.trec").write_text("1 Q0 x 1 2.0 als\n1 Q0 y 2 1.0 als\n2 Q0 x 1 1.0 als\n")
    (tmp_path / "q.txt").write_text("1 0 x 0\n1 0 y 1\n2 0 x 1\n3 0 z 1\n")
    from_files = evaluate(tmp_path / "a.trec", tmp_path / "q.txt")
    from_tables = evaluate({"als": RUN}, JUDGMENTS)
    assert values(from_files) == values(from_tables)
    assert isinstance(from_files.per_query, pl.DataFrame)


@pytest.mark.parametrize(
    ("convert", "kind"),
    [
        (pl.DataFrame.to_pandas, pd.DataFrame),
        (pl.DataFrame.to_arrow, pa.Table),
        (pl.DataFrame.clone, pl.DataFrame),
    ],
)
def test_frames_come_back_as_the_judgments_came(convert, kind):
    found = evaluate(RUN, convert(JUDGMENTS), ["RR"])
    for frame in (found.per_query, found.summary, found.coverage):
        assert isinstance(frame, kind)


def test_numbers_stay_numbers_as_queries():
    numbers = JUDGMENTS.cast({"query": pl.Int32})
    found = evaluate(RUN, numbers, ["RR"])
    assert found.per_query["query"].to_list() == [1, 2, 3]


def test_measures_may_be_values_and_one_alone():
    assert tuple(evaluate(RUN, JUDGMENTS, P(5, relevant_from=2)).measures) == (P(5, 2),)
    assert tuple(evaluate(RUN, JUDGMENTS, "Recall@5").summary["measure"]) == ("R@5",)


def test_depth_limits_what_any_measure_and_the_coverage_see():
    found = evaluate(RUN, JUDGMENTS, ["RR", "NumRet"], depth=1)
    assert values(found)["run", "1", "RR"] == 0.0
    assert values(found)["run", "1", "NumRet"] == 1.0
    assert found.coverage["ranked"].to_list() == [2]


def test_a_measure_named_twice_counts_once():
    assert evaluate(RUN, JUDGMENTS, ["R@5", "Recall@5"]).summary["measure"].to_list() == ["R@5"]


def test_arguments_are_left_as_they_were():
    run, judgments = RUN.clone(), JUDGMENTS.clone()
    evaluate(run, judgments)
    assert run.equals(RUN)
    assert judgments.equals(JUDGMENTS)


def test_intervals_are_percentiles_over_resampled_queries():
    rng = np.random.default_rng(5)
    rows = [(q, i, rng.random()) for q in range(30) for i in range(6)]
    run = pl.DataFrame(rows, schema=["query", "item", "score"], orient="row")
    judgments = run.select("query", "item", grade=pl.Series(rng.integers(0, 2, len(run))))
    found = evaluate(run, judgments, ["RR", "AP"], confidence=0.9, resamples=199, seed=3)
    draws = generator(3, "bootstrap").integers(0, 30, size=(199, 30))
    for text in ("RR", "AP"):
        of_query = found.per_query.filter(pl.col("measure") == text)["value"].to_numpy()
        means = sorted(of_query[draw].mean() for draw in draws)
        row = found.summary.row(by_predicate=pl.col("measure") == text, named=True)
        assert row["low"] == pytest.approx(means[9])  # the 10th of 199 from either end: 200 * 0.05
        assert row["high"] == pytest.approx(means[-10])
        assert row["low"] <= row["value"] <= row["high"]


def test_the_same_seed_gives_the_same_bits_and_rows_may_come_in_any_order():
    rng = np.random.default_rng(5)
    run = pl.DataFrame(
        {"query": np.repeat(np.arange(9), 9), "item": np.tile(np.arange(9), 9), "score": rng.random(81)}
    )
    judgments = run.select("query", "item", grade=pl.Series(rng.integers(0, 3, 81)))
    one = evaluate(run, judgments, seed=4)
    other = evaluate(run.sample(fraction=1.0, shuffle=True, seed=1), judgments.reverse(), seed=4)
    assert one.per_query.equals(other.per_query)
    assert one.summary.equals(other.summary)
    assert not one.summary.equals(evaluate(run, judgments, seed=5).summary)


def test_one_query_has_no_interval_and_says_so():
    found = evaluate(RUN, JUDGMENTS.filter(pl.col("query") == "1"), ["RR"])
    assert found.summary.row(0) == ("run", "RR", 0.5, None, None, 1)
    assert "Only 1 query is judged: an interval needs at least 2." in found.notes


def test_queries_without_anything_to_find_are_noted():
    judgments = pl.DataFrame({"query": ["1", "2", "2"], "item": ["x", "x", "y"], "grade": [0, 1, 2]})
    found = evaluate(RUN, judgments, ["nDCG@10", "AP", "RR", "P(rel=2)@1", "P(rel=3)@1"])
    assert (
        "1 of 2 judged queries has no item of grade above 0, such as '1'; nDCG@10 is 0 there for every system."
        in (found.notes)
    )
    assert (
        "1 of 2 judged queries has no item of grade 1 or more, such as '1'; AP, RR are 0 there for every system."
        in (found.notes)
    )
    assert any("2 of 2 judged queries have no item of grade 3 or more" in note for note in found.notes)


def test_measures_that_are_not_zero_there_are_not_named_so():
    judgments = pl.DataFrame({"query": ["1", "2"], "item": ["x", "x"], "grade": [0, 0]})
    found = evaluate(RUN, judgments, ["Judged@10", "NumRet", "RBPResidual"])
    assert not any("for every system" in note for note in found.notes)


def test_no_shared_query_shows_ids_of_both_sides(tmp_path):
    (tmp_path / "a.trec").write_text("101 Q0 x 1 2.0 als\n")
    (tmp_path / "q.txt").write_text("q101 0 x 0\n")
    with pytest.raises(InputError) as caught:
        evaluate(tmp_path / "a.trec", tmp_path / "q.txt")
    assert str(caught.value) == (
        f"The run '{tmp_path / 'a.trec'}' and the judgments '{tmp_path / 'q.txt'}' share no query: ids look like"
        " '101' in the run and 'q101' in the judgments. Write them alike."
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1 Q0 x 2 1.0 als", r"a\.trec, row 1: .*\(system, query, item\).*row 1: .*; row 2: "),
        ("1 Q0 y 2 nan als", r"a\.trec, row 2, column 'score'"),
        ("1 Q0 y 2 inf als", r"a\.trec, row 2, column 'score'"),
        ("1 Q0 y 2 high als", r"a\.trec, row 2, column 'score'.*'high'"),
        ("1 Q0 y 2 1.0", r"a\.trec, row 2: .*6 fields"),
    ],
)
def test_a_damaged_run_is_refused(tmp_path, line, message):
    (tmp_path / "a.trec").write_text(f"1 Q0 x 1 2.0 als\n{line}\n")
    with pytest.raises(InputError, match=message):
        evaluate(tmp_path / "a.trec", JUDGMENTS)


def test_damaged_judgments_are_refused():
    with pytest.raises(InputError, match=r"judgments, row 1: .*\(query, item\)"):
        evaluate(RUN, pl.concat([JUDGMENTS, JUDGMENTS]))
    with pytest.raises(InputError, match="judgments, row 1, column 'grade'"):
        evaluate(RUN, JUDGMENTS.with_columns(grade=pl.lit(float("nan"))))


def test_a_run_that_cannot_be_ordered_is_named(tmp_path):
    RUN.drop("score").write_csv(tmp_path / "als.csv")
    with pytest.raises(InputError, match=r"als\.csv: Runs need the column 'score'"):
        evaluate(tmp_path / "als.csv", JUDGMENTS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"measures": []}, "at least one measure, such as nDCG@10"),
        ({"measures": ["nDCG@0"]}, "whole number from 1"),
        ({"measures": 5}, "measures must be .* such as 'nDCG@10'; one is 5"),
        ({"measures": [5]}, "measures must be .* such as 'nDCG@10'; one is 5"),
        ({"confidence": 95}, "between 0 and 1, such as 0.95; it is 95"),
        ({"resamples": 10}, "95% needs at least 39 resamples; it has 10"),
        ({"resamples": 0}, "needs at least 39 resamples"),
        ({"depth": 0}, "depth must be a whole number from 1, such as 1000; it is 0"),
        ({"depth": 2.5}, "depth must be a whole number from 1, such as 1000; it is 2.5"),
    ],
)
def test_bad_settings_are_refused(arguments, message):
    with pytest.raises(SettingsError, match=message):
        evaluate(RUN, JUDGMENTS, **arguments)


def test_unknown_measure_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="no measure named 'nddcg'. Did you mean nDCG?"):
        evaluate(RUN, JUDGMENTS, ["nddcg@10"])


def test_notes_and_tables_print_as_json():
    found = evaluate(RUN, JUDGMENTS)
    assert json.loads(json.dumps([found.summary.to_dicts(), found.coverage.to_dicts(), found.notes]))
