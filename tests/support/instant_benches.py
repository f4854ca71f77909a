"""Platforms that answer at once, for the tests of all platforms: simulated annotators, and a model at an endpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from model_endpoint import Act, ModelEndpoint, asked_text, chat_reply, model_endpoint, reset, status
from posted_benches import Bench, wanted_grade

from palate.platforms import Collected, Pool

__all__ = ["ModelBench", "SimulatedBench", "model_bench"]

_AT_ONCE = "it answers at once"
_NOBODY = "nobody is asked"


@dataclass
class SimulatedBench(Bench):
    """Annotators who never err."""

    absent: ClassVar[Mapping[str, str]] = {
        "service": "it speaks to nothing",
        "waiting": _AT_ONCE,
        "pause": _AT_ONCE,
        "choices": "annotators choose as they are drawn",
        "shown": "nothing is shown",
        "notes": "it remembers nothing: the seed decides",
        "folder": "it keeps no files",
    }
    name: str = "simulated"
    at_once: ClassVar[bool] = True
    any_seed: ClassVar[bool] = False
    settings: dict[str, Any] = field(
        default_factory=lambda: {
            "annotators": 3,
            "expert_share": 1.0,
            "spammer_share": 0.0,
            "expert_accuracy": 1.0,
        }
    )

    def knows(self, annotator: str) -> bool:
        return annotator in {"a1", "a2", "a3"}

    def work(self, annotator: str, choose: Callable[[str], str], pages: int = 1_000) -> int:
        return 0

    def published(self) -> int:
        return 0

    def texts(self) -> str:
        return ""


@dataclass
class _Replies:
    """What the endpoint does: replies by a choice, after the faults that are wanted."""

    faults: list[str | int] = field(default_factory=list)
    choose: Callable[[str], str] = wanted_grade
    gone: bool = False
    whole: int = 0
    texts: list[str] = field(default_factory=list)
    endpoint: ModelEndpoint | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def answer(self, body: dict[str, Any], _before: int) -> Act:
        with self._lock:
            self.texts += [str(message["content"]) for message in body["messages"]]
            fault = self.faults.pop(0) if self.faults else ""
            if self.gone:
                return status(404, "no such model")
            assert self.endpoint is not None
            if self.endpoint.headers[-1].get("Authorization") != "Bearer secret-key":
                return status(401, "wrong key")
            if fault == "lost request":
                return reset()
            if isinstance(fault, int):
                return status(fault)
            reply = chat_reply(self.choose(asked_text(body)))
            if fault == "lost answer":
                return Act(body=reply, cut=10)
            self.whole += 1
            return Act(body=reply)


@dataclass
class ModelBench(Bench):
    """A model that is right, at an endpoint on loopback; a reply costs a cent."""

    absent: ClassVar[Mapping[str, str]] = {
        "waiting": _AT_ONCE,
        "pause": _AT_ONCE,
        "several people": "a model is one annotator",
        "overlap": "a model is one annotator",
        "bonuses": "a model is owed nothing",
        "pages": "a model is paid by the token",
        "notes": "what it remembers are its replies",
        "folder": "it keeps one file",
        "site": "pictures are sent, not linked",
    }
    name: str = "model_judge"
    at_once: ClassVar[bool] = True
    any_seed: ClassVar[bool] = False
    answers_a_task: ClassVar[int] = 1
    key_variables: ClassVar[tuple[str, ...]] = ("PALATE_JUDGE_KEY",)
    no_key: ClassVar[str] = "does not accept the key"

    def platform(self, **settings: Any) -> Any:
        self.folder.mkdir(parents=True, exist_ok=True)
        return super().platform(**settings)

    def knows(self, annotator: str) -> bool:
        return annotator.startswith("judge-1 (direct ")

    def work(self, annotator: str, choose: Callable[[str], str], pages: int = 1_000) -> int:
        self.service.choose = choose
        return 0

    def so_far(self, pool: Pool) -> Collected:
        found: Collected = self.platform().ask(pool)
        return found

    def price(self, found: Collected, pool: Pool) -> Decimal:
        return len(found.answers) * Decimal("0.01")

    def refuse(self, patch: pytest.MonkeyPatch) -> str:
        self.service.gone = True
        return "no such address or model"

    def published(self) -> int:
        whole: int = self.service.whole
        return whole

    def texts(self) -> str:
        return "\n".join(self.service.texts)


@contextmanager
def model_bench(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Give a bench with an endpoint of its own."""
    patch.setenv("PALATE_JUDGE_KEY", "secret-key")
    replies = _Replies()
    with model_endpoint(replies.answer) as endpoint:
        replies.endpoint = endpoint
        own = {
            "endpoint": endpoint.url,
            "model": "judge-1",
            "backoff": 0.001,
            "cache": str(folder / "replies.sqlite"),
            "input_price": 100,
            "output_price": 0,
        }
        yield ModelBench(folder, replies, settings=own)
