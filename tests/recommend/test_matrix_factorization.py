# ruff: noqa: PLR0917 (compiled functions take flat arrays, by position; so do their yardsticks)
from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import PalateError, SettingsError
from palate.recommend import CodedInteractions, MatrixFactorization, code_interactions
from palate.recommend._descent import Entries
from palate.recommend._factors_kernel import descend, multiply, squared_loss

Parts = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _parts(seed: int = 3) -> Parts:
    """Factors of 4 users and 5 items and their biases, in double precision."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(4, 3)), rng.normal(size=(5, 3)), rng.normal(size=4), rng.normal(size=5)


def _entries(seed: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return (
        rng.integers(0, 4, 12).astype(np.int32),
        rng.integers(0, 5, 12).astype(np.int32),
        rng.normal(size=12),
    )


def _loss(parts: Parts, user: int, item: int, target: float, mean: float, shrink: float) -> float:
    """What a step goes down, as the docstring has it."""
    p, q, b, c = parts[0][user], parts[1][item], parts[2][user], parts[3][item]
    error = target - mean - b - c - p @ q
    return 0.5 * float(error**2 + shrink * (p @ p + q @ q + b**2 + c**2))


def _plain_descent(
    users: np.ndarray, items: np.ndarray, targets: np.ndarray, order: np.ndarray, parts: Parts, mean: float,
    rate: float, shrink: float,
) -> Parts:  # fmt: skip
    """Vectors instead of loops, new arrays instead of changes in place."""
    p, q, b, c = (part.copy() for part in parts)
    for entry in order:
        u, i = users[entry], items[entry]
        error = targets[entry] - mean - b[u] - c[i] - p[u] @ q[i]
        b[u], c[i] = b[u] + rate * (error - shrink * b[u]), c[i] + rate * (error - shrink * c[i])
        p[u], q[i] = (
            p[u] + rate * (error * q[i] - shrink * p[u]),
            q[i] + rate * (error * p[u] - shrink * q[i]),
        )
    return p, q, b, c


@pytest.mark.parametrize("kernel", [descend, descend.py_func], ids=["compiled", "plain"])
def test_step_goes_down_the_slope_found_by_finite_differences(kernel: object) -> None:
    rate, width = 1e-3, 1e-6
    parts = _parts()
    user, item, target, mean, shrink = 2, 4, 0.7, 0.3, 0.05
    moved = tuple(part.copy() for part in parts)
    arguments = (np.array([user], np.int32), np.array([item], np.int32), np.array([target]))
    kernel(*arguments, *moved, mean, rate, shrink)
    for which, part in enumerate(parts):
        slope = np.zeros(part.shape)
        for cell in np.ndindex(part.shape):
            sides = []
            for sign in (1, -1):
                shifted = [other.copy() for other in parts]
                shifted[which][cell] += sign * width
                sides.append(_loss(tuple(shifted), user, item, target, mean, shrink))
            slope[cell] = (sides[0] - sides[1]) / (2 * width)
        np.testing.assert_allclose((part - moved[which]) / rate, slope, atol=1e-7)


def test_compiled_descent_equals_plain_one() -> None:
    users, items, targets = _entries()
    order = np.random.default_rng(5).permutation(12)
    expected = _plain_descent(users, items, targets, order, _parts(), 0.2, 0.1, 0.03)
    found = _parts()
    descend(users[order], items[order], targets[order], *found, 0.2, 0.1, 0.03)
    for part, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(part, wanted, rtol=1e-12)


@pytest.mark.parametrize("kernel", [squared_loss, squared_loss.py_func], ids=["compiled", "plain"])
def test_loss_is_the_mean_squared_error(kernel: object) -> None:
    users, items, targets = _entries()
    p, q, b, c = _parts()
    predicted = 0.2 + b[:, None] + c[None, :] + p @ q.T
    expected = ((targets - predicted[users, items]) ** 2).mean()
    assert kernel(users, items, targets, p, q, b, c, 0.2) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kernel", [multiply, multiply.py_func], ids=["compiled", "plain"])
@pytest.mark.parametrize("n_items", [1, 256, 300])
def test_products_equal_those_of_numpy(kernel: object, n_items: int) -> None:
    rng = np.random.default_rng(6)
    p, q = rng.normal(size=(3, 2)), rng.normal(size=(5, 2)).astype(np.float32)
    items = rng.integers(0, 5, n_items).astype(np.int32)
    scores = np.ones((3, n_items))
    kernel(p, q, items, scores)
    np.testing.assert_allclose(scores, 1 + p @ q[items].T.astype(float), rtol=1e-12)


def _ratings(n_users: int = 80, n_items: int = 40, seed: int = 8) -> tuple[pl.DataFrame, np.ndarray]:
    """Half of the cells of a matrix of rank 2 plus biases, with a little noise, and the matrix."""
    rng = np.random.default_rng(seed)
    truth = 3 + rng.normal(0, 0.5, n_users)[:, None] + rng.normal(0, 0.5, n_items)
    truth += rng.normal(size=(n_users, 2)) @ rng.normal(size=(2, n_items))
    users, items = np.nonzero(rng.random(truth.shape) < 0.5)
    values = truth[users, items] + rng.normal(0, 0.05, len(users))
    return pl.DataFrame({"user": users, "item": items, "value": values}), truth


_EXPLICIT = MatrixFactorization(
    factors=4, feedback="explicit", learning_rate=0.05, regularization=0.01, epochs=150, patience=5
)


def test_unknown_values_of_a_matrix_of_low_rank_are_found() -> None:
    table, truth = _ratings()
    fitted = _EXPLICIT.fit(code_interactions(table), seed=1)
    predicted = fitted.score_many(np.arange(80, dtype=np.int32), np.arange(40, dtype=np.int32))
    unknown = np.ones(truth.shape, dtype=bool)
    unknown[table["user"].to_numpy(), table["item"].to_numpy()] = False
    error = np.sqrt(((predicted - truth)[unknown] ** 2).mean())
    assert error < 0.3
    assert np.std(truth[unknown]) > 1.2  # what predicting the mean would be wrong by


def test_loss_curve_falls_and_learning_stops_at_the_best_held_out_epoch() -> None:
    table, _ = _ratings(n_users=30, n_items=20)
    overfitting = MatrixFactorization(
        factors=16, feedback="explicit", learning_rate=0.05, regularization=0.0, epochs=200, patience=4
    )
    fitted = overfitting.fit(code_interactions(table), seed=1)
    held_out, training = fitted.held_out_losses, fitted.training_losses
    assert len(held_out) == len(training) < 200
    assert fitted.epochs == int(np.argmin(held_out)) + 1 == len(held_out) - 4
    assert training[-1] < 0.2 * training[0]
    assert training[-1] < held_out[-1]


def test_features_are_those_of_the_best_number_of_epochs_on_all_entries() -> None:
    coded = code_interactions(_ratings(n_users=30, n_items=20)[0])
    stopped = MatrixFactorization(factors=4, feedback="explicit", epochs=30, patience=2).fit(coded, seed=1)
    again = MatrixFactorization(factors=4, feedback="explicit", epochs=stopped.epochs, held_out=0.0)
    assert stopped.user_factors.tobytes() == again.fit(coded, seed=1).user_factors.tobytes()


def test_without_held_out_part_every_epoch_is_run() -> None:
    fitted = MatrixFactorization(epochs=7, held_out=0.0).fit(code_interactions(_ratings()[0]))
    assert (len(fitted.training_losses), len(fitted.held_out_losses), fitted.epochs) == (7, 0, 7)


def test_repeated_explicit_values_count_as_their_mean() -> None:
    once = pl.DataFrame({"user": [1, 1, 2], "item": [1, 2, 1], "value": [3.0, 1.0, 5.0]})
    twice = pl.DataFrame({"user": [1, 1, 1, 2], "item": [1, 1, 2, 1], "value": [2.0, 4.0, 1.0, 5.0]})
    method = MatrixFactorization(factors=2, feedback="explicit", epochs=5)
    first, second = (method.fit(code_interactions(table), seed=2) for table in (once, twice))
    assert first.user_factors.tobytes() == second.user_factors.tobytes()


@pytest.fixture(scope="module")
def tastes() -> CodedInteractions:
    """Users like items of their own half, now and then another."""
    rng = np.random.default_rng(11)
    users = rng.integers(0, 60, 900)
    own = rng.random(900) < 0.9
    items = rng.integers(0, 20, 900) + 20 * np.where(own, users % 2, 1 - users % 2)
    return code_interactions(pl.DataFrame({"user": users, "item": items}))


def test_taste_is_found_from_likes(tastes: CodedInteractions) -> None:
    fitted = MatrixFactorization(factors=4, epochs=40, learning_rate=0.05).fit(tastes)
    items = np.arange(40, dtype=np.int32)
    for user in range(60):
        scores = fitted.score(user, items)
        own = tastes.item_ids.to_numpy() // 20 == tastes.user_ids[user] % 2
        assert scores[own].mean() > scores[~own].mean()


def test_drawn_unknowns_are_never_known_and_cover_the_others() -> None:
    known = Entries(
        np.array([0, 0, 1], np.int32), np.array([1, 3, 0], np.int32), np.ones(3, np.float32), (2, 5)
    )
    found = known.with_unknowns(200, known.cells(), np.random.default_rng(1))
    cells = set(zip(found.users[3:].tolist(), found.items[3:].tolist(), strict=True))
    assert cells == {(0, 0), (0, 2), (0, 4), (1, 1), (1, 2), (1, 3), (1, 4)}
    assert found.targets.tolist() == [1.0] * 3 + [0.0] * (len(found) - 3)


def test_blocks_hold_every_entry_once() -> None:
    users = np.arange(10, dtype=np.int32)
    entries = Entries(users, users[::-1].copy(), users.astype(np.float32), (10, 10))
    assert list(entries.blocks(10, np.random.default_rng(1))) == [entries]
    blocks = list(entries.blocks(4, np.random.default_rng(1)))
    assert [len(block) for block in blocks] == [4, 4, 2]
    assert sorted(np.concatenate([block.cells() for block in blocks])) == sorted(entries.cells())
    assert np.concatenate([block.users for block in blocks]).tolist() != users.tolist()


def test_more_entries_than_a_block_holds_are_learned_as_well(
    tastes: CodedInteractions, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = MatrixFactorization(factors=4, epochs=30, held_out=0.0)
    likes = np.zeros((60, 40))
    likes[tastes.users, tastes.items] = 1.0
    errors = []
    for size in (1 << 22, 500):
        monkeypatch.setattr("palate.recommend.matrix_factorization._BLOCK_ENTRIES", size)
        scores = method.fit(tastes).score_many(np.arange(60, dtype=np.int32), np.arange(40, dtype=np.int32))
        errors.append(((scores - likes) ** 2).mean())
    assert errors[1] == pytest.approx(errors[0], rel=0.05)
    assert max(errors) < 0.8 * likes.var()  # the mean alone leaves all of it


def test_other_seed_starts_elsewhere_and_same_seed_does_not(tastes: CodedInteractions) -> None:
    method = MatrixFactorization(epochs=2)
    first, again, other = (method.fit(tastes, seed).user_factors.tobytes() for seed in (1, 1, 2))
    assert first == again != other


def test_loss_without_bound_says_what_to_lower() -> None:
    table = pl.DataFrame({"user": [1, 1, 2], "item": [1, 2, 1], "value": [5e4, 9e4, 1e3]})
    with pytest.raises(
        PalateError, match=r"grew without bound in epoch \d+.*Lower 'learning_rate' \(now 0.5\)"
    ):
        MatrixFactorization(feedback="explicit", learning_rate=0.5).fit(code_interactions(table))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("factors", 0),
        ("epochs", 0),
        ("unknowns", 0),
        ("patience", 0),
        ("learning_rate", 0.0),
        ("regularization", -0.1),
        ("regularization", float("nan")),
        ("held_out", 1.0),
        ("feedback", "both"),
        ("likes", "some"),
    ],
)
def test_impossible_setting_is_refused(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"'{name}'"):
        MatrixFactorization(**{name: value})
