"""Clicks as judgments: each counted by how probably people look at its rank."""

from __future__ import annotations

import numpy as np
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable
from palate.learning._click_log import read_clicks
from palate.learning._propensity import Propensities
from palate.learning.base import FloatArray

__all__ = ["clicks_to_judgments"]


def clicks_to_judgments(
    log: IntoTable, propensities: Propensities | None = None, clip: float = 0.05
) -> pl.DataFrame:
    """Return what clicks say of each item's relevance, corrected for where it was shown.

    People click on what they look at and find relevant; they look at rank k with the probability p_k. The share of an item's
    impressions that were clicked, each click counted 1 / p_k, estimates its relevance without the bias of where systems
    happened to put it (Joachims, Swaminathan and Schnabel, 2017). It is P(grade 1) of the judgments, cut at 1. Rankers that
    learn from a posterior (``confidence="expected"``) then go after expected gains.

    Args:
        log: Columns ``query, item, rank, clicks``: a row for each item each time it was shown.
        propensities: How probably people look at each rank; None counts clicks as they are, which favours what was on top.
        clip: No click counts more than 1 / ``clip``: less spread, and some bias where people look more seldom than that.

    Returns:
        Columns ``query, item, grade, p_0, p_1, impressions, clicks``, sorted by query and item; ``grade`` is 1 if it was ever
        clicked. Of items that were never shown nothing is known.

    Raises:
        InputError: The log is not as said, or has ranks of which no propensity is known.
        SettingsError: ``clip`` is not in (0, 1].
    """
    if not 0 < clip <= 1:
        raise SettingsError(f"'clip' must be above 0 and at most 1; it is {clip:g}.")
    frame = read_clicks(log)
    looked = np.ones(len(frame)) if propensities is None else _looked(frame, propensities, clip)
    frame = frame.with_columns(weighed=pl.col("clicked") / pl.Series(looked))
    found = (
        frame.sort("query", "item", "rank")
        .group_by("query", "item", maintain_order=True)
        .agg(
            relevance=pl.col("weighed").mean().clip(0.0, 1.0),
            impressions=pl.len().cast(pl.Int64),
            clicks=pl.col("clicked").sum().cast(pl.Int64),
        )
    )
    return found.select(
        "query",
        "item",
        grade=(pl.col("clicks") > 0).cast(pl.Int64),
        p_0=1.0 - pl.col("relevance"),
        p_1=pl.col("relevance"),
        impressions=pl.col("impressions"),
        clicks=pl.col("clicks"),
    )


def _looked(frame: pl.DataFrame, propensities: Propensities, clip: float) -> FloatArray:
    known = propensities.table.select(pl.col("rank").cast(frame["rank"].dtype), "propensity")
    joined = frame.select("rank").join(known, on="rank", how="left", maintain_order="left")
    unknown = joined.filter(pl.col("propensity").is_null())["rank"].unique().sort()
    if len(unknown):
        raise InputError(
            f"No propensity is known of the ranks {', '.join(map(str, unknown[:5]))}{' …' if len(unknown) > 5 else ''}. Leave"
            " their rows out of the log, or estimate propensities from a log that has them.",
            where="clicks",
            column="rank",
        )
    looked: FloatArray = np.maximum(joined["propensity"].to_numpy(), clip)
    return looked
