"""Do the judged values agree with the truth? The demo's loop for many seeds, without people, report or pictures.

For every seed the systems rank later-rated titles, simulated annotators judge them in two rounds, and the judged values are held
against the values from the real ratings. Printed: how often the true value lies within the judged 95% interval, for each measure
and system, and for the differences between systems that verdicts are about.

    python bench/truth.py [seeds] [workers]
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from pathlib import Path

import polars as pl


def one_seed(seed: int) -> list[tuple[str, str, bool]]:
    """Run the loop for a seed; return (what, which, whether the truth lies within the interval)."""
    from palate.inference import PairedBootstrap, judge_difference
    from palate.measures import evaluate
    from palate.study import Study, new_study
    from palate.study.artifacts import read_artifact

    with tempfile.TemporaryDirectory() as folder:
        study: Study = new_study(Path(folder) / "study", seed=seed)
        study.run(last="evaluate-2")
        read = lambda step, name: read_artifact(study.directory, step, name)  # noqa: E731 (short for a script)
        summary = read("evaluate-2", "summary").join(
            read("evaluate-2", "truth"), on=["system", "measure"], suffix="_true"
        )
        rows = [
            (f"value of {r['measure']}", r["system"], r["low"] <= r["value_true"] <= r["high"])
            for r in summary.to_dicts()
        ]
        candidates = read("split", "candidates").select("query", "item", pl.col("grade").cast(pl.Float64))
        headline = study.settings.evaluate.headline
        ranked = pl.concat([read("recommend", "runs"), read("learn", "runs")], how="vertical_relaxed")
        real = evaluate(ranked.drop("score"), candidates, measures=[headline]).per_query
        judged = read("evaluate-2", "per_query").filter(pl.col("measure") == headline)
        for system, other in combinations(sorted(set(judged["system"])), 2):
            interval = judge_difference(
                judged, system, other, headline, test=PairedBootstrap(), seed=seed
            ).difference.interval
            truth = judge_difference(
                real, system, other, headline, test=PairedBootstrap(resamples=100)
            ).difference.interval
            rows.append((f"difference on {headline}", f"{system} − {other}", truth.estimate in interval))
    return rows


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    held: dict[tuple[str, str], list[bool]] = defaultdict(list)
    with ProcessPoolExecutor(workers) as pool:
        for done, rows in enumerate(pool.map(one_seed, range(seeds)), 1):
            for what, which, inside in rows:
                held[what, which].append(inside)
            sys.stderr.write(f"\r{done}/{seeds} seeds")
    sys.stderr.write("\n")
    for (what, which), inside in sorted(held.items()):
        print(f"{what:<28} {which:<32} {sum(inside):>4} of {len(inside)} = {sum(inside) / len(inside):.0%}")
    every = [x for inside in held.values() for x in inside]
    share = sum(every) / len(every)
    print(json.dumps({"seeds": seeds, "share_within": round(share, 4), "goal": 0.9, "met": share >= 0.9}))


if __name__ == "__main__":
    main()
