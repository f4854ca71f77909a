"""How often is each way to aggregate labels right, and is it as sure as it is right? On answers by real people.

For every registered method with its defaults: percent of known labels found (ties counted by chance) and expected calibration
error (10 bins of the decided label's probability) on the eight sets of ``../shared/data``, of repeated answers the first.
No method sees the truth.

    python bench/accuracy.py [method ...]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from palate.aggregation.labels import LabelResult, label_aggregators, reliability

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
DATA_SETS = ("dog", "face", "product", "web", "trec_relevance", "rte", "temporal", "adult")


def expected_accuracy(found: LabelResult, truth: pl.DataFrame) -> float:
    """Return the share of known labels that are found, on average over random choices among tied labels."""
    known = truth.join(found.probabilities, on="task", suffix=" ")
    posterior = known.drop("task", "label").to_numpy()
    best = posterior >= posterior.max(axis=1, keepdims=True) - 1e-9
    names = np.array([name for name in found.probabilities.columns if name != "task"])
    right = names == known["label"].cast(pl.String).to_numpy()[:, np.newaxis]
    return float(((best & right).sum(axis=1) / best.sum(axis=1)).mean())


def calibration_error(found: LabelResult, truth: pl.DataFrame) -> float:
    """Return the mean distance between probability and share of right labels, weighed by tasks."""
    table = reliability(found, truth)
    gaps = (table["probability"] - table["accuracy"]).abs()
    return float((gaps * table["tasks"]).sum() / table["tasks"].sum())


def main() -> None:
    if not DATA.is_dir():
        print(f"Skipped: the answers of people are not in {DATA}.")
        return
    chosen = sys.argv[1:] or label_aggregators.names()
    print(f"{'':<26}" + "".join(f"{name[:9]:>12}" for name in DATA_SETS) + f"{'mean':>12}   seconds")
    for name in chosen:
        method = label_aggregators.create(name)
        cells, reasons, start = [], [], time.process_time()
        for data_set in DATA_SETS:
            answers = pl.read_csv(DATA / data_set / "answers.csv")
            truth = pl.read_csv(DATA / data_set / "gold.csv")
            if method.needs_golden or answers["label"].n_unique() > (method.most_labels or np.inf):
                cells.append((np.nan, np.nan))
                continue
            first = answers.unique(["task", "annotator"], keep="first", maintain_order=True)
            found = method.aggregate(first)
            cells.append((100 * expected_accuracy(found, truth), calibration_error(found, truth)))
            reasons.append(f"    {data_set}: {found.reason}")
        means = np.mean(cells, axis=0)
        row = "".join(f"{accuracy:6.1f} {error:.3f}" for accuracy, error in [*cells, means])
        print(f"{name:<26}{row}   {time.process_time() - start:7.1f}", flush=True)
        if name == "auto":
            print("\n".join(reasons))


if __name__ == "__main__":
    main()
