"""A small HTTP service on this machine that fails on command: what the doubles of other platforms are made of."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

__all__ = ["Answer", "LoopbackService", "Request", "serving"]


@dataclass(frozen=True)
class Request:
    """What came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Answer:
    """What goes back, as JSON; a body of None is empty, bytes are sent as they are."""

    status: int
    body: Any = None


@dataclass
class LoopbackService(ABC):
    """Answers requests, one at a time.

    Args:
        faults: What happens to the next requests, one each: "" nothing; a status is answered instead; "lost request"
            and "lost answer" close the connection before or after it was done.
        done: The requests that were answered, as "METHOD path".
    """

    faults: list[str | int] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    url: str = ""
    content_type: ClassVar[str] = "application/json"

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """Do what a request wants."""

    def failure(self, status: int) -> Any:
        """Return the body with which the service fails."""
        return {"message": f"failed on command ({status})"}


@contextmanager
def serving(service: LoopbackService) -> Iterator[LoopbackService]:
    """Serve at ``service.url``."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            with lock:
                self._answer()

        def _answer(self) -> None:
            self.close_connection = True
            size = int(self.headers.get("Content-Length") or 0)
            sent = self.rfile.read(size)
            fault = service.faults.pop(0) if service.faults else ""
            if fault == "lost request":
                return
            parts = urlsplit(self.path)
            request = Request(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query)),
                self.headers,
                json.loads(sent or b"null"),
            )
            if isinstance(fault, int):
                answer = Answer(fault, service.failure(fault))
            else:
                answer = service.answer(request)
                service.done.append(f"{self.command} {parts.path}")
            if fault == "lost answer":
                return
            content = answer.body if isinstance(answer.body, bytes) else _json(answer.body)
            self.send_response(answer.status)
            self.send_header("Content-Type", service.content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _json(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()
