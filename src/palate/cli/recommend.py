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
    items: Annotated[
        str | None,
        typer.Option(
            "--items",
            help="The items' texts, for content and hybrid: item, title and text.",
            show_default=False,
        ),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", metavar="USER", help="Recommend to this user only, and say why.", show_default=False
        ),
    ] = None,
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

        palate recommend -i ratings.csv --model hybrid --items films.csv --set other=ease -o hybrid.parquet

        palate recommend -i ratings.csv --model item-neighbours --items films.csv --explain 42
    """
    import polars as pl

    from palate.cli._output import progress_bar, save, show_json, show_table
    from palate.core.frames import read_table
    from palate.core.tables import CANDIDATES
    from palate.recommend import (
        code_interactions,
        explain_runs,
        rank_candidates,
        recommend_top,
        recommenders,
    )

    chosen = {name: recommenders.create(name, parse_settings(settings)) for name in models or ["als"]}
    past = code_interactions(interactions)
    reading = past if items is None else code_interactions(interactions, items)
    users = None if explain is None else _only(explain, past.user_ids)
    wanted = read_table(candidates, CANDIDATES) if candidates else None
    if wanted is not None and explain is not None:
        wanted = wanted.filter(pl.col("query").cast(pl.String) == explain)
    runs, reasons = [], []
    for name, recommender in chosen.items():
        coded = reading if recommender.needs_items else past
        with progress_bar(f"Learning {name}") as progress:
            fitted = recommender.fit(coded, seed=seed, progress=progress)
        system = recommenders.name_of(recommender)
        if wanted is None:
            with progress_bar(f"Recommending with {name}") as progress:
                runs.append(
                    recommend_top(
                        fitted, coded, top, users, system=system, skip_seen=not with_seen, progress=progress
                    )
                )
        else:
            runs.append(rank_candidates(fitted, coded, wanted, system=system, cutoff=top))
    table = pl.concat(runs)
    if output is not None:
        save(table, output, "recommendations")
    elif as_json:
        show_json(table)
    else:
        show_table(
            table, f"{', '.join(chosen)}: the first {top} items for {table['query'].n_unique():,} users"
        )
