from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

from palate.recommend import Random, code_interactions

CODED = code_interactions(pl.DataFrame({"user": range(200), "item": range(200)}))


def _scores(seed: int) -> np.ndarray:
    every = np.arange(200, dtype=np.int32)
    return Random().fit(CODED, seed).score_many(every, every)


def test_scores_are_uniform_and_differ_between_users_items_and_seeds() -> None:
    scores = _scores(1)
    assert stats.kstest(scores.ravel(), "uniform").pvalue > 0.001
    for other in (scores[1:, :], scores[:, 1:], _scores(2)):
        same = scores[: other.shape[0], : other.shape[1]]
        assert (
            abs(np.corrcoef(same.ravel(), other.ravel())[0, 1]) < 0.02
        )  # four standard errors of 40,000 pairs
