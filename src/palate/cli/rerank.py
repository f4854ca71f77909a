"""``palate rerank``: rank by a model that ``palate learn`` made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from palate.cli._learning import Features, Inputs, Items, ManyRuns, Past, Queries
from palate.cli._options import Json, Output

__all__ = ["rerank"]


def rerank(
    runs: ManyRuns,
    model: Annotated[
        Path, typer.Option("--model", help="The folder that palate learn -o wrote.", show_default=False)
    ],
    *,
    interactions: Past = None,
    items: Items = None,
    queries: Queries = None,
    features: Features = None,
    system: Annotated[
        str | None,
        typer.Option("--system", help="What to call it; its objective by default.", show_default=False),
    ] = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Rank what runs hold by a learned ranker. It needs what its features were made of.

    Examples:

        palate rerank --model model/ --runs runs.parquet -i past.parquet -o reranked.parquet

        palate rerank --model model/ -r a.trec -r b.trec -o - | head
    """
    from palate.cli._output import notes, save, show_json, show_table
    from palate.learning import declared_features, feature_gaps, load_model
    from palate.learning import rerank as rank
    from palate.measures import read_runs

    saved = load_model(model)
    inputs = Inputs(runs, interactions, items, queries, features)
    with inputs.named:
        table = inputs.table_for(saved.ranker, read_runs(runs))
        found = rank(saved.ranker, table, system or saved.card.objective)
    if output is not None:
        save(found, output, "ranked items")
    if as_json:
        show_json(found)
    elif output is None:
        show_table(found)
    empty = declared_features(table).filter(missing=1.0)["feature"]
    notes(f"The feature {name} is missing in every row." for name in empty if name in saved.ranker.names)
    notes(feature_gaps(table))
