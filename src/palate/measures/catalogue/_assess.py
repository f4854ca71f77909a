"""Measure what runs show of a catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from palate.core.coding import encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, like, read_table
from palate.core.tables import INTERACTIONS, ITEMS
from palate.measures._ordered import ranked_rows
from palate.measures._parse import parse_printed
from palate.measures._runs import SystemRun, systems_in
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
    interactions: IntoTable,
    measures: Iterable[str | CatalogueMeasure] = DEFAULT_CATALOGUE_MEASURES,
    *,
    features: IntoTable | None = None,
) -> Any:
    """Return what every system shows of a catalogue: how much of it, how evenly, how novel, how diverse.

    Args:
        runs: As in :func:`palate.measures.evaluate`.
        interactions: A path or dataframe with ``user, item``. Its items are the catalogue, unless there are
            ``features``.
        measures: Measures of a catalogue or their texts, such as ``"Cov@10"``.
        features: A path or dataframe with ``item`` and one column of numbers a feature; its items are the
            catalogue.

    Returns:
        Columns ``system, measure, value``, in the kind of dataframe that the interactions came in.

    Raises:
        InputError: A table is not what it should be, an item that is ranked is not of the catalogue, or a
            measure needs features and there are none.
        UnknownNameError: There is no such measure.

    >>> interactions = pl.DataFrame({"user": [1, 2, 2], "item": ["a", "a", "b"]})
    >>> run = pl.DataFrame({"query": [1], "item": ["b"], "score": [0.9]})
    >>> assess_catalogue({"als": run}, interactions, ["Cov@1", "Novelty@1"]).rows()
    [('als', 'Cov@1', 0.5), ('als', 'Novelty@1', 1.0)]
    """
    chosen = [parse_catalogue_measure(m) if isinstance(m, str) else m for m in measures]
    pairs = read_table(interactions, INTERACTIONS).select("user", "item").unique()
    described = None if features is None else read_table(features, ITEMS, where="features")
    catalogue = encode(pairs["item"] if described is None else described["item"]).values
    known = encode_like(pairs["item"], catalogue)
    users = np.bincount(known[known >= 0], minlength=len(catalogue)).astype(np.float64)
    numbers = None if described is None else _features(described, catalogue)
    rows = []
    for run in systems_in(runs):
        shown = _recommendations(run, catalogue, users, pairs["user"].n_unique(), numbers)
        rows += [(run.system, str(measure), measure.value(shown)) for measure in chosen]
    schema = {"system": pl.String, "measure": pl.String, "value": pl.Float64}
    return like(interactions, pl.DataFrame(rows, schema=schema, orient="row"))


def _recommendations(
    run: SystemRun, catalogue: pl.Series, users: FloatArray, n_users: int, features: FloatArray | None
) -> Recommendations:
    ranked = ranked_rows(run)
    items = encode_like(ranked["item"], catalogue)
    if (items < 0).any():
        unknown = ranked["item"].filter(pl.Series(items < 0)).unique(maintain_order=True)
        raise InputError(
            f"The catalogue lacks {len(unknown):,} of the items that are ranked, such as '{unknown[0]}'. Give interactions or"
            " features that hold every item.",
            where=run.where,
            column="item",
        )
    counts = np.unique(encode(ranked["query"]).codes, return_counts=True)[1]
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Recommendations(offsets, items, users, n_users, features)


def _features(described: pl.DataFrame, catalogue: pl.Series) -> FloatArray:
    """Return the features in the order of the catalogue, shape (n_items, n_features)."""
    names = [name for name, kind in described.schema.items() if name != "item" and kind.is_numeric()]
    if not names:
        raise InputError(
            "There is no column of numbers beside 'item'. Give one a feature, such as 1 for every genre an item is"
            " of.",
            where="features",
        )
    for name in names:
        bad = described[name].is_null() | ~described[name].cast(pl.Float64).is_finite()
        if bad.any():
            raise InputError(
                "The value is missing or not finite. Write 0 where an item lacks the feature.",
                where="features",
                row=int(bad.arg_max() or 0) + 1,
                column=name,
            )
    ordered = np.empty((len(catalogue), len(names)))
    ordered[encode_like(described["item"], catalogue)] = described.select(names).cast(pl.Float64).to_numpy()
    return ordered
