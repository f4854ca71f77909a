import numpy as np
import pytest

from palate.core import resampling
from palate.core.errors import SettingsError
from palate.core.randomness import generator
from palate.core.resampling import check_resampling, middle_bounds, resampled_means, tail_count


def test_means_are_those_of_samples_drawn_one_by_one():
    values = generator(1, "values").random((3, 17))
    rng = generator(5, "bootstrap")
    plain = np.array(
        [[row[draw].mean() for row in values] for draw in (rng.integers(0, 17, 17) for _ in range(50))]
    )
    np.testing.assert_allclose(resampled_means(values, 50, 5), plain.T, rtol=1e-14)


@pytest.mark.parametrize("n", [2, 3, 20, 301])
@pytest.mark.parametrize("block", [1, 7, 1000])
def test_the_size_of_blocks_changes_no_bit(monkeypatch, n, block):
    values = generator(n, "values").random((2, n))
    whole = resampled_means(values, 101, 9)
    monkeypatch.setattr(resampling, "_BLOCK", block * n)
    assert resampled_means(values, 101, 9).tobytes() == whole.tobytes()


def test_other_rows_change_no_bit():
    values = generator(2, "values").random((4, 30))
    assert resampled_means(values[2:3], 40, 9).tobytes() == resampled_means(values, 40, 9)[2:3].tobytes()


def test_bounds_are_the_kth_draws_from_either_end():
    draws = generator(3, "draws").permutation(np.arange(1.0, 1000.0))  # 1 to 999
    assert middle_bounds(draws, 0.95) == (25.0, 975.0)  # (999 + 1) * 0.025 = 25
    assert middle_bounds(draws, 0.9) == (50.0, 950.0)
    assert middle_bounds(-draws, 0.95) == (-975.0, -25.0)


@pytest.mark.parametrize(
    ("draws", "confidence", "k"), [(39, 0.95, 1), (38, 0.95, 0), (999, 0.9, 50), (2000, 0.95, 50)]
)
def test_tail_counts_by_hand(draws, confidence, k):
    assert tail_count(draws, confidence) == k


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
def test_the_least_number_named_is_enough_and_one_less_is_not(confidence):
    with pytest.raises(SettingsError) as caught:
        check_resampling(1, confidence)
    needed = int(str(caught.value).partition("at least ")[2].partition(" ")[0].replace(",", ""))
    check_resampling(needed, confidence)
    with pytest.raises(SettingsError, match="resamples; it has"):
        check_resampling(needed - 1, confidence)


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 95, float("nan")])
def test_confidence_lies_between_zero_and_one(confidence):
    with pytest.raises(SettingsError, match="between 0 and 1"):
        check_resampling(100, confidence)
