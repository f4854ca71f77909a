from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import IDS, TEXT_IDS, answers, judgments, runs

from palate.core.checks import check_table
from palate.core.errors import InputError
from palate.core.tables import (
    ANSWERS,
    CANDIDATES,
    COMPARISONS,
    GOLDEN,
    GRADED_TASKS,
    INTERACTIONS,
    ITEMS,
    JUDGMENTS,
    RUNS,
    Column,
    Table,
)

GOOD = {"task": [1, 2], "annotator": ["a", "b"], "label": ["x", "y"]}


def check(table=ANSWERS, /, *, unique=True, **columns):
    return check_table(pl.DataFrame(columns, strict=False), table, "a.csv", unique=unique)


def refusal(table=ANSWERS, /, **columns):
    with pytest.raises(InputError) as caught:
        check(table, **columns)
    return str(caught.value)


class TestColumns:
    def test_declared_columns_come_first_and_others_pass_untouched(self):
        extra = pl.Series("extra", [[1], [2]])
        found = check(extra=extra, label=["x", "y"], annotator=["a", "b"], task=[1, 2])
        assert found.columns == ["task", "annotator", "label", "extra"]
        assert found["extra"].equals(extra)

    @pytest.mark.parametrize("alias", ["worker", "performer", "user_id"])
    def test_names_of_other_tools_are_understood(self, alias):
        assert check(task=[1], **{alias: ["a"]}, answer=["x"]).rows() == [(1, "a", "x")]

    def test_own_name_goes_before_others(self):
        found = check(worker=["w", "v"], performer=["p", "q"], **GOOD)
        assert found["annotator"].to_list() == ["a", "b"]
        assert found["worker"].to_list() == ["w", "v"]

    def test_first_of_several_other_names_counts(self):
        found = check(task=[1], performer=["p"], worker=["w"], label=[1])
        assert found.rows(named=True) == [{"task": 1, "annotator": "w", "label": 1, "performer": "p"}]

    def test_missing_columns_are_named_with_their_meaning(self):
        assert refusal(task=[1], lable=["x"]) == (
            "a.csv: Answers need the columns 'annotator' (who answered, a person or a model), 'label' (the answer"
            " given). The columns here are: task, lable. Perhaps rename 'lable' to 'label'."
        )

    def test_columns_are_listed_as_they_came(self):
        assert "The columns here are: userId, movieId." in refusal(RUNS, userId=[1], movieId=[2])

    def test_no_columns_at_all_is_said(self):
        assert "The columns here are: none." in refusal()

    def test_long_lists_of_columns_are_cut(self):
        said = refusal(**{f"feature_{i}" + "x" * 200: [1] for i in range(50)})
        assert said.endswith(" and 30 more.")
        assert len(said) < 3000

    @pytest.mark.parametrize(
        ("table", "columns", "other"),
        [
            (JUDGMENTS, ["system", "query", "item", "rank", "score"], "runs"),
            (JUDGMENTS, ["query", "item", "score"], "runs"),
            (RUNS, ["user", "item", "timestamp", "value"], "interactions"),
            (ANSWERS, ["left", "right", "label", "annotator"], "comparisons"),
            (INTERACTIONS, ["item", "title", "text"], "items"),
            (INTERACTIONS, ["task", "annotator", "label"], "answers"),
        ],
    )
    def test_table_in_another_s_place_is_recognised(self, table, columns, other):
        assert refusal(table, **{name: [1] for name in columns}).endswith(
            f"This seems to be a table of {other}."
        )

    def test_judgments_in_place_of_runs_are_recognised(self):
        assert refusal(RUNS, query=[1], item=[1], grade=[1]) == (
            "a.csv: Runs need a rank or a score; these rows have a grade, so they seem to be judgments."
        )
        assert len(check(RUNS, query=[1], item=[1], grade=[1], score=[1])) == 1

    def test_empty_table_is_said(self):
        assert refusal(**{name: [] for name in GOOD}) == (
            "a.csv: The table is empty. Answers need at least one row of task, annotator, label."
        )


class TestValues:
    @pytest.mark.parametrize("column", ["task", "annotator", "label"])
    @pytest.mark.parametrize("missing", [None, float("nan")])
    def test_missing_value_is_refused_with_row_and_column(self, column, missing):
        values = [1.0, missing, 3.0]
        columns = {**{name: [1, 2, 3] for name in GOOD}, column: values}
        assert refusal(**columns) == (
            f"a.csv, row 2, column '{column}': The value is missing. Fill it in or remove the row."
        )

    @pytest.mark.parametrize(
        "empty",
        [pl.Series([None, None]), pl.Series(["", None]), pl.Series([None, None], dtype=pl.Categorical)],
    )
    def test_ids_all_missing_are_missing(self, empty):
        assert refusal(**{**GOOD, "task": empty}) == (
            "a.csv, row 1, column 'task': The value is missing (2 rows like it). Fill it in or remove the row."
        )

    def test_optional_values_may_be_missing(self):
        found = check(**GOOD, seconds=[None, 2.0], submitted_at=[None, None])
        assert found["seconds"].to_list() == [None, 2.0]
        assert found["submitted_at"].to_list() == [None, None]
        assert found["submitted_at"].dtype == pl.Float64

    def test_optional_column_of_the_key_must_be_full_if_it_is_there(self):
        assert "row 2, column 'system': The value is missing" in refusal(
            RUNS, system=["a", None], query=[1, 1], item=[1, 2]
        )

    def test_empty_text_is_an_answer_but_no_id(self):
        assert check(task=["1"], annotator=["a"], label=[""])["label"].to_list() == [""]
        assert "column 'annotator': The value is missing" in refusal(task=["1"], annotator=[""], label=["x"])

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "nan", "inf"])
    def test_score_that_is_not_finite_is_refused_with_its_row(self, value):
        assert refusal(RUNS, query=[1, 1], item=[1, 2], score=pl.Series(["1", str(value)])) == (
            f"a.csv, row 2, column 'score': The value is not a finite number; it is '{value}'."
            " If it is unknown, leave it empty (null)."
        )
        if isinstance(value, float):
            assert f"it is {value}." in refusal(RUNS, query=[1, 1], item=[1, 2], score=[0.5, value])

    @pytest.mark.parametrize(
        ("value", "said"),
        [
            (0.0, "The value must be above 0; it is 0.0."),
            (-0.5, "The value must be above 0; it is -0.5."),
            (1.5, "The value must be at most 1; it is 1.5."),
        ],
    )
    def test_probability_of_inclusion_is_above_0_and_at_most_1(self, value, said):
        columns = {"task": [1, 2], "query": [1, 1], "item": [1, 2]}
        assert (
            refusal(GRADED_TASKS, **columns, inclusion=[1.0, value])
            == f"a.csv, row 2, column 'inclusion': {said}"
        )
        assert check(GRADED_TASKS, **columns, inclusion=[1.0, 1e-9])["inclusion"].to_list() == [1.0, 1e-9]

    def test_probability_of_a_grade_is_from_0_to_1(self):
        columns = {"query": [1, 1], "item": [1, 2], "grade": [0, 1]}
        assert check(JUDGMENTS, **columns, probability=[0, 1])["probability"].to_list() == [0.0, 1.0]
        assert "row 1, column 'probability': The value must be at least 0; it is -0.1" in refusal(
            JUDGMENTS, **columns, probability=[-0.1, 1]
        )

    def test_choices_are_the_only_values(self):
        table = Table("votes", (Column("vote", "label", "the vote", choices=("1", "2")),))
        assert len(check(table, vote=[1, 2, 2])) == 3
        assert refusal(table, vote=["1", "3", "4"]) == (
            "a.csv, row 2, column 'vote': The value must be one of 1, 2; it is '3' (2 rows like it)."
        )

    def test_choices_allow_for_missing_values_where_these_are_allowed(self):
        table = Table("votes", (Column("vote", "label", "the vote", required=False, choices=("1",)),))
        assert check(table, vote=["1", None])["vote"].to_list() == ["1", None]


class TestKeys:
    def test_repeated_rows_are_shown_group_by_group(self):
        said = refusal(task=[3, 1, 2, 1, 3], annotator=["a", "a", "a", "a", "a"], label=[1] * 5)
        assert said == (
            "a.csv, row 1: Answers must have one row for each (task, annotator); 4 rows repeat one:"
            " row 1: task 3, annotator a; row 5: task 3, annotator a;"
            " row 2: task 1, annotator a; row 4: task 1, annotator a. Keep one of each."
        )

    def test_only_some_of_many_repeated_rows_are_shown(self):
        said = refusal(GOLDEN, task=[1] * 2000, label=["x"] * 2000)
        assert (
            "2,000 rows repeat one: row 1: task 1; row 2: task 1; row 3: task 1; row 4: task 1; row 5: task 1 …."
            in said
        )

    def test_repeated_rows_may_be_allowed(self):
        assert len(check(task=[1, 1], annotator=["a", "a"], label=[1, 2], unique=False)) == 2
        assert len(check(COMPARISONS, left=[1, 1], right=[2, 2], label=["left", "left"])) == 2

    def test_key_without_its_optional_column_is_the_rest(self):
        assert "one row for each (query, item); 2 rows" in refusal(
            RUNS, query=[1, 1], item=[1, 1], rank=[1, 2]
        )
        assert len(check(RUNS, system=["a", "b"], query=[1, 1], item=[1, 1], rank=[1, 1])) == 2

    def test_different_rows_with_one_hash_are_told_apart(self, monkeypatch):
        monkeypatch.setattr(pl.Expr, "hash", lambda self: self.is_null())
        assert len(check(task=[1, 2], annotator=["a", "a"], label=[1, 1])) == 2
        assert "2 rows repeat one: row 2: task 2" in refusal(
            task=[1, 2, 2], annotator=["a"] * 3, label=[1] * 3
        )

    def test_one_item_may_stand_for_two_queries(self):
        assert len(check(CANDIDATES, query=[1, 2], item=[1, 1])) == 2

    @settings(max_examples=60)
    @given(
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=8),
        st.sampled_from([0, 2**62, -(2**63)]),
        st.sampled_from([1, 2**61]),
    )
    def test_exactly_repeated_keys_are_refused(self, pairs, far, apart):
        columns = {
            "task": [t + far for t, _ in pairs],
            "annotator": [a * apart + far for _, a in pairs],
            "label": [0] * len(pairs),
        }
        repeated = [i for i, pair in enumerate(pairs, 1) if pairs.count(pair) > 1]
        if repeated:
            said = refusal(**columns)
            assert f"; {len(repeated)} rows repeat one: row {repeated[0]}: " in said
        else:
            assert len(check(**columns)) == len(pairs)


@given(answers(IDS, TEXT_IDS))
def test_what_is_right_comes_back_as_it_was(table):
    found = check_table(table, ANSWERS, "x")
    assert found.equals(table)
    assert check_table(found, ANSWERS, "x").equals(found)


@given(runs(), judgments())
def test_checked_tables_pass_the_check_again(run, table):
    for frame, declared in ((run, RUNS), (table, JUDGMENTS)):
        once = check_table(frame.select(reversed(frame.columns)), declared, "x")
        assert check_table(once, declared, "x").equals(once)
        assert once.columns == [c.name for c in declared.columns if c.name in frame.columns]


def test_items_take_descriptions_of_other_tools():
    found = check(ITEMS, movieId=[1], name=["Heat"], genres=["Crime|Drama"])
    assert found.rows(named=True) == [{"item": 1, "title": "Heat", "text": "Crime|Drama"}]
