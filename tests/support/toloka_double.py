"""A double of Toloka's API: the documented requests, checked, in lists of three, with operations that take a while."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from loopback_service import Answer, LoopbackService, Request

__all__ = ["TolokaDouble"]

_AT_ONCE = 3
_FIELDS = {
    "projects": {
        "public_name",
        "public_description",
        "public_instructions",
        "private_comment",
        "assignments_issuing_type",
        "task_spec",
    },
    "pools": {
        "project_id",
        "private_name",
        "private_comment",
        "may_contain_adult_content",
        "will_expire",
        "reward_per_assignment",
        "assignment_max_duration_seconds",
        "auto_accept_solutions",
        "auto_accept_period_day",
        "auto_close_after_complete_delay_seconds",
        "defaults",
        "mixer_config",
        "quality_control",
        "filter",
        "dynamic_overlap_config",
    },
    "skills": {"name", "hidden"},
    "tasks": {"pool_id", "input_values", "known_solutions", "overlap", "infinite_overlap"},
    "user-bonuses": {"user_id", "amount", "private_comment", "without_message"},
}
_NEEDED = {
    "projects": {"public_name", "public_description", "task_spec"},
    "pools": {
        "project_id",
        "private_name",
        "may_contain_adult_content",
        "will_expire",
        "reward_per_assignment",
        "assignment_max_duration_seconds",
        "auto_accept_solutions",
        "defaults",
        "mixer_config",
    },
    "skills": {"name"},
    "tasks": {"pool_id", "input_values"},
    "user-bonuses": {"user_id", "amount"},
}
_START = datetime(2026, 1, 5, 12, tzinfo=UTC)


@dataclass
class TolokaDouble(LoopbackService):
    """Keeps projects, pools, tasks, assignments, skills and bonuses."""

    token: str = "secret-key"  # noqa: S105 (of a double)
    things: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {name: {} for name in (*_FIELDS, "assignments")}
    )
    operations: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuse: str = ""

    def answer(self, request: Request) -> Answer:
        if request.headers["Authorization"] != f"ApiKey {self.token}":
            return Answer(401, {"code": "AUTHENTICATION_ERROR", "message": "The key is not valid."})
        assert request.path.startswith("/api/v1/")
        name, *rest = request.path.removeprefix("/api/v1/").split("/")
        if name == self.refuse and request.method == "POST":
            return Answer(400, {"code": "VALIDATION_ERROR", "message": "Refused.", "payload": {"field": "x"}})
        if request.method == "GET":
            return self._found(name, rest[0]) if rest else self._listed(name, request)
        if rest:
            return (
                self._reviewed(rest[0], request.body)
                if request.method == "PATCH"
                else self._switched(rest[0], rest[1])
            )
        if name in {"tasks", "user-bonuses"}:
            return self._many(name, request)
        return self._made(name, request.body)

    def work(self, annotator: str, choose: Callable[[str], str], pages: int = 1_000) -> int:
        """Have somebody take and send pages; return how many. ``choose`` gets a task's text; "" leaves it open."""
        sent = 0
        for number, pool in self.things["pools"].items():
            while sent < pages and pool["status"] == "OPEN":
                tasks = self._page_for(annotator, number, pool)
                if not tasks:
                    break
                self._submit(annotator, number, pool, tasks, choose)
                sent += 1
        return sent

    def _page_for(self, annotator: str, number: str, pool: dict[str, Any]) -> list[dict[str, Any]]:
        seen = {
            task["id"]
            for one in self._of_pool(number)
            if one["user_id"] == annotator
            for task in one["tasks"]
        }
        unseen = [t for t in self.things["tasks"].values() if t["pool_id"] == number and t["id"] not in seen]
        real = [t for t in unseen if "known_solutions" not in t and self._had(t) < t["overlap"]]
        golden = [t for t in unseen if "known_solutions" in t]
        mix = pool["mixer_config"]
        if not real:
            return []
        return golden[: mix["golden_tasks_count"]] + real[: mix["real_tasks_count"]]

    def _submit(
        self,
        annotator: str,
        number: str,
        pool: dict[str, Any],
        tasks: list[dict[str, Any]],
        choose: Callable[[str], str],
    ) -> None:
        allowed = self._allowed(pool)
        solutions = []
        for task in tasks:
            chosen = choose(html.unescape(re.sub(r"<[^>]+>", " ", task["input_values"]["shown"])))
            assert chosen in {"", *allowed}
            solutions.append({"output_values": {"label": chosen} if chosen else {}})
        begin = _START + timedelta(minutes=len(self.things["assignments"]))
        name = f"{len(self.things['assignments']):012x}"
        self.things["assignments"][name] = {
            "id": name,
            "pool_id": number,
            "user_id": annotator,
            "status": "ACCEPTED" if pool["auto_accept_solutions"] else "SUBMITTED",
            "reward": pool["reward_per_assignment"],
            "tasks": [{"id": task["id"], "input_values": task["input_values"]} for task in tasks],
            "solutions": solutions,
            "created": begin.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3],
            "submitted": (begin + timedelta(seconds=40)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3],
        }
        self._close_if_complete(number, pool)

    def _close_if_complete(self, number: str, pool: dict[str, Any]) -> None:
        real = [
            t for t in self.things["tasks"].values() if t["pool_id"] == number and "known_solutions" not in t
        ]
        if all(self._had(task) >= task["overlap"] for task in real):
            pool.update(status="CLOSED", last_close_reason="COMPLETED")

    def _had(self, task: dict[str, Any]) -> int:
        return sum(
            task["id"] in {t["id"] for t in one["tasks"]}
            for one in self.things["assignments"].values()
            if one["status"] != "REJECTED"
        )

    def _of_pool(self, number: str) -> list[dict[str, Any]]:
        return [one for one in self.things["assignments"].values() if one["pool_id"] == number]

    def _allowed(self, pool: dict[str, Any]) -> list[str]:
        spec = self.things["projects"][pool["project_id"]]["task_spec"]
        allowed: list[str] = spec["output_spec"]["label"]["allowed_values"]
        return allowed

    def _listed(self, name: str, request: Request) -> Answer:
        query = dict(request.query)
        assert query.pop("sort") == "id"
        at_once, after = min(_AT_ONCE, int(query.pop("limit"))), query.pop("id_gt", "")
        wanted = query.pop("status", "").split(",") if "status" in query else None
        rows = [
            row
            for number, row in sorted(self.things[name].items())
            if number > after
            and (wanted is None or row["status"] in wanted)
            and all(row.get(key) == value for key, value in query.items())
        ]
        return Answer(200, {"items": rows[:at_once], "has_more": len(rows) > at_once})

    def _made(self, name: str, body: dict[str, Any]) -> Answer:
        problem = self._problem(name, body)
        if problem:
            return Answer(400, {"code": "VALIDATION_ERROR", "message": problem})
        number = f"{1_000 + len(self.things[name])}"
        made = {**body, "id": number}
        if name == "pools":
            assert self.things["projects"][body["project_id"]]
            made.update(status="CLOSED", last_close_reason="")
            datetime.fromisoformat(body["will_expire"])
        self.things[name][number] = made
        return Answer(201, made)

    def _many(self, name: str, request: Request) -> Answer:
        number = str(uuid.UUID(request.query["operation_id"]))
        assert request.query["async_mode"] == "true"
        if number in self.operations:
            return Answer(409, {"code": "OPERATION_ALREADY_EXISTS", "message": "It exists."})
        problems = [problem for body in request.body if (problem := self._problem(name, body))]
        if not problems:
            for body in request.body:
                made = f"{len(self.things[name]):09}"
                self.things[name][made] = {**body, "id": made}
        end = "FAIL" if problems else "SUCCESS"
        self.operations[number] = {
            "id": number,
            "type": name,
            "status": "RUNNING",
            "end": end,
            "details": problems[:1],
        }
        return Answer(202, self.operations[number])

    def _found(self, name: str, number: str) -> Answer:
        return self._operation(number) if name == "operations" else Answer(200, self.things[name][number])

    def _operation(self, number: str) -> Answer:
        operation = dict(self.operations[number])
        self.operations[number]["status"] = operation["end"]
        return Answer(200, operation)

    def _switched(self, pool: str, to: str) -> Answer:
        wanted = {"open": "OPEN", "close": "CLOSED"}[to]
        found = self.things["pools"][pool]
        if found["status"] == wanted:
            return Answer(204)
        found.update(status=wanted, last_close_reason="MANUAL" if to == "close" else "")
        number = str(uuid.uuid4())
        self.operations[number] = {
            "id": number,
            "type": f"POOL.{to.upper()}",
            "status": "RUNNING",
            "end": "SUCCESS",
        }
        return Answer(202, self.operations[number])

    def _reviewed(self, number: str, body: dict[str, Any]) -> Answer:
        found = self.things["assignments"][number]
        assert body["public_comment"]
        if found["status"] != "SUBMITTED":
            return Answer(409, {"code": "CONFLICT_STATE", "message": "It was reviewed."})
        found["status"] = body["status"]
        pool = self.things["pools"][found["pool_id"]]
        if body["status"] == "REJECTED" and "ASSIGNMENTS_ASSESSMENT" in str(pool["quality_control"]):
            pool.update(status="OPEN", last_close_reason="")
        return Answer(200, found)

    def _problem(self, name: str, body: dict[str, Any]) -> str:
        """Return what is wrong with a body, empty if nothing is."""
        strange = set(body) - _FIELDS[name]
        missing = _NEEDED[name] - set(body)
        if strange or missing:
            return f"unknown {sorted(strange)}, missing {sorted(missing)}"
        if name != "tasks":
            return ""
        pool = self.things["pools"].get(body["pool_id"], {})
        if not pool:
            return "no such pool"
        spec = self.things["projects"][pool["project_id"]]["task_spec"]["input_spec"]
        if set(body["input_values"]) != set(spec):
            return f"input values {sorted(body['input_values'])} do not fit {sorted(spec)}"
        known = [one["output_values"]["label"] for one in body.get("known_solutions", [])]
        return "" if set(known) <= set(self._allowed(pool)) else f"known solutions {known}"
