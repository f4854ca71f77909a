"""Does learning from a crowd's answers beat learning from its votes? Handwritten digits, simulated annotators.

In each repetition 1,200 of scikit-learn's 1,797 digits (8 x 8 pixels) get 3 answers each by 30 simulated annotators, and the
other 597 are the test. Two thirds of the annotators are right with a probability from 0.2 to 0.5, the others from 0.7 to 0.9. Of
a wrong answer, seven in ten are one label that this annotator takes this digit for, the rest is even. In the crowd with common
mistakes, annotators share half of these mistaken labels. Every method trains the same small network (64 units), stops early
by what is held out of the answers themselves, never by true labels, and is measured on the test by true labels.

Differences are from majority votes, paired over repetitions, with Student's 95% interval. The error of confusions is the mean of
absolute differences from the true matrices over all annotators and cells; in brackets that of the diagonal alone. What is printed
is Markdown.

    python bench/crowds.py [repetitions] [own | common]

Seeds begin at 1000; the methods' default settings were chosen on the crowds of seeds 0 to 3.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from palate.aggregation.labels import DawidSkene, MajorityVote
from palate.learning.crowds import (
    CROWDLAB,
    CoNAL,
    CrowdLayer,
    CrowdResult,
    TaskFeatures,
    TraceRegularized,
    TwoStage,
)

N_ANNOTATORS, N_TASKS, N_LABELS, OVERLAP = 30, 1_200, 10, 3
FIRST_SEED = 1_000


@dataclass(frozen=True)
class Crowd:
    """Digits, the answers of a crowd to some of them, and the truth of both."""

    features: TaskFeatures
    answers: pl.DataFrame
    truth: np.ndarray
    confusion: np.ndarray

    @property
    def test(self) -> np.ndarray:
        """Which digits nobody answered."""
        return ~np.isin(np.arange(len(self.truth)), self.answers["task"].unique().to_numpy())


def confusions(rng: np.random.Generator, shared: float) -> np.ndarray:
    """Return annotators' confusions, shape (annotators, truth, label)."""
    good = rng.random(N_ANNOTATORS) > 2 / 3
    right = np.where(good, rng.uniform(0.7, 0.9, N_ANNOTATORS), rng.uniform(0.2, 0.5, N_ANNOTATORS))
    digits = np.arange(N_LABELS)
    own = (digits + rng.integers(1, N_LABELS, (N_ANNOTATORS, N_LABELS))) % N_LABELS
    common = (digits + rng.integers(1, N_LABELS, N_LABELS)) % N_LABELS
    taken_for = np.where(rng.random(own.shape) < shared, common, own)
    wrong = np.full((N_ANNOTATORS, N_LABELS, N_LABELS), 0.3 / (N_LABELS - 1))
    wrong[:, digits, digits] = 0.0
    wrong[np.arange(N_ANNOTATORS)[:, None], digits, taken_for] += 1 - wrong.sum(axis=2)
    found = (1 - right)[:, None, None] * wrong
    found[:, digits, digits] = right[:, None]
    return found


def crowd(seed: int, shared: float, n_tasks: int = N_TASKS) -> Crowd:
    """Return digits in an order of their own, of which the first are answered."""
    from sklearn.datasets import load_digits

    pixels, digits = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(digits))
    pixels, digits = pixels[order] / 16, digits[order]
    confusion = confusions(rng, shared)
    who = np.argsort(rng.random((n_tasks, N_ANNOTATORS)), axis=1)[:, :OVERLAP]
    chances = confusion[who, digits[:n_tasks, None]].cumsum(axis=2)
    given = (rng.random((*who.shape, 1)) > chances[..., :-1]).sum(axis=2)
    tasks = np.repeat(np.arange(n_tasks), OVERLAP)
    answers = pl.DataFrame({"task": tasks, "annotator": who.ravel(), "label": given.ravel()})
    return Crowd(TaskFeatures(np.arange(len(digits)), pixels), answers, digits, confusion)


def aggregated(way: Any, **settings: Any) -> Callable[[Crowd, int], CrowdResult]:
    """Return the way that aggregates first."""

    def fit(data: Crowd, seed: int) -> CrowdResult:
        judgments = way.aggregate(data.answers).probabilities
        return TwoStage(**settings).fit(data.features, data.answers, judgments=judgments, seed=seed)

    return fit


def learned(learner: Any) -> Callable[[Crowd, int], CrowdResult]:
    """Return the way that learns from answers."""
    return lambda data, seed: learner.fit(data.features, data.answers, seed=seed)


METHODS: dict[str, Callable[[Crowd, int], CrowdResult]] = {
    "majority vote, then train": learned(TwoStage()),
    "shares of votes, then train": learned(TwoStage(targets="probabilities")),
    "Dawid–Skene, then train": aggregated(DawidSkene(threads=1)),
    "Dawid–Skene's posterior, then train": aggregated(DawidSkene(threads=1), targets="probabilities"),
    "`crowdlab`": learned(CROWDLAB()),
    "`crowd_layer`, MW": learned(CrowdLayer()),
    "`crowd_layer`, VW": learned(CrowdLayer(variant="VW")),
    "`crowd_layer`, VW+B": learned(CrowdLayer(variant="VW+B")),
    "`conal`": learned(CoNAL()),
    "`trace_regularized`": learned(TraceRegularized()),
}


@dataclass(frozen=True)
class Measured:
    """Of one method in one repetition."""

    unseen: float
    answered: float
    error: float
    error_right: float


def measure(data: Crowd, found: CrowdResult) -> Measured:
    """Compare with the truth."""
    labels = found.label_values.to_numpy()
    right = labels[found.from_features.argmax(axis=1)] == data.truth
    judged = labels[found.from_all.argmax(axis=1)] == data.truth
    away = np.abs(found.confusion - data.confusion[found.annotator_ids.to_numpy()])
    diagonal = np.diagonal(away, axis1=1, axis2=2)
    return Measured(
        float(right[data.test].mean()),
        float(judged[~data.test].mean()),
        float(away.mean()),
        float(diagonal.mean()),
    )


def interval(differences: np.ndarray) -> str:
    """Return the mean and Student's 95% interval, in percent points."""
    mean = differences.mean()
    half = stats.sem(differences) * stats.t.ppf(0.975, len(differences) - 1)
    return f"{100 * mean:+.1f} ({100 * (mean - half):+.1f} … {100 * (mean + half):+.1f})"


def table(name: str, shared: float, repetitions: int) -> None:
    """Measure all methods on one kind of crowd and print a line each."""
    found: dict[str, list[Measured]] = {method: [] for method in METHODS}
    votes, trivial = list[float](), list[float]()
    for seed in range(repetitions):
        data = crowd(FIRST_SEED + seed, shared)
        labels = MajorityVote(ties="random", seed=seed).aggregate(data.answers).labels.sort("task")["label"]
        votes.append(float((labels.to_numpy() == data.truth[~data.test]).mean()))
        trivial.append(float(np.abs(np.eye(N_LABELS) - data.confusion).mean()))
        for method, fit in METHODS.items():
            found[method].append(measure(data, fit(data, seed)))
            print(f"{name} {seed} {method}: {found[method][-1]}", file=sys.stderr, flush=True)
    print(
        f"\n{name}: majority votes are right on {np.mean(votes):.1%} of the answered digits; taking all annotators"
    )
    print(f"for faultless has an error of {np.mean(trivial):.3f}.\n")
    print("| method | right on unseen digits | less majority vote | judgments right | error of confusions |")
    print("|---|---|---|---|---|")
    first = np.array([m.unseen for m in found["majority vote, then train"]])
    for method, all_ in found.items():
        unseen = np.array([m.unseen for m in all_])
        less = "" if method == "majority vote, then train" else interval(unseen - first)
        judged, error, diagonal = (
            np.mean([getattr(m, part) for m in all_]) for part in ("answered", "error", "error_right")
        )
        print(f"| {method} | {unseen.mean():.1%} | {less} | {judged:.1%} | {error:.3f} ({diagonal:.3f}) |")


CROWDS = {"own": ("Mistakes of their own", 0.0), "common": ("Half of the mistakes in common", 0.5)}


def main(repetitions: int, kinds: list[str]) -> None:
    """Print a table a crowd."""
    for kind in kinds:
        table(*CROWDS[kind], repetitions)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, sys.argv[2:] or list(CROWDS))
