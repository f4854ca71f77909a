from __future__ import annotations

import json

import numpy as np
import pytest

from palate.core.errors import InputError, SettingsError
from palate.inference import ConfidenceSequence, StoppingRule


def watched(values, rule, **named):
    state = ConfidenceSequence().start()
    path = state.add(values)
    return rule.decide(state, stopped_at=rule.stop_at(path), **named), path


def values_around(mean, n, spread=0.1):
    """Return values with exactly this mean, every two of them."""
    return np.tile([mean - spread, mean + spread], n // 2)


def test_a_difference_stops_and_names_the_better_one():
    rule = StoppingRule()
    found, path = watched(values_around(0.2, 200), rule, system="als", other="bpr", measure="nDCG@10")
    assert (found.decision, found.stop, found.better) == ("difference", True, "als")
    assert path.low[found.stopped_at - 2] <= 0 < path.low[found.stopped_at - 1]
    assert found.sentence.startswith("Stop: als beats bpr on nDCG@10 by +0.200 (at all times 95% CI +")
    assert found.sentence.endswith(f"after 200 queries; {found.stopped_at} were enough.")
    turned, _ = watched(-values_around(0.2, 200), rule, system="als", other="bpr")
    assert turned.better == "bpr"
    assert turned.stopped_at == found.stopped_at
    assert "bpr beats als on the mean by +0.200" in turned.sentence


def test_small_differences_are_equivalent_within_a_margin_only():
    values = values_around(0.0, 2000)
    assert watched(values, StoppingRule())[0].decision == "go on"
    found, path = watched(values, StoppingRule(margin=0.05))
    assert (found.decision, found.better) == ("equivalent", None)
    at = found.stopped_at - 1
    inside = (path.low > -0.05) & (path.high < 0.05)
    assert inside[at]
    assert not inside[:at].any()
    assert "A and B differ by less than 0.05" in found.sentence


def test_a_wanted_precision_stops():
    found, path = watched(values_around(0.0, 2000), StoppingRule(precision=0.03))
    assert found.decision == "precise"
    assert path.high[found.stopped_at - 1] - path.low[found.stopped_at - 1] <= 0.06
    assert "known to ±0.03" in found.sentence


def test_the_most_values_stop():
    found, _ = watched(values_around(0.0, 20), StoppingRule(most=20), unit="comparisons")
    assert (found.decision, found.stopped_at) == ("spent", 20)
    assert "no more comparisons to come" in found.sentence


def test_going_on_says_about_how_many_more():
    values = values_around(0.05, 60, spread=0.3)
    found, _ = watched(values, StoppingRule())
    assert (found.decision, found.stop, found.stopped_at) == ("go on", False, None)
    reach = found.interval.estimate - found.interval.low
    assert found.expected_more == pytest.approx(60 * (reach / 0.05) ** 2 - 60, abs=1)
    assert f"about {found.expected_more:,} more" in found.sentence
    none, _ = watched(values_around(0.0, 60), StoppingRule())
    assert none.expected_more is None
    assert "far more are needed" in none.sentence


def test_about_as_many_more_are_needed_as_was_said():
    rng = np.random.default_rng(2)
    said, needed = [], []
    for values in rng.normal(0.1, 0.4, (15, 600)).clip(-1, 1):
        found, _ = watched(values[:60], StoppingRule())
        if found.expected_more is not None:
            said.append(found.n + found.expected_more)
            needed.append(watched(values, StoppingRule())[0].stopped_at)
    assert np.median(said) == pytest.approx(np.median(needed), rel=0.5)


def test_a_mean_that_changed_is_told():
    found, _ = watched([*values_around(0.45, 400), *values_around(-0.45, 4000)], StoppingRule())
    assert (found.decision, found.better) == ("drifted", None)
    assert "changed while queries came in" in found.sentence


def test_verdicts_are_json():
    found, _ = watched(values_around(0.2, 200), StoppingRule(margin=0.01))
    saved = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert saved["decision"] == "difference"
    assert saved["rule"] == {"margin": 0.01, "precision": None, "most": None}
    assert saved["sentence"] == found.sentence
    state = ConfidenceSequence("asymptotic").start()
    state.add([0.1, 0.2])
    open_ended = StoppingRule().decide(state).to_dict()
    assert open_ended["interval"]["low"] is None
    assert "−∞ … +∞" in open_ended["sentence"]


def test_bad_settings_and_no_values_are_refused():
    for wrong in ({"margin": 0}, {"precision": -1}, {"most": 0}):
        with pytest.raises(SettingsError):
            StoppingRule(**wrong)
    with pytest.raises(InputError, match="no values yet"):
        StoppingRule().decide(ConfidenceSequence().start())
