from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from compared import circled
from scipy.optimize import minimize

from palate.aggregation.pairs import BradleyTerry, CovariateBradleyTerry
from palate.core.errors import InputError, SettingsError


def _with_lengths(seed: int, *, n: int = 3000, effect: float = 1.0) -> pl.DataFrame:
    """Comparisons of A, B and C, equally good, of which C writes long answers, and these are liked."""
    rng = np.random.default_rng(seed)
    left = rng.integers(0, 3, n)
    right = (left + rng.integers(1, 3, n)) % 3
    lengths = rng.normal(size=(2, n)) + 1.5 * (np.stack([left, right]) == 2)
    ahead = effect * (lengths[0] - lengths[1])
    label = np.where(rng.random(n) < 1 / (1 + np.exp(-ahead)), "left", "right")
    names = np.array(["A", "B", "C"])
    return pl.DataFrame(
        {
            "left": names[left],
            "right": names[right],
            "label": label,
            "left_length": lengths[0],
            "right_length": lengths[1],
        }
    )


def test_what_length_explains_is_not_the_things_merit() -> None:
    table = _with_lengths(1)
    misled = BradleyTerry().aggregate(table).scores
    assert (misled["item"][0], misled["low"][0] > 0.5) == ("C", True)
    found = CovariateBradleyTerry(covariates_of_sides=("length",)).aggregate(table)
    assert ((found.scores["low"] < 0) & (found.scores["high"] > 0)).all()
    difference = (table["left_length"] - table["right_length"]).to_numpy()
    effect = found.effects.row(0, named=True)
    assert effect["effect"] == "length"
    assert effect["low"] < np.sqrt(np.mean(difference**2)) < effect["high"]


@pytest.mark.parametrize("side_bias", [False, True])
def test_the_maximum_equals_a_plain_optimizers(side_bias: bool) -> None:
    table = _with_lengths(2, n=120)
    coded = table.with_columns(pl.col("left", "right").replace_strict({"A": 0, "B": 1, "C": 2}))
    z = (coded["left_length"] - coded["right_length"]).to_numpy()
    z = z / np.sqrt(np.mean(z**2))

    def minus_log_posterior(parameters: np.ndarray) -> float:
        scores, weight, bias = parameters[:3], parameters[3], parameters[4] if side_bias else 0.0
        total = 0.7 / 2 * (weight**2 + bias**2)
        total += 0.1 / 2 * sum(np.log(2 + np.exp(s) + np.exp(-s)) for s in scores)
        for row, (a, b, label) in enumerate(coded["left", "right", "label"].iter_rows()):
            d = scores[a] - scores[b] + weight * z[row] + bias
            total += np.log1p(np.exp(-d if label == "left" else d))
        return total

    plain = minimize(minus_log_posterior, np.zeros(4 + side_bias), method="BFGS", options={"gtol": 1e-7}).x
    method = CovariateBradleyTerry(covariates_of_sides=("length",), ridge=0.7, side_bias=side_bias)
    found = method.aggregate(table)
    np.testing.assert_allclose(found.scores.sort("item")["score"], plain[:3] - plain[:3].mean(), atol=1e-5)
    np.testing.assert_allclose(found.effects["value"], plain[3:], atol=1e-5)
    assert found.effects["effect"].to_list() == ["length", "left"][: 1 + side_bias]


def test_intervals_by_annotator_know_covariates() -> None:
    table = _with_lengths(3).with_columns(annotator=pl.int_range(pl.len()) % 50)
    fisher, clustered = (
        CovariateBradleyTerry(covariates_of_sides=("length",), intervals=intervals).aggregate(table).effects
        for intervals in ("fisher", "clustered")
    )
    width = (clustered["high"] - clustered["low"])[0] / (fisher["high"] - fisher["low"])[0]
    assert 0.7 < width < 1.4  # annotators differ by chance only


def test_without_covariates_it_is_bradley_terry() -> None:
    comparisons = circled(1, ties=0.2)
    assert (
        CovariateBradleyTerry()
        .aggregate(comparisons)
        .scores.equals(BradleyTerry().aggregate(comparisons).scores)
    )


def test_a_list_of_names_will_do() -> None:
    assert CovariateBradleyTerry(covariates_of_sides=["length"]) == CovariateBradleyTerry(
        covariates_of_sides=("length",)
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (pl.col("left_length").alias("right_length"), "'length' is the same on both sides"),
        (pl.col("left_length").alias("other"), None),
        (pl.lit("long").alias("left_length"), "row 1, column 'left_length': .*finite number; it is 'long'"),
        (pl.lit(float("nan")).alias("left_length"), "row 1.*nan"),
        (pl.lit(None, dtype=pl.Float64).alias("left_length"), "row 1.*None"),
    ],
)
def test_unusable_covariates_are_refused(change: pl.Expr, says: str | None) -> None:
    table = _with_lengths(4, n=50).with_columns(change)
    method = CovariateBradleyTerry(covariates_of_sides=("length",))
    if says is None:
        table, says = (
            table.drop("right_length"),
            "needs the column 'right_length'. The columns here are: left",
        )
    with pytest.raises(InputError, match=says):
        method.aggregate(table)


def test_a_ridge_below_zero_is_refused() -> None:
    with pytest.raises(SettingsError, match="'ridge' must be"):
        CovariateBradleyTerry(ridge=-1)
