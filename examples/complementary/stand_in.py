"""A stand-in for a language model: an endpoint on this machine that compares words, so that the example runs offline.

It answers ``/v1/chat/completions`` as endpoints do, knows nothing of the experts' opinions, and is often wrong: it counts
the words that the product and the addition share, and one reply in eight is another grade. It is no model and says
nothing about what models are worth.
"""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["stand_in"]

_WRONG = 8
"""One reply in so many is another grade."""


@contextmanager
def stand_in() -> Iterator[str]:
    """Serve until the block ends; the value is the endpoint's address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every reply waits for a moment

    def do_POST(self) -> None:
        """Answer one question."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = asked["messages"][-1]["content"]
        body = json.dumps(_reply(asked["model"], text)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def _reply(model: str, text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": str(_grade(text))}
    return {
        "object": "chat.completion",
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": len(text) // 4, "completion_tokens": 1},
    }


def _grade(text: str) -> int:
    """Return a grade by the words that the two halves of a task share."""
    task = text.partition("<task>")[2].partition("</task>")[0]
    product, _, addition = task.partition("###")
    shared = len(_words(product) & _words(addition))
    wrong = zlib.crc32(task.encode()) % _WRONG == 0
    return (min(shared, 2) + wrong) % 3


def _words(text: str) -> set[str]:
    """Return the beginnings of the longer words: "grinds" and "grinder" are one."""
    return {word[:4] for word in re.findall(r"[a-z0-9]{4,}", text.casefold())} - {"with", "prod", "addi"}
