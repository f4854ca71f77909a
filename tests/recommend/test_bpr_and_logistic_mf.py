from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from implicit.cpu.bpr import BayesianPersonalizedRanking
from implicit.cpu.lmf import LogisticMatrixFactorization

from palate.core.errors import SettingsError
from palate.recommend import ALS, BPR, CodedInteractions, LogisticMF, Recommender, code_interactions

both = pytest.mark.parametrize(
    "method", [BPR(likes="all"), LogisticMF(likes="all")], ids=["bpr", "logistic_mf"]
)


@pytest.fixture(scope="module")
def coded() -> CodedInteractions:
    """Users like items of their own half, now and then another."""
    rng = np.random.default_rng(11)
    users = rng.integers(0, 60, 900)
    own = rng.random(900) < 0.9
    items = rng.integers(0, 20, 900) + 20 * np.where(own, users % 2, 1 - users % 2)
    return code_interactions(pl.DataFrame({"user": users, "item": items}))


def _scores(method: Recommender, coded: CodedInteractions, seed: int = 0) -> np.ndarray:
    users = np.arange(len(coded.user_ids), dtype=np.int32)
    return method.fit(coded, seed).score_many(users, np.arange(len(coded.item_ids), dtype=np.int32))


@pytest.mark.parametrize(
    "method", [BPR(factors=4, likes="all"), LogisticMF(factors=4, likes="all")], ids=["bpr", "logistic_mf"]
)
def test_taste_is_found(method: Recommender, coded: CodedInteractions) -> None:
    own = coded.item_ids.to_numpy()[None, :] // 20 == coded.user_ids.to_numpy()[:, None] % 2
    scores = _scores(method, coded)
    found = [row[mine].mean() > row[~mine].mean() for row, mine in zip(scores, own, strict=True)]
    assert sum(found) >= 54  # of 60; a coin finds that many once in 10 billion times


@both
def test_other_seed_starts_elsewhere_and_same_seed_does_not(
    method: Recommender, coded: CodedInteractions
) -> None:
    first, again, other = (_scores(method, coded, seed).tobytes() for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(
    ("method", "library"),
    [(BPR(likes="all"), BayesianPersonalizedRanking), (LogisticMF(likes="all"), LogisticMatrixFactorization)],
    ids=["bpr", "logistic_mf"],
)
def test_scores_are_the_library_models_products(
    method: Recommender, library: type, coded: CodedInteractions, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = []
    fit = library.fit
    monkeypatch.setattr(library, "fit", lambda self, *a, **b: (models.append(self), fit(self, *a, **b))[1])
    scores = _scores(method, coded)
    ids, expected = models[0].recommend(7, None, N=40, filter_already_liked_items=False)
    np.testing.assert_allclose(scores[7][ids], expected, rtol=1e-5, atol=1e-6)


def test_values_say_how_often_an_item_was_liked() -> None:
    valued = pl.DataFrame({"user": [1, 1, 2, 2], "item": [1, 2, 1, 3], "value": [3.0, 1.0, 1.0, 2.0]})
    repeated = valued.select(pl.exclude("value").repeat_by(pl.col("value").cast(pl.Int64))).explode("*")
    expected = _scores(ALS(likes="all"), code_interactions(repeated))
    assert np.array_equal(_scores(ALS(likes="value"), code_interactions(valued)), expected)


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        (BPR, "factors", 0),
        (BPR, "learning_rate", 0.0),
        (BPR, "likes", "some"),
        (LogisticMF, "unknowns", 0),
        (LogisticMF, "iterations", 0),
        (LogisticMF, "regularization", -1.0),
    ],
)
def test_impossible_setting_is_refused(method: type, name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"'{name}'"):
        method(**{name: value})
