"""How often do 95% intervals of off-policy estimates hold the known truth, and how wide are they?

Simulated users of five impressions each, whose taste moves all their clicks, see items drawn by a logging policy; the
target policy's true value is known (``tests/support/bandit_logs.py``). Below, on the Open Bandit logs if they are there:
the value of the random policy from the log of the other one (Thompson sampling), and of the other one from the log of
the random policy, each beside the mean of the policy's own log.

    python bench/off_policy.py [simulations] [users]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

from palate.experiments.off_policy import evaluate_policy

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from bandit_logs import bandit, bandit_log, policy_table  # noqa: E402 (the tests' own world)

OPEN_BANDIT = ROOT.parent / "shared" / "data" / "open_bandit"
NAMES = ("ips", "snips", "doubly_robust")


def coverage(simulations: int, users: int) -> None:
    hits = {(name, by): 0 for name in NAMES for by in ("user", "row")}
    widths = dict.fromkeys(hits, 0.0)
    for seed in range(simulations):
        clicks, logging, target = bandit(seed % 20)
        truth = float((clicks * target).sum(axis=1).mean())
        log = bandit_log(clicks, logging, users, np.random.default_rng([9, seed]))
        for by, table in (("user", log), ("row", log.drop("user"))):
            for value in evaluate_policy(table, policy_table(target)).values:
                hits[value.name, by] += truth in value.value
                widths[value.name, by] += (value.value.high - value.value.low) / simulations
    error = 1.96 * (0.95 * 0.05 / simulations) ** 0.5
    print(f"{simulations:,} logs of {users:,} users; a coverage of 95% is seen as 95% ± {100 * error:.1f}%")
    for (name, by), count in hits.items():
        print(f"{name:14} by {by:5} covers {100 * count / simulations:5.1f}%, width {widths[name, by]:.4f}")


def open_bandit() -> None:
    columns = ["item_id", "position", "click", "propensity_score"]
    logs = {
        name: pl.read_csv(OPEN_BANDIT / f"{name}.csv", columns=columns).rename({"item_id": "item"})
        for name in ("random", "thompson")
    }
    uniform = pl.DataFrame({"item": range(34), "probability": [1 / 34] * 34})
    known = (
        logs["thompson"]
        .group_by("position", "item")
        .agg(pl.col("propensity_score").mean().alias("probability"))
    )
    thompson = known.with_columns(pl.col("probability") / pl.col("probability").sum().over("position"))
    for target, policy, source in (("random", uniform, "thompson"), ("thompson", thompson, "random")):
        found = evaluate_policy(logs[source], policy)
        own = logs[target]["click"].mean()
        print(
            f"{target} policy: {own:.4f} clicks in its own log; from the log of {source} ({found.effective_rows:,.0f} rows' worth):"
        )
        for value in found.values:
            interval = value.value
            print(f"  {value.name:14}{interval.estimate:.4f} ({interval.low:.4f} … {interval.high:.4f})")
        for note in found.notes:
            print(f"  {note}")


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    coverage(*(arguments + [1000, 300][len(arguments) :]))
    if OPEN_BANDIT.exists():
        open_bandit()
