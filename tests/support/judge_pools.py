"""Pools of graded items and of pairs, as a model judge is asked about them."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from palate.platforms import Pool

__all__ = ["GRADES", "graded_pool", "pair_pool"]

GRADES = {
    "labels": [
        {"value": str(grade), "text": f"Grade {grade}", "grade": float(grade)} for grade in (3, 2, 1, 0)
    ]
}


def graded_pool(n: int = 6, **more: Any) -> Pool:
    """Return tasks t0, t1, … with grades 0 to 3."""
    tasks = pl.DataFrame(
        {
            "task": [f"t{i}" for i in range(n)],
            "shown": [
                json.dumps({"query": "electric kettle", "item": f"i{i}", "title": f"Item {i}"})
                for i in range(n)
            ],
        }
    )
    settings = {"template": "graded_relevance", "template_settings": GRADES, "instructions": "Read **well**."}
    return Pool(tasks, ("0", "1", "2", "3"), **{**settings, **more})


def pair_pool(n: int = 6, *, tie: bool = True) -> Pool:
    """Return pairs; the left item of pair i is ``Alpha i``, the right one ``Beta i``."""
    tasks = pl.DataFrame(
        {
            "task": [f"p{i}" for i in range(n)],
            "shown": [
                json.dumps({"query": "kettle", "left_title": f"Alpha {i}", "right_title": f"Beta {i}"})
                for i in range(n)
            ],
        }
    )
    labels = [{"value": "left", "text": "First"}, {"value": "right", "text": "Second"}]
    if tie:
        labels.append({"value": "tie", "text": "Equal"})
    values = ("left", "tie", "right") if tie else ("left", "right")
    return Pool(
        tasks, values, template="side_by_side", template_settings={"labels": labels}, golden_per_page=0
    )
