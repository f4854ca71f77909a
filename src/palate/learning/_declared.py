"""What each feature is called, what it is from, and what it means."""

from __future__ import annotations

import re

import polars as pl

from palate.learning._features import SYSTEM_FEATURES, feature_names
from palate.learning._past_features import PAST_FEATURES
from palate.learning._text_features import TEXT_FEATURES

__all__ = ["declared_features", "feature_gaps", "feature_source"]

_NAMED = 4
"""Features that a note names; the others are counted."""

_OF = re.compile(r"(\w+)\((.*)\)", re.DOTALL)


def declared_features(table: pl.DataFrame) -> pl.DataFrame:
    """Return what the features of a table mean.

    Args:
        table: Such as ``feature_table`` returns.

    Returns:
        Columns ``feature, source, meaning, missing``: ``source`` is ``runs``, ``interactions``, ``items``, ``queries``,
        ``texts`` or ``own``; ``missing`` is the share of rows that have none.

    >>> declared_features(pl.DataFrame({"query": [1], "item": [1], "score(als)": [0.5]})).row(0)[:2]
    ('score(als)', 'runs')
    """
    names = feature_names(table)
    rows = max(len(table), 1)
    said = [(name, *feature_source(name), table[name].null_count() / rows) for name in names]
    schema = {"feature": pl.String, "source": pl.String, "meaning": pl.String, "missing": pl.Float64}
    return pl.DataFrame(said, schema=schema, orient="row")


def feature_gaps(table: pl.DataFrame) -> list[str]:
    """Say of which rows the interactions and the user's own tables say nothing.

    >>> feature_gaps(pl.DataFrame({"query": [1, 2], "item": [1, 1], "user_interactions": [0.0, 0.7]}))
    ['1 of 2 queries is no user of the interactions, so that nothing is known of its past.']
    """
    said = []
    if "user_interactions" in table.columns:
        queries = table["query"].n_unique()
        strangers = table.filter(pl.col("user_interactions") == 0)["query"].n_unique()
        whose = ("is no user", "its") if strangers == 1 else ("are no users", "their")
        if strangers:
            said.append(
                f"{strangers:,} of {queries:,} queries {whose[0]} of the interactions, so that nothing is known of {whose[1]}"
                " past."
            )
    declared = declared_features(table).filter(
        (pl.col("missing") > 0) & pl.col("source").is_in(["items", "queries", "own"])
    )
    if len(declared):
        named = ", ".join(
            f"{f['feature']} of {f['missing']:.1%}" for f in declared.head(_NAMED).iter_rows(named=True)
        )
        more = f" and {len(declared) - _NAMED:,} more" if len(declared) > _NAMED else ""
        said.append(
            f"The tables say nothing of some rows, which are ranked by what else is known of them: {named}{more}."
        )
    return said


def feature_source(name: str) -> tuple[str, str]:
    """Return what a feature is from and what it means, by its name."""
    for features in PAST_FEATURES.values():
        if name in features:
            return "interactions", features[name]
    if name in TEXT_FEATURES:
        return "texts", TEXT_FEATURES[name]
    parts = _OF.fullmatch(name)
    if parts is not None and parts[1] in SYSTEM_FEATURES:
        return "runs", f"of {parts[2]}: {SYSTEM_FEATURES[parts[1]]}"
    if parts is not None and parts[1] in {"item", "query"}:
        return {"item": "items", "query": "queries"}[parts[1]], _of_column(parts[1], parts[2])
    return "own", "a feature of one's own"


def _of_column(key: str, inside: str) -> str:
    plural = {"item": "items", "query": "queries"}[key]
    if inside.endswith(": rows"):
        return f"ln(1 + how many {plural} of the table share the {key}'s {inside.removesuffix(': rows')})"
    column, equals, level = inside.partition("=")
    return f"1 if the {key}'s {column} is {level}, else 0" if equals else f"the {key}'s {column}"
