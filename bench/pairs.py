"""How long does ranking by comparisons take, and do its intervals hold? Palate beside its peers, same comparisons.

Speed: see ``_crowds.py`` for the comparisons (for arena-rank none are ties) and ``_beside.py`` for what is measured. A
peer takes part if it is installed: evalica, arena-rank, crowd-kit. Putting the table in the peer's form is not timed.

Coverage: how often 95% intervals hold, where 60 annotators have a taste of their own, the scores that infinitely many
such annotators would give (the population's) and the scores that their tastes lie around (the common ones, which are
farther apart: averaging over tastes draws probabilities towards one half); 200 simulations.

    python bench/pairs.py [speed [words of a title ...]]
    python bench/pairs.py coverage
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from _beside import Row, Work

if TYPE_CHECKING:
    import polars as pl

SIMULATIONS = 200


def ours(name: str, **settings: Any) -> Callable[[Any], Any]:
    def work(comparisons: Any) -> Any:
        from palate.aggregation.pairs import pair_aggregators

        return pair_aggregators.create(name, settings).aggregate(comparisons).scores

    return work


def evalica(name: str) -> Callable[[Any], Callable[[], Any]]:
    def prepare(frame: Any) -> Callable[[], Any]:
        import evalica as peer

        winner = {"left": peer.Winner.X, "right": peer.Winner.Y, "tie": peer.Winner.Draw}
        left, right = frame["left"].to_list(), frame["right"].to_list()
        winners = [winner[label] for label in frame["label"].to_list()]
        method = getattr(peer, name)
        return lambda: method(left, right, winners).scores

    return prepare


def arena_rank(frame: Any) -> Callable[[], Any]:
    from arena_rank.models.bradley_terry import BradleyTerry as Peer
    from arena_rank.utils.data_utils import PairDataset

    frame = frame.rename(columns={"left": "model_a", "right": "model_b"})
    frame["winner"] = frame.pop("label").map({"left": "model_a", "right": "model_b"})

    def work() -> Any:
        data = PairDataset.from_pandas(frame)
        return Peer(n_competitors=len(data.competitors)).compute_ratings_and_cis(data)

    return work


def crowd_kit(frame: Any) -> Callable[[], Any]:
    from crowdkit.aggregation import NoisyBradleyTerry as Peer

    preferred = frame["left"].where(frame["label"] == "left", frame["right"])
    frame = frame.rename(columns={"annotator": "worker"}).assign(label=preferred)
    return lambda: Peer().fit_predict(frame)


WORK = {
    "bradley_terry": Work(ours("bradley_terry", intervals="none"), {"evalica": evalica("bradley_terry")}),
    "fisher": Work(ours("bradley_terry", intervals="fisher")),
    "clustered": Work(ours("bradley_terry", intervals="clustered"), {"arena_rank": arena_rank}),
    "newman": Work(ours("newman"), {"evalica": evalica("newman")}),
    "elo": Work(ours("elo", orders=1), {"evalica": evalica("elo")}),
    "page_rank": Work(ours("page_rank"), {"evalica": evalica("pagerank")}),
    "noisy_bradley_terry": Work(ours("noisy_bradley_terry"), {"crowdkit": crowd_kit}),
    "crowd_bt": Work(ours("crowd_bt")),
    "rao_kupper": Work(ours("rao_kupper", intervals="none")),
    "thurstone": Work(ours("thurstone", intervals="none")),
    "rank_centrality": Work(ours("rank_centrality")),
}
"""By name, what is timed."""

FEW, SOME, MANY = 1_000, 10_000, 100_000
ROWS = (
    Row("pairs", "bradley_terry", "Bradley–Terry", 1_000_000, FEW, peer="evalica", ratio=3),
    Row("pairs", "bradley_terry", "Bradley–Terry", 1_000_000, SOME, peer="evalica", ratio=20),
    Row("pairs", "bradley_terry", "Bradley–Terry", 1_000_000, MANY, seconds=5, megabytes=500),
    Row("pairs", "bradley_terry", "Bradley–Terry", 10_000_000, FEW, peer="evalica"),
    Row(
        "pairs", "clustered", "Bradley–Terry, intervals clustered by annotator (peer: sandwich)", 10_000_000, FEW,
        ties=False, peer="arena_rank", ratio=20,
    ),
    Row("pairs", "newman", "Newman", 1_000_000, FEW, peer="evalica"),
    Row("pairs", "elo", "Elo, one order", 1_000_000, FEW, peer="evalica"),
    Row("pairs", "page_rank", "PageRank", 1_000_000, FEW, peer="evalica"),
    Row("pairs", "noisy_bradley_terry", "noisy Bradley–Terry", 100_000, 100, ties=False, peer="crowdkit"),
    Row("pairs", "fisher", "Bradley–Terry, Fisher intervals", 1_000_000, FEW),
    Row("pairs", "crowd_bt", "Crowd-BT", 100_000, 100),
    Row("pairs", "rao_kupper", "Rao–Kupper", 1_000_000, FEW),
    Row("pairs", "thurstone", "Thurstone", 1_000_000, FEW),
    Row("pairs", "rank_centrality", "rank centrality", 1_000_000, FEW),
)  # fmt: skip


def coverage() -> None:
    """Print how often intervals hold what the population would say, and the scores that tastes lie around."""
    from palate.aggregation.pairs import BradleyTerry

    kinds = ("fisher", "sandwich", "clustered")
    print(f"{'taste':>6} {'of':<12}" + "".join(f"{kind:>11}" for kind in kinds))
    for taste in (0.3, 0.5, 1.0):
        crowd, common = annotated(-1, taste, n_annotators=100_000)
        many = BradleyTerry(regularization=0, intervals="none").aggregate(crowd).scores.sort("item")["score"]
        meant = {"population": many.to_numpy(), "common": common}
        inside: dict[str, list[list[np.ndarray]]] = {name: [[] for _ in kinds] for name in meant}
        for seed in range(SIMULATIONS):
            answers, _ = annotated(seed, taste)
            for place, kind in enumerate(kinds):
                found = BradleyTerry(intervals=kind).aggregate(answers).scores.sort("item")
                low, high = found["low"].to_numpy(), found["high"].to_numpy()
                for name, scores in meant.items():
                    inside[name][place].append((low <= scores) & (scores <= high))
        for name, found in inside.items():
            shares = "".join(f"{100 * np.mean(held):10.1f}%" for held in found)
            print(f"{taste:>6} {name:<12}{shares}", flush=True)


def annotated(seed: int, taste: float, n_annotators: int = 60) -> tuple[pl.DataFrame, np.ndarray]:
    """Return 60 comparisons of 6 items by each annotator, whose scores lie around common ones, and these."""
    import polars as pl

    rng = np.random.default_rng(seed % 2**32)
    common = np.linspace(-1, 1, 6)
    own = common + taste * rng.normal(size=(n_annotators, 6))
    annotator = np.repeat(np.arange(n_annotators), 60)
    left = rng.integers(0, 6, len(annotator))
    right = (left + rng.integers(1, 6, len(annotator))) % 6
    ahead = own[annotator, left] - own[annotator, right]
    label = np.where(rng.random(len(ahead)) < 1 / (1 + np.exp(-ahead)), "left", "right")
    return pl.DataFrame({"left": left, "right": right, "label": label, "annotator": annotator}), common


def main() -> None:
    match sys.argv[1:]:
        case ["coverage"]:
            coverage()
        case [] | ["speed", *_]:
            from _table import print_rows

            print_rows(ROWS, sys.argv[2:])
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
