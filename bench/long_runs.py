"""How long does it take from files to values? Palate beside ir_measures, pytrec_eval and ranx (if installed).

Each line is a process of its own that imports what it needs, reads a run and judgments, and computes nDCG@10, AP, RR,
R@100 and P@10: its processor seconds (user and system) and the most memory that it held. One synthetic system ranks items
by normal scores; a tenth as many items of each query are judged, half of them ranked. A *row* is one ranked item. The rows
come best first, or shuffled over the whole file.

    python bench/long_runs.py [queries] [items] [--only NAME ...] [--repeats N]
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

MEASURES = ["nDCG@10", "AP", "RR", "R@100", "P@10"]
TREC = {"ndcg_cut.10", "map", "recip_rank", "recall.100", "P.10"}
RANX = ["ndcg@10", "map", "mrr", "recall@100", "precision@10"]
BLOCK_ROWS = 4_000_000


def palate(run: Path, judgments: Path) -> object:
    import palate.measures as pm

    return pm.evaluate(run, judgments, MEASURES).summary["value"].to_list()


def ir_measures(run: Path, judgments: Path) -> object:
    import ir_measures as ir

    measures = [ir.parse_measure(text) for text in MEASURES]
    found = ir.calc_aggregate(measures, ir.read_trec_qrels(str(judgments)), ir.read_trec_run(str(run)))
    return [found[measure] for measure in measures]


def pytrec_eval(run: Path, judgments: Path) -> object:
    import pytrec_eval as pe

    with judgments.open() as lines:
        evaluator = pe.RelevanceEvaluator(pe.parse_qrel(lines), TREC)
    with run.open() as lines:
        values = evaluator.evaluate(pe.parse_run(lines))
    names = ("ndcg_cut_10", "map", "recip_rank", "recall_100", "P_10")
    return [float(np.mean([of_query[name] for of_query in values.values()])) for name in names]


def ranx(run: Path, judgments: Path) -> object:
    import ranx as rx

    qrels = rx.Qrels.from_file(str(judgments), kind="trec")
    found = rx.evaluate(qrels, rx.Run.from_file(str(run), kind="trec"), RANX, make_comparable=True)
    return [float(found[name]) for name in RANX]


ROWS: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "Palate, TREC text": (palate, "run.trec"),
    "Palate, TREC text, shuffled": (palate, "shuffled.trec"),
    "Palate, TREC text, gzip": (palate, "run.trec.gz"),
    "Palate, CSV": (palate, "run.csv"),
    "Palate, CSV, shuffled": (palate, "shuffled.csv"),
    "Palate, CSV, gzip": (palate, "run.csv.gz"),
    "Palate, Parquet": (palate, "run.parquet"),
    "Palate, Parquet, shuffled": (palate, "shuffled.parquet"),
    "ir_measures, TREC text": (ir_measures, "run.trec"),
    "ir_measures, TREC text, shuffled": (ir_measures, "shuffled.trec"),
    "pytrec_eval, TREC text": (pytrec_eval, "run.trec"),
    "ranx, TREC text": (ranx, "run.trec"),
}


def write_files(folder: Path, n_queries: int, n_items: int, *, shuffled: bool) -> None:
    """Write the runs and the judgments, some queries at a time."""
    rng = np.random.default_rng(7)
    at_once = max(1, BLOCK_ROWS // n_items)
    with (folder / "run.trec").open("wb") as run, (folder / "qrels.txt").open("wb") as qrels:
        for first in range(0, n_queries, at_once):
            queries = np.arange(first, min(first + at_once, n_queries))
            ranked, judged = _block(rng, queries, n_items)
            ranked.write_csv(run, separator=" ", include_header=False)
            judged.write_csv(qrels, separator=" ", include_header=False)
    lines = pl.scan_csv(
        folder / "run.trec",
        separator=" ",
        has_header=False,
        new_columns=["query", "_", "item", "rank", "score", "system"],
    )
    lines = lines.select(pl.col("query", "item").cast(pl.String), pl.col("rank", "score", "system"))
    lines.select("query", "item", "score").sink_parquet(folder / "run.parquet")
    lines.select("query", "item", "score").sink_csv(folder / "run.csv")
    for name in ("run.trec", "run.csv"):
        with (
            (folder / name).open("rb") as plain,
            gzip.open(folder / f"{name}.gz", "wb", compresslevel=6) as packed,
        ):
            shutil.copyfileobj(plain, packed, 1 << 24)
    if shuffled:
        frame = lines.collect().sample(fraction=1.0, shuffle=True, seed=7)
        frame.select("query", "item", "score").write_parquet(folder / "shuffled.parquet")
        frame.select("query", "item", "score").write_csv(folder / "shuffled.csv")
        frame = frame.select("query", pl.lit("Q0").alias("_"), "item", "rank", "score", "system")
        frame.write_csv(folder / "shuffled.trec", separator=" ", include_header=False)


def _block(rng: np.random.Generator, queries: np.ndarray, n_items: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return some queries' lines of the run and of the judgments."""
    n_judged = max(2, n_items // 10)
    ids = np.arange(n_items) * 7919 % 1_000_003  # the same of all queries, in an order of each one's own
    items = rng.permuted(np.tile(ids, (len(queries), 1)), axis=1)
    scores = -np.sort(-rng.normal(size=items.shape), axis=1)
    ranked = pl.DataFrame(
        {
            "query": np.repeat(queries, n_items),
            "_": pl.Series(["Q0"]).new_from_index(0, items.size),
            "item": "doc" + pl.Series(items.ravel()).cast(pl.String),
            "rank": np.tile(np.arange(1, n_items + 1), len(queries)),
            "score": scores.ravel(),
            "system": pl.Series(["synthetic"]).new_from_index(0, items.size),
        }
    )
    chosen = rng.integers(0, n_items, (len(queries), n_judged // 2))
    found = np.take_along_axis(items, chosen, axis=1)
    missed = 2_000_000 + np.tile(np.arange(n_judged - n_judged // 2), (len(queries), 1))
    both = np.concatenate([found, missed], axis=1)
    judged = pl.DataFrame(
        {
            "query": np.repeat(queries, both.shape[1]),
            "_": np.zeros(both.size, dtype=np.int64),
            "item": "doc" + pl.Series(both.ravel()).cast(pl.String),
            "grade": rng.integers(0, 4, both.size),
        }
    )
    return ranked, judged.unique(["query", "item"], maintain_order=True)


def measured(name: str, folder: Path, repeats: int) -> dict[str, object]:
    """Return the best of several processes."""
    command = [sys.executable, __file__, "--apart", name, str(folder)]
    done = [
        json.loads(
            subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
        )
        for _ in range(repeats)
    ]
    return min(done, key=lambda one: one["seconds"])


def apart(name: str, folder: Path) -> None:
    call, run = ROWS[name]
    values = call(folder / run, folder / "qrels.txt")
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = used.ru_utime + used.ru_stime
    # The highest mark of getrusage would count what the process that started this one held.
    marks = Path("/proc/self/status").read_text().splitlines()
    megabytes = next(int(line.split()[1]) / 1024 for line in marks if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "megabytes": megabytes, "values": values}))


def main() -> None:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("queries", type=int, nargs="?", default=10_000)
    parser.add_argument("items", type=int, nargs="?", default=1_000)
    parser.add_argument("--only", nargs="*", default=list(ROWS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to keep the files; a temporary folder by default")
    options = parser.parse_args()
    names = [name for name in ROWS if any(word in name for word in options.only)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if not (folder / "qrels.txt").exists():
            folder.mkdir(exist_ok=True)
            shuffled = any("shuffled" in name for name in names)
            write_files(folder, options.queries, options.items, shuffled=shuffled)
        print(f"{options.queries:,} queries x {options.items:,} items; {', '.join(MEASURES)}", flush=True)
        for name in names:
            found = measured(name, folder, options.repeats)
            values = " ".join(f"{value:.6f}" for value in found["values"])
            print(f"{name:34} {found['seconds']:7.2f} s {found['megabytes']:7,.0f} MB   {values}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--apart"]:
        apart(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
