from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from answer_strategies import crowd

from palate.agreement import KrippendorffAlpha, PercentAgreement, _measure
from palate.core.errors import InputError, SettingsError


def test_tasks_that_look_alike_share_a_row_of_counts() -> None:
    answers = pl.DataFrame(
        {
            "task": [1, 1, 2, 2, 3, 3, 4],
            "annotator": ["a", "b"] * 3 + ["a"],
            "label": ["x", "y", "y", "x", "y", "y", "z"],
        }
    )
    data, n_alike = _measure.count_labels(answers)
    assert data.counts.tolist() == [[0, 2, 0], [1, 1, 0]]
    assert n_alike.tolist() == [1, 2]
    assert data.values is None


def test_numbers_order_the_columns_of_counts() -> None:
    answers = pl.DataFrame({"task": [1, 1, 1], "annotator": [1, 2, 3], "label": ["10", "9", "-1.5"]})
    data, _ = _measure.count_labels(answers)
    assert data.values.tolist() == [-1.5, 9, 10]
    truth = _measure.count_labels(answers.with_columns(label=pl.Series([True, False, True])))[0]
    assert truth.values.tolist() == [0, 1]
    assert truth.counts.tolist() == [[1, 2]]


def test_memory_does_not_show_in_the_interval(monkeypatch) -> None:
    answers, *_ = crowd(1)
    whole = KrippendorffAlpha().measure(answers)
    monkeypatch.setattr(_measure, "_BLOCK", 1)
    assert KrippendorffAlpha().measure(answers) == whole


def test_the_interval_holds_the_value_of_the_crowd() -> None:
    # Answers of two to the same tasks agree with a known probability; 95% intervals should hold it about 95% of the time.
    rng, held = np.random.default_rng(0), 0
    for seed in range(100):
        agree = rng.random(150) < 0.7
        answers = pl.DataFrame(
            {
                "task": np.repeat(np.arange(150), 2),
                "annotator": np.tile([0, 1], 150),
                "label": np.where(np.repeat(agree, 2), 0, np.tile([0, 1], 150)),
            }
        )
        found = PercentAgreement(resamples=300).measure(answers, seed=seed)
        held += found.low <= 0.7 <= found.high
    assert 87 <= held <= 100


def test_more_confidence_is_a_wider_interval() -> None:
    answers, *_ = crowd(2)
    narrow, wide = (KrippendorffAlpha(confidence=c).measure(answers) for c in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high
    assert wide.confidence == 0.99
    assert wide.settings == KrippendorffAlpha(confidence=0.99)


def test_a_lone_task_has_a_value_and_no_width() -> None:
    answers = pl.DataFrame({"task": [1, 1, 1], "annotator": [1, 2, 3], "label": ["x", "x", "y"]})
    found = PercentAgreement().measure(answers)
    assert found.value == found.low == found.high == pytest.approx(1 / 3)


def test_answers_without_overlap_are_refused() -> None:
    answers = pl.DataFrame({"task": [1, 2], "annotator": [1, 1], "label": ["x", "x"]})
    with pytest.raises(
        InputError, match="answers: No task has answers by two annotators.*overlap of at least 2"
    ):
        PercentAgreement().measure(answers)


def test_too_few_resamples_are_refused() -> None:
    with pytest.raises(SettingsError, match="at least 39 resamples"):
        PercentAgreement(resamples=10)


def test_free_text_in_place_of_labels_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(_measure, "_MOST_COUNTS", 179)
    monkeypatch.setattr(_measure, "_MOST_KINDS", 1)
    with pytest.raises(InputError, match="3 different labels on 60 tasks.*free text"):
        PercentAgreement().measure(crowd(1)[0])


def test_tasks_with_the_same_counts_are_found_alike_with_few_labels_and_with_many(monkeypatch) -> None:
    answers = crowd(3)[0]
    quick, n_quick = _measure.count_labels(answers)
    monkeypatch.setattr(_measure, "_MOST_KINDS", 1)
    slow, n_slow = _measure.count_labels(answers)
    assert quick.counts.tolist() == slow.counts.tolist()
    assert n_quick.tolist() == n_slow.tolist()
    assert quick.answerers.rows.tolist() == slow.answerers.rows.tolist()
    assert quick.answerers.labels.tolist() == slow.answerers.labels.tolist()
