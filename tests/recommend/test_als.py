from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import polars as pl
import pytest
from implicit.cpu.als import AlternatingLeastSquares

from palate.core.errors import SettingsError
from palate.recommend import ALS, CodedInteractions, code_interactions


@pytest.fixture(scope="module")
def coded() -> CodedInteractions:
    """Two tastes: users like items of their own half, now and then another."""
    rng = np.random.default_rng(11)
    users = rng.integers(0, 60, 900)
    own = rng.random(900) < 0.9
    items = rng.integers(0, 20, 900) + 20 * np.where(own, users % 2, 1 - users % 2)
    return code_interactions(pl.DataFrame({"user": users, "item": items}))


def _weights(coded: CodedInteractions, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    counts = np.zeros((len(coded.user_ids), len(coded.item_ids)))
    np.add.at(counts, (coded.users, coded.items), 1.0)
    return (counts > 0).astype(float), np.where(counts > 0, alpha * counts, 1.0)


def _factors(fitted: Any) -> tuple[np.ndarray, np.ndarray]:
    return fitted.user_factors.astype(float), fitted.item_factors.astype(float)


def test_what_is_minimized_falls_with_every_iteration(coded: CodedInteractions) -> None:
    preference, confidence = _weights(coded, 5.0)
    values = []
    for iterations in (1, 2, 3, 5, 8, 15):
        users, items = _factors(ALS(factors=4, likes="all", iterations=iterations).fit(coded, seed=2))
        misfit = (confidence * (preference - users @ items.T) ** 2).sum()
        values.append(misfit + 0.05 * ((users**2).sum() + (items**2).sum()))
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.9 * values[0]


def test_settled_item_factors_solve_the_normal_equations(coded: CodedInteractions) -> None:
    preference, confidence = _weights(coded, 3.0)
    method = ALS(factors=4, regularization=0.5, alpha=3.0, likes="all", iterations=200)
    users, items = _factors(method.fit(coded, seed=4))
    exact = np.stack(
        [
            np.linalg.solve((users.T * c) @ users + 0.5 * np.eye(4), users.T @ (c * p))
            for c, p in zip(confidence.T, preference.T, strict=True)
        ]
    )
    np.testing.assert_allclose(items, exact, atol=2e-3)


def test_other_seed_starts_elsewhere_and_same_seed_does_not(coded: CodedInteractions) -> None:
    first, again, other = (ALS(likes="all").fit(coded, seed) for seed in (1, 1, 2))
    assert _factors(first)[0].tobytes() == _factors(again)[0].tobytes()
    assert _factors(first)[0].tobytes() != _factors(other)[0].tobytes()


def test_number_of_threads_does_not_change_a_bit(
    coded: CodedInteractions, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = AlternatingLeastSquares.__init__
    found = set()
    for threads in (1, 2, 3):
        monkeypatch.setattr(
            AlternatingLeastSquares,
            "__init__",
            lambda self, _threads=threads, **settings: start(self, **(settings | {"num_threads": _threads})),
        )
        found.add(_factors(ALS(likes="all").fit(coded))[1].tobytes())
    assert len(found) == 1


def test_taste_is_found(coded: CodedInteractions) -> None:
    fitted = ALS(factors=4, likes="all").fit(coded)
    items = np.arange(40, dtype=np.int32)
    for user in range(60):
        scores = fitted.score(user, items)
        own = coded.item_ids.to_numpy() // 20 == coded.user_ids[user] % 2
        assert scores[own].mean() > scores[~own].mean()


def test_fit_warns_of_nothing(coded: CodedInteractions) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ALS(iterations=1).fit(coded)


@pytest.mark.parametrize(
    ("name", "value"), [("factors", 0), ("iterations", 0), ("regularization", 0.0), ("alpha", -1.0)]
)
def test_impossible_setting_is_refused(name: str, value: float) -> None:
    with pytest.raises(SettingsError, match=f"'{name}'"):
        ALS(**{name: value})
