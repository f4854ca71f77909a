"""A real Label Studio for tests: the command that PALATE_LABEL_STUDIO names, or that `.label-studio-venv` holds."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

__all__ = ["STUDIO", "studio_running"]

_BESIDE = Path(__file__).parents[2] / ".label-studio-venv" / "bin" / "label-studio"
STUDIO = os.environ.get("PALATE_LABEL_STUDIO", "") or (str(_BESIDE) if _BESIDE.exists() else "")
"""The command; empty where there is none."""


@contextmanager
def studio_running(home: Path, token: str) -> Iterator[str]:
    """Run Label Studio in a folder, its first account with a token; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [STUDIO, "start", "--no-browser", "--port", str(port), "--data-dir", str(home)]
    command += ["--username", "first@example.org", "--password", "correct-horse-battery"]
    command += ["--user-token", token, "--enable-legacy-api-token", "--log-level", "ERROR"]
    environment = {**os.environ, "LABEL_STUDIO_BASE_DATA_DIR": str(home), "COLLECT_ANALYTICS": "0"}
    for name in ("DJANGO_SETTINGS_MODULE", "PYTHONPATH"):
        environment.pop(name, None)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, home / "log")
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1_200):
        if process.poll() is not None:
            raise ConnectionError(log.read_text()[-2000:])
        try:
            if httpx.get(f"{url}/health", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.25)
    raise ConnectionError("Label Studio did not start within five minutes")
