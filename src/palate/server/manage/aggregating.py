"""Turn a pool's answers into judgments or rankings: ``python -m`` this, a directory as its argument.

It runs in a process of its own, so that those that answer requests never load what it needs. The directory holds
``settings.json`` and ``answers.csv`` (its columns: :func:`~palate.server.manage.answer_tables.write_answers`), and for
labels perhaps ``golden.csv``; ``result.json`` is written there.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from palate.core.errors import InputError, PalateError

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "aggregate_labels",
    "aggregate_pairs",
    "aggregate_rankings",
    "aggregate_sets",
    "aggregate_texts",
    "main",
]

_RESAMPLES = 200
_MOST_FOR_ALPHA = 200_000


def aggregate_labels(
    answers: pl.DataFrame, golden: pl.DataFrame | None, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the judgment of each task, what is known of annotators, and how far they agree.

    Args:
        answers: Columns ``task, annotator, label``.
        golden: Known labels, columns ``task, label``; None without any.
        settings: ``method``, a label aggregator's name; ``ordered``, whether labels are grades; ``labels`` in order.
    """
    from palate.aggregation.labels import label_aggregators

    found = label_aggregators.create(settings["method"]).aggregate(answers, golden=golden)
    people = found.annotators.select("annotator", "answers", "skill").to_dicts()
    votes = dict(answers["task"].value_counts().iter_rows())
    return {
        "kind": "labels",
        "reason": found.reason,
        "judgments": [
            {
                "task": task,
                "label": label,
                "probability": round(probability, 6),
                "answers": votes.get(task, 0),
            }
            for task, label, probability in found.labels.select("task", "label", "probability").iter_rows()
        ],
        "annotators": [{**one, "skill": _number(one["skill"])} for one in people],
        "agreement": _agreement(answers, settings),
    }


def aggregate_pairs(answers: pl.DataFrame, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ranking of each query's items with intervals, and how far annotators agree.

    Args:
        answers: Columns ``task, annotator, query, left, right, label``; the label is ``left``, ``right`` or ``tie``.
        settings: ``method``, a pair aggregator's name.
    """
    from palate.aggregation.pairs import pair_aggregators

    method = pair_aggregators.create(settings["method"])
    queries = []
    for (query,), rows in answers.sort("query", maintain_order=True).group_by("query", maintain_order=True):
        scores = method.aggregate(rows.select("left", "right", "label", "annotator")).scores
        ranked = [_ranked(row) for row in scores.to_dicts()]
        queries.append({"query": query, "comparisons": len(rows), "items": ranked})
    return {
        "kind": "pairs",
        "reason": "",
        "queries": queries,
        "agreement": _agreement(answers.select("task", "annotator", "label"), {"ordered": False}),
    }


def aggregate_sets(answers: pl.DataFrame, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the set of each task, and what is known of annotators.

    Args:
        answers: Columns ``task, annotator, labels``: whole numbers with commas between them.
        settings: ``method``, a multilabel aggregator's name.
    """
    from palate.aggregation.multilabel import multilabel_aggregators

    found = multilabel_aggregators.create(settings["method"]).aggregate(answers)
    votes = dict(answers["task"].value_counts().iter_rows())
    judgments = [
        {"task": task, "places": sorted(map(int, labels)), "answers": votes.get(task, 0)}
        for task, labels in found.labels.select("task", "labels").iter_rows()
    ]
    people = _people(found.annotators, "skill")
    return {
        "kind": "multilabel",
        "reason": "",
        "judgments": judgments,
        "annotators": people,
        "agreement": None,
    }


def aggregate_rankings(answers: pl.DataFrame, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return one ranking a task, and how far each annotator agrees with it.

    Args:
        answers: Columns ``task, annotator, item, rank``.
        settings: ``method``, a ranking aggregator's name.
    """
    import polars as pl

    from palate.aggregation.rankings import ranking_aggregators

    given = answers.with_columns(rank=pl.col("rank").cast(pl.Int64))
    found = ranking_aggregators.create(settings["method"]).aggregate(given)
    n_rankings = dict(found.tasks.select("task", "rankings").iter_rows())
    queries = [
        {
            "task": task,
            "comparisons": n_rankings[task],
            "items": [_ranked({**row, "comparisons": row["answers"]}) for row in rows.to_dicts()],
        }
        for (task,), rows in found.rankings.group_by("task", maintain_order=True)
    ]
    people = _people(found.annotators.rename({"rankings": "answers"}), "agreement")
    return {"kind": "rankings", "reason": "", "queries": queries, "annotators": people, "agreement": None}


def aggregate_texts(answers: pl.DataFrame, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return one text a task, and how much each annotator counts.

    Args:
        answers: Columns ``task, annotator, text``.
        settings: ``method``, a text aggregator's name.
    """
    from palate.aggregation.texts import text_aggregators

    found = text_aggregators.create(settings["method"]).aggregate(answers)
    votes = dict(answers["task"].value_counts().iter_rows())
    judgments = [
        {"task": task, "text": text, "answers": votes.get(task, 0)}
        for task, text in found.texts.select("task", "text").iter_rows()
    ]
    people = _people(found.annotators, "weight")
    return {"kind": "texts", "reason": "", "judgments": judgments, "annotators": people, "agreement": None}


def main(directory: Path) -> None:
    """Read, aggregate, write."""
    settings = json.loads((directory / "settings.json").read_text(encoding="utf-8"))
    answers, known = _read(directory / "answers.csv"), directory / "golden.csv"
    if settings["kind"] == "labels":
        golden = _read(known) if known.exists() else None
        found = aggregate_labels(answers, golden, settings)
    else:
        makers = {
            "pairs": aggregate_pairs,
            "multilabel": aggregate_sets,
            "rankings": aggregate_rankings,
            "texts": aggregate_texts,
        }
        found = makers[settings["kind"]](answers, settings)
    (directory / "result.json").write_text(json.dumps(found), encoding="utf-8")


def _read(path: Path) -> pl.DataFrame:
    import polars as pl

    return pl.read_csv(path, infer_schema=False, empty_string_is_null=False)


def _people(annotators: pl.DataFrame, skill: str) -> list[dict[str, Any]]:
    """Return annotators with one number that says how good they are, called skill whatever it measures."""
    rows = annotators.select("annotator", "answers", skill).iter_rows()
    return [{"annotator": who, "answers": n, "skill": _number(value)} for who, n, value in rows]


def _ranked(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("score", "low", "high", "win_share")
    whole = ("rank", "low_rank", "high_rank", "comparisons", "component")
    return {
        "item": row["item"],
        **{name: _number(row.get(name)) for name in names},
        **{name: row.get(name) for name in whole},
    }


def _agreement(answers: pl.DataFrame, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return Krippendorff's alpha with its interval; None where no task has two answers, or all answers are the same."""
    from palate.agreement import KrippendorffAlpha

    if len(answers) > _MOST_FOR_ALPHA:
        first = answers["task"].unique(maintain_order=True).head(_MOST_FOR_ALPHA // 10).implode()
        answers = answers.filter(answers["task"].is_in(first))
    numbers = {label: str(place) for place, label in enumerate(settings.get("labels", ()))}
    if settings.get("ordered") and set(answers["label"]) <= set(numbers):
        answers = answers.with_columns(label=answers["label"].replace_strict(numbers))
        coefficient = KrippendorffAlpha(resamples=_RESAMPLES, metric="ordinal")
    else:
        coefficient = KrippendorffAlpha(resamples=_RESAMPLES)
    try:
        found = coefficient.measure(answers)
    except InputError:
        return None
    if math.isnan(found.value):
        return None
    return {
        "alpha": found.value,
        "low": _number(found.low),
        "high": _number(found.high),
        "tasks": found.n_tasks,
        "metric": coefficient.metric,
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except PalateError as error:
        sys.exit(str(error))
