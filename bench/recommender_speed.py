"""How fast do recommenders learn and recommend, beside implicit and LensKit, on the same synthetic interactions?

Each side runs in a process of its own, from arrays of user, item and value in memory: processor seconds of learning and
of recommending 100 unseen items to every user, and by how much the process grows at most while it does. Users and items
follow power laws. Peers learn with the same settings: factors, iterations, neighbours.

    python bench/recommender_speed.py [--rows 1000000] [--only ease als …] [--lenskit /path/to/python-that-has-lenskit]

Processor seconds depend little on what else the machine does; memory is what Linux says. LensKit goes into an
environment of its own: python -m venv lenskit && lenskit/bin/pip install lenskit==2025.8.0
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

LIMIT_SECONDS = 3_000
TOP = 100
SIZES = {100_000: (10_000, 2_000), 1_000_000: (50_000, 5_000), 10_000_000: (200_000, 20_000)}
"""Users and items by rows."""

GOALS = {"implicit": 1 / 1.1, "lenskit": 5.0}
"""How many times as long a peer should take at least."""

MODELS: dict[str, dict[str, Any]] = {
    "als": {"factors": 64, "iterations": 10},
    "bpr": {"factors": 64, "iterations": 20},
    "logistic_mf": {"factors": 32, "iterations": 20},
    "item_neighbours": {"neighbours": 50, "shrinkage": 0.0},
    "user_neighbours": {"neighbours": 50, "shrinkage": 0.0},
    "ease": {"regularization": 500.0},
    "matrix_factorization": {"factors": 64, "epochs": 10, "held_out": 0.0, "unknowns": 1},
}
PEERS = {
    "als": ("implicit", "lenskit"),
    "bpr": ("implicit",),
    "logistic_mf": ("implicit",),
    "item_neighbours": ("implicit", "lenskit"),
    "user_neighbours": ("lenskit",),
    "ease": ("lenskit",),
    "matrix_factorization": ("lenskit",),
}


def write_interactions(rows: int, folder: Path) -> Path:
    """Write pairs of user and item, each once, by power laws."""
    rng = np.random.default_rng(0)
    n_users, n_items = SIZES[rows]
    chance_user = 1 / (np.arange(n_users) + 20) ** 0.6
    chance_item = 1 / (np.arange(n_items) + 20) ** 0.8
    pairs = np.empty(0, dtype=np.int64)
    while len(pairs) < rows:
        users = rng.choice(n_users, rows, p=chance_user / chance_user.sum())
        items = rng.choice(n_items, rows, p=chance_item / chance_item.sum())
        pairs = np.union1d(pairs, users * n_items + items)
    pairs = rng.permutation(pairs)[:rows]
    path = folder / f"{rows}.npz"
    values = rng.integers(1, 6, rows).astype(np.float32)
    np.savez(
        path,
        users=(pairs // n_items).astype(np.int32),
        items=(pairs % n_items).astype(np.int32),
        values=values,
    )
    return path


def ours(name: str, data: Any) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """Return how Palate learns and recommends."""
    import polars as pl

    from palate.recommend import CodedInteractions, recommend_blocks, recommenders

    n_users, n_items = (int(data[side].max()) + 1 for side in ("users", "items"))
    coded = CodedInteractions(
        data["users"],
        data["items"],
        data["values"],
        np.full(len(data["users"]), np.nan),
        pl.Series(range(n_users)),
        pl.Series(range(n_items)),
    )
    recommender = recommenders.create(name, {**MODELS[name], "likes": "all"})

    def recommend(fitted: Any) -> None:
        for _ in recommend_blocks(fitted, coded, TOP):
            pass

    return lambda: recommender.fit(coded), recommend


def implicit(name: str, data: Any) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """Return how implicit learns and recommends."""
    from scipy.sparse import coo_matrix

    settings = MODELS[name]

    def learn() -> Any:
        from implicit.cpu.als import AlternatingLeastSquares
        from implicit.cpu.bpr import BayesianPersonalizedRanking
        from implicit.cpu.lmf import LogisticMatrixFactorization
        from implicit.nearest_neighbours import CosineRecommender
        from threadpoolctl import threadpool_limits

        ones = np.ones(len(data["users"]), dtype=np.float32)
        likes = coo_matrix((ones, (data["users"], data["items"]))).tocsr()
        made = {
            "als": lambda: AlternatingLeastSquares(
                **settings, regularization=0.05, alpha=5.0, random_state=0
            ),
            "bpr": lambda: BayesianPersonalizedRanking(
                **settings, learning_rate=0.02, regularization=0.05, num_threads=1, random_state=0
            ),
            "logistic_mf": lambda: LogisticMatrixFactorization(
                **settings, neg_prop=20, regularization=3.0, num_threads=1, random_state=0
            ),
            "item_neighbours": lambda: CosineRecommender(K=settings["neighbours"]),
        }
        with threadpool_limits(1, "blas"):  # as implicit itself asks for
            model = made[name]()
            model.fit(likes, show_progress=False)
        return model, likes

    def recommend(learned: Any) -> None:
        from threadpoolctl import threadpool_limits

        model, likes = learned
        with threadpool_limits(1, "blas"):
            for start in range(0, likes.shape[0], 1000):  # as much at once as its own evaluation takes
                users = np.arange(start, min(start + 1000, likes.shape[0]))
                model.recommend(users, likes[users], N=TOP, filter_already_liked_items=True)

    return learn, recommend


def lenskit(name: str, data: Any) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """Return how LensKit learns and recommends; it recommends user by user, here to a hundredth of the users."""
    import pandas as pd
    from lenskit import recommend as ask
    from lenskit.als import ImplicitMFScorer
    from lenskit.data import from_interactions_df
    from lenskit.knn import EASEScorer, ItemKNNScorer, UserKNNScorer
    from lenskit.pipeline import topn_pipeline

    settings = MODELS[name]
    frame = pd.DataFrame({"user_id": data["users"], "item_id": data["items"]})
    table = from_interactions_df(frame)
    makers = {
        "als": lambda: ImplicitMFScorer(embedding_size=64, epochs=10),
        "item_neighbours": lambda: ItemKNNScorer(max_nbrs=50, save_nbrs=50, feedback="implicit"),
        "user_neighbours": lambda: UserKNNScorer(max_nbrs=50, feedback="implicit"),
        "ease": lambda: EASEScorer(regularization=settings["regularization"]),
        "matrix_factorization": lambda: _lenskit_flex(settings),
    }

    def learn() -> Any:
        pipeline = topn_pipeline(makers[name](), n=TOP)
        pipeline.train(table)
        return pipeline

    def recommend(pipeline: Any) -> None:
        for user in range(0, len(table.users), 100):
            ask(pipeline, user, TOP)

    return learn, recommend


def _lenskit_flex(settings: dict[str, Any]) -> Any:
    from lenskit.flexmf import FlexMFImplicitScorer

    return FlexMFImplicitScorer(
        embedding_size=settings["factors"], epochs=settings["epochs"], loss="logistic", negative_count=1
    )


SIDES = {"palate": ours, "implicit": implicit, "lenskit": lenskit}


def measure(side: str, name: str, path: Path) -> dict[str, float]:
    """Measure in this process, of which nothing was used before but on a few rows, to load and compile."""
    with np.load(path) as file:
        data = dict(file)
    few = {key: values[:2_000] for key, values in data.items()}
    few = {
        **few,
        **{key: np.unique(few[key], return_inverse=True)[1].astype(np.int32) for key in ("users", "items")},
    }
    learn, recommend = SIDES[side](name, few)
    recommend(learn())
    learn, recommend = SIDES[side](name, data)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the highest mark starts anew
    before = _megabytes("VmRSS")
    start = (time.process_time(), time.perf_counter())
    learned = learn()
    middle = (time.process_time(), time.perf_counter())
    learning = _megabytes("VmHWM") - before
    recommend(learned)
    end = (time.process_time(), time.perf_counter())
    share = 100 if side == "lenskit" else 1
    return {
        "learn": middle[0] - start[0],
        "learn_wall": middle[1] - start[1],
        "recommend": share * (end[0] - middle[0]),
        "recommend_wall": share * (end[1] - middle[1]),
        "learn_megabytes": learning,
        "megabytes": _megabytes("VmHWM") - before,
    }


def _megabytes(name: str) -> float:
    """Return what Linux says that this process holds (``VmRSS``) or held at most (``VmHWM``)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def run_apart(python: str, side: str, name: str, path: Path) -> dict[str, float] | None:
    """Return what a side takes in a process of its own; None if it does not finish."""
    command = [python, __file__, "--measure", side, name, str(path)]
    settings = {**os.environ, "OPENBLAS_NUM_THREADS": "1"} if side == "implicit" else dict(os.environ)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=LIMIT_SECONDS, env=settings
        )
    except subprocess.TimeoutExpired:
        print(f"  {side}: not done in {LIMIT_SECONDS} s", file=sys.stderr)
        return None
    except subprocess.CalledProcessError as error:
        print(f"  {side}: {(error.stderr.strip().splitlines() or ['killed'])[-1]}", file=sys.stderr)
        return None
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _line(side: str, found: dict[str, float] | None, palate: dict[str, float] | None) -> str:
    if found is None:
        return f"| {side} | failed | | | | |"
    cells = [
        f"{found['learn']:.2f} ({found['learn_wall']:.2f})",
        f"{found['recommend']:.2f} ({found['recommend_wall']:.2f})",
    ]
    times = ["", ""]
    if side != "palate" and palate is not None:
        times = [f"{found[key] / palate[key]:.2f}×" for key in ("learn", "recommend")]
    return f"| {side} | {cells[0]} | {cells[1]} | {found['learn_megabytes']:.0f}, {found['megabytes']:.0f} | {' | '.join(times)} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000], choices=list(SIZES))
    parser.add_argument("--only", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--peers", nargs="+", default=["implicit", "lenskit"])
    parser.add_argument("--lenskit", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        side, name, path = arguments.measure
        print(json.dumps(measure(side, name, Path(path))))
        return
    pythons = {"implicit": sys.executable, "lenskit": arguments.lenskit}
    if find_spec("lenskit") is None and arguments.lenskit == sys.executable:
        del pythons["lenskit"]
    print(
        "processor seconds (by the clock); megabytes that the process grows by at most, in learning and in all"
    )
    with TemporaryDirectory() as folder:
        for rows in arguments.rows:
            path = write_interactions(rows, Path(folder))
            print(
                f"\n| {rows:,} rows | learn | recommend {TOP} to all | MB | × learn | × recommend |\n|---|--:|--:|--:|--:|--:|"
            )
            for name in arguments.only:
                asked = {
                    peer: pythons[peer] for peer in PEERS[name] if peer in {*pythons} & {*arguments.peers}
                }
                compare(name, path, asked)


def compare(name: str, path: Path, pythons: dict[str, str]) -> None:
    """Print what a model takes here and at its peers."""
    print(f"| **{name}** | | | | | |")
    palate = run_apart(sys.executable, "palate", name, path)
    print(_line("palate", palate, palate), flush=True)
    for peer, python in pythons.items():
        print(_line(peer, run_apart(python, peer, name, path), palate), flush=True)


if __name__ == "__main__":
    main()
