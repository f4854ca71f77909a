"""Write a pool of a study as a server's project, pool and tasks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from palate.platforms._questions import shown_inputs, shown_template
from palate.platforms.base import Pool

__all__ = ["pool_settings", "project_settings", "task_rows"]


def project_settings(name: str, pool: Pool, wording: Mapping[str, str]) -> dict[str, Any]:
    """Return the project in which a pool is asked."""
    return {
        "name": name[:200],
        "title": pool.title,
        "instructions": wording["instructions"] or pool.instructions,
        "language": wording["language"],
        "template": pool.template,
        "template_settings": {**pool.template_settings, "language": wording["language"]},
    }


def pool_settings(
    pool: Pool, seconds_per_page: int, confidence: float, budget: Decimal | float | str | None
) -> dict[str, Any]:
    """Return the pool's price, pages and overlap, without its name."""
    overlap: int | dict[str, Any] = pool.overlap
    if pool.overlap_max > pool.overlap:
        overlap = {"minimum": pool.overlap, "maximum": pool.overlap_max, "confidence": confidence}
    n_golden = pool.golden_per_page if pool.golden is not None else 0
    found = {
        "reward": str(pool.reward),
        "seconds_per_page": seconds_per_page,
        "page_mix": {"real": pool.page_size - n_golden, "golden": n_golden},
        "overlap": overlap,
    }
    return found if budget is None else {**found, "budget": str(budget)}


def task_rows(pool: Pool) -> list[dict[str, Any]]:
    """Return the tasks as the server takes them: what is shown, under the study's own names.

    Raises:
        InputError: The pool has no template or no column ``shown``, or a task does not fit the template.
    """
    shown_inputs(pool, shown_template(pool))
    known = dict(pool.golden.select("task", "label").iter_rows()) if pool.golden is not None else {}
    rows = pool.tasks.select("task", pl.col("task").cast(pl.String).alias("key"), "shown").iter_rows()
    return [
        {
            "key": key,
            "input": json.loads(shown),
            **({"golden": known[task]} if task in known else {}),
        }
        for task, key, shown in rows
    ]
