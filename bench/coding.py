"""Rows a second of ``encode`` on five million strings, beside pandas.factorize and numpy.unique."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from palate.core.coding import encode

ROWS = 5_000_000
DISTINCT = (1_000, 100_000, 1_000_000)
GOAL = 5e6
REPEATS = 5


def rows_per_second(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Return the rate of the fastest of some runs; others are slowed by what else the machine does."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return ROWS / min(times)


def main() -> None:
    rng = np.random.default_rng(0)
    print(f"{ROWS:,} rows, {pl.thread_pool_size()} threads; million rows a second (goal {GOAL / 1e6:g})")
    print(f"{'distinct':>10} {'palate':>8} {'pandas':>8} {'numpy':>8}   palate is faster than pandas, numpy")
    for distinct in DISTINCT:
        text = np.array([f"item-{i:07d}" for i in range(distinct)])[rng.integers(distinct, size=ROWS)]
        column = pl.Series("item", text.tolist())
        series = pd.Series(column.to_list(), dtype="str")
        codes, values = pd.factorize(series, sort=True)
        found = encode(column)
        if not (np.array_equal(found.codes, codes) and found.values.to_list() == list(values)):
            raise SystemExit("The codes differ from those of pandas.")
        ours = rows_per_second(lambda column=column: encode(column))
        pandas = rows_per_second(lambda series=series: pd.factorize(series, sort=True), repeats=2)
        numpy = rows_per_second(lambda text=text: np.unique(text, return_inverse=True), repeats=1)
        rates = " ".join(f"{rate / 1e6:8.2f}" for rate in (ours, pandas, numpy))
        missed = "" if ours >= GOAL else "   below the goal"
        print(f"{distinct:>10,} {rates}   {ours / pandas:.1f} x, {ours / numpy:.1f} x{missed}")


if __name__ == "__main__":
    main()
