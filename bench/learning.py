"""Does a ranker learn better from the posterior of grades than from majority votes? Real queries, simulated annotators.

The learning-to-rank sample (251 queries, 3,773 rows, 300 features) has true grades 0 to 4. In each repetition a crowd of
40 simulated annotators grades every row: 3 of them a row, drawn at random. A quarter answer at random; the others are
right with a probability from 0.4 to 0.8 and else err to a grade near the true one. Votes and Dawid–Skene turn answers
into judgments; rankers learn from these in five folds, so that each query is ranked by a ranker that has not seen it;
the runs are measured by nDCG@10 (gains 2 ** grade - 1) with the true grades. The interval of a difference is Student's over the
repetitions, and over the queries of their mean over repetitions; the wider one is printed. What is printed is Markdown.

    python bench/learning.py [repetitions] [objective,objective,… | all] [folder with the data]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy import stats

from palate.aggregation.labels import DawidSkene, MajorityVote
from palate.learning import cross_fit, rankers
from palate.measures import evaluate

N_ANNOTATORS, N_GRADES, OVERLAP, SPAMMERS = 40, 5, 3, 0.25
FOLDS = 5


@dataclass(frozen=True)
class Judged:
    """Judgments by one way of aggregating, and what of them is learned from."""

    name: str
    labels: str
    confidence: str


TREATMENTS = (
    Judged("majority votes", "votes", "ignore"),
    Judged("shares of votes as posterior", "votes", "expected"),
    Judged("Dawid–Skene, labels", "dawid_skene", "ignore"),
    Judged("Dawid–Skene, rows weighted", "dawid_skene", "weights"),
    Judged("Dawid–Skene, posterior", "dawid_skene", "expected"),
)
MAIN = (TREATMENTS[0], TREATMENTS[2], TREATMENTS[4])


def read_rows(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the features and the true judgments of both parts of the sample."""
    lines, sizes = list[str](), list[int]()
    for part in ("train", "test"):
        lines += (folder / f"rank.{part}").read_text().splitlines()
        sizes += [int(size) for size in (folder / f"rank.{part}.query").read_text().split()]
    values = np.zeros((len(lines), 301))
    for row, line in enumerate(lines):
        for pair in line.split()[1:]:
            name, _, value = pair.partition(":")
            values[row, int(name)] = float(value)
    used = np.flatnonzero(values.any(axis=0))
    names = pl.DataFrame({"query": np.repeat(np.arange(len(sizes)), sizes), "item": np.arange(len(lines))})
    features = names.with_columns(pl.Series(f"f{column}", values[:, column]) for column in used)
    return features, names.with_columns(grade=pl.Series([int(line.split()[0]) for line in lines]))


def answers_of(grades: np.ndarray, rng: np.random.Generator) -> pl.DataFrame:
    """Return three answers for every row by a crowd drawn anew."""
    right = np.where(rng.random(N_ANNOTATORS) < SPAMMERS, 0.0, rng.uniform(0.4, 0.8, N_ANNOTATORS))
    nearness = np.exp(-np.abs(np.subtract.outer(np.arange(N_GRADES), np.arange(N_GRADES))).astype(float))
    np.fill_diagonal(nearness, 0.0)
    nearness /= nearness.sum(axis=1, keepdims=True)
    confusion = right[:, None, None] * np.eye(N_GRADES) + (1 - right)[:, None, None] * nearness
    confusion[right == 0.0] = 1.0 / N_GRADES
    who = np.argsort(rng.random((len(grades), N_ANNOTATORS)), axis=1)[:, :OVERLAP]
    chances = confusion[who, grades[:, None]].cumsum(axis=2)
    given = (rng.random((*who.shape, 1)) > chances[..., :-1]).sum(axis=2)
    return pl.DataFrame(
        {"task": np.repeat(np.arange(len(grades)), OVERLAP), "annotator": who.ravel(), "label": given.ravel()}
    )


def judgments_of(truth: pl.DataFrame, answers: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return judgments with their posterior by each way of aggregating."""
    ways = {"votes": MajorityVote(ties="random"), "dawid_skene": DawidSkene(threads=1)}
    judged = {}
    for name, way in ways.items():
        found = way.aggregate(answers)
        posterior = found.probabilities.rename(lambda column: column if column == "task" else f"p_{column}")
        judged[name] = (
            truth.select("query", "item", task="item")
            .join(found.labels.rename({"label": "grade"}), on="task")
            .join(posterior, on="task")
            .drop("task")
        )
    return judged


def values_of(
    sample: tuple[pl.DataFrame, pl.DataFrame], judged: pl.DataFrame, objective: str, how: str, seed: int
) -> np.ndarray:
    """Return nDCG@10 of each query."""
    features, truth = sample
    ranker = rankers.create(objective, {"confidence": how})
    fit = cross_fit(ranker, features, judged, folds=FOLDS, seed=seed)
    found = evaluate(fit.runs, truth, ["nDCG(gain=exponential)@10"])
    return np.asarray(found.per_query.sort("query")["value"])


def interval(differences: np.ndarray) -> tuple[float, float, float]:
    """Return the mean of differences, shape (repetitions, queries), and the wider of two 95% intervals."""
    mean, halves = float(differences.mean()), []
    for axis in (0, 1):
        parts = differences.mean(axis=axis)
        halves.append(float(stats.sem(parts) * stats.t.ppf(0.975, len(parts) - 1)))
    return mean, mean - max(halves), mean + max(halves)


def row(name: str, values: np.ndarray, *others: np.ndarray) -> str:
    """Return a line of a table: the value, and the differences from others with their intervals."""
    differences = (
        ""
        if np.array_equal(values, other)
        else "{:+.4f} ({:+.4f} … {:+.4f})".format(*interval(values - other))
        for other in others
    )
    return f"| {name} | {values.mean():.4f} | {' | '.join(differences)} |"


def main(repetitions: int, objectives: list[str], folder: Path) -> None:
    """Print how well each objective learns from each kind of judgments."""
    sample = read_rows(folder)
    truth = sample[1]
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    right: dict[str, list[float]] = {"votes": [], "dawid_skene": []}
    for seed in range(repetitions):
        answers = answers_of(truth["grade"].to_numpy(), np.random.default_rng(seed))
        judged = judgments_of(truth, answers)
        for name, shares in right.items():
            shares.append(float(np.mean(judged[name]["grade"].to_numpy() == truth["grade"].to_numpy())))
        for objective in objectives:
            for treatment in TREATMENTS if objective == "lambdamart" else MAIN:
                table = judged[treatment.labels]
                values = values_of(sample, table, objective, treatment.confidence, seed)
                found.setdefault((objective, treatment.name), []).append(values)
            found.setdefault((objective, "true grades"), []).append(
                values_of(sample, truth, objective, "ignore", seed)
            )
        print(f"repetition {seed + 1} of {repetitions}", file=sys.stderr, flush=True)
    print(
        f"{repetitions} repetitions. Right grades: "
        + ", ".join(f"{n} {np.mean(s):.3f}" for n, s in right.items())
    )
    for objective in objectives:
        print(f"\n| `{objective}` learns from | nDCG@10 | less majority votes | less labels of Dawid–Skene |")
        print("|---|---|---|---|")
        votes, labels = (np.array(found[objective, part.name]) for part in MAIN[:2])
        for (of, name), by_repetition in found.items():
            if of == objective:
                print(row(name, np.array(by_repetition), votes, labels))


if __name__ == "__main__":
    given = sys.argv[1:]
    chosen = given[1] if len(given) > 1 else "all"
    main(
        int(given[0]) if given else 10,
        rankers.names() if chosen == "all" else chosen.split(","),
        Path(given[2]) if len(given) > 2 else Path(__file__).parents[2] / "shared" / "data" / "ltr",
    )
