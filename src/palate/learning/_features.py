"""What a ranker learns from: what systems, past interactions, texts and tables say of an item for a query."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import polars as pl

from palate.core.coding import encode
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import CANDIDATES, INTERACTIONS, ITEMS, RUNS, Table
from palate.learning._past_features import PAST_FEATURES, Past, with_past
from palate.learning._table_features import QUERIES, with_columns_of
from palate.learning._text_features import Embedding, with_texts

__all__ = ["INTERACTION_FEATURES", "SYSTEM_FEATURES", "feature_names", "feature_table", "with_ranks"]

SYSTEM_FEATURES = {
    "score": "the system's score, less the mean over the query and in its standard deviations; missing"
    " where the system does not rank the item",
    "reciprocal_rank": "1 / rank; 0 where the system does not rank the item",
}
"""Features of each system, named such as ``score(als)``, and what they mean."""

_OWN = Table("features", tuple(replace(column, required=False) for column in CANDIDATES.columns))

INTERACTION_FEATURES = PAST_FEATURES["counts"]
"""Features from past interactions that :func:`feature_table` makes unless told otherwise, and what they mean."""


def feature_table(
    runs: IntoTable,
    interactions: IntoTable | None = None,
    *,
    past: Sequence[Past] = ("counts",),
    items: IntoTable | None = None,
    queries: IntoTable | None = None,
    own: IntoTable | None = None,
    embedding: Embedding | None = None,
    names: Collection[str] = (),
) -> pl.DataFrame:
    """Return the features of every (query, item) that any system ranks, sorted by them.

    What each feature means and what it is from says :func:`declared_features`.

    Args:
        runs: A dataframe or a path, columns ``query, item, rank`` and, if known, ``system, score``.
        interactions: Past interactions, columns ``user, item`` and, if known, ``value, timestamp``; queries are users.
            Give only what was known when the runs were made: the future must not leak into features.
        past: What interactions say: ``counts`` and means, ``recency`` (which needs timestamps), ``co_occurrence``
            with what the user met.
        items: Column ``item``; ``title`` and ``text`` for how alike texts are; others are features of items.
        queries: Column ``query``; ``title`` and ``text`` as of items; others are features of queries. Where queries are users,
            the table of users.
        own: Features of your own, a column each: of pairs with columns ``query, item``, of items with ``item`` alone, of
            queries with ``query`` alone.
        embedding: From a list of n texts to an array of n rows, for features of embeddings too;
            :func:`sentence_embedding` is one.
        names: Features that a ranker learned from, so that categories are coded as they were then.

    Returns:
        ``query, item`` and the features of :data:`SYSTEM_FEATURES` for each system (``score`` only where
        the runs have scores), of :data:`PAST_FEATURES`, :data:`TEXT_FEATURES`, and those of the tables given, float64,
        null where unknown.

    Raises:
        InputError: A table is not as said, a ranked item has neither rank nor score, or two features have one name.
        SettingsError: There is no such kind of features from the past.
    """
    frame = with_ranks(read_table(runs, RUNS))
    table = frame.select("query", "item").unique().sort("query", "item")
    for system in frame["system"].unique().sort():
        of_system = _system_features(frame.filter(pl.col("system") == system), str(system))
        table = table.join(of_system, on=["query", "item"], how="left", maintain_order="left")
        rank = f"reciprocal_rank({system})"
        table = table.with_columns(pl.col(rank).fill_null(0.0))
    met = None if interactions is None else read_table(interactions, INTERACTIONS)
    if met is not None:
        table = with_past(table, met, past)
    described = None if items is None else read_table(items, ITEMS)
    asked = None if queries is None else read_table(queries, QUERIES)
    if described is not None:
        table = with_texts(table, described, asked, met, embedding)
        table = with_columns_of(table, described, "item", names)
    if asked is not None:
        table = with_columns_of(table, asked, "query", names)
    return table if own is None else _with_own(table, own)


def feature_names(table: pl.DataFrame) -> tuple[str, ...]:
    """Return the names of a feature table's features, in the order of its columns."""
    return tuple(name for name in table.columns if name not in {"query", "item"})


def with_ranks(runs: pl.DataFrame) -> pl.DataFrame:
    """Return runs with a system and with ranks from 1 in each ranking: those given, else by score."""
    if "system" not in runs.columns:
        runs = runs.with_columns(pl.lit("run").alias("system"))
    given = [name for name in ("rank", "score") if name in runs.columns]
    whole = [name for name in given if runs[name].null_count() == 0]
    if not whole:
        raise InputError("Runs need a rank or a score in every row.", where="runs")
    best_first = pl.col("rank") if "rank" in whole else -pl.col("score")
    place = pl.int_range(1, pl.len() + 1).over("system", "query")
    ordered = runs.sort("system", "query", best_first, "item").with_columns(place.alias("rank"))
    return ordered if "score" in whole else ordered.drop("score", strict=False)


def _system_features(run: pl.DataFrame, system: str) -> pl.DataFrame:
    features = [(1.0 / pl.col("rank")).alias(f"reciprocal_rank({system})")]
    if "score" in run.columns:
        score = pl.col("score")
        spread = score.std(ddof=0).over("query")
        centred = score - score.mean().over("query")
        standard = pl.when(spread > 0).then(centred / spread).otherwise(0.0)
        features.insert(0, standard.alias(f"score({system})"))
    return run.select("query", "item", *features)


def _with_own(table: pl.DataFrame, source: IntoTable) -> pl.DataFrame:
    """Return the table with the features of a table of one's own, null where it has no such row."""
    frame = read_table(source, _OWN, where="features")
    keys = [name for name in ("query", "item") if name in frame.columns]
    if not keys:
        raise InputError(
            "Features need a column 'query', a column 'item', or both, to say what they are of.",
            where="features",
        )
    frame = read_table(frame, replace(_OWN, key=tuple(keys)), where="features")
    added = [name for name in frame.columns if name not in keys]
    twice = [name for name in added if name in table.columns]
    if not added or twice:
        problem = (
            f"Another feature is called '{twice[0]}', too. Rename the column."
            if twice
            else ("The table has no features beside what names its rows.")
        )
        raise InputError(problem, where="features", column=twice[0] if twice else None)
    codes = {key: encode(pl.concat([table[key].cast(pl.String), frame[key].cast(pl.String)])) for key in keys}
    parts = (slice(0, len(table)), slice(len(table), None))
    wanted, given = (pl.DataFrame({key: code.codes[part] for key, code in codes.items()}) for part in parts)
    found = wanted.join(given.with_columns(frame.select(added)), on=keys, how="left", maintain_order="left")
    if not wanted.join(given, on=keys, how="semi").height:
        raise InputError(
            f"The table has none of the rows that are ranked (by {' and '.join(keys)}). Name queries and items as the"
            " runs do.",
            where="features",
        )
    return table.with_columns(found.select(added))
