"""``palate recommend``: learn from interactions and write runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from palate.cli._options import Interactions, Json, Output, Seed, Settings, parse_settings

__all__ = ["recommend"]


def recommend(
    interactions: Interactions,
    *,
    models: Annotated[
        list[str] | None,
        typer.Option("--model", help="A recommender's name. Repeat for several.", show_default="als"),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many items a user.")] = 10,
    candidates: Annotated[
        Path | None,
        typer.Option(
            "--candidates", help="Rank only these: a table of query (the user) and item.", show_default=False
        ),
    ] = None,
    with_seen: Annotated[
        bool, typer.Option("--with-seen", help="Recommend what a user already met, too.")
    ] = False,
    settings: Settings = None,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Learn from interactions what to show each user, and write it as a run.

    Examples:

        palate recommend -i watched.parquet --model als --top 100 -o runs.parquet

        palate recommend -i ratings.csv --model item-neighbours --set neighbours=50 -o neighbours.trec

        palate recommend -i ratings.csv --model popularity --model als -o - | head
    """
    import polars as pl

    from palate.cli._output import progress_bar, save, show_json, show_table
    from palate.core.frames import read_table
    from palate.core.tables import CANDIDATES
    from palate.recommend import code_interactions, rank_candidates, recommend_top, recommenders

    chosen = {name: recommenders.create(name, parse_settings(settings)) for name in models or ["als"]}
    past = code_interactions(interactions)
    wanted = read_table(candidates, CANDIDATES) if candidates else None
    runs = []
    for name, recommender in chosen.items():
        with progress_bar(f"Learning {name}") as progress:
            fitted = recommender.fit(past, seed=seed, progress=progress)
        system = recommenders.name_of(recommender)
        if wanted is None:
            with progress_bar(f"Recommending with {name}") as progress:
                runs.append(
                    recommend_top(
                        fitted, past, top, system=system, skip_seen=not with_seen, progress=progress
                    )
                )
        else:
            runs.append(rank_candidates(fitted, past, wanted, system=system, cutoff=top))
    table = pl.concat(runs)
    if output is not None:
        save(table, output, "recommendations")
    elif as_json:
        show_json(table)
    else:
        show_table(
            table, f"{', '.join(chosen)}: the first {top} items for {table['query'].n_unique():,} users"
        )
