from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import InputError
from palate.measures import win_rates

SYSTEMS = ["als", "bpr", "pop"]


def comparisons(rows):
    return pl.DataFrame(rows, schema=["left", "right", "label", "query"], orient="row")


def test_share_by_hand_ties_count_half():
    found = win_rates(
        comparisons(
            [
                ("als", "bpr", "left", "q1"),
                ("bpr", "als", "tie", "q1"),
                ("bpr", "als", "left", "q1"),
                ("als", "pop", "pop", "q1"),
                ("pop", "als", "right", "q2"),
            ]
        )
    )
    assert found.rows() == [
        ("als", "q1", "WinRate", pytest.approx(1.5 / 4)),
        ("als", "q2", "WinRate", 1.0),
        ("bpr", "q1", "WinRate", pytest.approx(1.5 / 3)),
        ("pop", "q1", "WinRate", 1.0),
        ("pop", "q2", "WinRate", 0.0),
    ]


pairs = st.permutations(SYSTEMS).flatmap(
    lambda order: st.tuples(
        st.just(order[0]),
        st.just(order[1]),
        st.sampled_from(["left", "right", "tie", order[0], order[1]]),
        st.integers(1, 3),
    )
)


@settings(max_examples=40, deadline=None)
@given(st.lists(pairs, min_size=1, max_size=20))
def test_shares_are_those_of_a_plain_count(rows):
    won, seen = defaultdict(float), defaultdict(int)
    for left, right, label, query in rows:
        share = 0.5 if label == "tie" else float(label in {"left", left})
        for system, part in ((left, share), (right, 1 - share)):
            won[system, query] += part
            seen[system, query] += 1
    found = {(s, q): v for s, q, _, v in win_rates(comparisons(rows)).iter_rows()}
    assert found == {key: pytest.approx(won[key] / seen[key]) for key in seen}


def test_system_names_that_look_like_numbers():
    assert win_rates(comparisons([(1, 2, "1", 5)])).rows() == [
        ("1", 5, "WinRate", 1.0),
        ("2", 5, "WinRate", 0.0),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("als", "als", "left", "q1"), "row 2, column 'left': als is compared with itself"),
        (
            ("als", "bpr", "pop", "q1"),
            "row 2, column 'label': .* left, right, tie, 'als' or 'bpr'; it is 'pop'",
        ),
        (("als", "bpr", "left", None), "column 'query'"),
    ],
)
def test_bad_comparisons_are_refused(row, message):
    with pytest.raises(InputError, match=message):
        win_rates(comparisons([("als", "bpr", "left", "q1"), row]))


def test_the_query_is_needed():
    with pytest.raises(InputError, match="need the query of every comparison"):
        win_rates(comparisons([("als", "bpr", "left", "q1")]).drop("query"))
