"""``palate learn``: train a ranker on judgments and rank with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from palate.cli._options import Json, Output, Qrels, Runs, Seed, Settings, naming, parse_settings

__all__ = ["learn"]


_Interactions = Annotated[
    str | None,
    typer.Option(
        "--interactions", "-i", help="Interactions for more features; queries are users.", show_default=False
    ),
]
_Objective = Annotated[
    str,
    typer.Option(
        "--objective",
        "--ranker",
        help="What is learned: lambdamart, xendcg (listwise), ranknet (pairwise), ordinal, regression (pointwise).",
    ),
]
_Folds = Annotated[int, typer.Option("--folds", min=2, help="Parts of the queries; each is ranked unseen.")]
_Model = Annotated[
    Path | None,
    typer.Option("--model", help="Write the ranker fitted on all judgments here.", show_default=False),
]


def learn(
    runs: Runs,
    qrels: Qrels,
    *,
    interactions: _Interactions = None,
    objective: _Objective = "lambdamart",
    folds: _Folds = 5,
    settings: Settings = None,
    model: _Model = None,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Train a ranker on judgments; every query is ranked by one that has not seen it.

    Where judgments say how probable each grade is (columns p_0, p_1, …), rankers learn from that, unless
    --set confidence=ignore.

    Examples:

        palate learn -r runs.parquet -j judgments.parquet -o reranked.trec --model model.txt

        palate learn -r a.trec -r b.trec -j q.txt --set trees=200 -o - | head

        palate learn -r runs.parquet -j judgments.parquet --objective ordinal --set patience=20
    """
    import polars as pl

    from palate.cli._output import notes, progress_bar, save, say, show_json, show_table
    from palate.core.frames import read_table
    from palate.core.tables import INTERACTIONS, JUDGMENTS
    from palate.learning import cross_fit, feature_table, rankers
    from palate.measures import evaluate, read_runs

    method = rankers.create(objective, parse_settings(settings))
    table, judgments = read_runs(runs), read_table(qrels, JUDGMENTS)
    past = read_table(interactions, INTERACTIONS) if interactions else None
    features = feature_table(table, past)
    with (
        naming(judgments=qrels, interactions=interactions),
        progress_bar(f"Learning {objective}") as progress,
    ):
        system = rankers.name_of(method)
        fit = cross_fit(method, features, judgments, folds, seed, system=system, progress=progress)
    shares = sorted(fit.ranker.importance().items(), key=lambda pair: -pair[1])
    importance = pl.DataFrame(shares, schema=["feature", "share"], orient="row")
    found = evaluate([table, fit.runs], judgments, measures=["nDCG@10"], seed=seed)
    if model is not None:
        fit.ranker.save(model)
        say(f"The ranker fitted on all judgments is in {model}")
    if output is not None:
        save(fit.runs, output, "ranked items")
    if as_json:
        show_json({"summary": found.summary, "importance": importance, "notes": [*fit.notes, *found.notes]})
    elif str(output) != "-":
        show_table(found.summary, "On queries the ranker had not seen")
        show_table(importance, "What it uses")
    notes([*fit.notes, *found.notes])
