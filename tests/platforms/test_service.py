"""HTTP to other platforms: what is tried again, how long it waits, and what it says when it gives up."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from loopback_service import Answer, LoopbackService, Request, serving

from palate.core.errors import PalateError
from palate.platforms import UnreachableError
from palate.platforms._service import Service, ServiceRefusedError


@dataclass
class Echo(LoopbackService):
    """Answers what it was told to."""

    says: Answer | None = None

    def answer(self, request: Request) -> Answer:
        return self.says or Answer(200, {"path": request.path, "query": dict(request.query)})


@pytest.fixture
def echo() -> Iterator[Echo]:
    with serving(Echo()) as service:
        assert isinstance(service, Echo)
        yield service


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr("time.sleep", found.append)
    return found


def _service(echo: Echo) -> Service:
    return Service("Echo", f"{echo.url}/", "Token secret")


def test_what_is_none_is_not_asked_and_truth_is_spelled_small(echo: Echo) -> None:
    found = _service(echo).get("/things", limit=3, after=None, all=True)
    assert found == {"path": "/things", "query": {"limit": "3", "all": "true"}}


def test_a_busy_service_is_asked_again_with_growing_pauses(echo: Echo, waits: list[float]) -> None:
    echo.faults = [429, 503, "lost answer"]
    assert _service(echo).get("/x")["path"] == "/x"
    assert waits == [0.25, 0.5, 1.0]


def test_what_must_happen_once_is_not_sent_again_where_it_may_have_arrived(
    echo: Echo, waits: list[float]
) -> None:
    for fault in ("lost answer", "lost request", 503):
        echo.faults = [fault]
        with pytest.raises(UnreachableError):
            _service(echo).call("POST", "/x", {}, repeatable=False)
    assert not waits
    echo.faults = [429]  # it was not let in, so it did not arrive
    assert _service(echo).call("POST", "/x", {}, repeatable=False)
    assert waits == [0.25]


def test_a_thing_is_looked_for_before_it_is_made_again(echo: Echo, waits: list[float]) -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        if len(made) < 3:
            raise UnreachableError("The answer was lost.")
        return 7

    assert _service(echo).made_once(lambda: None, make) == 7
    assert len(made) == 3
    assert _service(echo).made_once(lambda: 9, make) == 9
    assert len(made) == 3

    def never() -> int:
        raise UnreachableError("It is down.")

    with pytest.raises(UnreachableError, match="It is down"):
        _service(echo).made_once(lambda: None, never)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            {"message": "Wrong.", "payload": {"field": "bad"}},
            r"Echo refuses \(400\): Wrong. \{'field': 'bad'\}",
        ),
        ({"detail": "Not so."}, "Not so."),
        ([1, 2], r"\[1, 2\]"),
        (None, r"Echo refuses \(400\)"),
    ],
)
def test_a_refusal_is_told_in_the_services_words(echo: Echo, body: Any, text: str) -> None:
    echo.says = Answer(400, body)
    with pytest.raises(ServiceRefusedError, match=text) as refused:
        _service(echo).get("/x")
    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 (errors cross processes)
    assert (again.status, str(again)) == (400, str(refused.value))
    assert "secret" not in str(refused.value)


def test_an_empty_answer_is_none_and_no_json_is_told(echo: Echo) -> None:
    echo.says = Answer(204)
    assert _service(echo).get("/x") is None
    echo.says = Answer(200, b"<html>")
    with pytest.raises(PalateError, match="is not Echo: it sent no JSON"):
        _service(echo).get("/x")
