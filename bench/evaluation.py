"""How long does evaluating take? Palate beside pytrec_eval, ir_measures and ranx (if installed), same data, same measures.

One synthetic system ranks 1,000 items for each of 1,000 queries (normal scores, so without ties); 100 items of each query
are judged, a fifth of them ranked. Every line is the best of several runs, and each starts with its data in the form that
the library works on:

    codes    integer codes and scores in arrays; for the others, dicts
    tables   dataframes of text ids, through ``evaluate`` with its checks, coverage and intervals
    files    TREC run and qrels

One block measures more of what trec_eval has, from codes.

The rows of the run come best first, as systems write them; query by query in any order; and wholly shuffled.

    python bench/evaluation.py [queries] [items]
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import palate.measures as pm
from palate.core.files import write_file

MEASURES = ("nDCG@10", "P@10", "AP", "RR", "R@10")
TREC = {"ndcg_cut.10", "P.10", "map", "recip_rank", "recall.10"}
WIDE = (*MEASURES, "Success@5", "Rprec", "Bpref", "infAP", "IPrec@0.5", "SetP", "SetR", "SetF", "SetAP")
TREC_WIDE = TREC | {
    "success.5",
    "Rprec",
    "bpref",
    "infAP",
    "iprec_at_recall.0.5",
    "set_P",
    "set_recall",
    "set_F",
    "set_map",
}
RANX = ["ndcg@10", "precision@10", "map", "mrr", "recall@10"]
REPEATS = 5


def synthetic(n_queries: int, n_items: int, order: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a run, its rows ``best first``, ``query by query`` or ``shuffled``, and judgments."""
    rng = np.random.default_rng(7)
    pool, judged = 5 * n_items, n_items // 10
    items = rng.permuted(np.tile(np.arange(pool), (n_queries, 1)), axis=1)
    scores = rng.normal(size=(n_queries, n_items))
    if order == "best first":
        scores = np.sort(scores, axis=1)[:, ::-1]
    run = _frame(items[:, :n_items]).with_columns(score=pl.Series(scores.ravel()))
    graded = _frame(items[:, n_items - judged // 5 :][:, :judged])
    grades = pl.Series(rng.integers(0, 4, len(graded)))
    if order == "shuffled":
        run = run.sample(fraction=1.0, shuffle=True, seed=7)
    return run, graded.with_columns(grade=grades)


def _frame(items: np.ndarray[Any, Any]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "query": pl.Series(np.repeat(np.arange(len(items)), items.shape[1])).cast(pl.String),
            "item": "doc" + pl.Series(items.ravel()).cast(pl.String),
        }
    )


def nested(frame: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Return a table of (query, item, value) as the dict of dicts that the others take."""
    found: dict[str, dict[str, Any]] = {}
    for query, item, value in frame.iter_rows():
        found.setdefault(query, {})[item] = value
    return found


def seconds(call: Callable[[], object]) -> float:
    """Return the shortest time of several calls, after one to warm up."""
    call()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def from_codes(run: pl.DataFrame, judgments: pl.DataFrame, texts: tuple[str, ...] = MEASURES) -> float:
    judged = pm.code_judgments(judgments)
    coded = pm.code_run(run, judged)
    measures = [pm.parse_measure(text) for text in texts]

    def call() -> object:
        rankings = pm.grade_rankings(coded, judged)
        return [measure.per_query(rankings) for measure in measures]

    return seconds(call)


def pytrec_from_dicts(run: pl.DataFrame, judgments: pl.DataFrame, asked: set[str] = TREC) -> float:
    import pytrec_eval

    evaluator = pytrec_eval.RelevanceEvaluator(nested(judgments), asked)
    ranked = nested(run)
    return seconds(lambda: evaluator.evaluate(ranked))


def ir_measures_from_dicts(run: pl.DataFrame, judgments: pl.DataFrame) -> float:
    import ir_measures

    measures = [ir_measures.parse_measure(text) for text in MEASURES]
    evaluator = ir_measures.evaluator(measures, nested(judgments))
    ranked = nested(run)
    return seconds(lambda: list(evaluator.iter_calc(ranked)))


def ranx_from_dicts(run: pl.DataFrame, judgments: pl.DataFrame) -> float:
    import ranx

    qrels, ranked = ranx.Qrels(nested(judgments)), ranx.Run(nested(run))
    return seconds(lambda: ranx.evaluate(qrels, ranked, RANX, make_comparable=True))


def pytrec_from_files(run: Path, qrels: Path) -> float:
    import pytrec_eval

    def call() -> object:
        with qrels.open() as lines:
            judgments = pytrec_eval.parse_qrel(lines)
        with run.open() as lines:
            ranked = pytrec_eval.parse_run(lines)
        return pytrec_eval.RelevanceEvaluator(judgments, TREC).evaluate(ranked)

    return seconds(call)


def main() -> None:
    n_queries, n_items = (int(n) for n in (*sys.argv[1:], *("1000", "1000")[len(sys.argv) - 1 :]))
    print(f"{n_queries:,} queries x {n_items:,} items; measures {', '.join(MEASURES)}")
    ratios = {}
    for order in ("best first", "query by query", "shuffled"):
        run, judgments = synthetic(n_queries, n_items, order)
        peer = pytrec_from_dicts(run, judgments)
        rows = {
            "Palate, codes": from_codes(run, judgments),
            "Palate, tables": seconds(lambda r=run, j=judgments: pm.evaluate(r, j, MEASURES)),
            "pytrec_eval, dicts": peer,
            "ir_measures, dicts": ir_measures_from_dicts(run, judgments),
        }
        if importlib.util.find_spec("ranx"):
            rows["ranx, dicts"] = ranx_from_dicts(run, judgments)
        _show(f"rows {order}", rows, "pytrec_eval, dicts")
        ratios[f"codes, {order}"] = peer / rows["Palate, codes"]
    run, judgments = synthetic(n_queries, n_items, "best first")
    wide = {
        "Palate, codes": from_codes(run, judgments, WIDE),
        "pytrec_eval, dicts": pytrec_from_dicts(run, judgments, TREC_WIDE),
    }
    _show(f"rows best first, {len(WIDE)} measures", wide, "pytrec_eval, dicts")
    ratios[f"codes, {len(WIDE)} measures"] = wide["pytrec_eval, dicts"] / wide["Palate, codes"]
    with tempfile.TemporaryDirectory() as folder:
        run_file, qrels_file = Path(folder) / "run.trec", Path(folder) / "qrels.txt"
        write_file(run, run_file)
        write_file(judgments, qrels_file)
        rows = {
            "Palate, files": seconds(lambda: pm.evaluate(run_file, qrels_file, MEASURES)),
            "pytrec_eval, files": pytrec_from_files(run_file, qrels_file),
        }
        _show("TREC files", rows, "pytrec_eval, files")
        ratios["files"] = rows["pytrec_eval, files"] / rows["Palate, files"]
    print(json.dumps({"times_faster_than_pytrec_eval": {k: round(v, 1) for k, v in ratios.items()}}))


def _show(form: str, rows: dict[str, float], peer: str) -> None:
    print(f"\n{form}")
    for name, took in sorted(rows.items(), key=lambda row: row[1]):
        print(f"  {name:<20} {1000 * took:>9.1f} ms   {rows[peer] / took:>6.1f} x {peer}")


if __name__ == "__main__":
    main()
