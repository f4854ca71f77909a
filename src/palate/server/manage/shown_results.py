"""Results as the page shows them: ranked lists with pictures and intervals, or judgments with what they say."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator

from palate.server.manage.charts import Interval, intervals
from palate.server.manage.results import PoolResults, download_rows
from palate.server.manage.task_words import item_of
from palate.server.projects.models import Pool
from palate.server.projects.reading import template_of

__all__ = ["RankedItem", "RankedQuery", "shown_results"]

_A_PART = 50
_QUERIES_A_PART = 20
_NAMED_FROM = 5_000
"""Tasks that are looked at for titles."""
_FEW = 20


@dataclass(frozen=True)
class RankedItem:
    """An item of a ranking: what was found, what it is called, and where its interval lies."""

    found: dict[str, Any]
    title: str
    place: Interval


@dataclass(frozen=True)
class RankedQuery:
    """What was asked and its items, best first."""

    query: str
    comparisons: int
    items: tuple[RankedItem, ...]

    @property
    def is_early(self) -> bool:
        """Whether so few comparisons say little."""
        return self.comparisons < _FEW


def shown_results(results: PoolResults, pool: Pool, part: str | None) -> dict[str, Any]:
    """Return a part of the results, as the template of their page names them."""
    makers = {"labels": _judged, "multilabel": _chosen, "texts": _written}
    return makers.get(results.kind, _ranked)(results, pool, part)


def _ranked(results: PoolResults, pool: Pool, part: str | None) -> dict[str, Any]:
    found = Paginator(results.found["queries"], _QUERIES_A_PART).get_page(part)
    titles = _titles(pool, ("left", "right")) if results.kind == "pairs" else _titles_of_entries(pool)
    queries = []
    for one in found:
        places = intervals([(item["score"], item["low"], item["high"]) for item in one["items"]])
        items = tuple(
            RankedItem(item, titles.get(item["item"], item["item"]), place)
            for item, place in zip(one["items"], places, strict=True)
        )
        queries.append(RankedQuery(one["query"], one["comparisons"], items))
    return {"found": found, "queries": queries}


def _judged(results: PoolResults, pool: Pool, part: str | None) -> dict[str, Any]:
    _, rows = download_rows(results, pool, "judgments")
    words = {label.value: label.text or label.value for label in template_of(pool.project).own_labels()}
    found = Paginator(rows, _A_PART).get_page(part)
    titles = _titles(pool, ("",))
    judgments = [
        {**row, "words": words.get(row["label"], row["label"]), "title": titles.get(row["item"], row["item"])}
        for row in found
    ]
    counts = {value: sum(row["label"] == value for row in rows) for value in words}
    shares = [(words[value], count, count / len(rows)) for value, count in counts.items() if rows]
    return {"found": found, "judgments": judgments, "shares": shares}


def _chosen(results: PoolResults, pool: Pool, part: str | None) -> dict[str, Any]:
    """Return what each task was given, in words, and how often each label was."""
    _, rows = download_rows(results, pool, "judgments")
    labels = {label.value: label.text or label.value for label in template_of(pool.project).own_labels()}
    titles = {**_titles_of_entries(pool), **labels}
    found = Paginator(rows, _A_PART).get_page(part)
    own = _titles(pool, ("",))
    judgments = [
        {
            **row,
            "words": ", ".join(titles.get(one, one) for one in json.loads(row["labels"])),
            "title": own.get(row["item"], row["item"]),
        }
        for row in found
    ]
    counts = Counter(one for row in rows for one in json.loads(row["labels"]))
    shares = [(words, counts[value], counts[value] / len(rows)) for value, words in labels.items() if rows]
    return {"found": found, "judgments": judgments, "shares": shares}


def _written(results: PoolResults, pool: Pool, part: str | None) -> dict[str, Any]:
    _, rows = download_rows(results, pool, "judgments")
    found, titles = Paginator(rows, _A_PART).get_page(part), _titles(pool, ("",))
    judgments = [
        {**row, "words": row["text"], "title": titles.get(row["item"], row["item"])} for row in found
    ]
    return {"found": found, "judgments": judgments}


def _titles_of_entries(pool: Pool) -> dict[str, str]:
    """Return what the entries of lists are called, by their ids."""
    inputs = pool.tasks.filter(kind="real").order_by("pk").values_list("input", flat=True)[:_NAMED_FROM]
    entries = (one for shown in inputs for one in shown.get("items") or () if isinstance(one, dict))
    return {str(one["id"]): str(one["title"]) for one in entries if one.get("title")}


def _titles(pool: Pool, sides: tuple[str, ...]) -> dict[str, str]:
    """Return what items are called, by what results call them."""
    inputs = pool.tasks.filter(kind="real").order_by("pk").values_list("input", flat=True)[:_NAMED_FROM]
    found = {}
    for shown in inputs:
        for side in sides:
            title = shown.get(f"{side}_title" if side else "title")
            if title:
                found[item_of(shown, side)] = str(title)
    return found
