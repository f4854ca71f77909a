from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy.stats import kendalltau

from palate.task_templates import (
    AnswerError,
    FreeText,
    GradedRelevance,
    InputField,
    Label,
    ListRanking,
    MultiLabel,
    QueryType,
    SpamMarking,
    TaskTemplate,
)
from palate.task_templates._grading import agreeing_pairs, jaccard, shared_words
from palate.task_templates._settings import setting

ROW = {"query": "kettle", "title": "Kettle"}


@examples(max_examples=50)
@given(st.permutations("abcdef"), st.permutations("abcdef"))
def test_agreeing_pairs_are_kendalls_tau_from_0_to_1(first: list[str], second: list[str]) -> None:
    tau = kendalltau([first.index(c) for c in "abcdef"], [second.index(c) for c in "abcdef"]).statistic
    assert agreeing_pairs(first, second) == pytest.approx((1 + tau) / 2)


def test_agreeing_pairs_by_hand() -> None:
    # Of (a, b), (a, c), (b, c): all, all but (a, b), …, none.
    found = sorted(agreeing_pairs("abc", "".join(order)) for order in permutations("abc"))
    assert found == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 1])
    assert agreeing_pairs("a", "a") == 1
    assert agreeing_pairs("ab", "ac") == 0


def test_shares_of_sets_and_words_by_hand() -> None:
    assert jaccard("abc", "bcd") == 2 / 4
    assert jaccard("", "") == 1
    assert jaccard("a", "") == 0
    assert shared_words("A red, red shoe", "red shoe!") == 2 * 2 / 6
    assert shared_words("shoe", "mug") == 0
    assert shared_words("!", "!") == 1
    assert shared_words("!", "?") == 0


@pytest.mark.parametrize(
    ("template", "answer", "golden", "grade"),
    [
        (MultiLabel(), ["everyday", "gift"], ["gift"], 1 / 2),
        (MultiLabel(grading="exact"), ["everyday", "gift"], ["gift"], 0),
        (MultiLabel(grading="exact"), ["gift"], ["gift"], 1),
        (SpamMarking(), ["a"], ["a", "b", "c"], 1 / 3),
        (SpamMarking(), [], [], 1),
        (SpamMarking(grading="exact"), ["a"], ["a", "b"], 0),
        (ListRanking(), ["b", "a", "c"], ["a", "b", "c"], 2 / 3),
        (ListRanking(grading="exact"), ["b", "a", "c"], ["a", "b", "c"], 0),
        (FreeText(), "red shoes", "Red shoe.", 1 / 2),
        (FreeText(grading="exact"), "red shoe", " Red  shoe.", 1),
        (FreeText(grading="exact"), "shoe red", "red shoe", 0),
        (GradedRelevance(), "relevant", "irrelevant", 0),
    ],
)
def test_grades_by_hand(template: TaskTemplate, answer, golden, grade: float) -> None:
    assert template.grade(answer, golden) == pytest.approx(grade)


def test_of_several_known_answers_the_best_counts_by_its_weight() -> None:
    golden = [{"answer": "relevant", "weight": 1.0}, {"answer": "rather_relevant", "weight": 0.5}]
    template = GradedRelevance()
    assert [template.grade(label.value, golden) for label in template.labels[:3]] == [1, 0.5, 0]
    assert template.check_golden(golden, ROW) == golden
    assert template.check_golden("relevant", ROW) == [{"answer": "relevant", "weight": 1.0}]
    assert template.check_golden([{"answer": "relevant"}], ROW) == [{"answer": "relevant", "weight": 1.0}]


@pytest.mark.parametrize(
    ("golden", "says"),
    [
        ("x", "must be one of relevant, "),
        (None, "A known answer is missing"),
        ([], "must be one of relevant, "),
        ([{"answer": "relevant", "weight": 0.5}], "One of the known answers must have the weight 1"),
        ([{"answer": "relevant", "weight": 0}], "above 0, at most 1; it is 0"),
        ([{"answer": "relevant", "weight": 2}], "at most 1; it is 2"),
        ([{"answer": "relevant", "weight": True}], "it is true"),
        ([{"answer": "relevant", "weight": "1"}], "it is '1'"),
        ([{"answer": None}], "A known answer is missing"),
        ([{"weight": 1}], "'answer' and 'weight'"),
        ([{"answer": "relevant", "wieght": 1}], "'answer' and 'weight'"),
        ([{"answer": "relevant"}, "relevant"], "it is 'relevant'"),
        ([{"answer": "relevant"}] * 21, "21 known answers; at most 20"),
    ],
)
def test_known_answers_that_cannot_be_right_are_refused(golden: object, says: str) -> None:
    with pytest.raises(AnswerError, match=says):
        GradedRelevance().check_golden(golden, ROW)


BASE = GradedRelevance()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (BASE, GradedRelevance(question="Other?", note="x", language="de"), None),
        (BASE, GradedRelevance(labels=(*BASE.labels, Label("perfect"))), None),
        (BASE, GradedRelevance(labels=BASE.labels[:2]), "The label 'irrelevant' would no longer exist"),
        (BASE, GradedRelevance(required=False), None),
        (GradedRelevance(required=False), BASE, "Every task would need an answer"),
        (BASE, MultiLabel(), "another template"),
        (MultiLabel(), MultiLabel(most=2), "fewer or more labels"),
        (MultiLabel(most=2), MultiLabel(), None),
        (MultiLabel(), MultiLabel(least=1), "fewer or more labels"),
        (FreeText(longest=10), FreeText(longest=9), "longer than 9 letters"),
        (FreeText(longest=10), FreeText(longest=11), None),
        (ListRanking(), ListRanking(shuffled=False), "another order"),
        (ListRanking(), ListRanking(grading="exact"), None),
    ],
)
def test_a_change_breaks_if_stored_answers_would_not_fit(old, new, reason) -> None:
    found = old.breaks(new)
    assert found is None if reason is None else reason in found


def test_a_label_that_begins_or_ceases_to_judge_breaks() -> None:
    turned = tuple(
        type(label)(**{**vars(label), "cannot_judge": label.value in {"relevant", "not_found"}})
        for label in BASE.labels
    )
    assert "'relevant' would cease to judge" in BASE.breaks(GradedRelevance(labels=turned))


@dataclass(frozen=True, kw_only=True)
class RegionalQuery(QueryType):
    """A third party's template, whose fields depend on a setting."""

    regional: Literal["no", "maybe", "must"] = setting("no", "Whether tasks have a region.")

    def fields(self) -> tuple[InputField, ...]:
        more = InputField("region", "text", required=self.regional == "must")
        return super().fields() + ((more,) if self.regional != "no" else ())


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("no", "maybe", None),
        ("no", "must", "Tasks would need the field 'region'"),
        ("maybe", "must", "Tasks would need the field 'region'"),
        ("must", "maybe", None),
        ("maybe", "no", "Tasks would no longer have the field 'region'"),
    ],
)
def test_a_change_breaks_if_stored_tasks_would_not_fit(old: str, new: str, reason: str | None) -> None:
    found = RegionalQuery(regional=old).breaks(RegionalQuery(regional=new))
    assert found is None if reason is None else reason in found
