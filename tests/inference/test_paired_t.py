import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from palate.inference import PairedT

values = st.floats(-1, 1).map(lambda x: round(x, 4))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(values, values), min_size=2, max_size=30), st.sampled_from([0.8, 0.95, 0.99]))
def test_it_is_the_t_test_of_scipy(rows, confidence):
    a, b = np.array(rows).T
    if np.ptp(a - b) < 1e-6:
        return
    theirs = stats.ttest_rel(a, b)
    interval = theirs.confidence_interval(confidence)
    ours = PairedT(confidence).compare(a, b)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    assert ours.interval.low == pytest.approx(interval.low, rel=1e-9, abs=1e-12)
    assert ours.interval.high == pytest.approx(interval.high, rel=1e-9, abs=1e-12)


def test_sleep_data_of_student_1908():
    # Cushny and Peebles' hours of sleep gained by two drugs: t = 4.06 with 9 degrees of freedom, p = 0.00283
    one = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    two = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    found = PairedT().compare(two, one)
    assert found.interval.estimate == pytest.approx(1.58)
    assert found.interval.low == pytest.approx(0.70, abs=0.001)
    assert found.interval.high == pytest.approx(2.46, abs=0.001)
    assert found.p_value == pytest.approx(0.00283, abs=0.00001)


def test_p_value_is_small_never_zero():
    assert 0 < PairedT().compare(np.full(5, 1.0), np.full(5, 0.5)).p_value < 1e-300


def test_the_package_loads_no_statistics_before_they_are_needed():
    code = "import sys, palate.inference as i; i.PairedT, i.Verdict, i.judge_difference; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
