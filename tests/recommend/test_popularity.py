from __future__ import annotations

import numpy as np
import polars as pl

from palate.recommend import Popularity, code_interactions


def test_counts_users_not_interactions_and_whatever_the_value() -> None:
    table = pl.DataFrame(
        {
            "user": ["a", "a", "a", "b", "c"],
            "item": ["x", "x", "y", "y", "y"],
            "value": [5.0, 5.0, 1.0, 1.0, 9.0],
        }
    )
    scores = Popularity().fit(code_interactions(table)).score(0, np.array([0, 1], dtype=np.int32))
    assert scores.tolist() == [1.0, 3.0]
