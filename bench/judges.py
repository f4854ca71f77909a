"""How much do 100 to 800 labels of people and a model judge's labels of everything tell? TREC DL 2023, real judges.

25 queries with 4,423 passages, each graded 0 to 3 by a NIST assessor and by eight language models (LLMJudge challenge). Four
systems rank them: 1 and 2 by the assessors' grade with noise, 3 and 4 by another judge's grade with noise. The truth is the value by
all 4,423 assessors' grades. Of these, n are drawn again and again, either all with the same probability, or most of
them where the systems put their first ranks, with known probabilities (systematic sampling in random order). For each draw: does the 95%
interval hold the truth (coverage), and how far is the estimate from it. The multiplier is the mean square error of the
same labels of people without the judge divided by that with the judge: how many labels each label is worth. There are two
opponents:

- "labels alone" is what is said without a model of any kind: of precision the weighted mean of the labels that bear on it
  (Hájek), of nDCG what `palate evaluate` says of sampled judgments. Studies of prediction-powered inference take this one.
- "people alone" is our own estimator, which knows the query and where systems rank an item, with a judge that says the same of
  every item. What is gained beyond it is the judge's alone.

What is printed is Markdown.

    python bench/judges.py [draws] [processes] [words of judges and measures to choose]

Five hundred draws of everything take about an hour of processor time.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small matrices: threads only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt

from palate.evaluation._assisted_targets import measure_targets, rank_bands
from palate.evaluation._ranked_items import RankedItems
from palate.evaluation._sampled_values import estimate_values
from palate.evaluation._weighted_sums import form_of
from palate.inference._people_and_judge import Assisted, Sample, assisted_values, people_alone
from palate.inference._sequential_logit import Factors
from palate.inference._survey import SampledItems
from palate.inference._unlabelled import Targets
from palate.measures import parse_measure

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "llmjudge"
SIZES = (100, 200, 400, 800)
ALL_SYSTEMS = (1, 2, 3, 4)
SETTINGS = (
    ("P(rel=2)@50", "all alike", ALL_SYSTEMS),
    ("P(rel=2)@20", "by rank", ALL_SYSTEMS),
    ("P(rel=2)@20", "by rank", (1, 2)),
    ("P(rel=2)@20", "by rank", (3, 4)),
    ("nDCG@20", "by rank", ALL_SYSTEMS),
)
UNIFORM_PART = 0.3
OPPONENTS = ("people alone", "labels alone")


@dataclass(frozen=True)
class Passages:
    """All passages: their query, people's grade, every judge's label, every system's rank."""

    queries: npt.NDArray[np.int64]
    human: npt.NDArray[np.int64]
    judges: dict[str, npt.NDArray[np.int64]]
    ranks: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Score:
    """What draws say of one judge: over values and over differences, coverage and mean square errors a target."""

    coverage: tuple[float, float]
    errors: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
    bias: float
    """The mean error of the values as a share of the standard deviation, the worst of them."""


@cache
def passages() -> Passages:
    read = {path.stem: _read(path) for path in sorted(DATA.glob("*.qrels"))}
    people = read.pop("human")
    keys = sorted(people)
    queries = np.unique([query for query, _ in keys], return_inverse=True)[1].astype(np.int64)
    human = np.array([people[key] for key in keys])
    judges = {name: np.array([labels[key] for key in keys]) for name, labels in read.items()}
    rng = np.random.default_rng(2023)
    sources = [human, human, judges["RMITIR-llama70B"], judges["willia-umbrela2"]]
    noise = (1.0, 1.5, 0.5, 1.5)
    ranks = np.stack(
        [
            _ranks(source + rng.normal(0, sd, len(keys)), queries)
            for source, sd in zip(sources, noise, strict=True)
        ]
    )
    return Passages(queries, human, judges, ranks)


def _read(path: Path) -> dict[tuple[str, str], int]:
    rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {(query, item): int(grade) for query, _, item, grade in rows}


def _ranks(scores: npt.NDArray[np.float64], queries: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    order = np.lexsort((-scores, queries))
    starts = np.searchsorted(queries[order], queries[order])
    ranks = np.empty(len(queries), dtype=np.int64)
    ranks[order] = np.arange(len(queries)) - starts + 1
    return ranks


def truth(targets: Targets, data: Passages) -> npt.NDArray[np.float64]:
    """Return the targets' values by all grades of people, the plain way."""
    n_queries = int(data.queries.max()) + 1
    gained = targets.gains[data.human]
    values = np.stack([np.bincount(data.queries, w * gained, n_queries) for w in targets.weights])
    if targets.ideal is not None:
        best = [np.sort(gained[data.queries == query])[::-1] for query in range(n_queries)]
        steps = np.diff(targets.ideal)
        values = values / [gains[: len(steps)] @ steps[: len(gains)] for gains in best]
    return values.mean(axis=1)


def inclusions(targets: Targets, n: int, design: str) -> npt.NDArray[np.float64]:
    """Return the probability with which each passage is drawn; they add up to n."""
    heaviest = targets.weights.max(axis=0)
    share = np.full(len(heaviest), 1 / len(heaviest))
    if design == "by rank":
        share = UNIFORM_PART * share + (1 - UNIFORM_PART) * heaviest / heaviest.sum()
    found = n * share
    while (found > 1).any():  # what surely is drawn leaves the others more
        sure = found >= 1
        found = np.where(sure, 1.0, share * (n - sure.sum()) / share[~sure].sum())
    return found


def drawn(inclusion: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return a systematic sample in random order."""
    order = rng.permutation(len(inclusion))
    ends = np.cumsum(inclusion[order])
    n = round(float(ends[-1]))
    return order[np.searchsorted(ends * (n / ends[-1]), rng.random() + np.arange(n), side="right")]


def scores(
    names: list[str], setting: tuple[str, str, tuple[int, ...]], n: int, draws: int
) -> dict[str, Score]:
    """Return the score of judges and of the opponents, for one measure, design, set of systems and n."""
    text, design, systems = setting
    data = replace(passages(), ranks=passages().ranks[np.array(systems) - 1])
    targets = measure_targets(parse_measure(text), data.ranks, np.arange(4.0), 400)
    bands = rank_bands(targets.weights, data.ranks)
    sizes = (int(bands.max()) + 1, int(data.queries.max()) + 1)
    inclusion = inclusions(targets, n, design)
    right = truth(targets, data)
    rows: dict[str, list[npt.NDArray[np.float64]]] = {}
    for draw in range(draws):
        items = drawn(inclusion, np.random.default_rng([n, draw]))
        sample = Sample(items, data.human[items], inclusion[items])
        alone = None
        for name in names:
            codes = np.unique(data.judges[name], return_inverse=True)[1]
            factors = Factors(codes, bands, data.queries, (int(codes.max()) + 1, *sizes))
            alone = people_alone(factors, targets, sample, draw) if alone is None else alone
            sides = assisted_values(factors, targets, sample, draw, alone)
            rows.setdefault(name, []).append(_row(sides.assisted, right))
        rows.setdefault("people alone", []).append(_row(sides.alone, right))
        rows.setdefault("labels alone", []).append(_errors(labels_alone(text, targets, sample, data), right))
    return {name: _score(np.stack(found)) for name, found in rows.items()}


def labels_alone(text: str, targets: Targets, sample: Sample, data: Passages) -> npt.NDArray[np.float64]:
    """Return what people's labels say of every system without a model of any kind."""
    n_queries = int(data.queries.max()) + 1
    order = np.argsort(data.queries[sample.items], kind="stable")
    items, inclusion = sample.items[order], sample.inclusion[order]
    if targets.ideal is None:
        weights = targets.weights[:, items] / inclusion
        means = weights @ targets.gains[data.human[items]] / np.maximum(weights.sum(axis=1), 1e-12)
        values: npt.NDArray[np.float64] = means * targets.weights.sum(axis=1) / n_queries
        return values
    form, drawn_items = (
        form_of(parse_measure(text)),
        SampledItems(data.queries[items], inclusion, n_queries),
    )
    n_ranked, grades = np.bincount(data.queries), data.human[items].astype(np.float64)
    systems = [RankedItems(ranks[items], n_ranked) for ranks in data.ranks]
    return np.array(
        [estimate_values(form, one, grades, drawn_items, "hajek").values.mean() for one in systems]
    )


def _errors(estimates: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the error of every value and difference; of intervals, nothing is known."""
    off = estimates - right
    off = np.concatenate([off, [off[one] - off[other] for one, other in _pairs(len(right))]])
    return np.stack([off, np.full(len(off), np.nan)], axis=1)


def _row(side: Assisted, right: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the error of every value and difference, and whether its interval holds the truth."""
    checked = [(side.only(place), right[place]) for place in range(len(right))]
    checked += [(side.contrast(*pair), right[pair[0]] - right[pair[1]]) for pair in _pairs(len(right))]
    found = [(one.interval(0, 0.95, of_these_queries=True), true) for one, true in checked]
    return np.array([[i.estimate - true, i.low - 1e-12 <= true <= i.high + 1e-12] for i, true in found])


def _pairs(n_systems: int) -> list[tuple[int, int]]:
    """Return the first and the second, the third and the fourth: those of one kind."""
    return [(one, one + 1) for one in range(0, n_systems, 2)]


def _score(rows: npt.NDArray[np.float64]) -> Score:
    n_values = rows.shape[1] * 2 // 3  # and half as many differences
    off, inside = rows[..., 0], rows[..., 1]
    square = (off**2).mean(axis=0)
    bias = np.abs(off.mean(axis=0)[:n_values] / np.maximum(off.std(axis=0)[:n_values], 1e-12)).max()
    return Score(
        (float(inside[:, :n_values].mean()), float(inside[:, n_values:].mean())),
        (square[:n_values], square[n_values:]),
        float(bias),
    )


def print_table(
    setting: tuple[str, str, tuple[int, ...]], found: dict[int, dict[str, Score]], draws: int
) -> None:
    text, design, systems = setting
    of = "" if systems == ALL_SYSTEMS else f", systems {' and '.join(map(str, systems))} only"
    print(f"\n### {text}, drawn {design}{of}: {draws} draws\n")
    print(
        "| judge | n | coverage: value | difference | of labels alone: value | difference"
        " | of people alone: value | difference | bias / sd |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    names = [*(name for name in found[SIZES[0]] if name not in OPPONENTS), "people alone"]
    for name in names:
        for n, by_name in found.items():
            one = by_name[name]
            times = [
                f"{float((theirs / ours).mean()):.2f}"
                for opponent in reversed(OPPONENTS)
                for theirs, ours in zip(by_name[opponent].errors, one.errors, strict=True)
            ]
            print(
                f"| {name} | {n} | {one.coverage[0]:.1%} | {one.coverage[1]:.1%} | {' | '.join(times)} | {one.bias:.2f} |",
                flush=True,
            )


def main(draws: int = 500, processes: int = 2, *words: str) -> None:
    if not (DATA / "human.qrels").exists():
        print(f"There are no judges in {DATA}: nothing to draw.")
        return
    names = _chosen(list(passages().judges), words)
    measures = _chosen([text for text, _, _ in SETTINGS], words)
    with ProcessPoolExecutor(processes) as pool:
        for setting in SETTINGS:
            if setting[0] in measures:
                jobs = {n: pool.submit(scores, names, setting, n, draws) for n in SIZES}
                print_table(setting, {n: job.result() for n, job in jobs.items()}, draws)


def _chosen(texts: list[str], words: tuple[str, ...]) -> list[str]:
    """Return the texts that hold one of the words; all if none does."""
    return [text for text in texts if any(word in text for word in words)] or texts


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]), *sys.argv[3:])
