import numpy as np

from palate.measures.subtopics import StRecall, SubtopicGrades


def test_share_of_the_subtopics_that_are_served():
    ranked = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    judged = np.vstack([ranked, [[0.0, 0.0, 1.0]]])
    assert StRecall(2).value(SubtopicGrades(ranked, judged)) == 1 / 3
    assert StRecall().value(SubtopicGrades(ranked, judged)) == 2 / 3
