from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import given, settings

from palate.aggregation.labels import (
    DawidSkene,
    HierarchicalDawidSkene,
    LabelState,
    MajorityVote,
    next_tasks,
)
from palate.core.errors import InputError, SettingsError

every_method = pytest.mark.parametrize("method", [MajorityVote(), DawidSkene()], ids=["votes", "confusion"])


def _votes(*labels: str, method=None) -> LabelState:
    """Return a state with a task a text, each letter of which is an answer."""
    rows = [
        (task, annotator, label) for task, text in enumerate(labels) for annotator, label in enumerate(text)
    ]
    state = (method or MajorityVote()).start(labels=["n", "y"])
    state.add(pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row"))
    return state


def test_gain_is_the_probability_of_error_a_dollar() -> None:
    texts = ["yn", "yyn", "yyyn", "nnnn", "yy"]
    found = next_tasks(_votes(*texts), 10, cost=0.5, confidence=1.0, max_overlap=6)
    gains = dict(found.select("task", "gain").iter_rows())
    for task, text in enumerate(texts):
        rarer = min(text.count("y"), text.count("n"))
        assert gains[task] == pytest.approx((rarer + 0.5) / (len(text) + 1) / 0.5, abs=1e-12)
    assert found["gain"].is_sorted(descending=True)
    assert found["task"][0] == 0


def test_tasks_that_are_sure_full_or_golden_are_left_alone() -> None:
    state = MajorityVote().start(golden=pl.DataFrame({"task": [3], "label": ["y"]}))
    rows = [(1, a, "y") for a in range(9)]  # 9.5 of 10 votes
    rows += [(2, a, "yn"[a % 2]) for a in range(4)]
    rows += [(3, 0, "n"), (4, 0, "y"), (4, 1, "n")]
    state.add(pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row"))
    assert set(next_tasks(state, 100, confidence=1.0, max_overlap=20)["task"]) >= {2, 4}
    assert next_tasks(state, 100, confidence=0.95, max_overlap=4)["task"].to_list() == [4]
    assert 1 not in next_tasks(state, 100, confidence=0.95, max_overlap=20)["task"]
    assert 3 not in next_tasks(state, 100, confidence=1.0, max_overlap=20)["task"]
    assert 3 not in next_tasks(state, 100, tasks=[3, 4])["task"]


@pytest.mark.parametrize(
    ("budget", "cost", "n"), [(0.3, 0.1, 3), (0.29, 0.1, 2), (0, 1, 0), (Decimal("0.7"), 0.7, 1)]
)
def test_money_is_exact(budget, cost, n: int) -> None:
    assert len(next_tasks(_votes("yn", "yn", "yn", "yn"), budget, cost=cost)) == n


def test_a_dear_task_waits_for_cheaper_ones_that_are_as_unsure() -> None:
    state = _votes("yn", "yn", "yn")
    found = next_tasks(state, 2.5, cost={0: 2, 1: 1, 2: 1})
    assert found["task"].to_list() == [1, 2]
    assert found["cost"].to_list() == [1.0, 1.0]
    gains = next_tasks(state, 9, cost={0: 2, 1: 1, 2: 1})["gain"]
    assert gains[0] == pytest.approx(2 * gains[2], rel=1e-12)
    with pytest.raises(SettingsError, match="Task 2 has no cost"):
        next_tasks(state, 1, cost={0: 1, 1: 1})


@every_method
def test_tasks_without_answers_can_be_chosen(method) -> None:
    answers, *_ = crowd(1)
    state = method.start()
    state.add(answers)
    found = next_tasks(state, 4, tasks=[1000, 1001, 1000])
    assert found["task"].to_list() == [1000, 1001]
    assert found["answers"].to_list() == [0, 0]
    assert next_tasks(state, 4, tasks=[]).is_empty()
    with pytest.raises(InputError, match="tasks are text"):
        next_tasks(state, 4, tasks=["x"])


@every_method
def test_a_state_without_answers_asks_about_every_task(method) -> None:
    found = next_tasks(method.start(labels=["a", "b", "c"]), 2, tasks=["t3", "t1", "t2"])
    assert found["task"].to_list() == ["t1", "t2"]
    np.testing.assert_allclose(found["probability"], 1 / 3)


@every_method
@settings(max_examples=30, deadline=None)
@given(answers=answer_tables())
def test_the_same_answers_give_the_same_tasks_and_gains_are_shares(method, answers: pl.DataFrame) -> None:
    state = method.start(labels=range(4))
    state.add(answers)
    found = next_tasks(state, 3)
    assert found.equals(next_tasks(state, 3))
    assert found["gain"].is_between(0, 1).all()
    assert (found["probability"] < 0.99).all()
    assert found["task"].is_unique().all()


@every_method
def test_the_order_of_votes_does_not_show(method) -> None:
    answers, *_ = crowd(2)
    first, again = method.start(), method.start()
    first.add(answers)
    again.add(answers.sample(fraction=1, shuffle=True, seed=3))
    assert next_tasks(first, 20)["task"].to_list() == next_tasks(again, 20)["task"].to_list()


def test_a_dawid_skene_state_doubts_more_than_its_posterior() -> None:
    answers, *_ = crowd(3, overlap=3)
    state = DawidSkene().start()
    state.add(answers)
    sure = state.result().labels.select("task", "probability")
    found = next_tasks(state, 1000, confidence=1.0).join(sure, on="task", suffix="_sure")
    assert len(found) == 60
    assert found["probability"].mean() < found["probability_sure"].mean() - 0.05


def test_one_answer_a_task_is_no_proof_to_a_method_that_takes_it_for_one() -> None:
    answers, *_ = crowd(5, overlap=1)
    state = HierarchicalDawidSkene().start()
    state.add(answers)
    assert state.result().labels["probability"].min() > 0.99
    found = next_tasks(state, 1000)
    assert len(found) == len(answers)
    assert found["gain"].min() > 0.02


def _yardstick(answers: pl.DataFrame, result, *, together: bool) -> dict:
    """Caution as the docstring of ``cautious`` has it, in plain Python: the probability of the best label."""
    believed = {row[0]: row[1:] for row in result.probabilities.iter_rows()}
    counts: dict = {}
    for task, annotator, label in answers.iter_rows():
        counts.setdefault(annotator, np.zeros((3, 3)))[:, label] += believed[task]
    crowd_counts = sum(counts.values()) + np.eye(3) + 1 / 3
    crowd_rows = crowd_counts / crowd_counts.sum(axis=1, keepdims=True)
    beforehand = np.array([[6.4, 0.8, 0.8], [0.8, 6.4, 0.8], [0.8, 0.8, 6.4]])
    rows = {a: c + (5 * crowd_rows if together else beforehand) for a, c in counts.items()}
    rows = {a: c / c.sum(axis=1, keepdims=True) for a, c in rows.items()}
    prior = sum(np.array(p) for p in believed.values()) + 1
    found = {}
    for (task,), rows_of in answers.group_by("task"):
        product_of = np.prod([rows[a][:, x] for _, a, x in rows_of.iter_rows()], axis=0)
        weight = prior * product_of ** (1 / (1 + 0.25 * together * (len(rows_of) - 1)))
        found[task] = max(weight / weight.sum())
    return found


def _answered(seed: int) -> tuple[pl.DataFrame, LabelState]:
    answers, *_ = crowd(seed, overlap=4)
    state = DawidSkene().start()
    state.add(answers)
    return answers, state


def test_probability_is_that_of_the_less_sure_of_both_posteriors() -> None:
    answers, state = _answered(4)
    result = state.result()
    together, apart = (_yardstick(answers, result, together=together) for together in (True, False))
    wanted = {task: min(together[task], apart[task]) for task in apart}
    found = dict(next_tasks(state, 1000, confidence=1.0).select("task", "probability").iter_rows())
    assert found == pytest.approx(wanted, abs=1e-9)
    assert any(together[task] < apart[task] for task in apart)


def test_gain_takes_answers_for_independent_and_annotators_for_mostly_right() -> None:
    answers, state = _answered(4)
    wanted = _yardstick(answers, state.result(), together=False)
    found = dict(next_tasks(state, 1000, confidence=1.0, max_overlap=6).select("task", "gain").iter_rows())
    assert found == pytest.approx({task: 1 - best for task, best in wanted.items()}, abs=1e-9)


def test_the_table_is_of_the_kind_of_the_answers() -> None:
    state = MajorityVote().start()
    state.add(pd.DataFrame({"task": [1, 1], "annotator": [1, 2], "label": ["x", "y"]}))
    assert isinstance(next_tasks(state, 1), pd.DataFrame)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"budget": -1}, "'budget' must be"),
        ({"budget": float("nan")}, "'budget' must be"),
        ({"cost": 0}, "'cost' must be"),
        ({"cost": float("inf")}, "'cost' must be"),
        ({"confidence": 0}, "'confidence' must be"),
        ({"confidence": 1.5}, "'confidence' must be"),
        ({"max_overlap": 0}, "'max_overlap' must be"),
    ],
)
def test_settings_outside_their_range_are_refused(options, text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        next_tasks(_votes("yn"), **({"budget": 1} | options))


def test_one_label_is_nothing_to_choose_from() -> None:
    state = MajorityVote().start()
    state.add(pl.DataFrame({"task": [1], "annotator": [1], "label": ["x"]}))
    with pytest.raises(InputError, match="knows 1 labels; what to ask needs at least 2"):
        next_tasks(state, 1)
