"""Small random masks, and a made-up crowd that marks discs."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

__all__ = ["disc_crowd", "mask_sets"]


@st.composite
def mask_sets(draw: st.DrawFn) -> dict[str, dict[str, np.ndarray]]:
    """Masks of up to four annotators for up to three tasks, each of its own shape."""
    found = {}
    for task in range(draw(st.integers(1, 3))):
        shape = draw(st.tuples(st.integers(1, 3), st.integers(1, 4)))
        annotators = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True))
        found[f"task {task}"] = {who: draw(arrays(bool, shape)) for who in annotators}
    return found


def disc_crowd(
    seed: int, sensitivity: list[float], specificity: list[float], n_tasks: int = 3
) -> tuple[dict[int, dict[int, np.ndarray]], dict[int, np.ndarray]]:
    """Return masks of annotators who mark pixels with their own probabilities, and the truth."""
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[:48, :48]
    truth = {task: (down - 24) ** 2 + (across - 16 - 6 * task) ** 2 < 121 for task in range(n_tasks)}
    masks = {
        task: {
            who: rng.random(disc.shape) < np.where(disc, hits, 1 - quiet)
            for who, (hits, quiet) in enumerate(zip(sensitivity, specificity, strict=True))
        }
        for task, disc in truth.items()
    }
    return masks, truth
