"""``palate recommend``: learn from interactions and write runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._options import Interactions, Json, Output, Seed, Settings, naming, parse_settings
from palate.core.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from palate.recommend import CodedInteractions, FittedRecommender, Recommender

__all__ = ["recommend"]

Models = Annotated[
    list[str] | None,
    typer.Option("--model", help="A recommender's name. Repeat for several.", show_default="als"),
]
Candidates = Annotated[
    Path | None,
    typer.Option(
        "--candidates", help="Rank only these: a table of query (the user) and item.", show_default=False
    ),
]
Items = Annotated[
    str | None,
    typer.Option(
        "--items", help="The items' texts, for content and hybrid: item, title and text.", show_default=False
    ),
]
Explain = Annotated[
    str | None,
    typer.Option(
        "--explain", metavar="USER", help="Recommend to this user only, and say why.", show_default=False
    ),
]


def recommend(
    interactions: Interactions,
    *,
    models: Models = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many items a user.")] = 10,
    candidates: Candidates = None,
    with_seen: Annotated[
        bool, typer.Option("--with-seen", help="Recommend what a user already met, too.")
    ] = False,
    items: Items = None,
    explain: Explain = None,
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

    from palate.cli._output import notes, save, show_json, show_table
    from palate.core.frames import read_table
    from palate.core.tables import ITEMS
    from palate.recommend import code_interactions, explain_runs, recommenders, with_items

    chosen = {name: recommenders.create(name, parse_settings(settings)) for name in models or ["als"]}
    past = code_interactions(interactions)
    users = None if explain is None else _only(explain, past.user_ids)
    catalogue = read_table(items, ITEMS) if items else None
    with naming(items=items):
        described = past if catalogue is None else with_items(past, catalogue)
    if any(recommender.needs_items for recommender in chosen.values()):
        notes(_without_text(described))
    wanted = None if candidates is None else _wanted(candidates, explain)
    runs, reasons = [], []
    for name, recommender in chosen.items():
        coded = described if recommender.needs_items else past
        fitted = _learn(recommender, name, coded, seed)
        runs.append(
            _run(
                fitted,
                coded,
                wanted=wanted,
                users=users,
                system=recommenders.name_of(recommender),
                top=top,
                with_seen=with_seen,
            )
        )
        if explain is not None:
            reasons.append(explain_runs(fitted, coded, runs[-1]))
    table = pl.concat(reasons or runs)
    if output is not None:
        save(table, output, "reasons" if reasons else "recommendations")
    elif as_json:
        show_json(table)
    elif reasons:
        show_table(_told(pl.concat(runs), table, catalogue), f"What {explain} gets, because of what")
    else:
        show_table(
            table, f"{', '.join(chosen)}: the first {top} items for {table['query'].n_unique():,} users"
        )


def _wanted(candidates: Path, user: str | None) -> pl.DataFrame:
    """Return the candidates, of one user if one is named."""
    import polars as pl

    from palate.core.frames import read_table
    from palate.core.tables import CANDIDATES

    wanted = read_table(candidates, CANDIDATES)
    if user is None:
        return wanted
    of_user = wanted.filter(pl.col("query").cast(pl.String) == user)
    if of_user.is_empty():
        raise InputError(f"User '{user}' has no candidates.", where=str(candidates), column="query")
    return of_user


def _learn(recommender: Recommender, name: str, coded: CodedInteractions, seed: int) -> FittedRecommender:
    from palate.cli._output import progress_bar

    with progress_bar(f"Learning {name}") as progress:
        return recommender.fit(coded, seed=seed, progress=progress)


def _run(
    fitted: FittedRecommender,
    coded: CodedInteractions,
    *,
    wanted: pl.DataFrame | None,
    users: pl.Series | None,
    system: str,
    top: int,
    with_seen: bool,
) -> pl.DataFrame:
    """Rank the wanted candidates, or all items for the users."""
    from palate.cli._output import progress_bar
    from palate.recommend import rank_candidates, recommend_top

    if wanted is not None:
        return rank_candidates(fitted, coded, wanted, system=system, cutoff=top)
    with progress_bar(f"Recommending with {system}") as progress:
        return recommend_top(
            fitted, coded, top, users, system=system, skip_seen=not with_seen, progress=progress
        )


def _only(user: str, known: pl.Series) -> pl.Series:
    """Return the user as a column of the known users' type."""
    import polars as pl

    found = known.filter(known.cast(pl.String) == user)
    if found.is_empty():
        raise InputError(
            f"There is no user '{user}' whose recommendations could be explained. Users are such as '{known[0]}'.",
            where="interactions",
            column="user",
        )
    return found


def _without_text(coded: CodedInteractions) -> list[str]:
    """Say how many items have no words to be recommended by."""
    from palate.cli._output import counted

    blank = 0 if coded.texts is None else int((coded.texts == "").sum())
    return [
        f"{counted(blank, 'item')} of {len(coded.item_ids):,} without text: content says nothing of them."
    ] * (blank > 0)


def _told(runs: pl.DataFrame, reasons: pl.DataFrame, catalogue: pl.DataFrame | None) -> pl.DataFrame:
    """Return a row an item with its reasons in words, by title where there are titles."""
    import polars as pl

    told = (
        reasons.with_columns(because=_titled(reasons["because"], catalogue))
        .group_by("system", "query", "item", maintain_order=True)
        .agg(
            because=pl.format("{} ({}%)", "because", (100 * pl.col("share")).round().cast(pl.Int64)).str.join(
                ", "
            )
        )
    )
    return runs.join(told, on=["system", "query", "item"], how="left", maintain_order="left").select(
        "system", "rank", item=_titled(runs["item"], catalogue), because="because"
    )


def _titled(ids: pl.Series, catalogue: pl.DataFrame | None) -> pl.Series:
    """Return the titles of items, their ids where there is none."""
    import polars as pl

    text = ids.cast(pl.String)
    if catalogue is None or "title" not in catalogue.columns:
        return text
    titles = catalogue.select(pl.col("item").cast(pl.String), "title")
    found = text.rename("item").to_frame().join(titles, on="item", how="left", maintain_order="left")
    return found["title"].fill_null(text)
