from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import entropy

from palate.core.errors import SettingsError
from palate.quality import EntropyThreshold

LABELS = {"a": "xxxx", "b": "xyxy", "c": "xxxy", "d": "x"}
ANSWERS = pl.DataFrame(
    [(task, name, label) for name, labels in LABELS.items() for task, label in enumerate(labels)],
    schema=["task", "annotator", "label"],
    orient="row",
)


def test_who_gives_one_label_throughout_is_suspect() -> None:
    checked = EntropyThreshold().check(ANSWERS)
    assert checked.found["annotator"].to_list() == list("abcd")
    assert checked.found["entropy"].to_list() == pytest.approx([0, np.log(2), entropy([3, 1]), 0])
    assert checked.found["suspect"].to_list() == [True, False, False, False]  # d gave too few answers
    assert checked.evidence.rows() == [("a", "x", 4, 1.0, pytest.approx(10 / 13))]


def test_the_percentile_is_of_those_who_gave_enough() -> None:
    limit = np.percentile([0, np.log(2), entropy([3, 1])], 50)
    assert limit == pytest.approx(entropy([3, 1]))
    assert EntropyThreshold(percentile=50).check(ANSWERS).found["suspect"].to_list() == [
        True,
        False,
        True,
        False,
    ]
    assert EntropyThreshold(percentile=50, min_answers=1).check(ANSWERS).found["suspect"].sum() == 2
    nobody = EntropyThreshold(min_answers=9).check(ANSWERS)
    assert not nobody.found["suspect"].any()
    assert nobody.evidence.is_empty()


@pytest.mark.parametrize("setting", [{"percentile": -1.0}, {"percentile": 101.0}, {"min_answers": 0}])
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError):
        EntropyThreshold(**setting)
