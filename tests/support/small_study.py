"""A small world with known tastes: enough users and items for every step, in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

SMALL_SETTINGS = """
[study]
name = "small"
seed = {seed}
rounds = 2

[data]
source = "files"
interactions = "interactions.csv"
items = "items.csv"

[split]
queries = 24
candidates = 12
min_candidates = 8

[sample]
depth = 5
pairs = 40

[ask]
golden_tasks = 20

[ask.options.simulated]
annotators = 12

[evaluate]
resamples = 300

[learn]
folds = 3
"""


def write_small_world(directory: Path, *, users: int = 40, items: int = 60, seed: int = 5) -> None:
    """Write ``interactions.csv`` and ``items.csv``: two tastes, values from 1 to 5, times in order."""
    rng = np.random.default_rng(seed)
    taste = rng.random((users, 2))
    kind = rng.random((items, 2))
    rows = []
    for user in range(users):
        seen = rng.choice(items, size=36, replace=False, p=_popularity(items))
        liking = kind[seen] @ taste[user] + rng.normal(0, 0.2, len(seen))
        values = np.clip(np.round(1 + 4 * (liking - liking.min()) / np.ptp(liking), 1), 1, 5)
        times = 1_600_000_000 + np.sort(rng.integers(0, 10_000_000, len(seen)))
        rows += [
            (f"u{user:02d}", f"i{item:02d}", int(t), float(v))
            for item, t, v in zip(seen, times, values, strict=True)
        ]
    columns = ["user", "item", "timestamp", "value"]
    pl.DataFrame(rows, schema=columns, orient="row").write_csv(directory / "interactions.csv")
    titles = pl.DataFrame(
        {"item": [f"i{i:02d}" for i in range(items)], "title": [f"Title {i}" for i in range(items)]}
    )
    titles.write_csv(directory / "items.csv")


def _popularity(items: int) -> np.ndarray:
    weights = 1 / np.arange(1, items + 1) ** 0.5
    return weights / weights.sum()


def write_small_study(directory: Path, *, seed: int = 3) -> Path:
    """Write the small world and its ``palate.toml``; return the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    write_small_world(directory)
    (directory / "palate.toml").write_text(SMALL_SETTINGS.format(seed=seed))
    return directory
