import numpy as np

from palate.measures.subtopics import P_IA, SubtopicGrades


def test_mean_over_subtopics_of_precision():
    grades = np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 0.0]])
    assert P_IA(2).value(SubtopicGrades(grades, grades)) == 3 / 4
    assert P_IA(4).value(SubtopicGrades(grades, grades)) == 3 / 8
    assert P_IA(2, relevant_from=2).value(SubtopicGrades(grades, grades)) == 1 / 2
