from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from compared import circled
from scipy.optimize import minimize

from palate.aggregation.pairs import BradleyTerry, RaoKupper, Thurstone


def test_two_things_by_hand() -> None:
    # Four shares would be fitted exactly by odds (with A left) 6 : 2 and (with B left, for A) 3 : 3.
    rows = [("A", "B", "A")] * 6 + [("A", "B", "B")] * 2 + [("B", "A", "A")] * 3 + [("B", "A", "B")] * 3
    table = pl.DataFrame(rows, schema=["left", "right", "label"], orient="row")
    found = BradleyTerry(regularization=0, side_bias=True).aggregate(table)
    # d + b = ln 3, d - b = 0
    assert found.scores["score"][0] - found.scores["score"][1] == pytest.approx(np.log(3) / 2)
    effect = found.effects.row(0, named=True)
    assert (effect["effect"], effect["value"]) == ("left", pytest.approx(np.log(3) / 2))
    # Both logits have independent errors of variance 1/wins + 1/losses; b is half their difference.
    margin = 1.959963984540054 * np.sqrt(1 / 6 + 1 / 2 + 1 / 3 + 1 / 3) / 2
    assert effect["high"] - effect["value"] == pytest.approx(margin)
    assert effect["value"] - effect["low"] == pytest.approx(margin)
    assert found.wins["probability"][0] == pytest.approx(np.sqrt(3) / (1 + np.sqrt(3)))


def test_maximum_likelihood_with_ties_equals_a_plain_optimizer() -> None:
    comparisons = circled(3, n_ids=4, ties=0.25)

    def minus_log_likelihood(parameters: np.ndarray) -> float:
        scores = np.append(parameters[:3], -parameters[:3].sum())
        bias, weight = parameters[3], np.exp(parameters[4])
        total = 0.0
        for a, b, label in comparisons.iter_rows():
            up = np.exp((scores[a] - scores[b] + bias) / 2)
            total -= np.log({"left": up, "right": 1 / up, "tie": weight}[label] / (up + 1 / up + weight))
        return total

    plain = minimize(minus_log_likelihood, np.zeros(5), method="BFGS", options={"gtol": 1e-6})
    found = BradleyTerry(regularization=0, side_bias=True).aggregate(comparisons)
    np.testing.assert_allclose(found.scores.sort("item")["score"][:3], plain.x[:3], atol=1e-5)
    np.testing.assert_allclose(found.effects["value"], plain.x[3:], atol=1e-5)
    assert found.effects["effect"].to_list() == ["left", "tie"]


@pytest.mark.parametrize("method", [BradleyTerry, RaoKupper, Thurstone])
def test_a_side_that_is_liked_does_not_lift_what_was_mostly_shown_there(method) -> None:
    rng = np.random.default_rng(1)
    left = np.where(rng.random(6000) < 0.9, "A", "B")  # both are equally good; the left has odds of 3
    label = np.where(rng.random(6000) < 0.75, "left", "right")
    table = pl.DataFrame({"left": left, "right": np.where(left == "A", "B", "A"), "label": label})
    misled, found = (method(side_bias=bias).aggregate(table) for bias in (False, True))
    assert misled.scores.filter(item="A")["low"][0] > 0.2
    row = found.scores.filter(item="A").row(0, named=True)
    assert row["low"] < 0 < row["high"]
    effect = found.effects.row(0, named=True)
    expected = 0.6745 if method is Thurstone else np.log(3)
    assert effect["low"] < expected < effect["high"]
