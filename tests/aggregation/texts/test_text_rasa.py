from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2
from text_strategies import text_tables, typing_crowd

from palate.aggregation.texts import HRRASA, RASA, ClosestToAverage
from palate.aggregation.texts._gleu import gleu
from palate.core.errors import SettingsError

both_methods = pytest.mark.parametrize("method", [RASA, HRRASA])


def lengths(texts: list[str]) -> np.ndarray:
    """An embedding: how many letters and words, in small numbers."""
    return np.array([[len(text) / 10, len(text.split()) / 3] for text in texts])


def _plain_gleu(first: list[str], second: list[str]) -> float:
    ours, theirs = (
        [tuple(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(i + 4, len(words)) + 1)]
        for words in (first, second)
    )
    if not ours and not theirs:
        return 1.0
    common = sum(min(ours.count(piece), theirs.count(piece)) for piece in set(ours))
    return min(common / len(ours) if ours else 0.0, common / len(theirs) if theirs else 0.0)


def _local(own: list[dict], vector_share: float) -> list[float]:
    """Return the mean similarity of each answer to the others."""
    vectors = lengths([row["text"] for row in own])
    found = []
    for i, mine in enumerate(own):
        alike = [
            vector_share * np.exp(-((vectors[i] - vectors[j]) ** 2).sum())
            + (1 - vector_share) * _plain_gleu(mine["text"].split(), other["text"].split())
            for j, other in enumerate(own)
            if j != i
        ]
        found.append(max(np.mean(alike), 1e-6) if alike else 1.0)
    return found


def _plain(texts: pl.DataFrame, passes: int, vector_share: float | None) -> tuple[dict, dict]:
    """The yardstick: answer after answer. Returns the weights, and how many answers made them."""
    tasks = {task: own.sort("annotator").to_dicts() for (task,), own in texts.group_by("task")}
    local = {
        task: [1.0] * len(own) if vector_share is None else _local(own, vector_share)
        for task, own in tasks.items()
    }
    weights = dict.fromkeys(texts["annotator"], 1.0)
    floor = None
    for _ in range(passes):
        total, answers = Counter(), Counter()
        for task, own in tasks.items():
            share = np.array([g * weights[r["annotator"]] for g, r in zip(local[task], own, strict=True)])
            vectors = lengths([row["text"] for row in own])
            mean = share @ vectors / share.sum()
            if len(own) == 1:
                continue
            for row, vector, own_local in zip(own, vectors, local[task], strict=True):
                total[row["annotator"]] += own_local * ((vector - mean) ** 2).sum()
                answers[row["annotator"]] += 1
        if floor is None:
            floor = 0.3 * total.total() / max(answers.total(), 1)
        if floor <= 1e-12:
            return weights, answers
        for name in answers:
            weights[name] = chi2.ppf(0.025, answers[name]) / (total[name] + floor * answers[name])
    return weights, answers


@settings(max_examples=40, deadline=None)
@given(texts=text_tables(), passes=st.integers(1, 3), vector_share=st.sampled_from([None, 0.0, 0.3, 1.0]))
def test_fast_version_equals_the_plain_one(
    texts: pl.DataFrame, passes: int, vector_share: float | None
) -> None:
    settings_ = {"embedding": lengths, "distance": "euclidean", "max_iter": passes, "tolerance": 0}
    method = RASA(**settings_) if vector_share is None else HRRASA(vector_share=vector_share, **settings_)
    found = method.aggregate(texts)
    weights, answers = _plain(texts, found.iterations, vector_share)
    mean = np.mean([weights[name] for name in answers]) if answers else 1.0
    for name, weight in found.annotators.select("annotator", "weight").iter_rows():
        assert weight == (pytest.approx(weights[name] / mean, rel=1e-6) if answers[name] else None)


@both_methods
@settings(max_examples=40, deadline=None)
@given(texts=text_tables())
def test_what_is_maximized_never_falls(method, texts: pl.DataFrame) -> None:
    found = method(tolerance=0).aggregate(texts)
    assert all(b >= a - 1e-9 * abs(a) for a, b in pairwise(found.log_likelihood))


def test_one_pass_by_hand() -> None:
    # Numbers as texts. The mean of 0, 0 and 3 is 1: squared distances 1, 1 and 4, and 0.3 of their mean, 0.6.
    texts = pl.DataFrame({"task": [1] * 3, "annotator": list("abc"), "text": ["0", "0", "3"]})

    def value(given_texts: list[str]) -> list[list[float]]:
        return [[float(text)] for text in given_texts]

    found = RASA(embedding=value, distance="euclidean", max_iter=1).aggregate(texts)
    expected = np.array([1 / 1.6, 1 / 1.6, 1 / 4.6])
    np.testing.assert_allclose(found.annotators["weight"], expected / expected.mean())
    assert not found.converged
    assert found.texts["text"].item() == "0"


def test_rounding_is_no_difference() -> None:
    # The mean of three times 0.1 is not 0.1 in floating point.
    texts = pl.DataFrame({"task": [1] * 3, "annotator": list("abc"), "text": ["x"] * 3})

    def tenth(given_texts: list[str]) -> list[list[float]]:
        return [[0.1, 0.7, 1e3] for _ in given_texts]

    found = RASA(embedding=tenth, distance="euclidean").aggregate(texts)
    assert found.annotators["weight"].to_list() == [1.0] * 3


def test_few_answers_weigh_little() -> None:
    # b and c err alike, but b once and c ten times.
    rows = [(t, "a", "x") for t in range(11)] + [(0, "b", "y")] + [(t, "c", "y") for t in range(1, 11)]
    texts = pl.DataFrame(rows, schema=["task", "annotator", "text"], orient="row")
    weights = dict(RASA().aggregate(texts).annotators.select("annotator", "weight").iter_rows())
    assert weights["c"] > 10 * weights["b"]


@both_methods
def test_careful_annotators_weigh_more_and_bring_the_result_nearer_the_truth(method) -> None:
    right, right_plain = 0, 0
    for seed in range(4):
        texts, truth = typing_crowd(seed, [0.02, 0.3, 0.35, 0.4, 0.45], n_tasks=60)
        found, plain = method().aggregate(texts), ClosestToAverage().aggregate(texts)
        weights = found.annotators["weight"].to_list()
        assert weights[0] > 1.5 * max(weights[1:])
        right += sum(text == truth[task] for task, text in found.texts.iter_rows())
        right_plain += sum(text == truth[task] for task, text in plain.texts.iter_rows())
    assert right > right_plain


@both_methods
def test_who_answers_alone_has_no_weight(method) -> None:
    texts = pl.DataFrame({"task": [1, 1, 2], "annotator": list("abc"), "text": ["x y", "x z", "alone"]})
    found = method().aggregate(texts)
    assert found.annotators["weight"].to_list() == [pytest.approx(1), pytest.approx(1), None]
    assert found.texts["text"].to_list()[1] == "alone"
    alone = method().aggregate(texts.tail(1))
    assert alone.annotators["weight"].to_list() == [None]


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("the cat sat", "the cat sat", 1.0),
        ("the cat sat", "the cat ran", 3 / 6),  # the, cat, the cat
        ("the the the", "the cat", 1 / 6),
        ("a b c d e", "a b c d e f", 14 / 18),  # 5 + 4 + 3 + 2 of 6 + 5 + 4 + 3
        ("a", "b", 0.0),
        ("", "b", 0.0),
        ("", "", 1.0),
    ],
)
def test_gleu_by_hand(first: str, second: str, alike: float) -> None:
    assert gleu(first.split(), second.split()) == pytest.approx(alike)
    assert gleu(second.split(), first.split()) == pytest.approx(alike)


@both_methods
@pytest.mark.parametrize(
    "setting", [{"alpha": 0.0}, {"alpha": 1.0}, {"regularization": 0.0}, {"max_iter": 0}, {"tolerance": -1.0}]
)
def test_impossible_settings_are_refused(method, setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        method(**setting)


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(SettingsError, match="'vector_share' must be from 0 to 1; it is 1.5"):
        HRRASA(vector_share=1.5)
