import polars as pl

from palate.measures import evaluate

ITEMS = [f"d{i:02}" for i in range(12)]


def coverage(run, judgments):
    found = evaluate({"als": run}, judgments, ["RR"])
    return found.coverage.row(0, named=True), found.notes


def test_what_is_left_out_is_counted_and_said():
    run = pl.DataFrame(
        {
            "query": ["1"] * 12 + ["9", "8"],
            "item": [*ITEMS, "x", "x"],
            "score": [*map(float, range(12, 0, -1)), 1.0, 1.0],
        }
    )
    # of query 1 the items at ranks 1 and 12 are judged; queries 2 and 3 are not answered, 9 and 8 not judged
    judgments = pl.DataFrame(
        {"query": ["1", "1", "2", "3"], "item": ["d00", "d11", "x", "y"], "grade": [1, 1, 1, 1]}
    )
    row, notes = coverage(run, judgments)
    assert row == {
        "system": "als",
        "answered": 1,
        "missing": 2,
        "extra": 2,
        "ranked": 12,
        "unjudged": 10,
        "ranked_first_10": 10,
        "unjudged_first_10": 9,
    }
    assert notes == (
        "als does not answer 2 of 3 judged queries, such as '2'; each counts with the value of an empty ranking.",
        "als answers 2 queries without judgments, such as '9'; not evaluated.",
        "9 of 10 items (90.0%) that als ranks among the first 10 are not judged; they count as not relevant.",
    )


def test_a_run_that_is_wholly_judged_needs_no_note():
    run = pl.DataFrame({"query": ["1", "2"], "item": ["a", "a"], "score": [1.0, 1.0]})
    row, notes = coverage(run, run.select("query", "item", grade=pl.lit(1)))
    assert (row["answered"], row["missing"], row["extra"], row["unjudged"]) == (2, 0, 0, 0)
    assert notes == ()


def test_one_query_without_judgments_is_said_in_the_singular():
    run = pl.DataFrame({"query": ["1", "2", "7"], "item": ["a", "a", "a"], "score": [1.0, 1.0, 1.0]})
    _, notes = coverage(run, run.head(2).select("query", "item", grade=pl.lit(1)))
    assert notes == ("als answers 1 query without judgments, such as '7'; not evaluated.",)


def test_each_system_is_counted_for_itself():
    run = pl.DataFrame({"query": ["1", "2"], "item": ["a", "a"], "score": [1.0, 1.0]})
    found = evaluate({"all": run, "half": run.head(1)}, run.select("query", "item", grade=pl.lit(1)), ["RR"])
    assert found.coverage.select("system", "answered", "missing").rows() == [("all", 2, 0), ("half", 1, 1)]
