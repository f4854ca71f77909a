"""A proxy on loopback that does to requests what networks do: loses, delays, cuts, resets and repeats them."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

__all__ = ["FaultyProxy", "faulty"]

FAULTS = ("lose request", "lose answer", "reset", "cut answer", "delay", "twice", "busy")


@dataclass
class FaultyProxy:
    """Passes requests to a server, each on a connection of its own, most of them badly.

    Args:
        port: Of the server.
        shares: The share of requests that each fault gets; the others pass.
        seed: Of the choice.
        delay: Seconds that a delayed answer waits.
    """

    port: int
    shares: Mapping[str, float]
    seed: int = 0
    delay: float = 1.5
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        assert set(self.shares) <= set(FAULTS)
        self._random = random.Random(self.seed)  # noqa: S311 (faults that come again with the seed)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads: list[threading.Thread] = []

    def serve(self) -> None:
        """Take connections until it is closed."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._answer, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Take no more connections, and wait for those that are there."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(60)

    def _fault(self) -> str:
        with self._lock:
            drawn, fault = self._random.random(), "pass"
            for name, share in self.shares.items():
                drawn -= share
                if drawn < 0:
                    fault = name
                    break
            self.done[fault] += 1
        return fault

    def _answer(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            request = _request(client)
            if request is None:
                return
            fault = self._fault()
            if fault == "lose request":
                return
            if fault == "busy":
                client.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            answer = self._forwarded(request)
            if fault == "twice":
                answer = self._forwarded(request)
            if fault == "lose answer":
                return
            if fault == "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if fault == "delay":
                time.sleep(self.delay)
            client.sendall(answer[: len(answer) // 2] if fault == "cut answer" else answer)

    def _forwarded(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as server:
            server.sendall(request)
            parts = []
            while part := server.recv(65_536):
                parts.append(part)
        return b"".join(parts)


def _request(client: socket.socket) -> bytes | None:
    """Return a whole request that asks for the connection to be closed after the answer; None if none came."""
    read = b""
    while b"\r\n\r\n" not in read:
        part = client.recv(65_536)
        if not part:
            return None
        read += part
    head, _, body = read.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    length = next((int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        part = client.recv(65_536)
        if not part:
            return None
        body += part
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body


@contextmanager
def faulty(
    port: int, shares: Mapping[str, float], kind: type[FaultyProxy] = FaultyProxy, **options: float
) -> Iterator[FaultyProxy]:
    """Run a proxy in front of a server for a while."""
    proxy = kind(port, shares, **options)  # type: ignore[arg-type]  # numbers as they are named
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join(10)
