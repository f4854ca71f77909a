"""What every paired test keeps, today's and tomorrow's."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import InputError, SettingsError
from palate.inference import paired_tests

TESTS = [kind() for kind in paired_tests]
every_test = pytest.mark.parametrize("test", TESTS, ids=paired_tests.name_of)


def pseudo_median(differences):
    return np.median([(x + y) / 2 for i, x in enumerate(differences) for y in differences[i:]])


ESTIMATES = {
    "mean": np.mean,
    "median": lambda d: np.median(d[d != 0]) if d.any() else 0,
    "pseudo-median": lambda d: pseudo_median(d[d != 0]) if d.any() else 0,
}

values = st.floats(0, 1).map(lambda x: round(x, 3))
paired = st.lists(st.tuples(values, values), min_size=2, max_size=30).map(lambda rows: np.array(rows).T)


@every_test
@settings(max_examples=25, deadline=None)
@given(both=paired)
def test_results_are_in_range(test, both):
    found = test.compare(both[0], both[1])
    assert found.interval.estimate == pytest.approx(ESTIMATES[test.estimand](both[0] - both[1]), abs=1e-12)
    assert found.interval.low <= found.interval.estimate + 1e-12
    assert found.interval.high >= found.interval.estimate - 1e-12
    assert 0 < found.p_value <= 1
    assert found.n_queries == both.shape[1]
    assert found.method is test
    assert found.interval.confidence == test.confidence


@every_test
@settings(max_examples=25, deadline=None)
@given(both=paired)
def test_the_other_way_round_is_the_same_with_the_other_sign(test, both):
    one, other = test.compare(both[0], both[1]), test.compare(both[1], both[0])
    assert one.p_value == pytest.approx(
        other.p_value, rel=1e-9
    )  # the bootstrap's is calculated by other sums
    assert one.interval.estimate == -other.interval.estimate
    assert (one.interval.low, one.interval.high) == (-other.interval.high, -other.interval.low)


@every_test
def test_the_same_seed_gives_the_same_bits(test):
    rng = np.random.default_rng(1)
    a, b = rng.random((2, 40))
    assert test.compare(a, b, seed=3) == test.compare(a, b, seed=3)
    assert test.compare(a, b, np.random.default_rng(3)) == test.compare(a, b, np.random.default_rng(3))


@every_test
def test_more_confidence_makes_a_wider_interval(test):
    rng = np.random.default_rng(2)
    a, b = rng.random((2, 40))
    kind = type(test)
    widths = []
    for confidence in (0.5, 0.9, 0.95, 0.99):
        interval = kind(confidence=confidence).compare(a, b).interval
        widths.append(interval.high - interval.low)
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]


@every_test
def test_no_difference_anywhere_is_no_difference(test):
    found = test.compare(np.array([0.3, 0.1, 0.9]), np.array([0.3, 0.1, 0.9]))
    assert found.p_value == 1
    assert (found.interval.low, found.interval.estimate, found.interval.high) == (0, 0, 0)


@every_test
def test_a_clear_difference_is_found_and_noise_is_not(test):
    rng = np.random.default_rng(3)
    base = rng.random(60)
    clear = test.compare(base + 0.2 + rng.normal(0, 0.1, 60), base)
    assert clear.p_value < 0.001
    assert 0.0 not in clear.interval
    sign = np.resize([1, -1], 60)
    noise = test.compare(base + 0.1 * sign, base)
    assert noise.p_value > 0.9
    assert 0.0 in noise.interval


@every_test
def test_the_same_difference_everywhere_needs_no_warning(test):
    found = test.compare(np.full(8, 0.75), np.full(8, 0.5))
    assert found.interval.estimate == pytest.approx(0.25)
    assert found.interval.low == pytest.approx(0.25)
    assert found.interval.high == pytest.approx(0.25)
    assert 0 < found.p_value < 0.05


@every_test
def test_values_are_left_as_they_were(test):
    a, b = np.array([0.1, 0.5, 0.4]), np.array([0.2, 0.1, 0.4])
    test.compare(a, b)
    assert a.tolist() == [0.1, 0.5, 0.4]
    assert b.tolist() == [0.2, 0.1, 0.4]


@every_test
@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([], [], "at least 2 queries; system A has values for 0"),
        ([0.5], [0.4], "at least 2 queries; system A has values for 1"),
        (
            [0.5, 0.4, 0.3],
            [0.4, 0.3],
            "same queries for both systems: there are 3 values of system A and 2 of system B",
        ),
        ([0.5, math.nan], [0.4, 0.3], "values of system A must be finite; value 2 of 2 is nan"),
        ([0.5, 0.4], [math.inf, 0.3], "values of system B must be finite; value 1 of 2 is inf"),
        ([[0.5, 0.4]], [0.4, 0.3], r"one value a query of system A; the values have the shape \(1, 2\)"),
    ],
)
def test_values_that_cannot_be_compared_are_refused(test, a, b, message):
    with pytest.raises(InputError, match=message):
        test.compare(np.array(a), np.array(b))


@pytest.mark.parametrize("kind", list(paired_tests), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("confidence", [0, 1, 95, -0.1, math.nan])
def test_confidence_out_of_range_is_refused(kind, confidence):
    with pytest.raises(SettingsError, match="between 0 and 1, such as 0.95"):
        kind(confidence=confidence)


@every_test
def test_settings_print_compare_and_come_back_by_name(test):
    again = paired_tests.create(paired_tests.name_of(test), {"confidence": 0.95})
    assert again == test
    assert hash(again) == hash(test)
    assert "confidence=0.95" in repr(test)
