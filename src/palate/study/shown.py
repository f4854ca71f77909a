"""What people see of a study's tasks: a user's favourites, and items or rankings for that user."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

__all__ = ["GRADED", "PAIRED", "Wording", "label_settings", "shown_items", "shown_pairs"]

_FIELDS = {"title": "title", "text": "text", "url": "link", "image": "image"}
_LONGEST = 900


@dataclass(frozen=True)
class Wording:
    """How people are asked.

    Args:
        title: What is asked, in a few words.
        template: The task template.
        question: The question at every task.
        instructions: What people read first, Markdown.
    """

    title: str
    template: str
    question: str
    instructions: str


_LIKED = "Each task begins with what one person liked. Imagine that person.\n\n"
GRADED = Wording(
    "Recommendations, one by one",
    "graded_relevance",
    "How well does this fit somebody who liked these?",
    f"{_LIKED}Say how much that person would like what is shown below. If you do not know it, look it up.",
)
PAIRED = Wording(
    "Recommendations, list against list",
    "side_by_side_rankings",
    "Which of the two lists is better for somebody who liked these?",
    f"{_LIKED}Two lists were made for that person, the best first. Choose the list that they would like better.",
)


def label_settings(names: Sequence[str]) -> dict[str, Any]:
    """Return the grades as labels of a task template, the best first: the grade is what is stored.

    >>> [label["text"] for label in label_settings(["bad", "good"])["labels"]]
    ['Good', 'Bad']
    """
    grades = [
        {"value": str(grade), "text": name[:1].upper() + name[1:], "grade": float(grade)}
        for grade, name in enumerate(names)
    ]
    ordered: list[dict[str, Any]] = list(reversed(grades))
    keyed = [{**label, "key": str(place)} for place, label in enumerate(ordered, start=1)]
    return {"labels": keyed if len(keyed) < 10 else ordered}


def shown_items(tasks: pl.DataFrame, liked: pl.DataFrame, items: pl.DataFrame) -> pl.Series:
    """Return what people see of tasks with a query and an item, as JSON by the template's fields."""
    queries, cards = _queries(liked, items), _cards(items)
    rows = [
        {"query": queries.get(query, str(query)), "item": str(item), **cards[item]}
        for query, item in tasks.select("query", "item").iter_rows()
    ]
    return _as_json(rows)


def shown_pairs(
    pairs: pl.DataFrame, runs: pl.DataFrame, liked: pl.DataFrame, items: pl.DataFrame
) -> pl.Series:
    """Return what people see of pairs of systems: both rankings for the query; which system is which is not shown."""
    queries, cards = _queries(liked, items), _cards(items)
    ranked = runs.sort("system", "query", "rank").group_by("system", "query", maintain_order=True)
    lists = {
        (system, query): [{"id": str(item), **cards[item]} for item in found]
        for system, query, found in ranked.agg("item").iter_rows()
    }
    rows = [
        {
            "query": queries.get(query, str(query)),
            "left_items": lists[left, query],
            "right_items": lists[right, query],
        }
        for query, left, right in pairs.select("query", "left", "right").iter_rows()
    ]
    return _as_json(rows)


def _queries(liked: pl.DataFrame, items: pl.DataFrame) -> dict[Any, str]:
    """Return in words what each user liked."""
    titled = liked.join(items.select("item", "title"), on="item", how="left", maintain_order="left")
    grouped = titled.group_by("query", maintain_order=True).agg("title")
    return {query: _short("; ".join(titles)) for query, titles in grouped.iter_rows()}


def _cards(items: pl.DataFrame) -> Mapping[Any, dict[str, str]]:
    """Return what is shown of each item, by the template's fields; empty ones are left out."""
    there = {name: field for name, field in _FIELDS.items() if name in items.columns}
    return {
        row["item"]: {field: str(row[name]) for name, field in there.items() if row[name] not in (None, "")}
        for row in items.select("item", *there).iter_rows(named=True)
    }


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _as_json(rows: Sequence[Mapping[str, Any]]) -> pl.Series:
    return pl.Series("shown", [json.dumps(row, ensure_ascii=False) for row in rows], dtype=pl.String)
