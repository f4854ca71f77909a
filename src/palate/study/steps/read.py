"""Read interactions and items into the study, checked, so that later steps trust them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from palate.core.errors import InputError
from palate.core.frames import read_table
from palate.core.hashing import hash_file
from palate.core.tables import INTERACTIONS, ITEMS
from palate.study.movielens import hash_movielens, read_movielens
from palate.study.settings import StudySettings
from palate.study.step import Step, StepContext

__all__ = ["READ"]


def run(context: StepContext) -> str:
    """Write ``interactions`` and ``items``."""
    data = context.settings.data
    if data.source == "movielens":
        interactions, items = read_movielens()
        where = "movielens"
    else:
        path = context.study / str(data.interactions)
        interactions, where = read_table(path, INTERACTIONS), str(path)
        items = read_table(context.study / data.items, ITEMS) if data.items else _bare_items(interactions)
    interactions = read_table(interactions, INTERACTIONS, where=where)
    for column in ("timestamp", "value"):
        if column not in interactions.columns or interactions[column].null_count():
            raise InputError(
                "A study needs a timestamp (to split past from future) and a value (to know the truth) in every row.",
                where=where,
                column=column,
            )
    items = _titled(read_table(items, ITEMS, where=data.items or where), interactions)
    context.write("interactions", interactions.select("user", "item", "timestamp", "value"))
    context.write("items", items)
    users = interactions["user"].n_unique()
    rated = interactions["item"].n_unique()
    return f"{len(interactions):,} interactions of {users:,} users with {rated:,} items"


def sources(settings: StudySettings, study: Path) -> dict[str, str]:
    """Return the hashes of the files that are read."""
    if settings.data.source == "movielens":
        return {"movielens": hash_movielens()}
    names = [name for name in (settings.data.interactions, settings.data.items) if name]
    for name in names:
        if not (study / name).is_file():
            raise InputError(
                "There is no such file; palate.toml names it under [data].", where=str(study / name)
            )
    return {name: hash_file(study / name) for name in names}


def _bare_items(interactions: pl.DataFrame) -> pl.DataFrame:
    return interactions.select(pl.col("item").unique().sort())


def _titled(items: pl.DataFrame, interactions: pl.DataFrame) -> pl.DataFrame:
    """Return one titled row for every item of ``interactions``; the id stands in for a missing title."""
    kind = interactions["item"].dtype
    if items["item"].dtype != kind:
        items = items.with_columns(pl.col("item").cast(pl.String))
        interactions = interactions.with_columns(pl.col("item").cast(pl.String))
    known = _bare_items(interactions).join(items, on="item", how="left", maintain_order="left")
    if "title" not in known.columns:
        known = known.with_columns(pl.lit(None, pl.String).alias("title"))
    return known.with_columns(
        pl.col("item").cast(kind), pl.col("title").fill_null(pl.col("item").cast(pl.String))
    )


READ = Step("read", "Read interactions and items", (), ("data",), run, sources)
