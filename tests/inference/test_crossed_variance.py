import numpy as np
import pytest
from scipy import stats

from palate.core.errors import InputError
from palate.inference import CrossedFactor, crossed_variance, effective_count


def of_annotators(each: np.ndarray) -> tuple[np.ndarray, CrossedFactor]:
    """Return the means of a table [annotator, query], and those without each annotator."""
    n = len(each)
    left_out = (each.sum(axis=0) - each) / (n - 1)
    return each.mean(axis=0), CrossedFactor("annotators", left_out, n)


def test_queries_alone_give_students_interval():
    values = np.array([0.1, 0.4, 0.3, -0.2, 0.25])
    found = crossed_variance(values)
    wanted = stats.t.interval(0.9, 4, values.mean(), stats.sem(values))
    assert (found.interval(0.9).low, found.interval(0.9).high) == pytest.approx(wanted)
    assert found.p_value == pytest.approx(stats.ttest_1samp(values, 0).pvalue)
    assert found.shares == {"queries": 1.0}


def test_what_moves_all_queries_alike_adds_the_variance_of_its_mean():
    """Three annotators add 0, 0.3 and 0.6 to every query; there is no other noise."""
    each = np.array([0.1, 0.2, 0.6, -0.1]) + np.array([[0.0], [0.3], [0.6]])
    values, factor = of_annotators(each)
    found = crossed_variance(values, [factor])
    assert found.shared["annotators"] == pytest.approx(np.var([0.0, 0.3, 0.6], ddof=1) / 3)
    assert found.queries == pytest.approx(values.var(ddof=1) / 4)
    assert found.degrees == 2


def test_noise_of_each_answer_is_counted_once_and_not_three_times():
    """The mean of a table of independent numbers has their variance by how many they are.

    A shared part below 0 counts 0, which lifts the mean by 0.4 times its standard error, sqrt(2 / 7) of that variance.
    """
    rng = np.random.default_rng(5)
    said = [
        crossed_variance(values, [factor]).total
        for values, factor in (of_annotators(rng.normal(size=(8, 30))) for _ in range(400))
    ]
    assert np.mean(said) == pytest.approx((1 + 0.4 * (2 / 7) ** 0.5) / 240, rel=0.1)


def test_the_sum_is_unbiased_where_queries_annotators_and_answers_vary():
    rng = np.random.default_rng(6)
    said, means = [], []
    for _ in range(1500):
        each = rng.normal(0, 0.5, (6, 1)) + rng.normal(0, 1.0, (1, 25)) + rng.normal(0, 1.0, (6, 25))
        values, factor = of_annotators(each)
        said.append(crossed_variance(values, [factor]).total)
        means.append(values.mean())
    true = 0.25 / 6 + 1 / 25 + 1 / 150
    assert np.mean(said) == pytest.approx(true, rel=0.06)
    assert np.var(means) == pytest.approx(true, rel=0.15)


def test_a_factor_that_changes_nothing_shared_adds_nothing():
    values = np.array([0.1, 0.4, 0.3, -0.2])
    left_out = values + 0.1 * np.array([[1, -1, 1, -1], [-1, 1, -1, 1]])
    assert crossed_variance(values, [CrossedFactor("items", left_out, 2)]).shared == {"items": 0.0}


def test_no_variance_at_all_is_a_certain_difference():
    found = crossed_variance(np.array([0.5, 0.5]))
    assert (found.interval().low, found.interval().high) == (0.5, 0.5)
    assert 0 < found.p_value < 1e-300
    assert found.shares == {"queries": 0.0}
    assert crossed_variance(np.zeros(3)).p_value == 1.0


@pytest.mark.parametrize(
    ("values", "text"),
    [([0.1], "at least 2 queries"), ([0.1, np.nan], "must be finite")],
)
def test_values_without_a_spread_are_refused(values, text):
    with pytest.raises(InputError, match=text):
        crossed_variance(np.array(values))


def test_one_group_left_out_says_nothing():
    with pytest.raises(InputError, match="other annotators would differ cannot be said from one"):
        crossed_variance(np.array([0.1, 0.2]), [CrossedFactor("annotators", np.zeros((1, 2)), 1)])


def test_effective_count_is_that_of_equal_groups():
    assert effective_count([7, 7, 7, 7]) == 4
    assert effective_count([3, 1]) == pytest.approx(16 / 10)
