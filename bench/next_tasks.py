"""How many answers reach which accuracy: asked where they help most, against the same number for every task.

Real answers are replayed. Those of a task come in an order that a seed shuffles, as they are bought. With a fixed
overlap every task gets one after another; ``next_tasks`` starts with one for every task and then buys, in rounds of
a twentieth of the tasks, what it recommends until it stops. Dawid–Skene decides in both, from scratch. Accuracy is
the share of tasks decided as known, a mean over seeds; the difference, in points, is given with its standard error over
seeds. ``next_tasks`` is there at the first number of answers a task from which it is as accurate as the fixed overlap
of the row. What is saved is given as a mean of the rows, and as the share of all answers bought at these overlaps that
were not needed, with standard errors by a bootstrap over seeds. What is printed is Markdown. That tasks are ranked by the
probability of error as if answers were independent, and how right annotators are taken to be beforehand, was chosen on
rte, temporal and the first 20 seeds of dog; the other seeds, face and product had no say. The rule to stop takes annotators
to err as the crowd does, because to take them for mostly right there too ends 0.3 points lower on dog.

    python bench/next_tasks.py [seeds] [folder with the data sets] [picture.svg] [names of sets]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

from palate.aggregation.labels import DawidSkene, LabelAggregator, LabelState, MajorityVote, next_tasks
from palate.core.randomness import generator

SETS = ("dog", "face", "product")
ROUND = 0.05


def shuffled(answers: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the answers with the column ``turn``: when a task's answer comes, from 0."""
    draws = pl.Series(generator(seed, "replay").random(len(answers)))
    turn = pl.col("draw").rank("ordinal").over("task").cast(pl.Int64) - 1
    return answers.with_columns(draw=draws).with_columns(turn=turn).drop("draw")


def accuracy(state: LabelState, known: pl.DataFrame) -> float:
    """Return the share of tasks decided as is known."""
    both = state.result().labels.join(known, on="task", suffix="_known")
    return float((both["label"] == both["label_known"]).mean())


def fixed(answers: pl.DataFrame, known: pl.DataFrame, method: LabelAggregator) -> list[tuple[float, float]]:
    """Return answers a task and accuracy at every overlap."""
    state = method.start()
    points = []
    for turn in range(int(answers["turn"].max()) + 1):
        state.add(answers.filter(pl.col("turn") == turn).drop("turn"))
        points.append((len(state) / answers["task"].n_unique(), accuracy(state, known)))
    return points


def adaptive(answers: pl.DataFrame, known: pl.DataFrame) -> list[tuple[float, float]]:
    """Return answers a task and accuracy after every round."""
    overlap = answers.group_by("task").len()
    n_tasks, most = len(overlap), int(overlap["len"].max())
    state = DawidSkene().start(labels=answers["label"].unique().sort().to_list())
    state.add(answers.filter(pl.col("turn") == 0).drop("turn"))
    points = [(len(state) / n_tasks, accuracy(state, known))]
    while True:
        wanted = next_tasks(state, n_tasks, max_overlap=most)
        bought = answers.join(
            wanted.with_row_index("place"), left_on=["task", "turn"], right_on=["task", "answers"]
        )
        bought = bought.sort("place").head(max(1, round(ROUND * n_tasks)))
        if bought.is_empty():
            return points
        state.add(bought.select("task", "annotator", "label"))
        points.append((len(state) / n_tasks, accuracy(state, known)))


def at(points: list[list[tuple[float, float]]], grid: np.ndarray) -> np.ndarray:
    """Return the accuracy of every seed at each number of answers a task; after the end it stays."""
    return np.array([np.interp(grid, *zip(*curve, strict=True)) for curve in points])


def first_reach(grid: np.ndarray, curve: np.ndarray, goal: float) -> float | None:
    """Return the fewest answers a task at which the mean accuracy is at least ``goal``."""
    reached = np.flatnonzero(curve >= goal - 1e-12)
    return float(grid[reached[0]]) if len(reached) else None


def savings(overlaps: np.ndarray, goals: np.ndarray, grid: np.ndarray, curve: np.ndarray) -> list[float]:
    """Return the share of answers saved at each overlap, 0 where the accuracy is never reached."""
    found = [first_reach(grid, curve, goal) for goal in goals]
    return [0.0 if first is None else 1 - first / n for n, first in zip(overlaps, found, strict=True)]


def in_all(overlaps: np.ndarray, goals: np.ndarray, grid: np.ndarray, curves: np.ndarray) -> str:
    """Return what is saved at the overlaps from 2 on, short of all answers; with errors by a bootstrap over seeds."""
    inner, n_seeds = overlaps[1:-1], len(goals)
    draws = generator(0, "seeds").integers(0, n_seeds, size=(200, n_seeds))
    saved, *again = (
        savings(inner, goals[seeds, 1:-1].mean(axis=0), grid, curves[seeds].mean(axis=0))
        for seeds in (np.arange(n_seeds), *draws)
    )
    pooled = np.average(saved, weights=inner)
    which = "2" if len(inner) == 1 else f"2 to {inner[-1]:.0f}"
    return (
        f"At a fixed overlap of {which}: {np.mean(saved):.1%} ± {np.std(np.mean(again, axis=1)):.1%} saved in the"
        f" mean; of all the answers that they buy, {pooled:.1%} ±"
        f" {np.std(np.average(again, axis=1, weights=inner)):.1%} were not needed."
    )


def compare(name: str, folder: Path, seeds: int) -> pl.DataFrame:
    """Print the curves of a data set; return them for a picture."""
    answers = pl.read_csv(folder / name / "answers.csv").unique(
        ["task", "annotator"], keep="first", maintain_order=True
    )
    known = pl.read_csv(folder / name / "gold.csv")
    replays = [shuffled(answers, seed) for seed in range(seeds)]
    plain = [fixed(replay, known, DawidSkene()) for replay in replays]
    votes = [fixed(replay, known, MajorityVote(ties="random")) for replay in replays]
    chosen = [adaptive(replay, known) for replay in replays]
    most = len(answers) / answers["task"].n_unique()
    grid = np.linspace(1, most, 1 + round((most - 1) * 50))
    overlaps = np.append(np.arange(1, most - 1e-9), most)
    goals, ours, curves = at(plain, overlaps), at(chosen, overlaps), at(chosen, grid)
    spent = np.mean([points[-1][0] for points in chosen])
    print(f"\n### {name}\n")
    print("| answers a task | fixed overlap | next_tasks | difference | next_tasks is there at | saved |")
    print("|--:|--:|--:|--:|--:|--:|")
    saved = savings(overlaps, goals.mean(axis=0), grid, curves.mean(axis=0))
    for place, n in enumerate(overlaps):
        goal, gained = goals[:, place].mean(), 100 * (ours - goals)[:, place]
        error = gained.std(ddof=1) / np.sqrt(seeds)
        first = first_reach(grid, curves.mean(axis=0), goal)
        reached = "never | –" if first is None else f"{first:.2f} | {saved[place]:.0%}"
        difference = f"{gained.mean():+.1f} ± {error:.1f}"
        print(f"| {n:.3g} | {goal:.1%} | {ours[:, place].mean():.1%} | {difference} | {reached} |")
    voted = savings(overlaps, at(votes, overlaps).mean(axis=0), grid, curves.mean(axis=0))
    print(f"\n{in_all(overlaps, goals, grid, curves)}", end=" ")
    print(f"Against majority vote there: {np.mean(voted[1:-1]):.0%} in the mean.", end=" ")
    print(f"Stopped at {spent:.2f} answers a task on average.", flush=True)
    bought = grid[grid <= spent]
    pairs = [("fixed overlap", overlaps, goals), ("next_tasks", bought, at(chosen, bought))]
    return pl.concat(
        pl.DataFrame({"answers a task": n, "accuracy": shares.mean(axis=0)}).with_columns(
            asked=pl.lit(how), data=pl.lit(name)
        )
        for how, n, shares in pairs
    )


def draw(curves: pl.DataFrame, path: Path) -> None:
    """Write a picture of the curves."""
    import altair as alt

    alt.data_transformers.disable_max_rows()
    lines = (
        alt.Chart(curves)
        .mark_line()
        .encode(
            x=alt.X("answers a task:Q"),
            y=alt.Y("accuracy:Q", axis=alt.Axis(format="%"), scale=alt.Scale(zero=False)),
            color=alt.Color("asked:N", title=None, scale=alt.Scale(range=["#8a8a8a", "#0b6e4f"])),
        )
    )
    panels = lines.properties(width=220, height=200).facet(alt.Column("data:N", title=None))
    panels.resolve_scale(x="independent", y="independent").save(path)


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else default
    if not folder.is_dir():
        print(f"Skipped: the answers of people are not in {folder}.")
        return
    curves = pl.concat([compare(name, folder, seeds) for name in sys.argv[4:] or SETS])
    if len(sys.argv) > 3:
        draw(curves, Path(sys.argv[3]))


if __name__ == "__main__":
    main()
