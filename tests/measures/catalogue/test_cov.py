from shown_items import shown

from palate.measures.catalogue import Cov


def test_share_of_the_catalogue_that_is_shown():
    recommendations = shown([[0, 1, 2], [0, 3]])
    assert Cov(1).value(recommendations) == 1 / 5
    assert Cov(2).value(recommendations) == 3 / 5
    assert Cov(9).value(recommendations) == 4 / 5
