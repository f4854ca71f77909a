"""How often does each paired test name a winner: where there is none, and where there is one?

Per-query values are drawn for two systems that are equally good, in three ways, and the share of samples in which they are
told apart at 95% is printed: false winners, 5% if the test keeps its word. Then one system is made better, and the same share
says how often that is found. Settings: ``graded`` (values like nDCG's, both systems alike but for noise), ``first hit``
(values like RR's, most queries tied), ``skewed`` (the same mean, but one system gains a little on most queries and loses much
on few: the median is not 0).

    python bench/paired_tests.py [samples]
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from palate.inference import paired_tests

Values = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
QUERIES = (25, 100)


def graded(rng: np.random.Generator, n: int, better: float) -> Values:
    """Values like nDCG's: how hard the query is, and noise of each system; ``better`` is added to one."""
    hard = rng.beta(2, 2, n)
    one, other = (np.clip(hard + rng.normal(0, 0.15, n), 0, 1) for _ in range(2))
    return np.clip(one + better, 0, 1), other


def first_hit(rng: np.random.Generator, n: int, better: float) -> Values:
    """Values like RR's: one over the rank of the first hit, which is mostly 1 for both."""
    hard = rng.beta(4, 2, n)
    return 1 / rng.geometric(np.minimum(hard + better, 1)), 1 / rng.geometric(hard)


def skewed(rng: np.random.Generator, n: int, better: float) -> Values:
    """A little gained on nine queries of ten, as much lost on the tenth."""
    gained = rng.exponential(0.05, n)
    lost = rng.random(n) < 0.1
    return np.where(lost, -9 * gained, gained) + better, np.zeros(n)


SETTINGS: tuple[tuple[str, Callable[[np.random.Generator, int, float], Values], float], ...] = (
    ("graded", graded, 0.05),
    ("first hit", first_hit, 0.1),
    ("skewed", skewed, 0.05),
)


def share_of_winners(name: str, draw: Callable[..., Values], n: int, better: float, samples: int) -> float:
    """Return the share of samples in which the two systems are told apart."""
    settings = {"resamples": 2000} if name in {"paired_bootstrap", "bca_bootstrap", "randomization"} else {}
    test, rng = paired_tests.create(name, settings), np.random.default_rng(1)
    found = sum(test.compare(*draw(rng, n, better), seed=i).tells_apart for i in range(samples))
    return found / samples


def main() -> None:
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    names = ("paired_bootstrap", "bca_bootstrap", "paired_t", "randomization", "wilcoxon", "sign")
    print(f"{'setting':10} {'queries':>7} {'true':>6}  " + "  ".join(f"{name:>16}" for name in names))
    for setting, draw, step in SETTINGS:
        for n in QUERIES:
            for better in (0.0, step):
                shares = [share_of_winners(name, draw, n, better, samples) for name in names]
                cells = "  ".join(f"{share:16.1%}" for share in shares)
                print(f"{setting:10} {n:7} {better:6.2f}  {cells}", flush=True)


if __name__ == "__main__":
    main()
