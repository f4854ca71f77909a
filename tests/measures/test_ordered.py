import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from palate.measures import evaluate
from palate.measures._ordered import ranked_rows
from palate.measures._runs import systems_in

IDS = ["a", "Z", "é", "z", "ÿ", "\uffff", "\U0001d11e", "10", "9"]
"""Byte order is not the order of letters, nor, beyond U+FFFF, that of UTF-16."""


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(IDS), st.sampled_from([1.0, 1.0 + 2**-40, -0.0, 0.0])),
        unique_by=lambda r: r[0],
        min_size=1,
    )
)
@example([(item, 1.0) for item in IDS])
def test_equal_scores_go_by_id_as_bytes_the_higher_first(rows):
    run = pl.DataFrame({"query": "q", "item": [item for item, _ in rows], "score": [s for _, s in rows]})
    wanted = [item for item, _ in sorted(rows, key=lambda r: (r[1], r[0].encode()), reverse=True)]
    assert ranked_rows(systems_in(run)[0])["item"].to_list() == wanted
    # and so do measures by judgments: the item at each rank is the only relevant one, once
    for rank, item in enumerate(wanted, 1):
        judged = pl.DataFrame({"query": ["q"], "item": [item], "grade": [1]})
        assert evaluate(run, judged, "RR", resamples=39).summary["value"][0] == 1 / rank
