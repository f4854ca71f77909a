"""How long does aggregating take, and how often is it right? Palate beside Crowd-Kit (if installed), same answers.

Speed: synthetic answers, 5 a task, 4 labels, as many annotators as the square root of the answers, few of whom give most of
them; CPU seconds of the whole call from dataframe to dataframe, best of several runs, and how many times the peer takes.

Accuracy: percent of known labels found on the data sets of ``../shared/data``, whole and thinned, by prior of Dawid–Skene.

    python bench/aggregation.py [speed [answers]]
    python bench/aggregation.py accuracy
"""

from __future__ import annotations

import importlib.util
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from palate.aggregation.labels import (
    MMSR,
    DawidSkene,
    LabelAggregator,
    MajorityVote,
    OneCoinDawidSkene,
    Wawa,
    ZeroBasedSkill,
)
from palate.aggregation.pairs import BradleyTerry
from palate.agreement import KrippendorffAlpha

OVERLAP, LABELS, ITERATIONS, REPEATS = 5, 4, 20, 5
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


def synthetic(n_answers: int) -> pl.DataFrame:
    """Return answers in random order."""
    rng = np.random.default_rng(7)
    n_tasks, n_annotators = n_answers // OVERLAP, int(n_answers**0.5)
    activity = np.arange(1, n_annotators + 1) ** -1.0
    pages = np.log(activity) + rng.gumbel(size=(min(n_tasks, 20_000), n_annotators))
    crews = np.argsort(pages, axis=1)[:, -OVERLAP:]
    annotators = crews[np.arange(n_tasks) % len(crews)].ravel()
    truth = np.repeat(rng.integers(0, LABELS, n_tasks), OVERLAP)
    right = rng.random(len(truth)) < rng.beta(7, 3, n_annotators)[annotators]
    labels = np.where(right, truth, rng.integers(0, LABELS, len(truth)))
    tasks = np.repeat(np.arange(n_tasks), OVERLAP)
    frame = pl.DataFrame({"task": tasks, "annotator": annotators, "label": labels})
    return frame.sample(fraction=1.0, shuffle=True, seed=7)


def cpu_seconds(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Return the processor time of the fastest run after a first, which compiles or loads what is compiled."""
    work()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def speed(n_answers: int) -> None:
    answers = synthetic(n_answers)
    few = synthetic(n_answers // 10)
    peers = crowd_kit(answers, few) if importlib.util.find_spec("crowdkit") else {}
    print(f"{len(answers):,} answers; CPU seconds")
    comparisons = compared(n_answers, n_items=1_000)
    rows: dict[str, Callable[[], Any]] = {
        "majority vote": lambda: MajorityVote().aggregate(answers),
        "Wawa": lambda: Wawa().aggregate(answers),
        "zero-based skill, a tenth": lambda: ZeroBasedSkill().aggregate(few),
        "M-MSR, a tenth": lambda: MMSR().aggregate(few),
        f"one-coin, {ITERATIONS} iterations": lambda: OneCoinDawidSkene(
            max_iter=ITERATIONS, tolerance=0.0
        ).aggregate(answers),
        f"Dawid-Skene, {ITERATIONS} iterations": lambda: DawidSkene(
            max_iter=ITERATIONS, tolerance=0.0
        ).aggregate(answers),
        "Dawid-Skene until settled": lambda: DawidSkene().aggregate(answers),
        "Krippendorff's alpha, interval": lambda: KrippendorffAlpha().measure(answers),
        "Bradley-Terry, 1,000 items": lambda: BradleyTerry().aggregate(comparisons),
    }
    for name, work in rows.items():
        ours = cpu_seconds(work)
        theirs = f"  Crowd-Kit {peers[name]:6.2f}  {peers[name] / ours:5.1f} x" if name in peers else ""
        print(f"{name:<34} {ours:6.3f}{theirs}", flush=True)


def crowd_kit(answers: pl.DataFrame, few: pl.DataFrame) -> dict[str, float]:
    """Return the CPU seconds of the same methods in Crowd-Kit, one run each.

    Its tolerance is one that is never met, as its one-coin model would stop after two iterations; a check that
    current versions of scikit-learn fail is taken out. M-MSR is left out: it takes minutes and 11 GB.
    """
    from crowdkit import aggregation as peer

    warnings.simplefilter("ignore")
    for method in (peer.Wawa, peer.ZeroBasedSkill):
        sys.modules[method.__module__].check_is_fitted = lambda *_, **__: None
    methods = {
        "majority vote": (peer.MajorityVote(), answers),
        "Wawa": (peer.Wawa(), answers),
        "zero-based skill, a tenth": (peer.ZeroBasedSkill(), few),
        f"one-coin, {ITERATIONS} iterations": (
            peer.OneCoinDawidSkene(n_iter=ITERATIONS, tol=-1e300),
            answers,
        ),
        f"Dawid-Skene, {ITERATIONS} iterations": (peer.DawidSkene(n_iter=ITERATIONS, tol=0), answers),
    }
    found = {}
    for name, (method, data) in methods.items():
        frame = data.rename({"annotator": "worker"}).to_pandas()
        start = time.process_time()
        method.fit_predict(frame)
        found[name] = time.process_time() - start
    return found


def compared(n_comparisons: int, n_items: int) -> pl.DataFrame:
    """Return comparisons of items whose true scores are normal; a tenth are ties."""
    rng = np.random.default_rng(7)
    scores = rng.normal(size=n_items)
    left = rng.integers(0, n_items, n_comparisons)
    right = (left + rng.integers(1, n_items, n_comparisons)) % n_items
    won = rng.random(n_comparisons) < 1 / (1 + np.exp(scores[right] - scores[left]))
    label = np.where(rng.random(n_comparisons) < 0.1, "tie", np.where(won, "left", "right"))
    return pl.DataFrame({"left": left, "right": right, "label": label})


def accuracy() -> None:
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
        case [] | ["speed"]:
            speed(1_000_000)
        case ["speed", *rest]:
            speed(int(rest[0]))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
