from __future__ import annotations

import choix
import numpy as np
import polars as pl
import pytest
from compared import circled, wins

from palate.aggregation.pairs import RankCentrality, rank_centrality
from palate.core.errors import SettingsError


def _plain(comparisons: pl.DataFrame, n_ids: int, regularization: float) -> np.ndarray:
    """The paper's matrix, and its stationary distribution as the eigenvector for 1."""
    won = np.zeros((n_ids, n_ids))
    for a, b, label in comparisons.iter_rows():
        won[a, b] += {"left": 1, "right": 0, "tie": 0.5}[label]
        won[b, a] += {"left": 0, "right": 1, "tie": 0.5}[label]
    met = won + won.T
    share = np.where(met > 0, (won.T + regularization / 2) / np.where(met > 0, met + regularization, 1), 0)
    step = share / (met > 0).sum(axis=1).max()
    step += np.diag(1 - step.sum(axis=1))
    values, vectors = np.linalg.eig(step.T)
    stationary = np.real(vectors[:, np.argmin(np.abs(values - 1))])
    return np.log(stationary / stationary.sum())


@pytest.mark.parametrize("dense", [2_000, 0])
@pytest.mark.parametrize("ties", [0.0, 0.3])
def test_it_is_the_eigenvector_of_the_papers_matrix(dense: int, ties: float, monkeypatch) -> None:
    monkeypatch.setattr(rank_centrality, "_MOST_DENSE", dense)
    comparisons = circled(1, ties=ties, n_comparisons=60)
    found = RankCentrality().aggregate(comparisons)
    expected = _plain(comparisons, 6, 0.1)
    assert found.converged
    np.testing.assert_allclose(found.scores.sort("item")["score"], expected - expected.mean(), atol=1e-8)


def test_exact_shares_give_bradley_terrys_scores() -> None:
    # Shares of strengths 4 : 2 : 1, for which rank centrality is exact.
    table = pl.concat(
        [
            wins("a", "b", 20),
            wins("b", "a", 10),
            wins("b", "c", 20),
            wins("c", "b", 10),
            wins("a", "c", 24),
            wins("c", "a", 6),
        ]
    )
    found = RankCentrality(regularization=1e-10).aggregate(table).scores
    assert np.exp(found["score"].to_numpy() - found["score"][2]) == pytest.approx([4, 2, 1])


def test_it_equals_choix_where_every_pair_met_as_often() -> None:
    rng = np.random.default_rng(3)
    rows = [
        (i, j, "left" if rng.random() < 0.5 else "right")
        for i in range(5)
        for j in range(i)
        for _ in range(20)
    ]
    comparisons = pl.DataFrame(rows, schema=["left", "right", "label"], orient="row")
    data = [(a, b) if label == "left" else (b, a) for a, b, label in rows]
    found = RankCentrality(regularization=1e-10).aggregate(comparisons).scores.sort("item")["score"]
    np.testing.assert_allclose(found, choix.rank_centrality(5, data), atol=1e-6)


def test_groups_are_walked_apart_and_the_unbeaten_stay_finite() -> None:
    table = pl.concat([wins("a", "b", 3), wins("b", "c", 3), wins("x", "y", 1)])
    found = RankCentrality().aggregate(table).scores
    assert found.select("item", "rank", "component").rows() == [
        ("a", 1, 1),
        ("b", 2, 1),
        ("c", 3, 1),
        ("x", 1, 2),
        ("y", 2, 2),
    ]
    assert np.isfinite(found["score"].to_numpy()).all()


def test_a_walk_that_has_not_settled_is_told(monkeypatch) -> None:
    monkeypatch.setattr(rank_centrality, "_MOST_DENSE", 0)
    found = RankCentrality(max_iter=2).aggregate(circled(1))
    assert not found.converged
    assert found.iterations == 2


@pytest.mark.parametrize("setting", [{"regularization": 0.0}, {"tolerance": 0.0}, {"max_iter": 0}])
def test_impossible_settings_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        RankCentrality(**setting)
