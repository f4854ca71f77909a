import numpy as np
import pytest

from palate.measures import ERR
from palate.measures.base import GradedRankings
from palate.measures.subtopics import ERR_IA, SubtopicGrades


def test_it_is_the_mean_over_subtopics_of_err():
    rng = np.random.default_rng(3)
    grades = rng.integers(0, 2, (12, 3)).astype(float)
    own = []
    for subtopic in grades.T:  # on a scale of 0 and 1 a relevant item satisfies with 1/2, alpha by default
        judged = np.sort(subtopic)[::-1]
        rankings = GradedRankings(np.array([0, 12]), subtopic, np.array([0, 12]), judged)
        own.append(ERR(5, highest_grade=1).per_query(rankings)[0])
    greatest = sum(0.5**rank / rank for rank in range(1, 6))
    assert ERR_IA(5).value(SubtopicGrades(grades, grades)) == pytest.approx(np.mean(own) / greatest)


def test_value_by_hand():
    # the first item serves one of two subtopics, the second both
    grades = np.array([[1.0, 0.0], [1.0, 1.0]])
    wanted = (1 / 2) / 2 + (1 / 4 + 1 / 2) / 2 / 2
    assert ERR_IA().value(SubtopicGrades(grades, grades)) == pytest.approx(wanted / np.log(2))
    assert ERR_IA(alpha=1.0).value(SubtopicGrades(grades, grades)) == pytest.approx(1 / 2 + 1 / 2 / 2)


@pytest.mark.parametrize("alpha", [0.3, 0.5, 1.0])
def test_serving_every_subtopic_at_every_rank_is_worth_one(alpha):
    grades = np.ones((3000, 2))
    for cutoff in (1, 10, None):
        measured = ERR_IA(cutoff, alpha).value(SubtopicGrades(grades, grades))
        assert measured == pytest.approx(1.0, abs=1e-9)
