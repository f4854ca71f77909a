import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import judgments_frame, plain_ranking, run_frame, runs_and_judgments

from palate.core.errors import InputError
from palate.measures import _rankings, code_judgments, code_run, grade_rankings

LONG_ROWS = [0, 1 << 22]
"""All rows in compiled code, or none."""


def rankings(run: pl.DataFrame, judgments: pl.DataFrame):
    judged = code_judgments(judgments)
    return grade_rankings(code_run(run, judged), judged)


def by_query(found, grades="grades", offsets="offsets"):
    cuts = getattr(found, offsets)[1:-1]
    return [[None if math.isnan(g) else g for g in part] for part in np.split(getattr(found, grades), cuts)]


@settings(max_examples=80, deadline=None)
@given(
    runs_and_judgments(),
    st.none() | st.integers(0, 9),
    st.sampled_from([1, 3, 1 << 16]),
    st.sampled_from(LONG_ROWS),
)
def test_grades_come_in_the_order_of_the_plain_ranking(tables, seed, block_rows, long_rows):
    run, judgments = tables
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_rankings, "_BLOCK_ROWS", block_rows)
        patch.setattr(_rankings, "_LONG_ROWS", long_rows)
        found = rankings(run_frame(run, seed), judgments_frame(judgments))
    judged = sorted(judgments, key=str.encode)
    assert by_query(found) == [
        [judgments[q].get(item) for item in plain_ranking(run.get(q, {}))] for q in judged
    ]
    assert by_query(found, "judged_grades", "judged_offsets") == [
        sorted(judgments[q].values(), reverse=True) for q in judged
    ]


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(1, 60),
    st.sampled_from(["sorted", "grouped", "shuffled"]),
    st.sampled_from(LONG_ROWS),
)
def test_many_close_scores_in_any_order_of_rows(seed, n_queries, order, long_rows):
    rng = np.random.default_rng(seed)
    queries = np.repeat(rng.permutation(n_queries), rng.integers(1, 30, n_queries))
    items = np.concatenate(
        [rng.permutation(40)[: (queries == q).sum()] for q in dict.fromkeys(queries.tolist())]
    )
    # differences far below 32-bit floats, next to exact ties
    scores = 1000 + rng.integers(0, 8, len(queries)) * 2.0 ** -rng.integers(20, 44, len(queries))
    run = pl.DataFrame({"query": queries, "item": items, "score": scores})
    run = {
        "sorted": run.sort("query", "score", descending=[False, True]),
        "grouped": run,
        "shuffled": run.sample(fraction=1.0, shuffle=True, seed=1),
    }[order]
    judged = pl.DataFrame(
        {"query": np.repeat(np.arange(n_queries), 40), "item": np.tile(np.arange(40), n_queries)}
    )
    judged = judged.with_columns(grade=pl.col("item").cast(pl.Float64))  # the grade tells which item it is
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_rankings, "_LONG_ROWS", long_rows)
        found = by_query(rankings(run, judged))
    for query in range(n_queries):
        of_query = run.filter(pl.col("query") == query)
        by_id = {str(i): s for i, s in of_query.select("item", "score").iter_rows()}
        assert found[query] == [float(item) for item in plain_ranking(by_id)]


def test_ids_tie_as_text_even_if_they_are_numbers():
    run = pl.DataFrame({"query": [1, 1, 1], "item": [9, 10, 100], "score": [1.0, 1.0, 1.0]})
    judgments = pl.DataFrame({"query": [1, 1, 1], "item": [9, 10, 100], "grade": [1, 2, 3]})
    assert by_query(rankings(run, judgments)) == [[1, 3, 2]]  # '9' > '100' > '10'


def test_zero_and_minus_zero_tie():
    run = pl.DataFrame({"query": ["q", "q"], "item": ["a", "b"], "score": [0.0, -0.0]})
    judgments = pl.DataFrame({"query": ["q", "q"], "item": ["a", "b"], "grade": [1, 2]})
    assert by_query(rankings(run, judgments)) == [[2, 1]]


def test_scores_that_differ_only_beyond_32_bits_do_not_tie():
    run = pl.DataFrame({"query": ["q", "q"], "item": ["a", "b"], "score": [1.0 + 1e-12, 1.0]})
    judgments = pl.DataFrame({"query": ["q", "q"], "item": ["a", "b"], "grade": [1, 2]})
    assert by_query(rankings(run, judgments)) == [[1, 2]]


@pytest.mark.parametrize("scores", [[1e308, -1e308, 0.0], [5e-324, -5e-324, 0.0]])
def test_scores_at_the_ends_of_their_range(scores):
    run = pl.DataFrame({"query": ["q"] * 3, "item": ["high", "low", "mid"], "score": scores})
    judgments = pl.DataFrame({"query": ["q"] * 3, "item": ["high", "low", "mid"], "grade": [3, 1, 2]})
    assert by_query(rankings(run, judgments)) == [[3, 2, 1]]


def test_without_scores_the_rank_decides():
    run = pl.DataFrame({"query": ["q"] * 3, "item": ["a", "b", "c"], "rank": [2, 10, 1]})
    judgments = pl.DataFrame({"query": ["q"] * 3, "item": ["a", "b", "c"], "grade": [1, 2, 3]})
    assert by_query(rankings(run, judgments)) == [[3, 1, 2]]
    no_score = run.with_columns(score=pl.lit(None, pl.Float64))
    assert by_query(rankings(no_score, judgments)) == [[3, 1, 2]]


def test_scores_decide_over_ranks_as_in_trec_eval():
    run = pl.DataFrame({"query": ["q", "q"], "item": ["a", "b"], "rank": [1, 2], "score": [0.1, 0.9]})
    judgments = pl.DataFrame({"query": ["q", "q"], "item": ["a", "b"], "grade": [1, 2]})
    assert by_query(rankings(run, judgments)) == [[2, 1]]


@pytest.mark.parametrize(
    ("query_types", "item_types"),
    [((pl.Int64, pl.String), (pl.String, pl.Int64)), ((pl.UInt64, pl.Int64), (pl.Int64, pl.UInt64))],
)
def test_ids_of_different_types_meet_as_text(query_types, item_types):
    run = pl.DataFrame({"query": [1, 2], "item": [7, 8], "score": [1.0, 1.0]})
    judgments = pl.DataFrame({"query": [1, 2], "item": [7, 8], "grade": [3, 4]})
    run = run.cast({"query": query_types[0], "item": item_types[0]})
    judgments = judgments.cast({"query": query_types[1], "item": item_types[1]})
    assert by_query(rankings(run, judgments)) == [[3], [4]]


def test_leading_zeros_make_another_id():
    run = pl.DataFrame({"query": ["1", "1"], "item": ["07", "7"], "score": [2.0, 1.0]})
    judgments = pl.DataFrame({"query": [1], "item": [7], "grade": [3]})
    assert by_query(rankings(run, judgments)) == [[None, 3]]


def test_few_judgments_among_very_many_items_are_searched():
    # 3,000 judged items and 2 rows a query: a table of all cells would be far larger than the run
    judgments = pl.DataFrame(
        {"query": np.repeat([1, 2, 3], 1000), "item": np.arange(3000), "grade": np.arange(3000.0)}
    )
    run = pl.DataFrame(
        {"query": [1, 1, 2, 2, 3, 3], "item": [5, 1005, 1999, 99999, 2999, 0], "score": [2.0, 1] * 3}
    )
    assert by_query(rankings(run, judgments)) == [[5, None], [1999, None], [2999, None]]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"score": [1.0, None]}, "score is missing in 1 of 2 rows, such as item b of query q"),
        ({"rank": [None, 2]}, "rank is missing in 1 of 2 rows, such as item a of query q"),
        ({}, "need the column 'score' .* or the column 'rank'.*The columns here are: query, item"),
    ],
)
def test_rows_that_cannot_be_ordered_are_refused(columns, message):
    run = pl.DataFrame({"query": ["q", "q"], "item": ["a", "b"], **columns})
    judged = code_judgments(pl.DataFrame({"query": ["q"], "item": ["a"], "grade": [1]}))
    with pytest.raises(InputError, match=message):
        code_run(run, judged, "a.trec")
