"""A double of Label Studio's API, as far as Palate uses it; it takes wrong answers as the real one does."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from loopback_service import Answer, LoopbackService, Request

__all__ = ["StudioDouble"]

_AT_ONCE = 3


@dataclass
class StudioDouble(LoopbackService):
    """Keeps projects, their tasks and annotations."""

    token: str = "secret-key"  # noqa: S105 (of a double)
    projects: dict[int, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[int, dict[str, Any]] = field(default_factory=dict)
    refuse: str = ""

    def answer(self, request: Request) -> Answer:
        if request.path == "/api/token/refresh/":
            assert request.body == {"refresh": f"head.{self.token}.tail"}
            return Answer(200, {"access": "fresh"})
        if request.headers["Authorization"] not in {f"Token {self.token}", "Bearer fresh"}:
            return Answer(401, {"detail": "Invalid token."})
        if self.refuse and request.method == "POST" and request.path.startswith(self.refuse):
            return Answer(
                400, {"detail": "Validation error", "validation_errors": {"label_config": ["wrong"]}}
            )
        if request.path == "/api/projects/":
            return (
                self._project(request)
                if request.method == "POST"
                else _part(request, "results", self.projects)
            )
        if request.path == "/api/tasks/":
            own = {
                n: task for n, task in self.tasks.items() if str(task["project"]) == request.query["project"]
            }
            return _part(request, "tasks", own)
        number, _, what = request.path.removeprefix("/api/projects/").partition("/")
        return self._imported(int(number), request) if what == "import" else self._exported(int(number))

    def work(self, annotator: str, choose: Callable[[str], str], pages: int = 1_000) -> int:
        """Have somebody answer; a page is two tasks. ``choose`` gets a task's text; "" sends an empty answer."""
        sent = 0
        for number, task in self.tasks.items():
            by = [one for one in task["annotations"] if not one["was_cancelled"]]
            full = len(by) >= self.projects[task["project"]]["maximum_annotations"]
            if sent < 2 * pages and not full and annotator not in {one["completed_by"] for one in by}:
                self.submit(number, annotator, choose(_text(task)))
                sent += 1
        return sent

    def submit(self, task: int, annotator: str, chosen: str, *, cancelled: bool = False) -> None:
        """Store an annotation, whatever it is."""
        value = {"choices": [chosen]} if chosen else {}
        made = {"from_name": "answer", "to_name": "shown", "type": "choices", "value": value}
        count = sum(len(one["annotations"]) for one in self.tasks.values())
        self.tasks[task]["annotations"].append(
            {
                "completed_by": annotator,
                "result": [made] if chosen else [],
                "was_cancelled": cancelled,
                "lead_time": 4.0,
                "created_at": f"2026-01-05T12:{count // 60:02}:{count % 60:02}.000000Z",
            }
        )

    def _project(self, request: Request) -> Answer:
        assert len(request.body["title"]) <= 50
        ET.fromstring(request.body["label_config"])  # noqa: S314
        number = len(self.projects) + 1
        self.projects[number] = {**request.body, "id": number}
        return Answer(201, self.projects[number])

    def _imported(self, project: int, request: Request) -> Answer:
        for body in request.body:
            assert set(body) <= {"data", "predictions"}
            number = len(self.tasks) + 1
            self.tasks[number] = {**body, "id": number, "project": project, "annotations": []}
        return Answer(201, {"task_count": len(request.body)})

    def _exported(self, project: int) -> Answer:
        return Answer(200, [task for task in self.tasks.values() if task["project"] == project])


def _part(request: Request, name: str, things: dict[int, dict[str, Any]]) -> Answer:
    rows = list(things.values())
    page, size = int(request.query["page"]), int(request.query["page_size"])
    part = rows[(page - 1) * size : page * size]
    return Answer(200, {name: part, "count" if name == "results" else "total": len(rows)})


def _text(task: dict[str, Any]) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", task["data"]["shown"]))
