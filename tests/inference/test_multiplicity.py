import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from palate.core.errors import SettingsError, UnknownNameError
from palate.inference import adjusted_p_values, comparison_confidence

# Benjamini and Hochberg, JRSS B 1995, section 4.1: fifteen endpoints of a trial on thrombolysis after a heart attack
ENDPOINTS = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip
p_values = st.lists(st.floats(1e-6, 1), min_size=1, max_size=12)


def test_fifteen_endpoints_of_benjamini_and_hochberg():
    # "the procedure controlling the FDR rejects four hypotheses, Bonferroni's the three smallest, Hochberg's those three"
    assert int((adjusted_p_values(ENDPOINTS, "bh") <= 0.05).sum()) == 4
    assert int((adjusted_p_values(ENDPOINTS, "holm") <= 0.05).sum()) == 3
    assert adjusted_p_values(ENDPOINTS, "bh")[3] == pytest.approx(0.0095 * 15 / 4)
    assert adjusted_p_values(ENDPOINTS, "holm")[2] == pytest.approx(0.0019 * 13)


def test_holm_by_hand():
    # sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1: 0.02, 0.03, 0.06, 0.04, none below the one before
    found = adjusted_p_values([0.01, 0.04, 0.03, 0.005], "holm")
    assert found == pytest.approx([0.03, 0.06, 0.06, 0.02])


@settings(max_examples=40, deadline=None)
@given(p_values)
def test_benjamini_hochberg_is_that_of_scipy(values):
    assert adjusted_p_values(values, "bh") == pytest.approx(stats.false_discovery_control(values))


@settings(max_examples=40, deadline=None)
@given(p_values, st.sampled_from(["holm", "bh"]))
def test_adjusted_p_values_keep_the_order_and_are_no_smaller(values, correction):
    found = adjusted_p_values(values, correction)
    assert (found >= np.array(values) - 1e-15).all()
    assert (found <= 1).all()
    assert (np.diff(found[np.argsort(values)]) >= 0).all()


@settings(max_examples=60, deadline=None)
@given(p_values, st.sampled_from(["holm", "bh"]), st.sampled_from([0.9, 0.95]))
def test_intervals_leave_zero_out_where_adjusted_p_values_are_small(values, correction, confidence):
    # an interval at confidence c leaves 0 out where its own p-value is at most 1 - c
    each = comparison_confidence(values, correction, confidence)
    outside = np.array(values) <= 1 - each + 1e-12
    small = adjusted_p_values(values, correction) <= 1 - confidence + 1e-12
    assert outside.tolist() == small.tolist()


def test_without_winners_intervals_are_bonferronis():
    assert comparison_confidence([0.5, 0.6, 0.7, 0.8], "holm", 0.95) == pytest.approx(1 - 0.05 / 4)
    assert comparison_confidence([0.5, 0.6, 0.7, 0.8], "bh", 0.95) == pytest.approx(1 - 0.05 / 4)


def test_one_comparison_or_no_correction_changes_nothing():
    assert adjusted_p_values([0.04], "holm").tolist() == [0.04]
    assert adjusted_p_values([0.01, 0.04], "none").tolist() == [0.01, 0.04]
    assert adjusted_p_values([], "bh").tolist() == []
    assert comparison_confidence([0.04], "bh", 0.95) == 0.95
    assert comparison_confidence([0.01, 0.04], "none", 0.95) == 0.95


def test_of_the_intervals_of_winners_few_miss():
    # z-tests of 10 true differences from 0 to 2: the share of winners' intervals that miss, 0 where there are none
    rng, truth, shares, plain = np.random.default_rng(2), np.linspace(0, 2, 10), [], []
    for drawn in truth + rng.normal(size=(2000, 10)):
        values = 2 * stats.norm.sf(np.abs(drawn))
        for correction, missed in (("bh", shares), ("none", plain)):
            won = adjusted_p_values(values, correction) <= 0.05
            reach = stats.norm.isf((1 - comparison_confidence(values, correction, 0.95)) / 2)
            out = np.abs(drawn - truth) > reach
            missed.append((out & won).sum() / max(1, won.sum()))
    error = np.std(shares) / len(shares) ** 0.5
    assert np.mean(shares) <= 0.05 + 3 * error
    assert np.mean(plain) > 0.1


def test_bad_input_is_refused():
    with pytest.raises(UnknownNameError, match="no correction named 'hom'. Did you mean holm?"):
        adjusted_p_values([0.1], "hom")
    with pytest.raises(UnknownNameError, match="There are: bh, holm, none"):
        comparison_confidence([0.1], "x", 0.95)
    for bad in ([0.1, 1.2], [-0.1], [float("nan")]):
        with pytest.raises(SettingsError, match="between 0 and 1"):
            adjusted_p_values(bad, "holm")
