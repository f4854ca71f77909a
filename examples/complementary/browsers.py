"""A server of one's own and people at browsers before it: its manager, and annotators who answer page after page."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from complementary.people import Expert

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["answer_all", "chromium", "first_token", "served"]

_PASSWORD = "a long password of mine"  # noqa: S105 (of accounts that end with the example)


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """Run ``palate serve`` until the block ends; the value is the link for the first account that it prints."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "palate", "serve", "-d", str(directory), "--port", str(port)]
    process = subprocess.Popen([*command, "--workers", "1"], stdout=subprocess.PIPE, text=True)
    try:
        said = iter(process.stdout or ())
        link = next(
            (found[0] for line in said if (found := re.search(r"http://\S+/first-run/#\S+", line))), None
        )
        if link is None:
            sys.exit("palate serve ended without printing a link; what is wrong stands above.")
        yield link
    finally:
        process.send_signal(signal.SIGINT)  # as Ctrl-C does
        process.communicate(timeout=30)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser that nobody sees."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sys.exit("The way 'server' needs browsers for its annotators: pip install playwright")
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        sys.exit("The way 'server' needs Chromium for its annotators; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def first_token(browser: Browser, link: str) -> str:
    """Make the first account by the link that the server printed, and a token for programs."""
    page = browser.new_context().new_page()
    _make_account(page, link, "manager")
    page.goto(f"{link.partition('/first-run')[0]}/profile/tokens/")
    page.get_by_label("Name").fill("three ways")
    page.get_by_label("Scope").select_option("write")
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("#shown_once").input_value()
    page.context.close()
    return token


def answer_all(browser: Browser, invitation: str, expert: Expert, keys: Mapping[int, str]) -> None:
    """Let an expert come in by an invitation and answer pages by keyboard until there are none.

    Args:
        browser: Theirs.
        invitation: The link.
        expert: Who.
        keys: The key of each grade.
    """
    page = browser.new_context().new_page()
    _make_account(page, invitation, expert.name)
    with page.expect_navigation():
        page.get_by_role("button", name="Start").first.click()
    while page.locator("form#page").count():
        for shown in page.locator(".task").all_inner_texts():
            page.keyboard.press(keys[expert.grade(shown)])  # answers the task and leads to the next
        with page.expect_navigation():
            page.keyboard.press("Enter")
    page.context.close()


def _make_account(page: Page, link: str, name: str) -> None:
    page.goto(link)
    page.get_by_label("Login").fill(name)
    page.get_by_label(re.compile("^Name")).fill(name.capitalize())
    for field in page.locator("input[type=password]").all():
        field.fill(_PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Make my account").click()
