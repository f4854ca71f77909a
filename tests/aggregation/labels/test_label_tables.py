from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import given, settings

from palate.aggregation.labels import DawidSkene, MajorityVote, _tables
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import InputError, SettingsError

TIED = pl.DataFrame({"task": [1, 1, 2, 2, 2], "annotator": [1, 2, 1, 2, 3], "label": [5, 3, 3, 3, 5]})


@settings(max_examples=50)
@given(answers=answer_tables())
def test_codes_say_what_the_answers_said(answers: pl.DataFrame) -> None:
    coded = code_answers(answers)
    rows = [
        (
            coded.task_ids[t],
            coded.annotator_ids[int(coded.annotators[i])],
            coded.label_values[int(coded.labels[i])],
        )
        for t in range(len(coded.task_ids))
        for i in range(coded.offsets[t], coded.offsets[t + 1])
    ]
    assert rows == sorted(answers.rows())
    assert (coded.golden == -1).all()


@pytest.mark.parametrize(
    ("task", "annotator", "label", "names"),
    [
        ([7, 7, 9], ["007", "b", "b"], ["yes", "no", "no"], ["no", "yes"]),
        (["7", "7", "09"], [3, 4, 4], [1, 0, 0], ["0", "1"]),
        ([2**62, 2**62, -1], ["ä", "b", "b"], [True, False, False], ["false", "true"]),
    ],
)
def test_ids_of_any_type_survive(task: list, annotator: list, label: list, names: list[str]) -> None:
    answers = pl.DataFrame({"task": task, "annotator": annotator, "label": label})
    found = DawidSkene().aggregate(answers)
    for name, values in (("task", task), ("label", label)):
        assert set(found.labels[name].to_list()) <= set(values)
        assert found.labels[name].dtype == answers[name].dtype
    assert sorted(found.annotators["annotator"].to_list()) == sorted(set(annotator))
    assert set(found.confusion["truth"].to_list()) == set(label)
    assert found.probabilities.columns == ["task", *names]


@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame, pa.table])
def test_the_same_kind_of_dataframe_comes_out(kind) -> None:
    frame = kind({"task": ["t", "t", "u"], "annotator": ["a", "b", "a"], "label": [1, 1, 0]})
    found = DawidSkene().aggregate(frame)
    for table in (found.labels, found.probabilities, found.annotators, found.confusion):
        assert type(table) is type(frame)


def test_a_path_gives_polars_and_text(tmp_path) -> None:
    path = tmp_path / "answers.csv"
    TIED.write_csv(path)
    found = MajorityVote().aggregate(path)
    assert isinstance(found.labels, pl.DataFrame)
    assert found.labels["label"].to_list() == ["3", "3"]


def test_crowd_kits_column_is_understood() -> None:
    assert len(MajorityVote().aggregate(TIED.rename({"annotator": "worker"})).labels) == 2


def test_lowest_label_wins_ties_by_default() -> None:
    found = MajorityVote().aggregate(TIED)
    assert found.labels.rows() == [(1, 3, 0.5), (2, 3, pytest.approx(2 / 3))]
    assert found.tie_share == 0.5


def test_abstaining_leaves_tied_tasks_without_label_and_out_of_agreement() -> None:
    found = MajorityVote(ties="abstain").aggregate(TIED)
    assert found.labels.rows() == [(1, None, 0.5), (2, 3, pytest.approx(2 / 3))]
    assert found.annotators.drop("skill_low", "skill_high").rows() == [
        (1, 2, pytest.approx(7 / 12), 1.0),
        (2, 2, pytest.approx(7 / 12), 1.0),
        (3, 1, pytest.approx(1 / 3), 0.0),
    ]
    alone = MajorityVote(ties="abstain").aggregate(TIED.filter(task=1))
    assert alone.annotators["agreement"].to_list() == [None, None]
    assert alone.tie_share == 1.0


def test_random_ties_are_fair_seeded_and_do_not_depend_on_the_order_of_rows() -> None:
    n_tasks = 4000
    answers = pl.DataFrame(
        {
            "task": np.repeat(np.arange(n_tasks), 3),
            "annotator": np.tile([1, 2, 3], n_tasks),
            "label": np.tile(["a", "b", "d"], n_tasks),
        }
    )
    first = MajorityVote(ties="random", seed=1).aggregate(answers).labels
    shares = first["label"].value_counts(normalize=True).sort("label")
    assert shares["label"].to_list() == ["a", "b", "d"]
    # three standard errors of a share of 1/3 among 4,000
    np.testing.assert_allclose(shares["proportion"], 1 / 3, atol=0.0224)
    assert MajorityVote(ties="random", seed=1).aggregate(answers.reverse()).labels.equals(first)
    assert not MajorityVote(ties="random", seed=2).aggregate(answers).labels.equals(first)


def test_random_ties_leave_decided_tasks_alone() -> None:
    answers, *_ = crowd(6)
    lowest, chance = (MajorityVote(ties=ties).aggregate(answers) for ties in ("lowest", "random"))
    tied = lowest.probabilities.drop("task").to_numpy()
    clear = (tied >= tied.max(axis=1, keepdims=True)).sum(axis=1) == 1
    assert clear.any()
    assert lowest.labels.filter(clear).equals(chance.labels.filter(clear))


def test_rounding_does_not_untie() -> None:
    coded = code_answers(TIED)
    posterior = np.array([[0.5 + 1e-12, 0.5 - 1e-12], [1.0, 0.0]])
    fit = MajorityVote().fit(coded)
    result = _tables.result_tables(MajorityVote(ties="abstain"), coded, type(fit)(posterior, fit.skill), TIED)
    assert result.labels["label"].to_list() == [None, 3]


def test_annotators_are_counted_by_hand() -> None:
    answers = pl.DataFrame(
        {
            "task": [1, 1, 1, 2, 2, 3],
            "annotator": ["a", "b", "c", "a", "b", "c"],
            "label": ["x", "x", "y", "y", "y", "x"],
        }
    )
    golden = pl.DataFrame({"task": [1], "label": ["y"]})
    found = MajorityVote().aggregate(answers, golden=golden).annotators
    assert found.columns == [
        "annotator",
        "answers",
        "skill",
        "skill_low",
        "skill_high",
        "agreement",
        "golden_answers",
        "golden_accuracy",
    ]
    assert found.drop("skill_low", "skill_high").rows() == [
        ("a", 2, 0.5, 0.5, 1, 0.0),
        ("b", 2, 0.5, 0.5, 1, 0.0),
        ("c", 2, 1.0, 1.0, 1, 1.0),
    ]


def test_an_annotator_without_golden_tasks_has_no_golden_accuracy() -> None:
    found = MajorityVote().aggregate(TIED, golden=pl.DataFrame({"task": [1], "label": [3]})).annotators
    assert found.filter(annotator=3).select("golden_answers", "golden_accuracy").rows() == [(0, None)]


def test_unestimated_skill_is_missing() -> None:
    coded = code_answers(TIED)
    fit = MajorityVote().fit(coded)
    unknown = type(fit)(fit.posterior, np.full(3, np.nan))
    assert _tables.result_tables(MajorityVote(), coded, unknown, TIED).annotators["skill"].null_count() == 3


def test_confusion_has_a_row_for_each_annotator_truth_and_label() -> None:
    answers = pl.DataFrame(
        {"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"], "label": ["x", "x", "y", "x"]}
    )
    found = DawidSkene(max_iter=1, right=0, wrong=0).aggregate(answers).confusion
    assert found.columns == ["annotator", "truth", "label", "probability"]
    expected = [("a", "x", 2 / 3, 1 / 3), ("a", "y", 0, 1), ("b", "x", 1, 0), ("b", "y", 1, 0)]
    rows = [(a, t, label, p) for a, t, *ps in expected for label, p in zip("xy", ps, strict=True)]
    assert [row[:3] for row in found.rows()] == [row[:3] for row in rows]
    np.testing.assert_allclose(found["probability"], [row[3] for row in rows], atol=1e-12)


def test_a_golden_label_nobody_gave_is_a_label() -> None:
    found = MajorityVote().aggregate(TIED, golden=pl.DataFrame({"task": [2], "label": [4]}))
    assert found.probabilities.columns == ["task", "3", "4", "5"]
    assert found.labels["label"].to_list() == [3, 4]


@pytest.mark.parametrize(
    ("golden", "says"),
    [
        ({"task": [1, 9], "label": [3, 3]}, r"golden, row 2, column 'task': Nobody answered .* it is 9"),
        ({"task": [8, 9, 1], "label": [3, 3, 3]}, r"row 1.*it is 8 \(2 rows like it\)"),
        (
            {"task": ["1"], "label": [3]},
            "column 'task': The tasks of golden tasks are text, .* whole numbers",
        ),
        (
            {"task": [1], "label": ["3"]},
            "column 'label': The labels of golden tasks are text, .* whole numbers",
        ),
        ({"task": [1], "label": [True]}, "column 'label': The labels .* are true or false, .* whole numbers"),
        ({"task": [1], "label": [2.5]}, "column 'label'.*whole number"),
        ({"task": [1, 1], "label": [3, 3]}, "rows repeat one"),
        ({"task": [1], "known": [3]}, "need the column 'label'"),
    ],
)
def test_golden_tasks_that_cannot_be_used_are_refused(golden: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        MajorityVote().aggregate(TIED, golden=pl.DataFrame(golden))


def test_an_answer_given_twice_is_refused_and_named() -> None:
    twice = pl.concat([TIED, TIED[3:4]])
    with pytest.raises(InputError, match=r"answers, row 4: .*row 4: task 2, annotator 2; row 6: task 2"):
        MajorityVote().aggregate(twice)


def test_a_label_called_like_the_tables_own_column_is_refused() -> None:
    answers = pl.DataFrame({"task": [1], "annotator": [1], "label": ["task"]})
    with pytest.raises(InputError, match="A label is called 'task'"):
        MajorityVote().aggregate(answers)


def test_free_text_in_place_of_labels_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(_tables, "_MOST_PROBABILITIES", 3)
    with pytest.raises(InputError, match="2 different labels on 2 tasks.*free text"):
        MajorityVote().aggregate(TIED)


def test_an_unknown_tie_rule_is_refused() -> None:
    with pytest.raises(SettingsError, match="'ties' must be one of lowest, random, abstain; it is 'first'"):
        MajorityVote(ties="first")
