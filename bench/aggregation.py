"""How long does aggregating take, and how often is it right? Palate beside Crowd-Kit (if installed), same answers.

Speed: see ``_crowds.py`` for the answers and ``_beside.py`` for what is measured. Crowd-Kit's tolerance is one that is
never met, as its one-coin model would stop after two iterations; a check that current versions of scikit-learn fail is
taken out. Its M-MSR is left out: it takes minutes and 11 GB. MACE makes 10 restarts of 50
iterations on both sides.

Accuracy: percent of known labels found on the data sets of ``../shared/data``, whole and thinned, by prior of Dawid–Skene.

    python bench/aggregation.py [speed [words of a title ...]]
    python bench/aggregation.py accuracy
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _beside import Row, Work

if TYPE_CHECKING:
    import polars as pl

    from palate.aggregation.labels import LabelAggregator

ITERATIONS = 20
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
DATA_SETS = ("dog", "face", "product", "web", "trec_relevance", "rte", "temporal", "adult")
THINNED = (
    {},
    {"overlap": 3},
    {"overlap": 2},
    {"tasks": 300},
    {"tasks": 300, "overlap": 3},
    {"tasks": 100},
    {"tasks": 100, "overlap": 3},
    {"tasks": 50},
    {"tasks": 30},
)
PRIORS = ((0.0, 0.0), (1.0, 0.01), (1.0, 0.1), (1.0, 1.0), (4.0, 1.0))
SAMPLES = 3


def ours(name: str, **settings: Any) -> Callable[[Any], Any]:
    def work(answers: Any) -> Any:
        from palate.aggregation.labels import label_aggregators

        return label_aggregators.create(name, settings).aggregate(answers).labels

    return work


def on_processors(number: int, work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Let a process, and all threads that it has and starts, use so many processors."""

    def limited(answers: Any) -> Any:
        chosen = sorted(os.sched_getaffinity(0))[:number]
        for thread in Path("/proc/self/task").iterdir():
            os.sched_setaffinity(int(thread.name), chosen)
        return work(answers)

    return limited


def crowd_kit(name: str, **settings: Any) -> Callable[[Any], Callable[[], Any]]:
    def prepare(answers: Any) -> Callable[[], Any]:
        from crowdkit import aggregation as peer

        method = getattr(peer, name)
        if hasattr(sys.modules[method.__module__], "check_is_fitted"):
            sys.modules[method.__module__].check_is_fitted = lambda *_, **__: None  # type: ignore[attr-defined]
        frame = answers.rename(columns={"annotator": "worker"})
        return lambda: method(**settings).fit_predict(frame)

    return prepare


FIXED = {"max_iter": ITERATIONS, "tolerance": 0.0}
WORK = {
    "majority_vote": Work(ours("majority_vote"), {"crowdkit": crowd_kit("MajorityVote")}),
    "wawa": Work(ours("wawa"), {"crowdkit": crowd_kit("Wawa")}),
    "zero_based_skill": Work(ours("zero_based_skill"), {"crowdkit": crowd_kit("ZeroBasedSkill")}),
    "one_coin_dawid_skene": Work(
        ours("one_coin_dawid_skene", **FIXED),
        {"crowdkit": crowd_kit("OneCoinDawidSkene", n_iter=ITERATIONS, tol=-1e300)},
    ),
    "dawid_skene": Work(
        ours("dawid_skene", **FIXED), {"crowdkit": crowd_kit("DawidSkene", n_iter=ITERATIONS, tol=0)}
    ),
    "dawid_skene_one_thread": Work(on_processors(1, ours("dawid_skene", **FIXED))),
    "dawid_skene_two_threads": Work(on_processors(2, ours("dawid_skene", **FIXED))),
    "mace": Work(ours("mace", max_iter=50, tolerance=0.0), {"crowdkit": crowd_kit("MACE")}),
    "glad": Work(ours("glad"), {"crowdkit": crowd_kit("GLAD")}),
    "m_msr": Work(ours("m_msr")),
    "minimax_entropy": Work(ours("minimax_entropy")),
}
"""By name, what is timed."""

TWENTY = f"{ITERATIONS} iterations"
ROWS = (
    Row("aggregation", "majority_vote", "majority vote", 1_000_000, peer="crowdkit", ratio=10),
    Row("aggregation", "wawa", "Wawa", 1_000_000, peer="crowdkit", ratio=10),
    Row(
        "aggregation",
        "one_coin_dawid_skene",
        f"one-coin Dawid–Skene, {TWENTY}",
        1_000_000,
        peer="crowdkit",
        ratio=60,
    ),
    Row(
        "aggregation",
        "dawid_skene",
        f"Dawid–Skene, {TWENTY}",
        1_000_000,
        peer="crowdkit",
        ratio=40,
        megabytes=100,
    ),
    Row(
        "aggregation",
        "dawid_skene",
        f"Dawid–Skene, {TWENTY}",
        10_000_000,
        peer="crowdkit",
        ratio=60,
        megabytes=700,
    ),
    Row("aggregation", "mace", "MACE", 100_000, peer="crowdkit", ratio=100),
    Row("aggregation", "glad", "GLAD", 100_000, peer="crowdkit", ratio=100),
    Row("aggregation", "zero_based_skill", "zero-based skill", 100_000, peer="crowdkit", ratio=100),
    Row("aggregation", "m_msr", "M-MSR", 100_000, seconds=2, megabytes=100),
    Row("aggregation", "minimax_entropy", "minimax entropy", 10_000),
)
LINEAR = tuple(
    Row("aggregation", "dawid_skene", f"Dawid–Skene, {TWENTY}", n)
    for n in (100_000, 1_000_000, 10_000_000, 30_000_000)
)
"""Time should grow as the answers do."""

THREADS = tuple(
    Row(
        "aggregation",
        f"dawid_skene_{threads}",
        f"Dawid–Skene, {TWENTY}, {threads.replace('_', ' ')}",
        10_000_000,
    )
    for threads in ("one_thread", "two_threads")
)
"""The second should take at most 1 / 1.6 of the wall time of the first."""


def accuracy() -> None:
    import numpy as np

    from palate.aggregation.labels import DawidSkene, MajorityVote

    methods: dict[str, LabelAggregator] = {"votes": MajorityVote()}
    for right, wrong in PRIORS:
        methods[f"{right:g} / {wrong:g}"] = DawidSkene(right=right, wrong=wrong)
    print("percent right; pseudo-counts of right / wrong answers")
    print(f"{'':<22}" + "".join(f"{name:>10}" for name in methods))
    means = []
    for thinning in THINNED:
        found = [accuracies(name, thinning, methods) for name in DATA_SETS]
        means.append(np.mean(found, axis=0))
        print_row(" ".join(f"{n} {what}" for what, n in thinning.items()) or "whole", means[-1])
        if not thinning:
            for name, row in zip(DATA_SETS, found, strict=True):
                print_row(f"  {name}", row)
    print_row("mean", np.mean(means, axis=0))


def print_row(name: str, values: Any) -> None:
    print(f"{name:<22}" + "".join(f"{value:10.1f}" for value in values), flush=True)


def accuracies(name: str, thinning: dict[str, int], methods: dict[str, LabelAggregator]) -> Any:
    """Return the mean accuracy of each method over some samples of a data set, ties counted by chance."""
    import numpy as np
    import polars as pl

    answers = pl.read_csv(DATA / name / "answers.csv").unique(["task", "annotator"], keep="first")
    gold = pl.read_csv(DATA / name / "gold.csv")
    rows = []
    for seed in range(SAMPLES if thinning else 1):
        sample = thinned(answers, gold, seed, **thinning)
        rows.append([100 * share_right(method, sample, gold) for method in methods.values()])
    return np.mean(rows, axis=0)


def thinned(
    answers: pl.DataFrame, gold: pl.DataFrame, seed: int, tasks: int | None = None, overlap: int | None = None
) -> pl.DataFrame:
    """Return the answers to some tasks with known labels, and some answers a task."""
    import polars as pl

    answers = answers.sort("task", "annotator").sample(fraction=1.0, shuffle=True, seed=seed)
    if tasks is not None:
        known = gold["task"].filter(gold["task"].is_in(answers["task"].implode())).sort()
        chosen = known.sample(min(tasks, len(known)), seed=seed)
        answers = answers.filter(pl.col("task").is_in(chosen.implode()))
    if overlap is not None:
        answers = answers.filter(pl.int_range(pl.len()).over("task") < overlap)
    return answers


def share_right(method: LabelAggregator, answers: pl.DataFrame, gold: pl.DataFrame) -> float:
    """Return the expected share of known labels that are found if ties are broken by chance."""
    import numpy as np

    posterior = method.aggregate(answers).probabilities.join(gold, on="task", how="inner")
    names = [name for name in posterior.columns if name not in {"task", "label"}]
    table = posterior.select(names).to_numpy()
    best = table >= table.max(axis=1, keepdims=True) - 1e-9
    known = np.array([str(label) for label in posterior["label"]])
    right = best & (known[:, np.newaxis] == np.array(names))
    return float(np.mean(right.sum(axis=1) / best.sum(axis=1)))


def main() -> None:
    match sys.argv[1:]:
        case ["accuracy"]:
            accuracy()
        case [] | ["speed", *_]:
            from _table import print_rows

            print_rows(ROWS, sys.argv[2:])
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
