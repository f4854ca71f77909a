import numpy as np
import pytest
from scipy import stats

from palate.core.errors import SettingsError
from palate.core.randomness import generator
from palate.inference import BCaBootstrap, PairedBootstrap


def compare(values, *, seed=0, **settings):
    return BCaBootstrap(**settings).compare(np.asarray(values, dtype=float), np.zeros(len(values)), seed=seed)


@pytest.mark.parametrize("n", [8, 30, 200])
def test_bounds_are_those_of_scipy_but_for_its_draws(n):
    values = np.random.default_rng(n).gamma(1.0, size=n) - 0.4
    theirs = stats.bootstrap(
        (values,), np.mean, method="BCa", n_resamples=40_000, rng=np.random.default_rng(1)
    ).confidence_interval
    ours = compare(values, resamples=40_000).interval
    near = 0.03 * (
        theirs.high - theirs.low
    )  # Monte Carlo error of a bound at 40,000 draws is a third of that
    assert ours.low == pytest.approx(theirs.low, abs=near)
    assert ours.high == pytest.approx(theirs.high, abs=near)


def test_bounds_are_those_of_the_plain_procedure():
    values = np.random.default_rng(3).exponential(size=25) - 0.5
    found = compare(values, seed=8, resamples=999, confidence=0.9)
    draws = generator(8, "bootstrap").integers(0, 25, size=(999, 25))
    means = sorted(sum(values[draw]) / 25 for draw in draws)
    mean = sum(values) / 25
    z0 = stats.norm.ppf((sum(m < mean for m in means) + 0.5) / 1000)
    out = [sum(np.delete(values, i)) / 24 for i in range(25)]
    middle = sum(out) / 25
    a = sum((middle - o) ** 3 for o in out) / (6 * sum((middle - o) ** 2 for o in out) ** 1.5)
    shares = [stats.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z))) for z in stats.norm.ppf([0.05, 0.95])]
    assert found.interval.low == pytest.approx(means[int(1000 * shares[0]) - 1])
    assert found.interval.high == pytest.approx(means[-int(1000 * (1 - shares[1]))])


def test_it_leans_the_way_differences_are_skewed():
    values = np.random.default_rng(4).exponential(size=30) - 0.7
    bca, plain = compare(values).interval, PairedBootstrap().compare(values, np.zeros(30)).interval
    assert bca.low > plain.low
    assert bca.high > plain.high


def test_p_value_is_where_a_bound_reaches_zero():
    values = np.random.default_rng(6).exponential(size=40) - 0.6
    p_value = compare(values).p_value
    assert 0.01 < p_value < 0.3
    assert 0.0 in compare(values, confidence=1 - p_value + 0.003).interval
    assert 0.0 not in compare(values, confidence=1 - p_value - 0.003).interval


def test_p_value_is_never_below_what_so_many_samples_show():
    assert compare(np.full(9, 0.8), resamples=199).p_value == pytest.approx(1 / 200)
    assert compare(np.random.default_rng(1).exponential(size=50), resamples=199).p_value >= 1 / 200


def test_of_skewed_differences_it_holds_the_truth_more_often_than_plain_percentiles():
    rng = np.random.default_rng(15)
    samples = np.exp(rng.normal(size=(400, 25)))  # log-normal: mean exp(1/2)
    truth = np.exp(0.5)
    held = {
        kind: sum(
            truth in kind(resamples=400).compare(row, np.zeros(25), seed=i).interval
            for i, row in enumerate(samples)
        )
        for kind in (BCaBootstrap, PairedBootstrap)
    }
    assert held[BCaBootstrap] > held[PairedBootstrap]


def test_too_few_resamples_are_refused():
    with pytest.raises(SettingsError, match="99% needs at least 199 resamples; it has 100"):
        BCaBootstrap(confidence=0.99, resamples=100)
