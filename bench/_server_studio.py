"""Label Studio as pip installs it, on SQLite, with as many annotators: what its next task and its submission take."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from _server_crowd import Waits

__all__ = ["StudioBrowser", "studio", "studio_work"]

_LOGIN, _PASSWORD = "first@example.org", "correct-horse-battery"
_CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="answer" toName="text">'
    '<Choice value="relevant"/><Choice value="irrelevant"/></Choices></View>'
)
_ANSWER = {"from_name": "answer", "to_name": "text", "type": "choices", "value": {"choices": ["relevant"]}}
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


class StudioBrowser:
    """Somebody who is logged in to Label Studio."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._cookies: dict[str, str] = {}

    def log_in(self, path: str, login: str) -> None:
        """Send a form with a login and a password, of people who have an account or make one."""
        token = _TOKEN.search(self._ask("GET", path)[1])
        fields = {
            "csrfmiddlewaretoken": token[1].decode() if token else "",
            "email": login,
            "password": _PASSWORD,
        }
        status, content = self._ask("POST", path, urlencode(fields), "application/x-www-form-urlencoded")
        if status != 302:
            raise ConnectionError(f"{path} answered {status}: {content[:200]!r}")

    def api(self, method: str, path: str, sent: Any = None) -> Any:
        """Call the API; return what it answers."""
        status, content = self._ask(
            method, path, None if sent is None else json.dumps(sent), "application/json"
        )
        if status >= 300:
            raise ConnectionError(f"{method} {path} answered {status}: {content[:200]!r}")
        return json.loads(content)

    def _ask(self, method: str, path: str, body: str | None = None, kind: str = "") -> tuple[int, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers |= {"Content-Type": kind, "X-CSRFToken": self._cookies.get("csrftoken", "")}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                cookie = value.partition(";")[0]
                self._cookies[cookie.partition("=")[0]] = cookie.partition("=")[2]
        return response.status, response.read()


@contextmanager
def studio(program: Path, home: Path) -> Iterator[int]:
    """Run Label Studio; give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [str(program), "start", "--no-browser", "--port", str(port), "--data-dir", str(home)]
    command += ["--username", _LOGIN, "--password", _PASSWORD, "--log-level", "ERROR"]
    environment = {**os.environ, "LABEL_STUDIO_BASE_DATA_DIR": str(home), "COLLECT_ANALYTICS": "0"}
    for name in ("DJANGO_SETTINGS_MODULE", "PYTHONPATH"):
        environment.pop(name, None)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(port, process, home / "log")
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def studio_work(port: int, n: int, n_tasks: int) -> Callable[..., None]:
    """Make a project and accounts; return how an annotator submits an answer and gets the next task, again and again."""
    first = StudioBrowser(port)
    first.log_in("/user/login/", _LOGIN)
    project = first.api(
        "POST", "/api/projects", {"title": "bench", "label_config": _CONFIG, "maximum_annotations": 3}
    )["id"]
    tasks = [{"text": f"query {number}, product {number}"} for number in range(n_tasks)]
    first.api("POST", f"/api/projects/{project}/import", tasks)
    invitation = first.api("GET", "/api/invite")["invite_url"]
    browsers = [StudioBrowser(port) for _ in range(n)]
    for number, browser in enumerate(browsers):
        browser.log_in(invitation, f"annotator-{number}@example.org")

    def work(number: int, waits: Waits, going: Callable[[], bool]) -> None:
        browser = browsers[number]
        task = browser.api("GET", f"/api/projects/{project}/next")["id"]
        while going():
            began = time.perf_counter()
            browser.api("POST", f"/api/tasks/{task}/annotations/?project={project}", {"result": [_ANSWER]})
            task = browser.api("GET", f"/api/projects/{project}/next")["id"]
            waits.waits.append(time.perf_counter() - began)
            waits.answers += 1

    return work


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise ConnectionError(log.read_text()[-2000:])
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.5)
    raise ConnectionError("Label Studio did not start within five minutes")
