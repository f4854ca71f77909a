"""Made-up comparisons whose origin is known."""

from __future__ import annotations

import numpy as np
import polars as pl

__all__ = ["annotated", "circled", "wins"]


def circled(seed: int, *, n_ids: int = 6, n_comparisons: int = 200, ties: float = 0.0) -> pl.DataFrame:
    """Comparisons whose maximum likelihood is finite: everything beat and lost to something in a circle."""
    rng = np.random.default_rng(seed)
    strength = rng.normal(size=n_ids)
    left = rng.integers(0, n_ids, n_comparisons)
    right = (left + rng.integers(1, n_ids, n_comparisons)) % n_ids
    won = rng.random(n_comparisons) < 1 / (1 + np.exp(strength[right] - strength[left]))
    label = np.where(rng.random(n_comparisons) < ties, "tie", np.where(won, "left", "right"))
    circle = pl.DataFrame({"left": range(n_ids), "right": [*range(1, n_ids), 0], "label": ["left"] * n_ids})
    return pl.concat([circle, pl.DataFrame({"left": left, "right": right, "label": label})])


def annotated(
    seed: int, *, n_ids: int = 6, n_annotators: int = 60, each: int = 30, taste: float = 0.5
) -> tuple[pl.DataFrame, np.ndarray]:
    """Return comparisons by annotators who each have scores of their own around the common ones, and these."""
    rng = np.random.default_rng(seed)
    common = np.linspace(-1, 1, n_ids)
    own = common + taste * rng.normal(size=(n_annotators, n_ids))
    annotator = np.repeat(np.arange(n_annotators), each)
    left = rng.integers(0, n_ids, len(annotator))
    right = (left + rng.integers(1, n_ids, len(annotator))) % n_ids
    ahead = own[annotator, left] - own[annotator, right]
    label = np.where(rng.random(len(ahead)) < 1 / (1 + np.exp(-ahead)), "left", "right")
    return pl.DataFrame({"left": left, "right": right, "label": label, "annotator": annotator}), common


def wins(winner: str, loser: str, times: int) -> pl.DataFrame:
    """Comparisons that one of two won, shown on the left."""
    return pl.DataFrame({"left": [winner] * times, "right": [loser] * times, "label": ["left"] * times})
