"""Ask people on a Label Studio of your own, by its HTTP API."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from palate.core.errors import PalateError, SettingsError
from palate.core.randomness import Seed
from palate.platforms._html import Drawing
from palate.platforms._posted import PostedPlatform, Standing, collected
from palate.platforms._questions import Questions, pool_mark, questions_of
from palate.platforms._service import Service, check_address
from palate.platforms._studio_project import chosen_label, project_body, task_bodies, task_name
from palate.platforms.base import Pool, UnreachableError

__all__ = ["LabelStudio"]

_TOKEN = "LABEL_STUDIO_API_KEY"  # noqa: S105 (the variable's name)
_TASKS_AT_ONCE = 1_000
_ROWS = 100


@dataclass(frozen=True)
class LabelStudio(PostedPlatform):
    """A Label Studio. Whoever has an account there and may see the project is asked; nobody is paid by it.

    The key comes from the environment variable ``LABEL_STUDIO_API_KEY``, never from settings: an access token or a
    personal access token. A column ``predicted`` of the tasks becomes its predictions.

    Label Studio stores second answers of one person, empty ones and such outside the labels; what counts is
    everybody's first answer that is one of the labels.

    Args:
        url: Where it is.
        show_predictions: Whether people see what is predicted.
        site: Where paths such as /media/shoe.jpg are found.
    """

    asks_more_where_answers_disagree: ClassVar[bool] = False

    url: str = "http://127.0.0.1:8080"
    show_predictions: bool = False
    site: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_address(self.url)
        Drawing(self.site)

    def publish(self, pool: Pool, *, seed: Seed = 0) -> None:  # noqa: ARG002 (Label Studio draws who sees what)
        """Make the project and its tasks, as far as they are not there.

        Raises:
            SettingsError: There is no key.
            InputError: The pool cannot be shown.
            PalateError: Label Studio cannot be reached, or refuses.
        """
        memory = self.memory(pool)
        if memory.get("published"):
            return
        questions, mark = questions_of(pool, self.language), pool_mark(pool)
        bodies = list(task_bodies(pool, questions, mark, Drawing(self.site)))
        body = project_body(pool, questions, mark, show_predictions=self.show_predictions)
        service = self._service()
        number = service.made_once(
            lambda: _project_called(service, body["description"]),
            lambda: int(service.call("POST", "/api/projects/", body, repeatable=False)["id"]),
        )
        _import(service, number, bodies)
        memory.note(published=True, project=number, predictions_shown=self.show_predictions)

    def standing(self, pool: Pool) -> Standing:
        """Return the answers that are there.

        Raises:
            PalateError: Label Studio cannot be reached, or refuses.
        """
        questions, mark = questions_of(pool, self.language), pool_mark(pool)
        names = {task_name(mark, task): task for task in questions.inputs}
        number = self.memory(pool).get("project")
        rows = sorted(_answers(self._service(), number, names, questions), key=lambda row: (row[4], row[0]))
        first: dict[tuple[str, str], tuple[Any, ...]] = {}
        for row in rows:
            first.setdefault((row[0], row[1]), row)
        paged = list(_paged(list(first.values()), pool.page_size))
        had: dict[str, int] = {}
        for task, _ in first:
            had[task] = had.get(task, 0) + 1
        real = [task for task in questions.inputs if task not in questions.golden]
        pages = len({row[5] for row in paged})
        return Standing(
            collected(paged, pool, pages=pages, cost=pages * pool.reward),
            answers=sum(min(had.get(task, 0), pool.overlap) for task in real),
            wanted=pool.overlap * len(real),
            done=all(had.get(task, 0) >= pool.overlap for task in real),
            waiting_for=f"Answer the tasks at {self.url}/projects/{number}.",
        )

    def pause(self, pool: Pool) -> None:  # noqa: ARG002 (none can be)
        """Raise an error: Label Studio hands out tasks as long as there are any."""
        raise PalateError(
            f"Label Studio cannot pause a project. Take its members' access away at {self.url}."
        )

    def resume(self, pool: Pool) -> None:
        """Do nothing: projects are never paused."""

    def shortcomings(self, pool: Pool) -> tuple[str, ...]:
        """Return what Label Studio cannot do."""
        found = [
            "Label Studio has no time limit, cannot pause, and pays nobody: what is owed counts as the cost.",
            "Label Studio has no pages; every page_size answers of an annotator count as one.",
        ]
        if pool.golden is not None and pool.golden_per_page:
            found.append(
                f"Golden tasks are asked like all others, {pool.overlap} times each, not on every page: some annotators"
                " may get none."
            )
        if pool.overlap_max > pool.overlap:
            found.append(
                f"Every task gets {pool.overlap} answers, not up to {pool.overlap_max} where they disagree."
            )
        if pool.template and questions_of(pool, self.language).shuffles_sides:
            found.append("Sides are shuffled for each task, not for each annotator.")
        return tuple(found)

    def _service(self) -> Service:
        token = os.environ.get(_TOKEN, "")
        if not token:
            raise SettingsError(
                f"There is no key for {self.url}. Make one there under Account & Settings, and set the variable {_TOKEN}."
            )
        if token.count(".") != 2:
            return Service("Label Studio", self.url, f"Token {token}")
        fresh = Service("Label Studio", self.url, "").call("POST", "/api/token/refresh/", {"refresh": token})
        return Service("Label Studio", self.url, f"Bearer {fresh['access']}")


def _project_called(service: Service, description: str) -> int | None:
    for project in _rows(service, "/api/projects/", "results"):
        if project.get("description") == description:
            return int(project["id"])
    return None


def _import(service: Service, number: int, bodies: list[dict[str, Any]]) -> None:
    """Send those tasks that are not there; where an answer was lost, look first what arrived."""
    for attempt in range(4):
        listed = _rows(service, "/api/tasks/", "tasks", project=number, fields="all")
        there = {task["data"].get("task") for task in listed}
        missing = [body for body in bodies if body["data"]["task"] not in there]
        try:
            for start in range(0, len(missing), _TASKS_AT_ONCE):
                part = missing[start : start + _TASKS_AT_ONCE]
                service.call("POST", f"/api/projects/{number}/import", part, repeatable=False)
        except UnreachableError:
            if attempt == 3:
                raise
            time.sleep(0.5 * 2**attempt)
        else:
            return


def _rows(service: Service, path: str, name: str, **query: Any) -> Iterator[dict[str, Any]]:
    """Return all entries of a list that comes in parts."""
    for page in range(1, 1_000_000):
        part = service.get(path, page=page, page_size=_ROWS, **query)
        rows = part[name]
        yield from rows
        if len(rows) < _ROWS or page * _ROWS >= part.get("total", part.get("count", page * _ROWS + 1)):
            return


def _answers(
    service: Service, number: int, names: Mapping[str, str], questions: Questions
) -> Iterator[tuple[str, str, str, float | None, float, None]]:
    """Return task, annotator, label, seconds, time of all answers that are such; the page is not known yet."""
    exported = service.get(f"/api/projects/{number}/export", exportType="JSON", download_all_tasks=True)
    for entry in exported:
        task = names.get(entry["data"].get("task", ""))
        for annotation in entry.get("annotations", []) if task is not None else []:
            label = chosen_label(annotation, str(task), questions)
            if label is None:
                continue
            by = annotation.get("completed_by")
            who = by.get("id") if isinstance(by, dict) else by
            yield (
                str(task),
                str(who),
                label,
                annotation.get("lead_time"),
                _time(annotation["created_at"]),
                None,
            )


def _paged(rows: list[tuple[Any, ...]], size: int) -> Iterator[tuple[Any, ...]]:
    """Return rows with a page each: every ``size`` answers of an annotator."""
    done: dict[str, int] = {}
    for row in rows:
        place = done.get(row[1], 0)
        done[row[1]] = place + 1
        yield (*row[:5], (row[1], place // size))


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
