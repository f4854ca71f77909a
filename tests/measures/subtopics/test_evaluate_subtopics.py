from dataclasses import fields

import numpy as np
import pandas as pd
import polars as pl
import pytest

from palate.core.errors import InputError, UnknownNameError
from palate.measures.subtopics import (
    P_IA,
    SubtopicGrades,
    evaluate_subtopics,
    parse_subtopic_measure,
    subtopic_registry,
)

RUN = pl.DataFrame({"query": [1, 1, 1, 9], "item": ["a", "b", "z", "a"], "score": [1.0, 1.0, 3.0, 1.0]})
JUDGMENTS = pl.DataFrame(
    {
        "query": [1, 1, 1, 2],
        "subtopic": ["x", "y", "y", "x"],
        "item": ["a", "a", "b", "a"],
        "grade": [1, 0, 2, 1],
    }
)


def test_values_by_hand():
    # the ranking is z (not judged), b (serves y), a (serves x); query 2 is not answered, query 9 not judged
    found = evaluate_subtopics({"als": RUN}, JUDGMENTS, ["StRecall@2", "P_IA@3", "ERR_IA"])
    assert found.rows() == [
        ("als", 1, "StRecall@2", 0.5),
        ("als", 1, "P_IA@3", pytest.approx(2 / 6)),
        ("als", 1, "ERR_IA", pytest.approx((1 / 4 / 2 + 1 / 4 / 3) / np.log(2))),
        ("als", 2, "StRecall@2", 0.0),
        ("als", 2, "P_IA@3", 0.0),
        ("als", 2, "ERR_IA", 0.0),
    ]


def test_frames_come_back_as_the_judgments_came():
    assert isinstance(evaluate_subtopics(RUN, JUDGMENTS.to_pandas()), pd.DataFrame)


def test_the_subtopic_is_needed():
    with pytest.raises(InputError, match="'subtopic' .one meaning of the query"):
        evaluate_subtopics(RUN, JUDGMENTS.drop("subtopic"))


@pytest.mark.parametrize("kind", list(subtopic_registry), ids=lambda kind: kind.name)
def test_measures_of_subtopics_print_parse_and_are_zero_without_a_relevant_item(kind):
    at, cutoff = ("@7", {"cutoff": 7}) if "cutoff" in {field.name for field in fields(kind)} else ("", {})
    for name in (kind.name, *kind.aliases, subtopic_registry.name_of(kind)):
        assert parse_subtopic_measure(name + at) == kind(**cutoff)
    assert str(kind(**cutoff, relevant_from=2)) == f"{kind.name}(rel=2){at}"
    grades = np.array([[0.0, -1.0], [1.0, 0.0]])
    assert kind(**cutoff, relevant_from=2).value(SubtopicGrades(grades, grades)) == 0.0
    assert kind(**cutoff).value(SubtopicGrades(np.zeros((0, 2)), grades)) == 0.0
    assert 0 < kind(**cutoff).value(SubtopicGrades(grades, grades)) <= 1


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(UnknownNameError, match="no measure of subtopics named 'P_AI'. Did you mean P_IA"):
        parse_subtopic_measure("P_AI@3")
    assert parse_subtopic_measure("P_IA@3") == P_IA(3)


def test_judgments_of_other_queries_are_refused():
    with pytest.raises(InputError, match="share no query: ids look like '1' in the run and '101'"):
        evaluate_subtopics(RUN, JUDGMENTS.with_columns(pl.col("query") + 100))
