"""Handwritten digits and a crowd of known confusion: a small part of bench/crowds.py, which has the intervals."""

from __future__ import annotations

import numpy as np
import pytest
from crowd_worlds import require_torch
from repository import ROOT

from palate.learning.crowds import CoNAL, CrowdLayer, SmallNetwork, TwoStage


@pytest.mark.parametrize("shared", [0.0, 0.5])
def test_crowd_beats_its_votes_and_its_confusions_are_found(
    shared: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_torch()
    pytest.importorskip("sklearn")
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import crowds

    data = crowds.crowd(7, shared, n_tasks=800)
    network = SmallNetwork((32,))
    settings = {"epochs": 60, "learning_rate": 0.005}

    def measured(learner: object) -> crowds.Measured:
        return crowds.measure(data, learner.fit(data.features, data.answers, network))

    votes = measured(TwoStage(**settings))
    learner = CrowdLayer(**settings) if shared == 0.0 else CoNAL(**settings, width=32)
    found = measured(learner)
    assert found.unseen > votes.unseen + 0.02
    assert found.answered > votes.answered + 0.1
    assert found.error < 0.1
    assert found.error < np.abs(np.eye(10) - data.confusion).mean() * 0.7
