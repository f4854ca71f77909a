"""Measure what runs show of a catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import INTERACTIONS, JUDGMENTS
from palate.measures._coverage import refuse_no_shared_query
from palate.measures._ordered import ranked_rows
from palate.measures._parse import parse_printed
from palate.measures._runs import SystemRun, systems_in
from palate.measures.catalogue._features import FEATURES, features_of
from palate.measures.catalogue.base import CatalogueMeasure, FloatArray, Recommendations
from palate.measures.catalogue.registry import catalogue_registry

__all__ = ["DEFAULT_CATALOGUE_MEASURES", "assess_catalogue", "parse_catalogue_measure"]

DEFAULT_CATALOGUE_MEASURES = ("Cov@10", "Gini@10", "Novelty@10", "Popularity@10")


def parse_catalogue_measure(text: str) -> CatalogueMeasure:
    """Return the measure of a catalogue that prints as ``text``.

    Raises:
        UnknownNameError: There is no such measure; the text suggests the nearest.
        SettingsError: It has no such setting, or refuses the cutoff.

    >>> str(parse_catalogue_measure("coverage@10"))
    'Cov@10'
    """
    return parse_printed(text, catalogue_registry)


def assess_catalogue(
    runs: Any,
    interactions: IntoTable | None = None,
    measures: Iterable[str | CatalogueMeasure] = DEFAULT_CATALOGUE_MEASURES,
    *,
    features: IntoTable | None = None,
    judgments: IntoTable | None = None,
) -> Any:
    """Return what every system shows of a catalogue: how much of it, how evenly, how novel, how diverse.

    Args:
        runs: As in :func:`palate.measures.evaluate`.
        interactions: A path or dataframe with ``user, item``. Its items are the catalogue, unless there are
            ``features``.
        measures: Measures of a catalogue or their texts, such as ``"Cov@10"``.
        features: A path or dataframe with ``item``; its items are the catalogue. Its features are what stands in
            ``genres``, split at ``|``, ``,`` and ``;``, or, where there is no such column, the columns of numbers.
        judgments: A path or dataframe with ``query, item, grade``, for measures that ask what is relevant.

    Returns:
        Columns ``system, measure, value``, in the kind of dataframe that the first table came in.

    Raises:
        InputError: A table is not what it should be or is missing for a measure, or an item that is ranked is not of
            the catalogue.
        UnknownNameError: There is no such measure.

    >>> interactions = pl.DataFrame({"user": [1, 2, 2], "item": ["a", "a", "b"]})
    >>> run = pl.DataFrame({"query": [1], "item": ["b"], "score": [0.9]})
    >>> assess_catalogue({"als": run}, interactions, ["Cov@1", "Novelty@1"]).rows()
    [('als', 'Cov@1', 0.5), ('als', 'Novelty@1', 1.0)]
    """
    chosen = [parse_catalogue_measure(m) if isinstance(m, str) else m for m in measures]
    given = {"interactions": interactions, "features": features, "judgments": judgments}
    source = interactions if interactions is not None else features
    if source is None:
        raise InputError(
            "There is no catalogue. Give interactions, or features with every item.", where="features"
        )
    for measure in chosen:
        for need in sorted(need for need in measure.needs if given[need] is None):
            raise InputError(f"{measure} needs {need}; there are none.", where=need)
    tables = _Tables.read(interactions, features, judgments)
    rows = []
    for run in systems_in(runs):
        shown = _recommendations(run, tables)
        rows += [(run.system, str(measure), measure.value(shown)) for measure in chosen]
    schema = {"system": pl.String, "measure": pl.String, "value": pl.Float64}
    return like(source, pl.DataFrame(rows, schema=schema, orient="row"))


@dataclass(frozen=True, eq=False)
class _Tables:
    """What is known beside the runs.

    Args:
        catalogue: All items.
        pairs: Who interacted with what, without repetition, if that is known.
        users_of_item: float64, shape (n_items,).
        features: float64, shape (n_items, n_features), if there are any.
        judged: Judgments as text and grade, if there are any.
    """

    catalogue: pl.Series
    pairs: pl.DataFrame | None
    users_of_item: FloatArray
    features: FloatArray | None
    judged: pl.DataFrame | None

    @staticmethod
    def read(
        interactions: IntoTable | None, features: IntoTable | None, judgments: IntoTable | None
    ) -> _Tables:
        pairs = described = judged = None
        if interactions is not None:
            pairs = read_table(interactions, INTERACTIONS).select("user", "item").unique()
        if features is not None:
            described = read_table(features, FEATURES, where="features")
        if judgments is not None:
            judged = read_table(judgments, JUDGMENTS).select(pl.col("query", "item").cast(pl.String), "grade")
        catalogue = encode((pairs if described is None else described)["item"]).values  # type: ignore[index]  # one is given
        users = np.zeros(len(catalogue))
        if pairs is not None:
            known = encode_like(pairs["item"], catalogue)
            users = np.bincount(known[known >= 0], minlength=len(catalogue)).astype(np.float64)
        numbers = None if described is None else features_of(described, catalogue)
        return _Tables(catalogue, pairs, users, numbers, judged)


def _recommendations(run: SystemRun, tables: _Tables) -> Recommendations:
    ranked = ranked_rows(run)
    items = encode_like(ranked["item"], tables.catalogue)
    if (items < 0).any():
        unknown = ranked["item"].filter(pl.Series(items < 0)).unique(maintain_order=True)
        raise InputError(
            f"The catalogue lacks {len(unknown):,} of the items that are ranked, such as '{unknown[0]}'. Give interactions or"
            " features that hold every item.",
            where=run.where,
            column="item",
        )
    counts = ranked.group_by("query", maintain_order=True).len()
    offsets = np.concatenate([[0], np.cumsum(counts["len"].to_numpy())]).astype(np.int64)
    pairs, judged = tables.pairs, tables.judged
    if judged is not None:
        queries, judged_queries = counts["query"], judged["query"].unique(maintain_order=True)
        answered = encode_like(judged_queries, queries) >= 0
        refuse_no_shared_query(answered, run.path or run.system, queries[0], "judgments", judged_queries)
    return Recommendations(
        offsets,
        items,
        tables.users_of_item,
        0 if pairs is None else pairs["user"].n_unique(),
        tables.features,
        None if judged is None else _grades(ranked, judged),
        0 if judged is None else judged["query"].n_unique(),
        None if pairs is None else _known(counts["query"], pairs, tables.catalogue),
    )


def _grades(ranked: pl.DataFrame, judged: pl.DataFrame) -> FloatArray:
    """Return the grade of every ranked item, NaN where it is not judged."""
    rows = ranked.select(pl.col("query", "item").cast(pl.String))
    grades = rows.join(judged, on=["query", "item"], how="left", maintain_order="left")["grade"]
    found: FloatArray = grades.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return found


def _known(
    queries: pl.Series, pairs: pl.DataFrame, catalogue: pl.Series
) -> tuple[npt.NDArray[np.int32], ...]:
    """Return the items of the catalogue that each query's user interacted with."""
    users = encode_like(pairs["user"], queries)
    items = encode_like(pairs["item"], catalogue)
    kept = (users >= 0) & (items >= 0)
    order = np.lexsort((items[kept], users[kept]))
    users, items = users[kept][order], items[kept][order]
    ends = np.searchsorted(users, np.arange(1, len(queries)))
    return tuple(np.split(items, ends))
