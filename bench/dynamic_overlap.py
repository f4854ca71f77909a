"""How many answers a task does dynamic overlap need for the accuracy of a fixed overlap? Real answers, replayed.

A random tenth of the tasks is golden: its right labels are known. Answers of a task come in an order that a seed
shuffles. A fixed overlap buys the same number for every task. Dynamic overlap buys one more answer for every task
whose posterior is below the confidence, in rounds; its temperature is calibrated on the golden tasks. How far an
answer is trusted comes from golden tasks alone (an accuracy), or from all answers so far (what the annotator says
where which label is right), found again each round. In both, Dawid–Skene with the golden tasks decides, and accuracy is the share of the other tasks decided as known, a mean over seeds.
What is printed is Markdown.

    python bench/dynamic_overlap.py [seeds] [data set] [folder with the data sets]
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from palate.aggregation.labels import DawidSkene
from palate.asking import (
    DynamicOverlap,
    GoldenAnswer,
    WeightedAnswer,
    annotator_accuracy,
    believed_confusions,
    calibrate,
    open_slots,
)

Answer = tuple[str, str]
MINIMUM, MAXIMUM = 2, 10
CONFIDENCES = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
OVERLAPS = (2.0, 3.0, 3.6, 4.0, 5.0, 5.5, 6.0, 7.0, 8.0, 9.0, 10.0)
GOAL = 5.5


@dataclass(frozen=True)
class Replay:
    """One order of the answers of a data set, and which tasks are golden.

    Args:
        answers: By task, (annotator, label) in the order in which they come.
        known: The right label of every task.
        golden: Tasks whose right label is known to the platform.
        labels: All labels.
    """

    answers: dict[str, list[Answer]]
    known: dict[str, str]
    golden: frozenset[str]
    labels: list[str]

    @property
    def real(self) -> list[str]:
        """Tasks whose label is asked for."""
        return [task for task in self.answers if task not in self.golden]

    @property
    def history(self) -> list[GoldenAnswer]:
        """Answers to golden tasks."""
        return [
            GoldenAnswer(t, a, label, self.known[t])
            for t in sorted(self.golden)
            for a, label in self.answers[t]
        ]

    def accuracy(self, bought: dict[str, list[Answer]]) -> float:
        """Return the share of real tasks that Dawid–Skene decides as known."""
        everything = {**bought, **{task: self.answers[task] for task in self.golden}}
        rows = [(task, *answer) for task, answers in everything.items() for answer in answers]
        frame = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
        golden = pl.DataFrame({"task": sorted(self.golden)}).with_columns(
            label=pl.col("task").replace_strict(self.known)
        )
        labels = DawidSkene().aggregate(frame, golden=golden).labels
        decided = dict(labels.select("task", "label").iter_rows())
        return float(np.mean([decided[task] == self.known[task] for task in self.real]))


def replay(folder: Path, seed: int) -> Replay:
    """Return the answers of a data set in the order of a seed."""
    rows = pl.read_csv(folder / "answers.csv", infer_schema=False).unique(
        ["task", "annotator"], keep="first", maintain_order=True
    )
    known = dict(pl.read_csv(folder / "gold.csv", infer_schema=False).iter_rows())
    rng = random.Random(seed)  # noqa: S311 (a replay keeps no secret)
    shuffled = rng.sample(rows.rows(), len(rows))
    tasks = sorted(known)
    answers: dict[str, list[Answer]] = {task: [] for task in tasks}
    for task, annotator, label in shuffled:
        if task in answers:
            answers[task].append((annotator, label))
    golden = frozenset(rng.sample(tasks, len(tasks) // 10))
    return Replay(answers, known, golden, sorted(rows["label"].unique()))


def fixed(data: Replay, overlap: float, seed: int) -> tuple[float, float]:
    """Return answers a task and accuracy if every task gets ``overlap`` answers; a half is every second task."""
    real = random.Random(seed).sample(data.real, len(data.real))  # noqa: S311 (as above)
    more = round((overlap % 1) * len(real))
    bought = {task: data.answers[task][: int(overlap) + (place < more)] for place, task in enumerate(real)}
    return sum(map(len, bought.values())) / len(real), data.accuracy(bought)


def dynamic(data: Replay, confidence: float, *, learn: bool) -> tuple[float, float, float]:
    """Return answers a task, accuracy and temperature of dynamic overlap.

    Args:
        data: The answers.
        confidence: At which a task is done.
        learn: Whether trust comes from all answers, not from golden tasks alone.
    """
    history, n_labels = data.history, len(data.labels)
    weigh = believed_confusions(history, [], data.labels).weigh if learn else by_golden_tasks(history)
    temperature = calibrate(history, n_labels, MAXIMUM, weigh if learn else None)
    overlap = DynamicOverlap(MINIMUM, MAXIMUM, confidence, temperature)
    bought: dict[str, list[Answer]] = {task: [] for task in data.real}
    done = False
    while not done:
        done = True
        for task, held in bought.items():
            wanted = overlap.wanted([weigh(*answer) for answer in held], n_labels)
            if open_slots(min(wanted, len(data.answers[task])), len(held)):
                held.append(data.answers[task][len(held)])
                done = False
        if learn:
            weigh = believed_confusions(history, list(bought.values()), data.labels).weigh
    return sum(map(len, bought.values())) / len(bought), data.accuracy(bought), temperature


def by_golden_tasks(history: list[GoldenAnswer]) -> Callable[[str, str], WeightedAnswer]:
    """Return how to trust an answer by its annotator's golden tasks."""
    seen = Counter(answer.annotator for answer in history)
    right = Counter(answer.annotator for answer in history if answer.label == answer.right_label)

    def weigh(annotator: str, label: str) -> WeightedAnswer:
        return WeightedAnswer(label, annotator_accuracy(right[annotator], seen[annotator]))

    return weigh


def first_reach(points: list[tuple[float, float]], goal: float) -> str:
    """Return the fewest answers a task at which the curve through ``points`` has the accuracy ``goal``."""
    answers, accuracies = zip(*sorted(points), strict=True)
    grid = np.linspace(answers[0], answers[-1], 2000)
    reached = grid[np.interp(grid, answers, accuracies) >= goal - 1e-12]
    return f"{reached[0]:.2f}" if len(reached) else "never"


def main(seeds: int = 6, name: str = "dog", folder: str = "") -> None:
    data_sets = Path(folder) if folder else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (data_sets / name / "gold.csv").exists():
        print(f"There is no data set '{name}' in {data_sets}: nothing to replay.")
        return
    replays = [replay(data_sets / name, seed) for seed in range(seeds)]
    flat = [
        tuple(np.mean([fixed(data, n, seed) for seed, data in enumerate(replays)], axis=0)) for n in OVERLAPS
    ]
    curves = {
        learn: [
            tuple(np.mean([dynamic(data, confidence, learn=learn) for data in replays], axis=0))
            for confidence in CONFIDENCES
        ]
        for learn in (False, True)
    }
    print(f"### {name}: {seeds} seeds, temperature {curves[True][0][2]:.2f}\n")
    print("| confidence | golden tasks alone: answers | accuracy | all answers: answers | accuracy |")
    print("|--:|--:|--:|--:|--:|")
    for confidence, alone, learned in zip(CONFIDENCES, curves[False], curves[True], strict=True):
        print(f"| {confidence} | {alone[0]:.2f} | {alone[1]:.1%} | {learned[0]:.2f} | {learned[1]:.1%} |")
    print("\n| fixed overlap | accuracy | golden tasks alone is there at | all answers is there at |")
    print("|--:|--:|--:|--:|")
    for overlap, (answers, goal) in zip(OVERLAPS, flat, strict=True):
        reach = [first_reach([point[:2] for point in curves[learn]], goal) for learn in (False, True)]
        mark = "**" if overlap == GOAL else ""
        print(f"| {mark}{answers:.2f}{mark} | {goal:.2%} | {' | '.join(reach)} |")


if __name__ == "__main__":
    main(*(int(argument) if argument.isdigit() else argument for argument in sys.argv[1:]))
