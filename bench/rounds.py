"""Does the second round of the loop pay? The demo's study for many seeds, each with its verdict and its cost.

For every seed the study of ``palate demo`` is run, without its page: three recommenders rank what users rated later, simulated
annotators judge the first items of each, a ranker learns from that, and annotators are asked about what it changed. Printed is
a table: what the ranker gains over the best recommender before its new items were judged, after, and by the real ratings.

    python bench/rounds.py [seeds] [workers]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from palate.inference import Verdict

_GOAL = 0.9
"""Share of the seeds in which the ranker is to win."""


@dataclass(frozen=True)
class Outcome:
    """What one seed gave."""

    seed: int
    best: str
    before: str
    after: str
    won: bool
    true_gain: float
    dollars: tuple[Decimal, Decimal]
    tasks: tuple[int, int]
    seconds: float


def one_seed(seed: int) -> Outcome:
    """Run the study of a seed."""
    from palate.inference import Verdict
    from palate.study import new_study
    from palate.study.artifacts import read_artifact

    with tempfile.TemporaryDirectory() as folder:
        study = new_study(Path(folder) / "study", seed=seed)
        began = time.perf_counter()
        study.run(last="evaluate-2")
        seconds = time.perf_counter() - began
        named = study.settings.learn.ranker
        lead = json.loads((study.directory / "evaluate-2" / "verdicts.json").read_text())["verdicts"][0]
        after = Verdict.from_dict(lead)
        before = Verdict.from_dict(json.loads((study.directory / "learn" / "verdict.json").read_text()))
        best = after.other if after.system == named else after.system
        truth = read_artifact(study.directory, "evaluate-2", "truth").filter(
            pl.col("measure") == after.measure
        )
        real = dict(truth.select("system", "value").iter_rows())
        costs = [read_artifact(study.directory, step, "cost")["dollars"] for step in ("ask", "ask-2")]
        tasks = [len(read_artifact(study.directory, step, "tasks")) for step in ("sample", "sample-2")]
    return Outcome(
        seed,
        best,
        _gain(before, named),
        _gain(after, named),
        after.better == named,
        real[named] - real[best],
        (sum(map(Decimal, costs[0]), Decimal(0)), sum(map(Decimal, costs[1]), Decimal(0))),
        (tasks[0], tasks[1]),
        seconds,
    )


def _gain(verdict: Verdict, named: str) -> str:
    found = verdict.difference.interval
    sign = 1 if verdict.system == named else -1
    low, high = sorted((sign * found.low, sign * found.high))
    return f"{sign * found.estimate:+.3f} ({low:+.3f} … {high:+.3f})"


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    outcomes: list[Outcome] = []
    print(
        "| seed | best first-round system | before asking | after asking | by real ratings | tasks | cost | verdict |"
    )
    print("|---:|---|---|---|---:|---:|---:|---|")
    with ProcessPoolExecutor(workers) as pool:
        for one in pool.map(one_seed, range(seeds)):
            outcomes.append(one)
            print(
                f"| {one.seed} | {one.best} | {one.before} | {one.after} | {one.true_gain:+.3f} |"
                f" {one.tasks[0]:,} + {one.tasks[1]:,} | ${one.dollars[0]:.2f} + ${one.dollars[1]:.2f} |"
                f" {'the ranker wins' if one.won else 'no winner, or the other'} |",
                flush=True,
            )
    won = sum(one.won for one in outcomes)
    costs = [sum(one.dollars, Decimal(0)) for one in outcomes]
    summary = {
        "seeds": seeds,
        "won": won,
        "dollars_mean": round(float(sum(costs, Decimal(0))) / seeds, 2),
        "second_round_dollars_mean": round(
            float(sum((one.dollars[1] for one in outcomes), Decimal(0))) / seeds, 2
        ),
        "seconds_mean": round(sum(one.seconds for one in outcomes) / seeds, 1),
        "goal": _GOAL,
        "met": won >= _GOAL * seeds,
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
