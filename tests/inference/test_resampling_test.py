import numpy as np
import pytest

from palate.core.randomness import generator
from palate.core.resampling import resampled_means
from palate.inference import BCaBootstrap, PairedBootstrap, PairedT, Randomization, _resampling_test
from palate.inference._resampling_test import bootstrap_means

every_test = pytest.mark.parametrize(
    "test",
    [PairedBootstrap(resamples=500), BCaBootstrap(resamples=500), Randomization(resamples=500), PairedT()],
)


@pytest.fixture
def pairs():
    rng = np.random.default_rng(1)
    sizes = [30, 8, 30, 8, 30, 30, 5]
    found = [(rng.random(n) + 0.1, rng.random(n)) for n in sizes]
    return [*found, (found[0][0], found[0][0])]


@every_test
def test_a_comparison_has_the_same_bits_alone_and_among_others(test, pairs):
    assert test.compare_many(pairs, 4) == [test.compare(*pair, 4) for pair in pairs]


@every_test
def test_what_was_drawn_serves_another_confidence(test, pairs):
    wider = type(test)(confidence=0.98) if isinstance(test, PairedT) else type(test)(0.98, test.resamples)
    kept = {}
    test.compare_many(pairs, 4, kept)
    assert wider.compare_many(pairs, 4, kept) == [wider.compare(*pair, 4) for pair in pairs]


@every_test
def test_what_memory_does_not_hold_is_drawn_again(test, pairs, monkeypatch):
    together = test.compare_many(pairs, 4)
    monkeypatch.setattr(_resampling_test, "_HELD", 2_000)
    kept = {}
    assert test.compare_many(pairs, 4, kept) == together
    assert sum(means.size for means in kept.values()) <= 2_000


def test_nothing_is_drawn_twice(pairs, monkeypatch):
    drawn = []

    def noted(differences, resamples, seed):
        drawn.append(differences.shape)
        return bootstrap_means(differences, resamples, seed)

    monkeypatch.setattr("palate.inference.paired_bootstrap.bootstrap_means", noted)
    kept = {}
    for confidence in (0.95, 0.98):
        PairedBootstrap(confidence, 500).compare_many(pairs, 4, kept)
    assert sorted(drawn) == [(1, 5), (2, 8), (4, 30)]


@pytest.mark.parametrize("rows", [1, 2, 3, 7])
def test_means_are_those_of_the_plain_procedure(rows, monkeypatch):
    values = np.random.default_rng(2).normal(size=(rows, 23))
    monkeypatch.setattr(_resampling_test, "_BLOCK", 100)
    found = bootstrap_means(values, 50, 6)
    draws = generator(6, "bootstrap").integers(0, 23, size=(50, 23))
    np.testing.assert_allclose(found, [[row[d].mean() for d in draws] for row in values], atol=1e-15)
    np.testing.assert_allclose(found, resampled_means(values, 50, 6), atol=1e-15)
