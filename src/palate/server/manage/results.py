"""The results of a pool: aggregated when asked for, kept until answers change, and written as files."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from palate.core.errors import InputError, PalateError
from palate.server.manage.answer_tables import entries_of, write_answers
from palate.server.manage.apart import run_apart
from palate.server.manage.exports import as_csv, as_json_lines
from palate.server.manage.task_words import group_of, item_of
from palate.server.projects.models import Pool
from palate.server.projects.reading import template_of
from palate.server.work.models import Answer
from palate.task_templates import TaskTemplate

__all__ = [
    "METHODS",
    "BeingMadeError",
    "PoolResults",
    "aggregate_pool",
    "download_rows",
    "kept_results",
    "result_file",
    "tables_of",
]

METHODS: dict[str, tuple[tuple[str, str], ...]] = {
    "labels": (
        ("auto", "The method that fits best"),
        ("dawid_skene", "Dawid–Skene"),
        ("majority_vote", "Majority vote"),
    ),
    "pairs": (("bradley_terry", "Bradley–Terry"), ("win_rate", "Share of wins")),
    "multilabel": (("masi_vote", "The set nearest to all"), ("binary_relevance", "Each label by itself")),
    "rankings": (("plackett_luce", "Plackett–Luce"), ("borda", "Mean rank (Borda)"), ("kemeny", "Kemeny")),
    "texts": (("hrrasa", "The answer nearest to all (HRRASA)"), ("rover", "Word by word (ROVER)")),
}
"""By the family of the template: names of methods and what people call them, the usual one first."""

_SECONDS = 600


class BeingMadeError(PalateError):
    """Another process makes the results of this pool."""


@dataclass(frozen=True)
class PoolResults:
    """What a pool's answers say.

    Args:
        found: What the aggregation wrote.
        method: The method's name.
        answers: Answers that it rests on.
        last_answer: The highest id among them.
        at: When it was made.
    """

    found: dict[str, Any]
    method: str
    answers: int
    last_answer: int
    at: datetime

    @property
    def kind(self) -> str:
        """The family of the answers: ``labels``, ``pairs``, ``multilabel``, ``rankings`` or ``texts``."""
        return str(self.found["kind"])


def kept_results(pool: Pool) -> PoolResults | None:
    """Return the results made last, None where there are none; they may be older than the last answer."""
    path = _place(pool) / "result.json"
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    at = datetime.fromisoformat(kept["at"])
    return PoolResults(kept["found"], kept["method"], kept["answers"], kept["last_answer"], at)


def aggregate_pool(pool: Pool, method: str = "", *, now: datetime, waits: bool = True) -> PoolResults:
    """Return what the answers of a pool say, made anew unless nothing has changed since the last time.

    Args:
        pool: The pool.
        method: One of :data:`METHODS`; the usual one if empty.
        now: The moment, UTC.
        waits: Whether to wait while another process makes results of this pool.

    Raises:
        BeingMadeError: Another process makes them, and this one is not to wait.
        PalateError: Nobody has answered, the method is another family's, or it took too long.
    """
    template = template_of(pool.project)
    methods = METHODS[template.family]
    chosen = method or methods[0][0]
    if chosen not in dict(methods):
        raise InputError(f"The method must be one of {', '.join(dict(methods))}; it is {method[:40]!r}.")
    with _alone(_place(pool), waits=waits):
        state = _state(pool, chosen)
        kept = kept_results(pool)
        if kept is not None and _kept_state(pool) == state:
            return kept
        return _made(pool, template, chosen, state, now)


def result_file(results: PoolResults, pool: Pool, wanted: str, form: str) -> Iterator[bytes]:
    """Return judgments, a ranking or a training set as pieces of a file.

    Raises:
        InputError: There is no such table or format.
    """
    columns, rows = download_rows(results, pool, wanted)
    if form == "qrels":
        graded = [row for row in rows if row.get("grade") is not None]
        return (
            f"{_joined(row['query'])} 0 {_joined(row['item'])} {round(row['grade'])}\n".encode()
            for row in graded
        )
    writers = {"csv": as_csv, "jsonl": as_json_lines}
    if form not in writers:
        raise InputError(f"The format must be one of csv, jsonl and qrels; it is {form[:20]!r}.")
    return writers[form](columns, rows)


def download_rows(results: PoolResults, pool: Pool, wanted: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the columns and rows of a table of results.

    Args:
        results: Of the pool.
        pool: The pool.
        wanted: ``judgments`` (labels, sets, texts), ``ranking`` (pairs, rankings), ``training`` (of labels and rankings:
            query, item, grade, and what was shown) or ``annotators``.

    Raises:
        InputError: These results have no such table.
    """
    make = _tables().get((wanted, results.kind))
    if make is None:
        raise InputError(
            f"There is no table '{wanted[:20]}' of these results; there are {', '.join(tables_of(results))}."
        )
    return make(results, pool)


def tables_of(results: PoolResults) -> list[str]:
    """Return the names of the tables of results, the usual one first."""
    return [name for name, kind in _tables() if kind == results.kind]


def _tables() -> Mapping[
    tuple[str, str], Callable[[PoolResults, Pool], tuple[list[str], list[dict[str, Any]]]]
]:
    return {
        ("judgments", "labels"): _judgment_rows,
        ("training", "labels"): _training_rows,
        ("annotators", "labels"): _annotator_rows,
        ("ranking", "pairs"): _ranking_rows,
        ("training", "pairs"): _ranked_training_rows,
        ("ranking", "rankings"): _ranking_rows,
        ("training", "rankings"): _ranked_training_rows,
        ("annotators", "rankings"): _annotator_rows,
        ("judgments", "multilabel"): _set_rows,
        ("annotators", "multilabel"): _annotator_rows,
        ("judgments", "texts"): _text_rows,
        ("annotators", "texts"): _annotator_rows,
    }


def _judgment_rows(results: PoolResults, pool: Pool) -> tuple[list[str], list[dict[str, Any]]]:
    template = template_of(pool.project)
    grades = {label.value: label.grade for label in template.own_labels()}
    inputs = dict(pool.tasks.filter(kind="real").values_list("key", "input"))
    rows = [
        {
            "task": one["task"],
            "query": group_of(inputs[one["task"]]),
            "item": item_of(inputs[one["task"]]),
            "label": one["label"],
            "grade": grades.get(one["label"]),
            "probability": one["probability"],
            "answers": one["answers"],
        }
        for one in results.found["judgments"]
        if one["task"] in inputs
    ]
    return ["task", "query", "item", "label", "grade", "probability", "answers"], rows


def _set_rows(results: PoolResults, pool: Pool) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the labels that each task was given, or the entries that were marked."""
    template = template_of(pool.project)
    inputs = dict(pool.tasks.filter(kind="real").values_list("key", "input"))
    rows = []
    for one in results.found["judgments"]:
        if one["task"] in inputs:
            names = entries_of(template, inputs[one["task"]])
            chosen = [names[place - 1] for place in one["places"] if place <= len(names)]
            rows.append({**_about(one, inputs), "labels": json.dumps(chosen, ensure_ascii=False)})
    return ["task", "query", "item", "labels", "answers"], rows


def _text_rows(results: PoolResults, pool: Pool) -> tuple[list[str], list[dict[str, Any]]]:
    inputs = dict(pool.tasks.filter(kind="real").values_list("key", "input"))
    rows = [
        {**_about(one, inputs), "text": one["text"]}
        for one in results.found["judgments"]
        if one["task"] in inputs
    ]
    return ["task", "query", "item", "text", "answers"], rows


def _about(one: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    shown = inputs[one["task"]]
    return {"task": one["task"], "query": group_of(shown), "item": item_of(shown), "answers": one["answers"]}


def _training_rows(results: PoolResults, pool: Pool) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the judgments that have a grade, with all that was shown."""
    names = [field.name for field in template_of(pool.project).fields()]
    inputs = dict(pool.tasks.filter(kind="real").values_list("key", "input"))
    _, judged = _judgment_rows(results, pool)
    rows = [
        {**{name: inputs[row["task"]].get(name) for name in names}, **row} for row in judged if row["label"]
    ]
    columns = ["query", "item", "grade", "label", "probability"]
    return [*columns, *(name for name in names if name not in columns)], rows


def _annotator_rows(results: PoolResults, pool: Pool) -> tuple[list[str], list[dict[str, Any]]]:
    del pool
    return ["annotator", "answers", "skill"], results.found["annotators"]


def _ranking_rows(results: PoolResults, pool: Pool) -> tuple[list[str], list[dict[str, Any]]]:
    del pool
    columns = [
        "query",
        "rank",
        "item",
        "score",
        "low",
        "high",
        "low_rank",
        "high_rank",
        "comparisons",
        "win_share",
    ]
    rows = [{"query": one["query"], **item} for one in results.found["queries"] for item in one["items"]]
    return [*columns, "grade"], [
        {**row, "grade": grade} for row, grade in zip(rows, _grades(results), strict=True)
    ]


def _ranked_training_rows(results: PoolResults, pool: Pool) -> tuple[list[str], list[dict[str, Any]]]:
    """Return query, item and grade, the grade counting how many items of the query rank lower."""
    _, rows = _ranking_rows(results, pool)
    return ["query", "item", "grade", "score", "rank"], rows


def _grades(results: PoolResults) -> list[int]:
    return [
        sum(other["rank"] > item["rank"] for other in one["items"])
        for one in results.found["queries"]
        for item in one["items"]
    ]


def _made(pool: Pool, template: TaskTemplate, method: str, state: str, now: datetime) -> PoolResults:
    with tempfile.TemporaryDirectory(prefix="palate-results-") as name:
        directory = Path(name)
        n_answers, last = write_answers(pool, template, directory / "answers.csv")
        if not n_answers:
            raise PalateError(
                "Nobody has answered a task of this pool yet, so there is nothing to aggregate."
            )
        asked = {
            "kind": template.family,
            "method": method,
            "ordered": template.ordered,
            "labels": list(template.label_values()),
        }
        (directory / "settings.json").write_text(json.dumps(asked), encoding="utf-8")
        run_apart("aggregating", str(directory), seconds=_SECONDS)
        found = json.loads((directory / "result.json").read_text(encoding="utf-8"))
    if template.family == "rankings":
        found = _named(found, pool, template)
    results = PoolResults(found, method, n_answers, last, now)
    kept = {
        "found": found,
        "method": method,
        "answers": n_answers,
        "last_answer": last,
        "at": now.astimezone(UTC).isoformat(),
        "state": state,
    }
    part = _place(pool) / "result.part"
    part.write_text(json.dumps(kept), encoding="utf-8")
    shutil.move(part, _place(pool) / "result.json")
    return results


def _named(found: dict[str, Any], pool: Pool, template: TaskTemplate) -> dict[str, Any]:
    """Return rankings with what was asked and the names of their items in place of tasks and numbers."""
    inputs = dict(pool.tasks.filter(kind="real").values_list("key", "input"))
    queries = []
    for one in found["queries"]:
        shown = inputs[one["task"]]
        names = entries_of(template, shown)
        items = [{**item, "item": names[int(item["item"]) - 1]} for item in one["items"]]
        queries.append({**one, "query": group_of(shown) or one["task"], "items": items})
    return {**found, "queries": queries}


def _state(pool: Pool, method: str) -> str:
    """Return what the results depend on, hashed: answers, what became of their pages, and the labels."""
    tally = pool.tally
    tally.refresh_from_db()
    last = Answer.objects.filter(pool=pool).order_by("-pk").values_list("pk", flat=True).first()
    said = [
        method,
        last,
        tally.answers,
        tally.pages_accepted,
        tally.pages_rejected,
        pool.project.template_settings,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _kept_state(pool: Pool) -> str:
    kept: dict[str, Any] = json.loads((_place(pool) / "result.json").read_text(encoding="utf-8"))
    return str(kept["state"])


def _place(pool: Pool) -> Path:
    """Return the directory of a pool's results; its name tells this pool from one of another database."""
    made = f"{pool.created_at.timestamp():.6f}".replace(".", "-")
    return Path(settings.CONFIG.directory) / "results" / f"{pool.pk}-{made}"


@contextmanager
def _alone(place: Path, *, waits: bool) -> Iterator[None]:
    """Let one process at a time make a pool's results; the others wait and find them, or are told."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BeingMadeError("These results are being made. Ask again in a moment.") from None
        yield


def _joined(text: str) -> str:
    return "_".join(text.split()) or "_"
