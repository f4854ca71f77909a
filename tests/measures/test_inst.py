import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import graded_rankings, rankings_of

from palate.core.errors import InputError, SettingsError
from palate.measures import INST


def plain_inst(gains, wanted):
    """The expected rate of gain, from the probabilities to go on, of up to 1,000 ranks."""
    gains = np.pad(gains, (0, 1000 - len(gains)))
    missing = wanted - np.cumsum(gains)
    ranks = np.arange(1, 1001)
    goes_on = ((ranks + wanted + missing - 1) / (ranks + wanted + missing)) ** 2
    weights = np.concatenate([[1.0], np.cumprod(goes_on[:-1])])
    return weights @ gains / weights.sum()


@settings(max_examples=40, deadline=None)
@given(graded_rankings(), st.sampled_from([0.5, 1, 3]))
def test_values_are_those_of_the_plain_definition(rankings, wanted):
    values = INST(wanted, highest_grade=4).per_query(rankings)
    for q in range(rankings.n_queries):
        grades = rankings.grades[rankings.offsets[q] : rankings.offsets[q + 1]]
        assert values[q] == pytest.approx(plain_inst(np.nan_to_num(grades).clip(0) / 4, wanted), abs=1e-12)


def test_one_who_has_what_is_wanted_is_likelier_to_stop():
    first, later = INST(1).per_query(rankings_of([[1, 0, 0, 1], [0, 0, 1, 1]]))
    assert first > later


def test_ranks_behind_the_thousandth_are_not_seen():
    assert INST().per_query(rankings_of([[0] * 1000 + [1]])).tolist() == [0.0]


def test_grades_above_the_scale_are_refused():
    with pytest.raises(InputError, match=r"INST takes grades up to 1; .* here is 2.*INST\(max_rel=2\)"):
        INST().per_query(rankings_of([[2]]))


def test_less_than_half_an_item_cannot_be_wanted():
    with pytest.raises(SettingsError, match="T of INST must be a number from 0.5"):
        INST(0.1)
