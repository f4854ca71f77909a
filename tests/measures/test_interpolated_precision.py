import pytest
from ranking_strategies import rankings_of

from palate.measures import IPrec

# relevant at ranks 1, 3, 6 and one not ranked: precision 1, 2/3, 1/2
RANKINGS = rankings_of([[1, 0, 1, 0, None, 1]], [[1]])


@pytest.mark.parametrize(("recall", "wanted"), [(0, 1), (0.25, 1), (0.3, 2 / 3), (0.75, 1 / 2), (1, 0)])
def test_the_best_precision_from_that_recall_on(recall, wanted):
    assert IPrec(recall).per_query(RANKINGS).tolist() == pytest.approx([wanted])


def test_later_ranks_may_be_better():
    assert IPrec(0.1).per_query(rankings_of([[0, 1, 1, 1]])).tolist() == [0.75]


def test_judged_items_only():
    assert IPrec(0.7, judged_only=True).per_query(RANKINGS).tolist() == pytest.approx([3 / 5])


def test_the_recall_prints_behind_at():
    assert str(IPrec(0.1, relevant_from=2)) == "IPrec(rel=2)@0.1"
