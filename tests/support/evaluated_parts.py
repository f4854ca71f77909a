"""Evaluate runs by parts of any size, and hold what comes out against whole tables."""

from unittest.mock import patch

from palate.measures import _runs, _stream, evaluate

TEXTS = ["nDCG@3", "AP", "RR", "R@2", "Bpref", "infAP", "Judged@2", "Compat", "RBP(p=0.8,rel=2)", "NumRet"]


def parts_of(n_bytes, n_rows):
    """Cut runs of any length into parts of this size."""
    return (
        patch.multiple(_runs, _LONG_LINES=0, _LONG_PACKED=0),
        patch.multiple(
            _stream, _BLOCK_BYTES=n_bytes, _SHARE_BYTES=n_bytes, _SLICE_ROWS=n_rows, _SHARE_ROWS=n_rows
        ),
    )


def found(path, judgments, measures=TEXTS, *, streamed=True, n_bytes=60, n_rows=3, **settings):
    long, sizes = parts_of(n_bytes, n_rows)
    with long, sizes:
        if streamed:
            with patch.object(_runs.RunSource, "systems", side_effect=AssertionError("read as a whole")):
                return evaluate(path, judgments, measures, resamples=39, **settings)
    return evaluate(path, judgments, measures, resamples=39, **settings)


def same(one, other, notes=True):
    assert one.per_query.equals(other.per_query)
    assert one.summary.equals(other.summary)
    assert one.coverage.equals(other.coverage)
    if notes:
        assert one.notes == other.notes
