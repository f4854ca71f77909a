import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import SettingsError
from palate.measures.subtopics import SubtopicGrades, alpha_nDCG

# Nuggets of documents a to j with the gains of the worked example of Clarke et al., 2008.
NUGGETS = [{1, 3}, {1}, {1}, set(), {0, 5}, {0}, {2}, {0}, set(), set()]
DOCUMENTS = np.array([[float(n in of_document) for n in range(6)] for of_document in NUGGETS])
PUBLISHED_DCG = [2, 2.315, 2.440, 2.440, 3.214, 3.392, 3.725, 3.804]


def test_published_discounted_gains_and_their_share_of_the_ideal():
    # gains 2, 1/2, 1/4, 0, 2, 1/2, 1, 1/4; ideal 2, 2, 1, 1/2, 1/2, 1/4, 1/4, 0
    ideal = np.cumsum(np.array([2, 2, 1, 0.5, 0.5, 0.25, 0.25, 0]) / np.log2(np.arange(2, 10)))
    grades = SubtopicGrades(DOCUMENTS, DOCUMENTS)
    for cutoff in range(1, 9):
        wanted = PUBLISHED_DCG[cutoff - 1] / ideal[cutoff - 1]
        assert alpha_nDCG(cutoff).value(grades) == pytest.approx(wanted, abs=6e-4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=8), st.permutations(range(8)), st.integers(1, 8))
def test_of_one_subtopic_without_wear_it_is_ndcg(relevant, order, cutoff):
    grades = np.array(relevant, dtype=float)[:, None]
    ranked = grades[[place for place in order if place < len(relevant)]]
    discounts = 1 / np.log2(np.arange(2, 10))
    found = float(ranked[:cutoff, 0] @ discounts[: len(ranked[:cutoff])])
    ideal = float(discounts[: min(cutoff, int(grades.sum()))].sum())
    measured = alpha_nDCG(cutoff, alpha=0).value(SubtopicGrades(ranked, grades))
    assert measured == pytest.approx(found / ideal if ideal else 0.0)


def test_alpha_lies_between_zero_and_one():
    with pytest.raises(SettingsError, match="alpha of alpha_nDCG must be a number from 0 to 1; it is 2"):
        alpha_nDCG(alpha=2)
