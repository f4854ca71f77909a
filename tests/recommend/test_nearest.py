from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import polars as pl
import pytest
from requirements import require

from palate.core.errors import InputError, SettingsError
from palate.recommend import (
    ALS,
    NearestItems,
    Popularity,
    code_interactions,
    measure_recall,
    recommend_nearest,
    recommend_top,
)


def _vectors(n: int, seed: int, spread: float = 0.3) -> np.ndarray:
    """Vectors of different lengths."""
    rng = np.random.default_rng(seed)
    lengths = rng.lognormal(0, spread, (n, 1))
    return (rng.normal(size=(n, 8)) * lengths).astype(np.float32)


def _needs_usearch() -> None:
    require(find_spec("usearch"), "approximate neighbours need the extra deep")


def test_exact_neighbours_are_those_of_sorting_all_products() -> None:
    items, users = _vectors(300, 1), _vectors(20, 2)
    items[7] = items[3]  # of equal products the first item wins
    found, scores = NearestItems(items).find(users, 10)
    products = users.astype(np.float64) @ items.T.astype(np.float64)
    order = np.lexsort((np.broadcast_to(np.arange(300), products.shape), -products.round(9)), axis=1)[:, :10]
    assert found.tolist() == order.tolist()
    np.testing.assert_allclose(scores, np.take_along_axis(products, order, axis=1), rtol=1e-9)


def test_approximate_neighbours_are_nearly_all_of_the_true_ones_with_exact_scores() -> None:
    _needs_usearch()
    items, users = _vectors(3000, 3), _vectors(50, 4)
    nearest = NearestItems(items, "approximate", search_width=300)
    assert measure_recall(nearest, users, 10) > 0.9
    found, scores = nearest.find(users, 10)
    products = np.take_along_axis(users.astype(np.float64) @ items.T.astype(np.float64), found, axis=1)
    np.testing.assert_allclose(scores, products, rtol=1e-9)
    assert (np.diff(scores, axis=1) <= 0).all()
    narrow = measure_recall(
        NearestItems(items, "approximate", links=4, build_width=8, search_width=8), users, 10
    )
    assert narrow < measure_recall(nearest, users, 10)


def test_the_same_vectors_give_the_same_graph() -> None:
    _needs_usearch()
    items, users = _vectors(800, 5), _vectors(9, 6)
    first, second = (NearestItems(items, "approximate").find(users, 20) for _ in range(2))
    assert first[0].tobytes() == second[0].tobytes()
    one = NearestItems(items, "approximate").find(users[:1], 20)
    assert one[0].tolist() == first[0][:1].tolist()


@pytest.mark.parametrize("method", ["exact", "approximate"])
def test_few_items_and_vectors_of_zeros_are_found_too(method: str) -> None:
    _needs_usearch()
    zeros = np.zeros((3, 4), dtype=np.float32)
    found, scores = NearestItems(zeros, method).find(np.ones((2, 4), dtype=np.float32), 10)  # type: ignore[arg-type]
    assert [sorted(row) for row in found.tolist()] == [[0, 1, 2]] * 2
    assert scores.tolist() == [[0.0] * 3] * 2
    nobody = NearestItems(zeros, method).find(np.empty((0, 4), dtype=np.float32), 2)[0]  # type: ignore[arg-type]
    assert nobody.shape == (0, 2)


def _table() -> pl.DataFrame:
    rng = np.random.default_rng(7)
    return pl.DataFrame({"user": rng.integers(0, 30, 400), "item": rng.integers(0, 60, 400)})


@pytest.mark.parametrize("skip_seen", [True, False])
@pytest.mark.parametrize("method", ["exact", "approximate"])
def test_runs_are_those_that_all_scores_give(method: str, skip_seen: bool) -> None:
    _needs_usearch()
    coded = code_interactions(_table())
    fitted = ALS(factors=6).fit(coded)
    # As wide as there are items, so that the graph finds all.
    nearest = NearestItems(fitted.item_factors, method, search_width=200)  # type: ignore[arg-type, attr-defined]
    users = pl.Series([3, 5, 99])
    found = recommend_nearest(fitted, coded, 4, users, nearest=nearest, skip_seen=skip_seen, system="als")
    expected = recommend_top(fitted, coded, 4, users, skip_seen=skip_seen, system="als")
    assert found.drop("score").equals(expected.drop("score"))
    np.testing.assert_allclose(found["score"], expected["score"], rtol=1e-5)


def test_all_known_users_are_served_by_default() -> None:
    coded = code_interactions(_table())
    fitted = ALS(factors=6).fit(coded)
    runs = recommend_nearest(fitted, coded, 4)
    assert runs["query"].unique().sort().to_list() == coded.user_ids.to_list()
    assert runs.drop("score").equals(recommend_top(fitted, coded, 4).drop("score"))


def test_what_cannot_be_served_is_refused() -> None:
    coded = code_interactions(_table())
    with pytest.raises(InputError, match="by factors: als"):
        recommend_nearest(Popularity().fit(coded), coded, 4)
    with pytest.raises(InputError, match="at least one user"):
        recommend_nearest(ALS(factors=2).fit(coded), coded, 4, pl.Series([], dtype=pl.Int64))
    nearest = NearestItems(_vectors(5, 1))
    with pytest.raises(InputError, match="8 numbers each"):
        nearest.find(np.ones((1, 3), dtype=np.float32), 2)
    with pytest.raises(SettingsError, match="'cutoff'"):
        nearest.find(_vectors(1, 1), 0)
    with pytest.raises(SettingsError, match="'links'"):
        NearestItems(_vectors(5, 1), links=0)
    with pytest.raises(SettingsError, match="exact or approximate"):
        NearestItems(_vectors(5, 1), "best")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="a vector for each item"):
        NearestItems(np.empty((0, 3), dtype=np.float32))
