"""Real servers in processes of their own, and annotators who work in them over HTTP as a browser without scripts does."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import httpx
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from palate.server.accounts.models import Account
from palate.server.config import ServerConfig

__all__ = ["Annotator", "Server", "free_port", "running"]


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """``palate serve`` over a database that is there."""

    config: ServerConfig
    port: int = field(default_factory=free_port)
    workers: int = 2
    threads: int = 4
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> float:
        """Start it, wait until it answers, and return how many seconds that took."""
        self.config.directory.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "palate",
            "serve",
            "-d",
            str(self.config.directory),
            "--port",
            str(self.port),
        ]
        command += [
            "--database",
            self.config.database,
            "--workers",
            str(self.workers),
            "--threads",
            str(self.threads),
        ]
        for host in self.config.webhook_hosts:
            command += ["--webhook-host", host]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PALATE_SERVER", "DJANGO"))}
        began = time.perf_counter()
        with (self.config.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        while time.perf_counter() - began < 60:
            if self.process.poll() is not None:
                raise AssertionError((self.config.directory / "server.log").read_text())
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    return time.perf_counter() - began
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError("the server did not start within a minute")

    def kill(self) -> None:
        """Kill it and all its workers at once, as when the power fails."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self._wait_for_workers()

    def _wait_for_workers(self) -> None:
        """Wait until no worker listens any more: they die a moment after the process that started them."""
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                return
            time.sleep(0.02)
        raise AssertionError("a worker outlived its killing by seconds")

    def memory(self) -> int:
        """Return the bytes that all its processes hold, shared pages divided among them."""
        if self.process is None:
            return 0
        listed = subprocess.run(
            ["pgrep", "-g", str(os.getpgid(self.process.pid))], capture_output=True, text=True, check=True
        )
        found = 0
        for process in listed.stdout.split():
            try:
                text = Path(f"/proc/{process}/smaps_rollup").read_text()
            except (FileNotFoundError, ProcessLookupError):  # it has ended
                continue
            found += int(re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)[1]) * 1024
        return found


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Run a server for a while."""
    try:
        server.start()
        yield server
    finally:
        server.kill()


class _Form(HTMLParser):
    """Finds the form of a page of tasks: its hidden fields and, by name, the values that can be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.choices: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden" and given.get("name"):
            self.hidden[given["name"] or ""] = given.get("value") or ""
        if tag == "input" and given.get("type") == "radio":
            self.choices.setdefault(given.get("name") or "", []).append(given.get("value") or "")


@dataclass
class Annotator:
    """Somebody at a browser without scripts, logged in."""

    server: Server
    account: Account
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.server.url, follow_redirects=False, timeout=30)
        self.client.cookies.set("palate_session", _session_of(self.account, self.server.config))

    def claim(self, pool: int) -> str | None:
        """Return the address of a page, None if there is none for this annotator."""
        form = _parsed(self.client.get(f"/pools/{pool}/").text).hidden
        response = self.client.post(f"/pools/{pool}/", data=form)
        location = response.headers.get("location", "")
        return location if response.status_code == 302 and location.startswith("/pages/") else None

    def fill_in(self, page: str) -> dict[str, str]:
        """Return the form of a page with the first choice of every task."""
        response = self.client.get(page)
        assert response.status_code == 200, response.status_code
        form = _parsed(response.text)
        return {**form.hidden, **{name: values[0] for name, values in form.choices.items()}}

    def submit(self, page: str, form: dict[str, str]) -> httpx.Response:
        """Send a page; the answer leads to the next."""
        return self.client.post(page, data=form)


def _session_of(account: Account, config: ServerConfig) -> str:
    """Return the key of a session as a login would make it, without the work of checking a password."""
    (config.directory / "secret.key").write_text(settings.SECRET_KEY)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "palate.server.accounts.backend.AccountBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def _parsed(page: str) -> _Form:
    form = _Form()
    form.feed(page)
    return form
