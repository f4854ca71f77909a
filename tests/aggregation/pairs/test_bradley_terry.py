from __future__ import annotations

from itertools import pairwise

import choix
import numpy as np
import polars as pl
import pytest
from answer_strategies import comparison_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize

from palate.aggregation.pairs import BradleyTerry, PairResult, _maximum_likelihood, _newton
from palate.aggregation.pairs._pair_model import PairModel
from palate.aggregation.pairs._tables import code_comparisons
from palate.core.errors import InputError, SettingsError


def _table(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["left", "right", "label"], orient="row")


def _scores(result: PairResult) -> dict[str, float]:
    return dict(result.scores.select("item", "score").iter_rows())


def _connected(seed: int, *, n_ids: int = 8, n_comparisons: int = 150, ties: float = 0.0) -> pl.DataFrame:
    """Comparisons whose maximum likelihood is finite: everything beat and lost to something in a circle."""
    rng = np.random.default_rng(seed)
    strength = rng.normal(size=n_ids)
    left = rng.integers(0, n_ids, n_comparisons)
    right = (left + rng.integers(1, n_ids, n_comparisons)) % n_ids
    won = rng.random(n_comparisons) < 1 / (1 + np.exp(strength[right] - strength[left]))
    label = np.where(rng.random(n_comparisons) < ties, "tie", np.where(won, "left", "right"))
    circle = pl.DataFrame({"left": range(n_ids), "right": [*range(1, n_ids), 0], "label": ["left"] * n_ids})
    return pl.concat([circle, pl.DataFrame({"left": left, "right": right, "label": label})])


@pytest.mark.parametrize("seed", range(4))
def test_maximum_likelihood_equals_choix(seed: int) -> None:
    comparisons = _connected(seed)
    found = BradleyTerry(regularization=0).aggregate(comparisons)
    ours = np.array([score for _, score in sorted(_scores(found).items())])
    data = [(a, b) if label == "left" else (b, a) for a, b, label in comparisons.iter_rows()]
    spectral = choix.ilsr_pairwise(8, data, max_iter=1000, tol=1e-12)
    newton = choix.opt_pairwise(8, data, alpha=0, method="Newton-CG", tol=1e-12)
    np.testing.assert_allclose(ours, spectral - spectral.mean(), atol=1e-8)
    np.testing.assert_allclose(ours, newton - newton.mean(), atol=1e-8)
    assert found.converged


@pytest.mark.parametrize("seed", range(3))
def test_maximum_likelihood_with_ties_equals_a_plain_optimizer(seed: int) -> None:
    comparisons = _connected(seed, n_ids=5, ties=0.3)

    def minus_log_likelihood(parameters: np.ndarray) -> float:
        score, weight = np.append(parameters[:4], -parameters[:4].sum()), np.exp(parameters[4])
        total = 0.0
        for a, b, label in comparisons.iter_rows():
            pi, pj = np.exp(score[a]), np.exp(score[b])
            top = {"left": pi, "right": pj, "tie": weight * np.sqrt(pi * pj)}[label]
            total -= np.log(top / (pi + pj + weight * np.sqrt(pi * pj)))
        return total

    plain = minimize(minus_log_likelihood, np.zeros(5), method="BFGS", options={"gtol": 1e-6})
    found = BradleyTerry(regularization=0).aggregate(comparisons)
    ours = [score for _, score in sorted(_scores(found).items())]
    np.testing.assert_allclose(ours[:4], plain.x[:4], atol=1e-5)
    assert found.log_likelihood[-1] == pytest.approx(-plain.fun, abs=1e-8)


def test_two_things_by_hand() -> None:
    # Two parameters fit the three shares exactly: odds 6 : 3, ties 4 of 13.
    rows = [("A", "B", "left")] * 6 + [("B", "A", "left")] * 3 + [("B", "A", "tie")] * 4
    found = BradleyTerry(regularization=0).aggregate(_table(*rows))
    assert _scores(found) == pytest.approx({"A": np.log(2) / 2, "B": -np.log(2) / 2})
    first = found.wins.row(0, named=True)
    assert (first["item"], first["comparisons"], first["wins"], first["ties"]) == ("A", 13, 6, 4)
    assert first["tie_probability"] == pytest.approx(4 / 13)
    assert first["probability"] == pytest.approx(8 / 13) == first["win_share"]
    likelihood = 6 * np.log(6 / 13) + 3 * np.log(3 / 13) + 4 * np.log(4 / 13)
    assert found.log_likelihood[-1] == pytest.approx(likelihood)


def test_interval_of_two_things_by_hand() -> None:
    # The variance of log odds is 1/wins + 1/losses; a centred score is half of it.
    rows = [("A", "B", "left")] * 30 + [("A", "B", "right")] * 20
    best = BradleyTerry(regularization=0).aggregate(_table(*rows)).scores.row(0, named=True)
    margin = 1.959963984540054 * np.sqrt(1 / 30 + 1 / 20) / 2
    assert best["score"] - best["low"] == pytest.approx(margin)
    assert best["high"] - best["score"] == pytest.approx(margin)


@pytest.mark.parametrize("ties", [0.0, 0.3])
def test_intervals_equal_the_pseudo_inverse_of_the_information(ties: float) -> None:
    comparisons = _connected(1, ties=ties)
    found = BradleyTerry(regularization=0).aggregate(comparisons).scores.sort("item")
    information = _plain_information(comparisons, found["score"].to_numpy())
    margin = 1.959963984540054 * np.sqrt(np.diag(np.linalg.pinv(information, rcond=1e-6, hermitian=True)))
    np.testing.assert_allclose(found["high"] - found["low"], 2 * margin, rtol=1e-4)


def _plain_information(comparisons: pl.DataFrame, scores: np.ndarray) -> np.ndarray:
    """Minus the second derivatives of the log-likelihood by differences; the ties' weight, if any, comes last."""
    n_ids = len(scores)
    ties = int((comparisons["label"] == "tie").sum())

    def value(parameters: np.ndarray) -> float:
        weight = np.exp(parameters[n_ids]) if ties else 0.0
        total = 0.0
        for a, b, label in comparisons.iter_rows():
            half = (parameters[a] - parameters[b]) / 2
            top = {"left": half, "right": -half, "tie": parameters[-1]}[label]
            total += top - np.log(np.exp(half) + np.exp(-half) + weight)
        return total

    at = scores
    if ties:
        best = minimize(lambda x: -value(np.append(scores, x)), [0.0], method="BFGS", options={"gtol": 1e-9})
        at = np.append(scores, best.x)
    step, unit = 1e-3, np.eye(len(at))
    information = np.empty((len(at), len(at)))
    for i in range(len(at)):
        for j in range(len(at)):
            corners = [
                value(at + step * (p * unit[i] + q * unit[j]))
                for p, q in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            information[i, j] = -(corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step**2)
    if not ties:
        return information
    mixed = information[:n_ids, n_ids]
    return information[:n_ids, :n_ids] - np.outer(mixed, mixed) / information[n_ids, n_ids]


@st.composite
def _objectives(draw: st.DrawFn) -> tuple[PairModel, np.ndarray]:
    coded = code_comparisons(draw(comparison_tables()))
    model = PairModel.from_counts(coded.pairs, len(coded.ids), draw(st.sampled_from([0.0, 0.1, 3.0])))
    size = len(coded.ids) + (model.n_ties > 0)
    parameters = draw(st.lists(st.floats(-3, 3), min_size=size, max_size=size))
    return model, np.array(parameters)


@settings(max_examples=60, deadline=None)
@given(objective=_objectives())
def test_gradient_and_information_equal_finite_differences(objective: tuple[PairModel, np.ndarray]) -> None:
    model, parameters = objective
    point, step = model.at(parameters), 1e-6
    gradient, product = [], []
    for unit in np.eye(len(parameters)):
        above, below = model.at(parameters + step * unit), model.at(parameters - step * unit)
        gradient.append((above.value - below.value) / (2 * step))
        product.append(-(above.gradient - below.gradient) / (2 * step))
    np.testing.assert_allclose(point.gradient, gradient, atol=1e-6, rtol=1e-6)
    information = point.information
    matrix = np.array([information.times(unit) for unit in np.eye(len(parameters))])
    np.testing.assert_allclose(matrix, product, atol=1e-6, rtol=1e-6)
    np.testing.assert_allclose(information.diagonal(), np.diag(matrix))
    np.testing.assert_allclose(information.dense(), matrix, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(comparisons=comparison_tables(), regularization=st.sampled_from([0.01, 0.1, 2.0]))
def test_every_table_has_a_finite_maximum_with_regularization(
    comparisons: pl.DataFrame, regularization: float
) -> None:
    found = BradleyTerry(regularization=regularization).aggregate(comparisons)
    assert found.converged
    assert np.isfinite(found.scores.select("score", "low", "high").to_numpy()).all()
    assert all(b >= a - 1e-9 * abs(a) for a, b in pairwise(found.log_likelihood))
    coded = code_comparisons(comparisons)
    model = PairModel.from_counts(coded.pairs, len(coded.ids), regularization)
    assert found.log_likelihood[-1] >= model.at(model.start()).value - 1e-9


@pytest.mark.parametrize("regularization", [0.1, 1.0])
def test_an_undefeated_thing_is_held_by_its_virtual_loss(regularization: float) -> None:
    found = BradleyTerry(regularization=regularization).aggregate(_table(("A", "B", "left")))

    def slope(score: float) -> float:  # of log P(A beats B) and of each one's virtual comparisons
        logistic = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731 (short, and used here only)
        return (1 - logistic(2 * score)) + regularization / 2 * (1 - 2 * logistic(score))

    expected = brentq(slope, 0, 50, xtol=1e-14)
    assert _scores(found) == pytest.approx({"A": expected, "B": -expected})


def test_all_ties_make_everything_equal() -> None:
    found = BradleyTerry().aggregate(_table(("A", "B", "tie"), ("B", "C", "tie"), ("B", "A", "tie")))
    assert _scores(found) == pytest.approx({"A": 0, "B": 0, "C": 0}, abs=1e-9)
    assert found.scores["rank"].to_list() == [1, 1, 1]
    assert found.scores["item"].to_list() == ["A", "B", "C"]
    assert (found.wins["tie_probability"] > 0.9).all()


def test_groups_that_never_met_are_ranked_apart() -> None:
    found = (
        BradleyTerry()
        .aggregate(_table(("x", "y", "left"), ("C", "A", "left"), ("A", "B", "left"), ("B", "C", "tie")))
        .scores
    )
    assert found.select("item", "rank", "component").rows() == [
        ("C", 1, 1),
        ("A", 2, 1),
        ("B", 3, 1),
        ("x", 1, 2),
        ("y", 2, 2),
    ]
    for group in (1, 2):
        assert found.filter(component=group)["score"].sum() == pytest.approx(0)


def test_groups_are_fitted_as_if_alone_without_regularization() -> None:
    one = _connected(1).cast({"left": pl.String, "right": pl.String})
    other = _connected(2).select(pl.format("other {}", "left"), pl.format("other {}", "right"), "label")
    other.columns = ["left", "right", "label"]
    together = _scores(BradleyTerry(regularization=0).aggregate(pl.concat([one, other])))
    for part in (one, other):
        for name, score in _scores(BradleyTerry(regularization=0).aggregate(part)).items():
            assert together[name] == pytest.approx(score, abs=1e-8)


def test_a_little_regularization_moves_scores_a_little() -> None:
    comparisons = _connected(3)
    plain, held = (_scores(BradleyTerry(regularization=r).aggregate(comparisons)) for r in (0, 1e-6))
    assert held == pytest.approx(plain, abs=1e-5)


def test_side_does_not_matter() -> None:
    comparisons = _connected(4, ties=0.2)
    turned = comparisons.select(
        pl.col("right").alias("left"),
        pl.col("left").alias("right"),
        pl.col("label").replace({"left": "right", "right": "left"}),
    )
    found, again = (BradleyTerry().aggregate(table) for table in (comparisons, turned))
    assert found.scores.equals(again.scores)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("A", "B", "left")], "scores of 'B'|scores of 'A'"),
        ([("A", "B", "tie"), ("C", "B", "left"), ("C", "A", "left")], "scores of 'C' have no finite"),
        ([("A", "B", "tie"), ("C", "A", "tie")], "Every comparison is a tie"),
        # Everything reaches everything, yet A, C, B at growing equal distances explain this without error.
        (
            [("A", "B", "left"), ("A", "C", "tie"), ("C", "B", "tie")],
            "told apart from the rest without error",
        ),
    ],
)
def test_boundless_likelihoods_are_refused_without_regularization(rows: list, says: str) -> None:
    with pytest.raises(InputError, match=says):
        BradleyTerry(regularization=0).aggregate(_table(*rows))
    assert BradleyTerry().aggregate(_table(*rows)).converged


def test_many_that_were_never_preferred_are_named_shortly() -> None:
    circle = [("A", "B", "left"), ("B", "C", "left"), ("C", "A", "left")]
    chain = [(f"p{i}", f"p{i + 1}", "tie") for i in range(8)]
    with pytest.raises(InputError, match="scores of 'A', 'B', 'C' have"):
        BradleyTerry(regularization=0).aggregate(_table(*circle, *chain, ("A", "p0", "left")))
    many = [(f"q{i}", f"q{i + 1}", "tie") for i in range(9)]
    with pytest.raises(InputError, match="'p0', 'p1', 'p2', 'p3', 'p4' … have"):
        BradleyTerry(regularization=0).aggregate(_table(*chain, *many, ("q0", "p0", "left")))


def test_intervals_are_left_out_for_very_many_things(monkeypatch) -> None:
    monkeypatch.setattr(_maximum_likelihood, "MOST_FOR_INTERVALS", 4)
    assert {"low", "high"} <= set(BradleyTerry().aggregate(_connected(0, n_ids=4)).scores.columns)
    assert not {"low", "high"} & set(BradleyTerry().aggregate(_connected(0, n_ids=5)).scores.columns)


def test_thousands_of_sparsely_compared_things_are_ranked() -> None:
    comparisons = _connected(0, n_ids=5000, n_comparisons=60_000, ties=0.1)
    strength = np.random.default_rng(0).normal(size=5000)
    found = BradleyTerry().aggregate(comparisons)
    assert found.converged
    scores = found.scores.sort("item")["score"].to_numpy()
    assert np.corrcoef(scores, strength)[0, 1] > 0.85


def test_scores_return_to_what_drew_the_comparisons() -> None:
    comparisons = _connected(7, n_ids=6, n_comparisons=40_000)
    strength = np.random.default_rng(7).normal(size=6)
    scores = BradleyTerry().aggregate(comparisons).scores.sort("item")["score"].to_numpy()
    np.testing.assert_allclose(scores, strength - strength.mean(), atol=0.06)


def test_too_few_steps_are_told() -> None:
    found = BradleyTerry(max_iter=1).aggregate(_connected(1))
    assert not found.converged
    assert found.iterations == 1


def test_a_step_that_cannot_climb_stays() -> None:
    coded = code_comparisons(_connected(1))
    model = PairModel.from_counts(coded.pairs, len(coded.ids), 0.1)
    settled = model.at(np.zeros(model.n_ids))
    down = -1e9 * settled.gradient
    assert _newton._uphill(settled, down) is settled


@pytest.mark.parametrize(
    "setting",
    [{"regularization": -0.1}, {"regularization": float("nan")}, {"tolerance": 0.0}, {"max_iter": 0}],
)
def test_impossible_settings_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        BradleyTerry(**setting)
