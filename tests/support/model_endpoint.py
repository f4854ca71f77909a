"""An OpenAI-compatible endpoint on loopback that answers as it is told, and misbehaves on purpose."""

from __future__ import annotations

import json
import math
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Act", "ModelEndpoint", "asked_text", "chat_reply", "model_endpoint", "reset", "status", "then"]


@dataclass(frozen=True)
class Act:
    """What the endpoint does with one request.

    Args:
        code: The HTTP status.
        body: What it sends; bytes as they are, else JSON.
        headers: Sent too.
        wait: Seconds before anything is sent.
        cut: How many bytes of the body are sent before the connection ends; None sends all.
        reset: Whether the connection is reset instead.
    """

    code: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut: int | None = None
    reset: bool = False


Answer = Callable[[dict[str, Any], int], Act]
"""From a request's body and how often the same was sent before to what is done."""


def chat_reply(
    content: str | None,
    *,
    finish: str = "stop",
    refusal: str | None = None,
    tokens: Sequence[tuple[str, Mapping[str, float]]] | None = None,
    usage: tuple[int, int] | None = (100, 1),
) -> dict[str, Any]:
    """Return a reply as endpoints send it; ``tokens`` are their texts with the probabilities of alternatives."""
    logprobs = None
    if tokens is not None:
        logprobs = {
            "content": [
                {
                    "token": token,
                    "logprob": math.log(others.get(token, 1.0)),
                    "top_logprobs": [{"token": one, "logprob": math.log(p)} for one, p in others.items()],
                }
                for token, others in tokens
            ]
        }
    message = {"role": "assistant", "content": content, "refusal": refusal}
    reply: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": logprobs}],
    }
    if usage is not None:
        reply["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    return reply


def status(code: int, said: str = "", **headers: str) -> Act:
    """Return an error; ``retry_after="1"`` becomes the header."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Act(code, {"error": {"message": said}}, sent)


def reset() -> Act:
    """Return a connection that is reset."""
    return Act(reset=True)


def then(*acts: Act | dict[str, Any]) -> Answer:
    """Return an answer that does these one after the other for every request, the last for ever."""
    return lambda _body, before: _act(acts[min(before, len(acts) - 1)])


def asked_text(body: Mapping[str, Any]) -> str:
    """Return what the user's message says."""
    content = body["messages"][-1]["content"]
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content if part["type"] == "text")


class ModelEndpoint:
    """What an endpoint was asked, and where it is."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.times: list[float] = []
        self.at_once, self.most_at_once = 0, 0
        self.url = ""
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()

    def act_on(self, body: dict[str, Any], headers: Mapping[str, str]) -> Act:
        """Count a request and return what to do with it."""
        with self._lock:
            self.requests.append(body)
            self.headers.append(headers)
            self.times.append(time.monotonic())
            spelled = json.dumps(body, sort_keys=True)
            before = self._seen[spelled]
            self._seen[spelled] += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        return _act(self.answer(body, before))

    def done(self) -> None:
        """Count a request as finished."""
        with self._lock:
            self.at_once -= 1


@contextmanager
def model_endpoint(answer: Answer) -> Iterator[ModelEndpoint]:
    """Yield an endpoint that serves until the block ends; its ``url`` ends in /v1."""
    endpoint = ModelEndpoint(answer)
    server = _Server(("127.0.0.1", 0), _handler(endpoint))
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients hang up on purpose."""


def _handler(endpoint: ModelEndpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            """Answer a request."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/v1/chat/completions":
                self._send(status(404, f"no such path {self.path}"))
                return
            act = endpoint.act_on(body, dict(self.headers))
            try:
                if act.wait:
                    time.sleep(act.wait)
                self._send(act)
            finally:
                endpoint.done()

        def _send(self, act: Act) -> None:
            if act.reset:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                self.close_connection = True
                return
            sent = act.body if isinstance(act.body, bytes) else json.dumps(act.body).encode()
            self.send_response(act.code)
            for name, value in act.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent if act.cut is None else sent[: act.cut])
            if act.cut is not None:
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    return Handler


def _act(found: Act | dict[str, Any]) -> Act:
    return found if isinstance(found, Act) else Act(body=found)
