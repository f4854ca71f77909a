"""Browsers in which annotators are logged in, before a real server; for tests of annotators' pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import server_scenes as scene
from django.conf import settings
from requirements import chromium
from server_databases import fresh_database
from server_process import Annotator, Server, running
from work_pages import Holder, example_rows, holder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


__all__ = ["DESK", "PHONE", "Desk", "checked", "current", "of_template", "started_chrome", "started_server"]

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@contextmanager
def started_server(base: Path) -> Iterator[Server]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "true"  # the browser's loop runs in this thread, beside our queries
    )
    directory = base / "server"
    with fresh_database("sqlite", directory, None) as config:
        (directory / "secret.key").write_text(settings.SECRET_KEY)  # else the server would make another
        with running(Server(config, workers=1)) as started:
            yield started
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@contextmanager
def started_chrome() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Desk:
    """Starts browsers in which somebody is logged in; complaints of the pages fail the test at its end."""

    server: Server
    chrome: Browser
    complaints: list[str]

    @contextmanager
    def at(self, one: Holder, **options: Any) -> Iterator[BrowserContext]:
        context = self.chrome.new_context(base_url=self.server.url, **{**DESK, **options})
        session = Annotator(self.server, one.account).client.cookies["palate_session"]
        context.add_cookies([{"name": "palate_session", "value": session, "url": self.server.url}])
        context.set_default_timeout(10_000)
        context.on("weberror", lambda found: self.complaints.append(str(found.error)))
        context.on(
            "console", lambda said: self.complaints.append(said.text) if said.type == "error" else None
        )
        yield context
        context.close()

    @contextmanager
    def page(self, one: Holder, address: str = "", **options: Any) -> Iterator[Page]:
        with self.at(one, **options) as context:
            page = context.new_page()
            page.goto(address or one.address)
            yield page


def of_template(template: str, size: int = 3, **settings: Any) -> Holder:
    of = scene.project(template=template, template_settings=settings, instructions="Look at **both**.")
    rows = example_rows(template, ["real"] * size)
    return holder(scene.open_pool(of, tasks=rows, page_mix={"real": size}))


def checked(page: Page) -> dict[str, str]:
    """Return what is chosen, by name."""
    found = page.eval_on_selector_all("#page [name]:checked", "all => all.map(one => [one.name, one.value])")
    return dict(found)


def current(page: Page) -> str | None:
    return page.locator(".task.current").get_attribute("id")
