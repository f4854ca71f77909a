import math

import pytest
from ranking_strategies import rankings_of

from palate.measures import DCG, nDCG

GAINS = [3, 2, 3, 0, 0, 1, 2, 2, 3, 0]
"""The gain vector of section 2.2 of Järvelin and Kekäläinen, 2002."""


def test_published_discounted_gains_of_jarvelin_and_kekalainen():
    published = [3, 5, 6.89, 6.89, 6.89, 7.28, 7.99, 8.66, 9.61, 9.61]
    measured = [DCG(c, discount="original").per_query(rankings_of([GAINS]))[0] for c in range(1, 11)]
    assert measured == pytest.approx(published, abs=0.0051)


def test_discount_and_gain_by_hand():
    rankings = rankings_of([[1, 0, 3]])
    assert DCG().per_query(rankings).tolist() == pytest.approx([1 + 3 / 2])
    assert DCG(gain="exponential").per_query(rankings).tolist() == pytest.approx([1 + 7 / 2])
    assert DCG(discount="original").per_query(rankings).tolist() == pytest.approx([1 + 3 / math.log2(3)])


def test_ndcg_is_the_share_of_the_ideal():
    ranking, ideal = rankings_of([GAINS]), rankings_of([sorted(GAINS, reverse=True)])
    for settings in ({}, {"gain": "exponential"}, {"discount": "original"}):
        share = DCG(5, **settings).per_query(ranking) / DCG(5, **settings).per_query(ideal)
        assert nDCG(5, **settings).per_query(ranking) == pytest.approx(share)
