"""How long does ranking by comparisons take, and do its intervals hold? Palate beside its peers, same comparisons.

Speed: synthetic comparisons of whole numbers, a tenth of them ties (for arena-rank: none), as many annotators as the
square root of the comparisons; CPU seconds of the call from dataframe to ranking, the first in a process and the best
of some later ones; and by how many MB the process grew above the table. Each line is a process of its own. A peer takes
part if it is installed: evalica, choix, arena-rank, crowd-kit.

Coverage: how often 95% intervals hold the scores that infinitely many annotators would give, where 60 annotators have
a taste of their own; 200 simulations.

    python bench/pairs.py speed
    python bench/pairs.py coverage
"""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from palate.aggregation.pairs import BradleyTerry, pair_aggregators

SIMULATIONS = 200
LIMIT_SECONDS = 300
WORK = (
    (1_000_000, 1_000, "bradley_terry", "evalica"),
    (1_000_000, 1_000, "newman", "evalica"),
    (1_000_000, 1_000, "elo", "evalica"),
    (1_000_000, 1_000, "page_rank", "evalica"),
    (1_000_000, 10_000, "bradley_terry", "evalica"),
    (1_000_000, 10_000, "bradley_terry", "choix"),
    (1_000_000, 100_000, "bradley_terry", None),
    (1_000_000, 1_000, "bradley_terry fisher", None),
    (10_000_000, 1_000, "bradley_terry", "evalica"),
    (10_000_000, 1_000, "bradley_terry clustered", "arena_rank"),
    (100_000, 100, "noisy_bradley_terry", "crowdkit"),
    (100_000, 100, "crowd_bt", None),
    (1_000_000, 1_000, "rao_kupper", None),
    (1_000_000, 1_000, "thurstone", None),
    (1_000_000, 1_000, "rank_centrality", None),
)


def compared(n_comparisons: int, n_items: int, *, ties: bool) -> pl.DataFrame:
    """Return comparisons of items whose true scores are normal."""
    rng = np.random.default_rng(7)
    scores = rng.normal(size=n_items)
    left = rng.integers(0, n_items, n_comparisons)
    right = (left + rng.integers(1, n_items, n_comparisons)) % n_items
    won = rng.random(n_comparisons) < 1 / (1 + np.exp(scores[right] - scores[left]))
    tied = (rng.random(n_comparisons) < 0.1) & ties
    label = np.where(tied, "tie", np.where(won, "left", "right"))
    annotator = rng.integers(0, int(n_comparisons**0.5), n_comparisons)
    return pl.DataFrame({"left": left, "right": right, "label": label, "annotator": annotator})


def ours(name: str, table: pl.DataFrame) -> Callable[[], Any]:
    method, _, intervals = name.partition(" ")
    settings: dict[str, Any] = {"intervals": intervals or "none"}
    if method not in {"bradley_terry", "rao_kupper", "thurstone"}:
        settings = {"orders": 1} if method == "elo" else {}
    aggregator = pair_aggregators.create(method, settings)
    return lambda: aggregator.aggregate(table)


def evalica(name: str, table: pl.DataFrame) -> Callable[[], Any]:
    import evalica as peer

    winner = {"left": peer.Winner.X, "right": peer.Winner.Y, "tie": peer.Winner.Draw}
    left, right = table["left"].to_list(), table["right"].to_list()
    winners = [winner[label] for label in table["label"].to_list()]
    method = getattr(peer, {"page_rank": "pagerank"}.get(name, name))
    return lambda: method(left, right, winners)


def choix(_: str, table: pl.DataFrame) -> Callable[[], Any]:
    import choix as peer

    decided = table.filter(pl.col("label") != "tie")
    won = decided.select(
        pl.when(label="left").then("left").otherwise("right").alias("winner"),
        pl.when(label="left").then("right").otherwise("left").alias("loser"),
    )
    data, n_items = won.rows(), table["left"].max() + 1
    return lambda: peer.ilsr_pairwise(n_items, data, alpha=0.01)


def arena_rank(_: str, table: pl.DataFrame) -> Callable[[], Any]:
    from arena_rank.models.bradley_terry import BradleyTerry as Peer
    from arena_rank.utils.data_utils import PairDataset

    frame = table.to_pandas().rename(columns={"left": "model_a", "right": "model_b"})
    frame["winner"] = frame.pop("label").map({"left": "model_a", "right": "model_b"})

    def work() -> Any:
        data = PairDataset.from_pandas(frame)
        return Peer(n_competitors=len(data.competitors)).compute_ratings_and_cis(data)

    return work


def crowdkit(_: str, table: pl.DataFrame) -> Callable[[], Any]:
    from crowdkit.aggregation import NoisyBradleyTerry as Peer

    preferred = pl.when(label="left").then("left").otherwise("right")
    frame = table.select("left", "right", worker="annotator", label=preferred).to_pandas()
    return lambda: Peer().fit_predict(frame)


PEERS = {"evalica": evalica, "choix": choix, "arena_rank": arena_rank, "crowdkit": crowdkit}


def measure(who: str, n_comparisons: int, n_items: int, name: str) -> None:
    """Print CPU seconds of the first call and of the best later one, and the MB grown; in a process of its own."""
    table = compared(n_comparisons, n_items, ties=who != "arena_rank")
    work = (ours if who == "palate" else PEERS[who])(name, table)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    while len(times) < 2 or (len(times) < 6 and sum(times) < 10):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
        if times[0] > 20:
            break
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(times[0], min(times), grown)


def measured(who: str, *work: Any) -> tuple[float, float, float] | None:
    command = [sys.executable, __file__, "measure", who, *map(str, work)]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"    {who} did not finish: {type(error).__name__}")
        return None
    first, later, grown = map(float, found.stdout.split()[-3:])
    return first, later, grown


def speed(*only: str) -> None:
    print(f"{'comparisons':>12} {'items':>8} {'method':<24} {'first s':>8} {'later s':>8} {'MB':>6}  peer")
    for n_comparisons, n_items, name, peer in WORK:
        if only and name.split()[0] not in only:
            continue
        mine = measured("palate", n_comparisons, n_items, name)
        if mine is None:
            continue
        line = f"{n_comparisons:>12,} {n_items:>8,} {name:<24} {mine[0]:8.2f} {mine[1]:8.3f} {mine[2]:6.0f}"
        theirs = (
            measured(peer, n_comparisons, n_items, name) if peer and importlib.util.find_spec(peer) else None
        )
        if theirs:
            line += f"  {peer} {theirs[1]:.2f} s, {theirs[2]:.0f} MB: {theirs[1] / mine[1]:.1f} x"
        print(line, flush=True)


def coverage() -> None:
    print(f"{'taste':>6} " + "".join(f"{kind:>11}" for kind in ("fisher", "sandwich", "clustered")))
    for taste in (0.3, 0.5, 1.0):
        crowd, _ = annotated(-1, taste, n_annotators=100_000)
        population = (
            BradleyTerry(regularization=0, intervals="none").aggregate(crowd).scores.sort("item")["score"]
        )
        shares = []
        for kind in ("fisher", "sandwich", "clustered"):
            inside = []
            for seed in range(SIMULATIONS):
                found = BradleyTerry(intervals=kind).aggregate(annotated(seed, taste)[0]).scores.sort("item")
                inside.append(((found["low"] <= population) & (population <= found["high"])).to_numpy())
            shares.append(np.mean(inside))
        print(f"{taste:>6} " + "".join(f"{100 * share:10.1f}%" for share in shares), flush=True)


def annotated(seed: int, taste: float, n_annotators: int = 60) -> tuple[pl.DataFrame, np.ndarray]:
    """Return 60 comparisons of 6 items by each annotator, whose scores lie around common ones, and these."""
    rng = np.random.default_rng(seed % 2**32)
    common = np.linspace(-1, 1, 6)
    own = common + taste * rng.normal(size=(n_annotators, 6))
    annotator = np.repeat(np.arange(n_annotators), 60)
    left = rng.integers(0, 6, len(annotator))
    right = (left + rng.integers(1, 6, len(annotator))) % 6
    ahead = own[annotator, left] - own[annotator, right]
    label = np.where(rng.random(len(ahead)) < 1 / (1 + np.exp(-ahead)), "left", "right")
    return pl.DataFrame({"left": left, "right": right, "label": label, "annotator": annotator}), common


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 1 else "speed"
    if what == "measure":
        measure(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
    elif what == "coverage":
        coverage()
    else:
        speed(*sys.argv[2:])
