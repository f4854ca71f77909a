from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd, shared_answers
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from palate.aggregation.labels import KOS, MajorityVote
from palate.aggregation.labels._messages import Messages
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import InputError, SettingsError
from palate.core.randomness import generator


def plain_votes(answers: pl.DataFrame, start: dict, passes: int) -> dict:
    """The yardstick, on connected answers without golden tasks: messages in dictionaries, never scaled."""
    sign = {(t, a): 2 * label - 1 for t, a, label in answers.rows()}
    to_task = dict(start)
    for _ in range(passes):
        to_annotator = {
            (t, a): sum(sign[t, b] * to_task[t, b] for s, b in sign if s == t and b != a) for t, a in sign
        }
        elsewhere = {(t, a): [s for s, b in sign if b == a and s != t] for t, a in sign}
        to_task = {
            (t, a): sum(sign[s, a] * to_annotator[s, a] for s in elsewhere[t, a])
            / max(len(elsewhere[t, a]), 1)
            for t, a in sign
        }
    return {t: sum(sign[s, a] * to_task[s, a] for s, a in sign if s == t) for t, _ in sign}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), passes=st.integers(1, 4))
def test_votes_equal_the_plain_version_up_to_scale_and_sign(seed: int, passes: int) -> None:
    answers, *_ = crowd(seed, n_tasks=8, n_annotators=5, overlap=3, n_labels=2)
    answers = answers.sort("task", "annotator")
    start = np.random.default_rng(seed).normal(1, 1, len(answers))
    settled = Messages(code_answers(answers)).settle(start, max_iter=passes, tolerance=0)
    assume(settled.votes.any())  # as many answers for the decisions as against them leave no side to take
    keys = list(answers.select("task", "annotator").rows())
    expected = np.array(list(plain_votes(answers, dict(zip(keys, start, strict=True)), passes).values()))
    expected /= np.abs(expected).max()
    found = settled.votes / np.abs(settled.votes).max()
    assert np.allclose(found, expected, atol=1e-8) or np.allclose(found, -expected, atol=1e-8)


@settings(max_examples=60, deadline=None)
@given(answers=answer_tables())
def test_answers_agree_with_decisions_rather_than_disagree(answers: pl.DataFrame) -> None:
    two = answers.with_columns(pl.col("label") % 2)
    found = KOS(ties="abstain").aggregate(two)
    told = two.join(found.labels, on="task").drop_nulls("label_right")
    if len(told):
        assert (told["label"] == told["label_right"]).mean() >= 0.5


def test_each_connected_part_gets_its_own_sign() -> None:
    parts = []
    truths = []
    for part in range(6):
        answers, truth, _ = crowd(part, n_tasks=80, n_labels=2)
        parts.append(answers.with_columns(pl.col("task") + 80 * part, pl.col("annotator") + 9 * part))
        truths.append(truth)
    found = KOS().aggregate(pl.concat(parts)).labels["label"].to_numpy()
    right = (found == np.concatenate(truths)).reshape(6, 80).mean(axis=1)
    assert (right > 0.85).all()


def test_known_labels_turn_the_sign_of_a_crowd_that_is_rather_wrong() -> None:
    answers, truth, _ = crowd(3, n_tasks=100, n_labels=2)
    misled = answers.with_columns(label=1 - pl.col("label"))
    found = KOS().aggregate(misled).labels["label"].to_numpy()
    assert np.mean(found == truth) < 0.2
    golden = pl.DataFrame({"task": range(5), "label": truth[:5]})
    found = KOS().aggregate(misled, golden=golden)
    assert np.mean(found.labels["label"].to_numpy() == truth) > 0.85
    assert found.labels["probability"][:5].to_list() == [1.0] * 5


def test_tasks_that_no_message_reaches_are_decided_by_vote() -> None:
    # Without a cycle every message dies out; a alone says anything of task 3.
    rows = [(1, "a", "x"), (1, "b", "x"), (1, "c", "y"), (2, "d", "x"), (2, "e", "y"), (3, "a", "y")]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    kos, votes = KOS().aggregate(answers), MajorityVote().aggregate(answers)
    assert kos.probabilities.equals(votes.probabilities)


def test_the_start_that_makes_answers_most_probable_counts() -> None:
    answers, *_ = crowd(11, n_tasks=30, n_annotators=7, overlap=3, n_labels=2)
    messages = Messages(code_answers(answers))
    starts = [generator(4, "kos", restart).normal(1.0, 1.0, len(answers)) for restart in range(5)]
    assert len({tuple(start) for start in starts}) == 5
    one_pass = [messages.settle(start, max_iter=1, tolerance=0) for start in starts]
    best = max(one_pass, key=lambda settled: messages.log_likelihood(settled.votes))
    found = KOS(seed=4, max_iter=1, restarts=5).aggregate(answers).probabilities.to_numpy()[:, 2]
    np.testing.assert_allclose(found, (1 + best.votes / best.loudness) / 2)


def test_log_likelihood_by_hand() -> None:
    rows = [(1, "a", 0), (2, "a", 1), (3, "a", 1), (1, "b", 0), (2, "b", 0)]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    # Decided 0, 1, 0: a is right in 2 of 3, b in 1 of 2.
    found = Messages(code_answers(answers)).log_likelihood(np.array([-1.0, 2.0, -0.5]))
    assert found == pytest.approx(2 * np.log(2 / 3) + np.log(1 / 3) + 2 * np.log(1 / 2))


@pytest.mark.parametrize(("name", "least"), [("rte", 91), ("temporal", 93.9), ("product", 92.4)])
def test_a_few_busy_annotators_do_not_drown_the_others(name: str, least: float) -> None:
    answers, gold = shared_answers(name)
    decided = KOS().aggregate(answers).labels.join(gold, on="task")
    assert 100 * (decided["label"] == decided["label_right"]).mean() > least


def test_one_label_is_decided_at_once() -> None:
    answers = pl.DataFrame({"task": [1, 1, 2], "annotator": [1, 2, 1], "label": ["x", "x", "x"]})
    result = KOS().aggregate(answers)
    assert result.labels.rows() == [(1, "x", 1.0), (2, "x", 1.0)]


def test_more_than_two_labels_are_refused() -> None:
    with pytest.raises(InputError, match="kos tells two labels apart.*have 3. Choose one_coin_dawid_skene"):
        KOS().aggregate(crowd(0)[0])


@pytest.mark.parametrize("setting", [{"max_iter": 0}, {"restarts": 0}, {"tolerance": float("nan")}])
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        KOS(**setting)


def test_it_says_whether_the_messages_settled() -> None:
    answers, *_ = crowd(0, n_tasks=200, n_labels=2)
    assert KOS().aggregate(answers).converged
    short = KOS(max_iter=2).aggregate(answers)
    assert (short.converged, short.iterations) == (False, 2)
