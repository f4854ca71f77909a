"""Annotators who work in a real server at the same time, and how long each waits from sending a page to seeing the next."""

from __future__ import annotations

import http.client
import os
import random
import re
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from server_process import Server

from palate.server.accounts.models import Account

__all__ = ["Browser", "Waits", "answering", "cpu_seconds", "crowd", "share"]

_CHOICE = re.compile(rb'type="radio" name="(t\d+-answer)" value="([^"]+)"')
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Waits:
    """What a crowd experienced: seconds of waiting, answers stored, and how long it all took."""

    waits: list[float] = field(default_factory=list)
    answers: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """Milliseconds that 95 of 100 waits stay under."""
        return 1000 * share(self.waits, 0.95)

    @property
    def median(self) -> float:
        """Milliseconds of the wait in the middle."""
        return 1000 * share(self.waits, 0.5)

    @property
    def rate(self) -> float:
        """Answers stored a second."""
        return self.answers / self.seconds


def share(values: Sequence[float], below: float) -> float:
    """Return the value that this share of the others stays under."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(below * len(ordered)))]


class Browser:
    """Somebody who is logged in, without scripts; it keeps its connection open, as browsers do."""

    def __init__(self, port: int, account: Account) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies = {"palate_session": _session_of(account)}

    def get(self, path: str) -> bytes:
        """Return the body of a page."""
        return self._ask("GET", path)[1]

    def post(self, path: str, fields: dict[str, str], page: bytes) -> str:
        """Send the form of a page; return the address to which that leads."""
        token = _TOKEN.search(page)
        fields = {**fields, "csrfmiddlewaretoken": token[1].decode() if token else ""}
        return self._ask("POST", path, urlencode(fields))[0]

    def start(self, pool: int) -> tuple[str, bytes]:
        """Take a page of a pool; return its address and what it shows."""
        address = f"/pools/{pool}/"
        address = self.post(address, {}, self.get(address))
        return address, self.get(address)

    def answer(self, address: str, page: bytes) -> tuple[str, bytes, int]:
        """Answer all tasks of a page; return the next page, and how many answers were given."""
        chosen = {name.decode(): value.decode() for name, value in reversed(_CHOICE.findall(page))}
        following = self.post(address, chosen, page)
        return following, self.get(following), len(chosen)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[str, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                cookie = value.partition(";")[0]
                self._cookies[cookie.partition("=")[0]] = cookie.partition("=")[2]
        content = response.read()
        if response.status not in {200, 302}:
            raise ConnectionError(f"{method} {path} answered {response.status}")
        return response.headers.get("location", ""), content


def crowd(n: int, work: Callable[[int, Waits, Callable[[], bool]], None], seconds: float) -> Waits:
    """Let annotators work at the same time.

    Args:
        n: How many.
        work: What one does: called with its number, where it notes its waits, and what says whether to go on.
        seconds: For how long.
    """
    waits, began = Waits(), time.perf_counter()

    def going() -> bool:
        return time.perf_counter() - began < seconds

    def one(number: int) -> None:
        try:
            work(number, waits, going)
        except (OSError, http.client.HTTPException, KeyError, ValueError) as error:
            waits.failures.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waits.seconds = time.perf_counter() - began
    return waits


def answering(port: int, accounts: Sequence[Account], pool: int, pause: float) -> Callable[..., None]:
    """Return how an annotator answers page after page, with ``pause`` seconds between two pages on average."""
    browsers = [Browser(port, account) for account in accounts]

    def work(number: int, waits: Waits, going: Callable[[], bool]) -> None:
        browser, rng = browsers[number], random.Random(number)  # noqa: S311 (pauses, not secrets)
        address, page = browser.start(pool)
        while going():
            if pause:
                time.sleep(rng.uniform(0, 2 * pause))
            began = time.perf_counter()
            address, page, n_answers = browser.answer(address, page)
            waits.waits.append(time.perf_counter() - began)
            waits.answers += n_answers
        browser.close()

    return work


def _session_of(account: Account) -> str:
    """Return the key of a session as a login makes it."""
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def cpu_seconds(server: Server) -> float:
    """Return the processor time that the server's processes have used; without PostgreSQL's."""
    listed = subprocess.run(
        ["pgrep", "-g", str(server.process.pid)], capture_output=True, text=True, check=True
    )
    used = [
        Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        for process in listed.stdout.split()
    ]
    return sum(int(fields[11]) + int(fields[12]) for fields in used) / os.sysconf("SC_CLK_TCK")
