from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from requirements import require

from palate.core.errors import InputError, PalateError, SettingsError
from palate.recommend import (
    CodedInteractions,
    TwoTower,
    code_interactions,
    load_recommender,
    recommend_top,
    save_recommender,
)

SMALL = TwoTower(factors=8, hidden=(16,), epochs=20, batch=32, least=1, likes="all")


@pytest.fixture(autouse=True)
def _deep() -> None:
    require(find_spec("torch"), "two_tower needs the extra deep")


def _walks(n_users: int = 60, n_items: int = 24, steps: int = 12, seed: int = 1) -> pl.DataFrame:
    """Users who walk around a ring of items, mostly to the next one."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(n_users):
        item = int(rng.integers(n_items))
        for step in range(steps):
            rows.append((user, item, 100.0 * user + step))
            item = (item + 1 if rng.random() < 0.9 else int(rng.integers(n_items))) % n_items
    return pl.DataFrame(rows, schema=["user", "item", "timestamp"], orient="row")


def _plain_loss(
    own: np.ndarray, others: np.ndarray, q: np.ndarray, drawn_q: np.ndarray, same: np.ndarray
) -> np.ndarray:
    """The definition, an example at a time."""
    losses = []
    for row in range(len(own)):
        first = np.exp(own[row]) / q[row]
        rest = sum(np.exp(others[row, j]) / drawn_q[j] for j in range(len(drawn_q)) if not same[row, j])
        losses.append(-np.log(first / (first + rest)))
    return np.array(losses)


def _logits(seed: int = 2) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    same = np.zeros((4, 6), dtype=bool)
    same[1, 2] = same[3, 0] = True
    return rng.normal(size=4), rng.normal(size=(4, 6)), rng.uniform(0.1, 1, 4), rng.uniform(0.1, 1, 6), same


def test_loss_is_that_of_the_definition() -> None:
    import torch

    from palate.recommend._two_tower_net import corrected_loss

    parts = _logits()
    found = corrected_loss(*(torch.from_numpy(part) for part in parts))
    np.testing.assert_allclose(found.numpy(), _plain_loss(*parts), rtol=1e-12)


def test_gradient_of_the_loss_is_that_found_by_finite_differences() -> None:
    import torch

    from palate.recommend._two_tower_net import corrected_loss

    own, others, q, drawn_q, same = _logits()
    tensors = [torch.from_numpy(part.copy()) for part in (own, others)]
    for tensor in tensors:
        tensor.requires_grad_()
    corrected_loss(*tensors, *(torch.from_numpy(part) for part in (q, drawn_q, same))).sum().backward()
    width = 1e-6
    for which, part in enumerate((own, others)):
        slope = np.zeros(part.shape)
        for cell in np.ndindex(part.shape):
            sides = []
            for sign in (1, -1):
                shifted = [own.copy(), others.copy()]
                shifted[which][cell] += sign * width
                sides.append(_plain_loss(*shifted, q, drawn_q, same).sum())
            slope[cell] = (sides[0] - sides[1]) / (2 * width)
        np.testing.assert_allclose(tensors[which].grad.numpy(), slope, atol=1e-8)


def test_correction_makes_the_drawn_items_tell_the_true_probabilities() -> None:
    """With the logits of the truth, P(own item | items drawn) is what the loss takes it for: all sets are counted."""
    truth = np.array([0.5, 0.3, 0.15, 0.05])
    inclusion = np.array([0.9, 0.4, 0.2, 0.6])
    joint: dict[tuple[int, ...], np.ndarray] = {}
    for size in range(5):
        for drawn in combinations(range(4), size):
            taken = np.isin(np.arange(4), drawn)
            chance = np.prod(np.where(taken, inclusion, 1 - inclusion))
            for own in range(4):
                known = tuple(sorted({*drawn, own}))
                joint.setdefault(known, np.zeros(4))[own] += chance * truth[own]
    for known, chances in joint.items():
        for own in known:
            others = [item for item in known if item != own]
            loss = _plain_loss(
                np.log(truth[[own]]),
                np.log(truth[others])[None, :],
                inclusion[[own]],
                inclusion[others],
                np.zeros((1, len(others)), dtype=bool),
            )
            assert np.exp(-loss[0]) == pytest.approx(chances[own] / chances.sum(), rel=1e-12)


def test_what_comes_next_is_learned() -> None:
    coded = code_interactions(_walks())
    fitted = replace(SMALL, history=1, dropout=0.0, epochs=25).fit(coded)
    assert fitted.training_losses[-1] < 0.6 * fitted.training_losses[0]
    assert len(fitted.training_losses) == 25
    histories = [np.array([item], np.int32) for item in range(24)]
    scores = fitted.embed_histories(histories) @ fitted.item_factors.T
    assert (scores.argmax(axis=1) == (np.arange(24) + 1) % 24).mean() > 0.9


@pytest.mark.parametrize("product", ["cosine", "dot"])
def test_history_that_a_known_user_has_gives_that_users_scores(product: Any) -> None:
    table = _walks()
    coded = code_interactions(table)
    fitted = replace(SMALL, product=product, epochs=3).fit(coded)
    own = coded.items[coded.users == 7][np.argsort(coded.timestamps[coded.users == 7])]
    np.testing.assert_allclose(fitted.embed_histories([own])[0], fitted.user_factors[7], rtol=1e-5, atol=1e-6)
    nothing = fitted.embed_histories([np.empty(0, np.int32)])
    assert np.isfinite(nothing).all()
    assert nothing.shape == (1, fitted.item_factors.shape[1])
    with pytest.raises(InputError, match="codes of items, from 0 to 23"):
        fitted.embed_histories([np.array([24])])


def test_vectors_of_numpy_are_those_of_torch() -> None:
    import torch

    from palate.recommend._categories import categories_of_ids, feature_categories
    from palate.recommend._histories import histories_of
    from palate.recommend._two_tower import Lesson, serve_towers
    from palate.recommend._two_tower_net import _Towers

    coded = code_interactions(_walks(n_users=9))
    genres = pl.DataFrame({"item": range(24), "genre": [["x"], ["x", "y"], None] * 8})
    ages = pl.DataFrame({"user": range(9), "age": [0.5 * n for n in range(9)]})
    items = [categories_of_ids(coded.item_ids, np.ones(24, int), 1, 2)]
    items += feature_categories("item", coded.item_ids, genres, 1, 2)[0]
    users = feature_categories("user", coded.user_ids, ages, 1, 2)[0]
    histories = histories_of(coded, "all", np.random.default_rng(0))
    for product, age in (("cosine", True), ("dot", False)):
        lesson = Lesson(6, (5, 4), 50, 30, 100, 1.0, age, product, 0.2, 0.0, 0.1, 1, 32)
        towers = _Towers(items, users, lesson, seed=3)
        flat, offsets = histories.before(np.arange(9, dtype=np.int32), histories.starts[1:], 50)
        with torch.no_grad():
            expected = towers.users(
                torch.arange(9), torch.from_numpy(flat).long(), torch.from_numpy(offsets[:-1]), torch.zeros(9)
            )
            found = serve_towers(towers.arrays(), histories, items, users, lesson)
            np.testing.assert_allclose(found[0], expected.numpy(), rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(found[1], towers.items(torch.arange(24)).numpy(), rtol=1e-4, atol=1e-6)


def test_features_speak_for_items_that_nobody_liked() -> None:
    rng = np.random.default_rng(4)
    rows = [(u, int(i) * 2 + u % 2, t) for u in range(60) for t, i in enumerate(rng.permutation(10)[:8])]
    table = pl.DataFrame(rows, schema=["user", "item", "timestamp"], orient="row")
    new = pl.DataFrame({"item": [100, 101], "title": ["even", "odd"]})
    coded = code_interactions(table, pl.concat([new, pl.DataFrame({"item": [0], "title": ["even"]})]))
    side = coded.item_ids.to_frame("item").with_columns(side=pl.col("item") % 2)
    fitted = replace(SMALL, epochs=10).fit(coded, item_features=side)
    users = np.arange(60, dtype=np.int32)
    scores = fitted.score_many(users, np.array([20, 21], np.int32))
    assert coded.item_ids[20] == 100
    assert ((scores[:, 0] > scores[:, 1]) == (users % 2 == 0)).mean() > 0.95


def test_features_of_users_are_used() -> None:
    rng = np.random.default_rng(5)
    rows = [(u, int(rng.integers(5)) + 5 * (u % 2), 0) for u in range(200)]
    coded = code_interactions(pl.DataFrame(rows, schema=["user", "item", "timestamp"], orient="row"))
    side = pl.DataFrame({"user": range(200), "side": [n % 2 for n in range(200)]})
    # Nobody has a past: only the feature can tell users apart.
    fitted = replace(SMALL, epochs=30, dropout=0.0, history=1).fit(coded, user_features=side)
    every = np.arange(10, dtype=np.int32)
    first = fitted.score_many(np.arange(200, dtype=np.int32), every)[:, :5].mean(axis=1)
    second = fitted.score_many(np.arange(200, dtype=np.int32), every)[:, 5:].mean(axis=1)
    assert ((first > second) == (np.arange(200) % 2 == 0)).mean() > 0.95


def test_age_of_examples_takes_what_was_wanted_once_out_of_what_is_wanted_now() -> None:
    rng = np.random.default_rng(6)
    times = np.sort(rng.random(600))
    items = np.where(times < 0.5, rng.integers(0, 5, 600), rng.integers(5, 10, 600))
    table = pl.DataFrame({"user": range(600), "item": items, "timestamp": times})
    coded = code_interactions(table)
    share = []
    for example_age in (False, True):
        fitted = replace(SMALL, example_age=example_age, epochs=15, dropout=0.0).fit(coded)
        vector = fitted.embed_histories([np.empty(0, np.int32)])[0]
        chances = np.exp(fitted.item_factors @ vector)
        share.append(chances[5:].sum() / chances.sum())
    assert share[0] == pytest.approx(0.5, abs=0.15)
    assert share[1] > 0.9


def test_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    coded = code_interactions(_walks(n_users=12))
    first, second, other = (replace(SMALL, epochs=3).fit(coded, seed) for seed in (5, 5, 6))
    for name, values in first.arrays().items():
        assert values.tobytes() == second.arrays()[name].tobytes(), name
    assert first.user_factors.tobytes() != other.user_factors.tobytes()


def test_threads_of_torch_are_given_back() -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        replace(SMALL, epochs=1).fit(code_interactions(_walks(n_users=3)))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_saved_towers_answer_for_new_histories_too(tmp_path: Path) -> None:
    coded = code_interactions(_walks(n_users=12))
    method = replace(SMALL, epochs=2, hidden=(8, 4))
    fitted = method.fit(coded)
    save_recommender(fitted, tmp_path / "towers.palate", method, coded)
    loaded = load_recommender(tmp_path / "towers.palate")
    assert loaded.recommender == method
    history = [np.array([3, 4], np.int32)]
    assert loaded.fitted.embed_histories(history).tobytes() == fitted.embed_histories(history).tobytes()  # type: ignore[attr-defined]
    assert recommend_top(loaded.fitted, loaded.interactions, 5).equals(recommend_top(fitted, coded, 5))


@pytest.mark.parametrize(
    "table",
    [
        pl.DataFrame({"user": ["a"], "item": ["x"]}),
        pl.DataFrame({"user": ["a"] * 5, "item": list("xyzxy"), "timestamp": [1, 2, 3, 4, 5]}),
        pl.DataFrame({"user": list("abc"), "item": ["x"] * 3, "value": [2.0] * 3, "timestamp": [7, 7, 7]}),
    ],
    ids=["one interaction", "one user", "all the same"],
)
def test_tiny_data_give_finite_scores(table: pl.DataFrame) -> None:
    coded: CodedInteractions = code_interactions(table)
    fitted = TwoTower(epochs=2).fit(coded)
    every = np.arange(len(coded.item_ids), dtype=np.int32)
    assert np.isfinite(fitted.score(-1, every)).all()
    assert np.isfinite(fitted.score(0, every)).all()


def test_loss_without_bound_is_told() -> None:
    with pytest.raises(PalateError, match="smaller 'learning_rate' than 1e\\+30"):
        replace(SMALL, learning_rate=1e30, product="dot").fit(code_interactions(_walks(n_users=12)))


@pytest.mark.parametrize(
    "settings",
    [
        {"factors": 0},
        {"hidden": (0,)},
        {"hidden": 64},
        {"product": "sum"},
        {"popularity": 1.5},
        {"dropout": 1.0},
        {"temperature": 0.0},
        {"likes": "some"},
    ],
)
def test_impossible_setting_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(settings))}'"):
        TwoTower(**settings)


def test_features_missing_for_some_are_noted_and_told_after_loading(tmp_path: Path) -> None:
    coded = code_interactions(_walks(n_users=6))
    n = len(coded.item_ids)
    side = pl.DataFrame({"item": coded.item_ids[:2], "side": ["l", "r"]})
    fitted = replace(SMALL, epochs=1).fit(coded, item_features=side)
    assert fitted.notes == (f"{n - 2} of {n} items have no 'side'; nothing is added for them.",)
    save_recommender(fitted, tmp_path / "t.palate", SMALL, coded)
    assert load_recommender(tmp_path / "t.palate").fitted.notes == fitted.notes  # type: ignore[attr-defined]
