"""How long does saying how far annotators agree take? Krippendorff's alpha beside its peers (if installed), same answers.

Synthetic answers, 5 a task, 4 labels, power-law activity; CPU seconds. The peers are the count path of
``krippendorff`` (given how often each task was given each label, which ours counts first, from ids; counted with numpy, likewise from
ids, in a second row) and Crowd-Kit's ``alpha_krippendorff``, one run. Neither has an interval; ours is timed with and without.

    python bench/agreement.py [answers]
"""

from __future__ import annotations

import importlib.util
import sys
import time
import warnings
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from aggregation import cpu_seconds, synthetic
from palate.agreement import KrippendorffAlpha, agreement_coefficients

FEWEST = 39
"""Resamples that an interval of 95% needs: as near to none as there is."""


def main(n_answers: int) -> None:
    answers = synthetic(n_answers)
    print(f"{len(answers):,} answers; CPU seconds")
    bare = cpu_seconds(lambda: KrippendorffAlpha(resamples=FEWEST).measure(answers))
    row("alpha, 39 resamples", bare)
    row("alpha, 1,000 resamples", cpu_seconds(lambda: KrippendorffAlpha().measure(answers)))
    value = KrippendorffAlpha().measure(answers).value
    if importlib.util.find_spec("krippendorff"):
        compare("krippendorff, counts", *count_path(answers), value, bare)
        compare("krippendorff, counted from ids", *count_path(answers, counting=True), value, bare)
    if importlib.util.find_spec("crowdkit"):
        compare("Crowd-Kit", *crowd_kit(answers), value, bare)
    for coefficient in agreement_coefficients:
        row(
            f"{agreement_coefficients.name_of(coefficient)}, 1,000 resamples",
            cpu_seconds(partial(coefficient().measure, answers), repeats=1),
        )


def count_path(answers: pl.DataFrame, *, counting: bool = False) -> tuple[float, float]:
    """Return the CPU seconds of ``krippendorff`` from counts (or from codes), and the value."""
    import krippendorff

    task, label = (answers[name].to_numpy() for name in ("task", "label"))

    def counts() -> np.ndarray:
        tasks, task_codes = np.unique(task, return_inverse=True)
        labels, label_codes = np.unique(label, return_inverse=True)
        cells = np.bincount(task_codes * len(labels) + label_codes, minlength=len(tasks) * len(labels))
        return cells.reshape(len(tasks), len(labels))

    counted = counts()

    def alpha() -> float:
        return krippendorff.alpha(
            value_counts=counts() if counting else counted, level_of_measurement="nominal"
        )

    return cpu_seconds(alpha), float(alpha())


def crowd_kit(answers: pl.DataFrame) -> tuple[float, float]:
    """Return the CPU seconds of Crowd-Kit, and the value."""
    from crowdkit.metrics.data import alpha_krippendorff

    warnings.simplefilter("ignore")
    frame = answers.rename({"annotator": "worker"}).to_pandas()
    start = time.process_time()
    value = alpha_krippendorff(frame)
    return time.process_time() - start, value


def compare(name: str, seconds: float, value: float, ours: float, our_seconds: float) -> None:
    row(name, seconds, f"{seconds / our_seconds:6.1f} x ours; values differ by {abs(value - ours):.1e}")


def row(name: str, seconds: float, more: Any = "") -> None:
    print(f"{name:<42} {seconds:7.3f}  {more}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
