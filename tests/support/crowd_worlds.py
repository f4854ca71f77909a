"""Small crowds of known confusion that answer tasks of known features, and what learning from them needs."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

import numpy as np
import polars as pl
from requirements import require

__all__ = ["CrowdWorld", "crowd_world", "require_torch"]


@dataclass(frozen=True)
class CrowdWorld:
    """Features (columns ``task, x, y``), answers, the true labels of all tasks, and annotators' confusion."""

    features: pl.DataFrame
    answers: pl.DataFrame
    truth: pl.DataFrame
    confusion: np.ndarray


def crowd_world(
    seed: int = 0, n_tasks: int = 120, unanswered: int = 30, n_annotators: int = 6, right: float = 0.7
) -> CrowdWorld:
    """Return three clouds of points, three answers to each but the last few, each annotator wrong in a way of their own."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n_tasks)
    centres = np.array([[0.0, 3.0], [3.0, -2.0], [-3.0, -2.0]])
    points = centres[labels] + rng.normal(size=(n_tasks, 2))
    confusion = np.tile(right * np.eye(3), (n_annotators, 1, 1))
    for annotator in range(n_annotators):
        confusion[annotator] += (1 - right) * np.roll(np.eye(3), 1 + annotator % 2, axis=1)
    tasks = np.repeat(np.arange(n_tasks - unanswered), 3)
    who = np.argsort(rng.random((n_tasks - unanswered, n_annotators)), axis=1)[:, :3].ravel()
    chances = confusion[who, labels[tasks]].cumsum(axis=1)
    given = (rng.random((len(tasks), 1)) > chances[:, :-1]).sum(axis=1)
    ids = np.arange(n_tasks) + 100
    return CrowdWorld(
        pl.DataFrame({"task": ids, "x": points[:, 0], "y": points[:, 1]}),
        pl.DataFrame({"task": ids[tasks], "annotator": [f"a{number}" for number in who], "label": given}),
        pl.DataFrame({"task": ids, "label": labels}),
        confusion,
    )


def require_torch() -> None:
    """Skip the test where torch is not installed."""
    require(importlib.util.find_spec("torch"), "torch is not installed (the extra deep)")
