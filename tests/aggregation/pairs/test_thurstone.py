from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from compared import circled
from scipy.optimize import minimize
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from palate.aggregation.pairs import Thurstone
from palate.core.errors import InputError


@pytest.mark.parametrize("ties", [0.0, 0.25])
def test_maximum_likelihood_equals_a_plain_optimizer(ties: float) -> None:
    comparisons = circled(1, n_ids=5, ties=ties)

    def minus_log_likelihood(parameters: np.ndarray) -> float:
        scores = np.append(parameters[:4], -parameters[:4].sum())
        c = np.exp(parameters[4]) if ties else 0.0
        d = scores[comparisons["left"]] - scores[comparisons["right"]]
        win, loss = ndtr(d - c), ndtr(-d - c)
        label = comparisons["label"].to_numpy()
        return -np.log(np.select([label == "left", label == "right"], [win, loss], 1 - win - loss)).sum()

    plain = minimize(minus_log_likelihood, np.zeros(5), method="BFGS", options={"gtol": 1e-6})
    found = Thurstone(regularization=0).aggregate(comparisons)
    np.testing.assert_allclose(found.scores.sort("item")["score"][:4], plain.x[:4], atol=1e-4)
    if ties:
        assert found.effects["value"][0] == pytest.approx(np.exp(plain.x[4]), abs=1e-4)


def test_two_things_by_hand() -> None:
    rows = [("A", "B", "left")] * 7 + [("A", "B", "right")] * 3
    table = pl.DataFrame(rows, schema=["left", "right", "label"], orient="row")
    found = Thurstone(regularization=0).aggregate(table)
    assert found.scores["score"].to_list() == pytest.approx([ndtri(0.7) / 2, -ndtri(0.7) / 2])
    assert found.wins["probability"][0] == pytest.approx(0.7)
    # The variance of ndtri(share) is share (1 - share) / (n density^2); a centred score is half of it.
    margin = 1.959963984540054 * np.sqrt(0.21 / 10) / norm.pdf(ndtri(0.7)) / 2
    assert found.scores["high"][0] - found.scores["score"][0] == pytest.approx(margin)


def test_what_can_be_told_apart_without_error_is_refused_without_regularization() -> None:
    rows = [("A", "B", "left"), ("A", "C", "tie"), ("C", "B", "tie")]
    table = pl.DataFrame(rows, schema=["left", "right", "label"], orient="row")
    with pytest.raises(InputError, match="told apart from the rest without error"):
        Thurstone(regularization=0).aggregate(table)
    assert Thurstone().aggregate(table).converged
