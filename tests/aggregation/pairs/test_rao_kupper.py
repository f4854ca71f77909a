from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from compared import circled
from scipy.optimize import minimize

from palate.aggregation.pairs import BradleyTerry, RaoKupper
from palate.core.errors import InputError


def _plain(comparisons: pl.DataFrame, n_ids: int) -> np.ndarray:
    """Rao and Kupper's likelihood as the paper has it, by strengths and theta, at its maximum."""

    def minus_log_likelihood(parameters: np.ndarray) -> float:
        strength = np.exp(np.append(parameters[: n_ids - 1], -parameters[: n_ids - 1].sum()))
        theta = 1 + np.exp(parameters[-1])
        total = 0.0
        for a, b, label in comparisons.iter_rows():
            p, q = strength[a], strength[b]
            win, loss = p / (p + theta * q), q / (q + theta * p)
            tie = (theta**2 - 1) * p * q / ((p + theta * q) * (q + theta * p))
            assert win + loss + tie == pytest.approx(1)
            total -= np.log({"left": win, "right": loss, "tie": tie}[label])
        return total

    found = minimize(minus_log_likelihood, np.zeros(n_ids), method="BFGS", options={"gtol": 1e-6})
    scores = np.append(found.x[: n_ids - 1], -found.x[: n_ids - 1].sum())
    return np.append(scores, np.log(1 + np.exp(found.x[-1])))


@pytest.mark.parametrize("seed", range(3))
def test_maximum_likelihood_equals_a_plain_optimizer(seed: int) -> None:
    comparisons = circled(seed, n_ids=5, ties=0.3)
    found = RaoKupper(regularization=0).aggregate(comparisons)
    expected = _plain(comparisons, 5)
    np.testing.assert_allclose(found.scores.sort("item")["score"], expected[:-1], atol=1e-4)
    assert found.effects.select("effect", "value").rows() == [("tie", pytest.approx(expected[-1], abs=1e-4))]


def test_two_things_by_hand() -> None:
    # Wins 6/13 and losses 3/13 are fitted exactly: logit 6/13 = d - c, logit 3/13 = -d - c.
    rows = [("A", "B", "left")] * 6 + [("A", "B", "right")] * 3 + [("A", "B", "tie")] * 4
    table = pl.DataFrame(rows, schema=["left", "right", "label"], orient="row")
    found = RaoKupper(regularization=0).aggregate(table)
    up, down = np.log(6 / 7), np.log(3 / 10)
    assert found.scores["score"].to_list() == pytest.approx([(up - down) / 4, (down - up) / 4])
    assert found.effects["value"].to_list() == pytest.approx([-(up + down) / 2])
    assert found.wins["tie_probability"].to_list() == pytest.approx([4 / 13, 4 / 13])
    assert found.wins["probability"][0] == pytest.approx(8 / 13)


def test_without_ties_it_is_bradley_terry() -> None:
    comparisons = circled(4)
    ours, theirs = (kind().aggregate(comparisons) for kind in (RaoKupper, BradleyTerry))
    for column in ("score", "low", "high"):
        np.testing.assert_allclose(ours.scores[column], theirs.scores[column], atol=1e-8)
    assert len(ours.effects) == 0


def test_all_ties_are_held_by_virtual_comparisons_only() -> None:
    ties = pl.DataFrame({"left": ["a", "b"], "right": ["b", "c"], "label": ["tie", "tie"]})
    found = RaoKupper().aggregate(ties)
    assert found.converged
    assert found.scores["rank"].to_list() == [1, 1, 1]
    with pytest.raises(InputError, match="Every comparison is a tie"):
        RaoKupper(regularization=0).aggregate(ties)
