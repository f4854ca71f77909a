"""A double of MTurk's requester API: what its documentation promises, for boto3, which checks each request itself."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from loopback_service import Answer, LoopbackService, Request

__all__ = ["TurkDouble"]

_SPACE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
_AT_ONCE = 3


@dataclass
class TurkDouble(LoopbackService):
    """Keeps HITs, assignments and bonuses; a list comes three entries at a time."""

    content_type: ClassVar[str] = "application/x-amz-json-1.1"

    hits: dict[str, dict[str, Any]] = field(default_factory=dict)
    assignments: dict[str, dict[str, Any]] = field(default_factory=dict)
    bonuses: list[dict[str, Any]] = field(default_factory=list)
    scores: dict[str, dict[str, int]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    balance: str = "10000.00"
    refuse: str = ""

    def failure(self, status: int) -> Any:
        return {"__type": "ServiceFault", "Message": f"failed on command ({status})"}

    def answer(self, request: Request) -> Answer:
        call = request.headers["X-Amz-Target"].partition(".")[2]
        if call == self.refuse:
            return _refused("AWS.MechanicalTurk.ParameterValidationError", f"{call} is refused on command")
        token = request.body.get("UniqueRequestToken")
        if token is not None:
            if token in self.tokens:
                code = "HitAlreadyExists" if call == "CreateHIT" else "DuplicateRequest"
                return _refused(f"AWS.MechanicalTurk.{code}", "It was done before.")
            self.tokens.add(token)
        found: Answer = getattr(self, f"_{call}")(request.body)
        return found

    def work(self, annotator: str, choose: Callable[[str], str], pages: int = 1_000) -> int:
        """Have somebody take and send pages; return how many. ``choose`` gets a task's text; "" leaves it open."""
        sent = 0
        for number, hit in self.hits.items():
            own = [one for one in self.assignments.values() if one["HITId"] == number]
            taken = len(own) >= hit["MaxAssignments"] or annotator in {one["WorkerId"] for one in own}
            if sent < pages and not taken and hit["Expiration"] > time.time():
                self.submit(number, annotator, choose)
                sent += 1
        return sent

    def submit(self, hit: str, annotator: str, choose: Callable[[str], str]) -> str:
        """Send one page as somebody."""
        given = []
        for name, text, values in _tasks_on(self.hits[hit]["Question"]):
            chosen = choose(text)
            assert chosen in {"", *values}
            given.append(
                f"<Answer><QuestionIdentifier>{name}</QuestionIdentifier><FreeText>{escape(chosen)}</FreeText></Answer>"
            )
        number = f"A{len(self.assignments):05}"
        now = time.time() + len(self.assignments)
        self.assignments[number] = {
            "AssignmentId": number,
            "HITId": hit,
            "WorkerId": annotator,
            "AssignmentStatus": "Submitted",
            "AcceptTime": now - 40,
            "SubmitTime": now,
            "Answer": '<?xml version="1.0" encoding="UTF-8"?>'
            f'<QuestionFormAnswers xmlns="{_SPACE}/2005-10-01/QuestionFormAnswers.xsd">{"".join(given)}'
            "</QuestionFormAnswers>",
        }
        return number

    def _GetAccountBalance(self, _: dict[str, Any]) -> Answer:  # noqa: N802 (MTurk's own names)
        return Answer(200, {"AvailableBalance": self.balance})

    def _CreateHIT(self, body: dict[str, Any]) -> Answer:  # noqa: N802
        assert re.fullmatch(r"\d+\.\d\d", body["Reward"])
        assert Decimal(body["Reward"]) > 0
        assert len(body["Question"].encode()) <= 65_535
        assert len(body["RequesterAnnotation"]) <= 255
        _tasks_on(body["Question"])
        number = f"H{len(self.hits):05}"
        self.hits[number] = {**body, "HITId": number, "Expiration": time.time() + body["LifetimeInSeconds"]}
        return Answer(200, {"HIT": {"HITId": number}})

    def _ListHITs(self, body: dict[str, Any]) -> Answer:  # noqa: N802
        shown = [
            {"HITId": number, "RequesterAnnotation": hit["RequesterAnnotation"]}
            for number, hit in self.hits.items()
        ]
        return _part(body, "HITs", shown)

    def _ListAssignmentsForHIT(self, body: dict[str, Any]) -> Answer:  # noqa: N802
        if body["HITId"] not in self.hits:
            return _refused("AWS.MechanicalTurk.HITDoesNotExist", f"Hit {body['HITId']} does not exist.")
        wanted = set(body["AssignmentStatuses"])
        own = [one for one in self.assignments.values() if one["HITId"] == body["HITId"]]
        return _part(body, "Assignments", [one for one in own if one["AssignmentStatus"] in wanted])

    def _ApproveAssignment(self, body: dict[str, Any]) -> Answer:  # noqa: N802
        return self._decide(body, "Approved")

    def _RejectAssignment(self, body: dict[str, Any]) -> Answer:  # noqa: N802
        assert body["RequesterFeedback"]
        return self._decide(body, "Rejected")

    def _decide(self, body: dict[str, Any], status: str) -> Answer:
        assignment = self.assignments[body["AssignmentId"]]
        if assignment["AssignmentStatus"] != "Submitted":
            return _refused(
                "AWS.MechanicalTurk.InvalidAssignmentState", "This assignment was reviewed before."
            )
        assignment["AssignmentStatus"] = status
        return Answer(200, {})

    def _CreateAdditionalAssignmentsForHIT(self, body: dict[str, Any]) -> Answer:  # noqa: N802
        hit = self.hits[body["HITId"]]
        most = hit["MaxAssignments"] + body["NumberOfAdditionalAssignments"]
        if hit["MaxAssignments"] < 10 <= most:
            return _refused("AWS.MechanicalTurk.InvalidMaximumAssignmentsIncrease", "Too many.")
        hit["MaxAssignments"] = most
        return Answer(200, {})

    def _UpdateExpirationForHIT(self, body: dict[str, Any]) -> Answer:  # noqa: N802
        self.hits[body["HITId"]]["Expiration"] = body["ExpireAt"]
        return Answer(200, {})

    def _SendBonus(self, body: dict[str, Any]) -> Answer:  # noqa: N802
        assert self.assignments[body["AssignmentId"]]["WorkerId"] == body["WorkerId"]
        assert re.fullmatch(r"\d+\.\d\d", body["BonusAmount"])
        self.bonuses.append(body)
        return Answer(200, {})

    def _ListBonusPayments(self, body: dict[str, Any]) -> Answer:  # noqa: N802
        own = [one for one in self.bonuses if one["AssignmentId"] == body["AssignmentId"]]
        return _part(body, "BonusPayments", [{**one, "UniqueRequestToken": None} for one in own])

    def _ListQualificationTypes(self, body: dict[str, Any]) -> Answer:  # noqa: N802
        assert body["MustBeOwnedByCaller"]
        found = [{"Name": name, "QualificationTypeId": number} for number, name in self.types.items()]
        return _part(body, "QualificationTypes", found)

    def _CreateQualificationType(self, body: dict[str, Any]) -> Answer:  # noqa: N802
        number = f"Q{len(self.types):05}"
        self.types[number] = body["Name"]
        return Answer(200, {"QualificationType": {"QualificationTypeId": number}})

    def _AssociateQualificationWithWorker(self, body: dict[str, Any]) -> Answer:  # noqa: N802
        self.scores.setdefault(body["QualificationTypeId"], {})[body["WorkerId"]] = body["IntegerValue"]
        return Answer(200, {})


def _part(body: dict[str, Any], name: str, rows: list[dict[str, Any]]) -> Answer:
    start = int(body.get("NextToken", 0))
    part = rows[start : start + _AT_ONCE]
    more = {"NextToken": str(start + _AT_ONCE)} if start + _AT_ONCE < len(rows) else {}
    return Answer(200, {name: part, "NumResults": len(part), **more})


def _refused(code: str, message: str) -> Answer:
    return Answer(400, {"__type": "RequestError", "Message": message, "TurkErrorCode": code})


def _tasks_on(question: str) -> list[tuple[str, str, set[str]]]:
    """Return the name, the text and the values of each task on a page."""
    content = ET.fromstring(question).findtext(f"{{{_SPACE}/2011-11-11/HTMLQuestion.xsd}}HTMLContent") or ""  # noqa: S314
    assert "externalSubmit" in content
    found = []
    for drawn in re.findall(r"<fieldset>(.*?)</fieldset>", content, re.DOTALL):
        names = set(re.findall(r'type="radio" name="([^"]+)"', drawn))
        assert len(names) == 1
        shown = drawn.partition('<div class="options">')[0]
        values = {html.unescape(value) for value in re.findall(r'value="([^"]+)"', drawn)}
        found.append((names.pop(), html.unescape(re.sub(r"<[^>]+>", " ", shown)), values))
    return found
