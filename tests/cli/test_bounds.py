import json

import polars as pl
import pytest


@pytest.fixture
def holes(files):
    """Judgments that leave y of query 1 and 2 open."""
    (files / "some.txt").write_text("1 0 x 1\n2 0 x 1\n3 0 z 1\n")
    return ("-r", files / "a.trec", "-r", files / "b.trec", "-j", files / "some.txt")


def test_bounds_are_what_the_holes_allow(palate, holes):
    found = json.loads(palate("bounds", *holes, "-m", "P@1", "--json").out)
    rows = {row["system"]: (row["low"], row["value"], row["high"]) for row in found["summary"]}
    # a has x, x, z first: all judged; b has y, y, z: two holes
    assert rows == {"a": (1.0, 1.0, 1.0), "b": pytest.approx((1 / 3, 1 / 3, 1.0))}
    assert found["holes"] == 2


def test_people_read_whether_a_difference_can_turn(palate, holes, files):
    said = palate("bounds", *holes, "-m", "P@1", "-m", "RR", "-o", files / "bounds.csv")
    assert said.code == 0, said.err
    assert "Which of a and b is above on P@1 depends on the 2 unjudged items" in said.out
    assert "The least and the most that unjudged items allow" in said.out
    assert len(pl.read_csv(files / "bounds.csv")) == 12


def test_grades_below_zero_are_refused(palate, holes):
    said = palate("bounds", *holes, "--grade", "-1")
    assert said.code == 2
    assert "grade" in said.err
