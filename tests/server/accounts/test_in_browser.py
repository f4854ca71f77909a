"""The way in, in a real browser: the code moves from the link into the form, and pages are open to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import server_scenes as scene
from requirements import chromium
from server_databases import fresh_database
from server_process import Server, running

from palate.server.accounts.first_run import setup_code
from palate.server.accounts.invitations import Terms, invite
from palate.server.accounts.models import Account, Membership
from palate.server.config import ServerConfig

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
SIZES = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 360, "height": 740}}


@pytest.fixture(scope="module", autouse=True)
def chrome() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = chromium()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv(
            "DJANGO_ALLOW_ASYNC_UNSAFE", "1"
        )  # playwright's loop runs in this thread; the models do not use it
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Site:
    server: Server
    project: int
    membership: int
    code: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with fresh_database("sqlite", tmp_path_factory.mktemp("site") / "server", None) as config:
        admin = scene.account("ada", is_admin=True, is_manager=True)
        project = scene.project(admin)
        member = Membership.objects.get(account=scene.account("bob", project, name="Bob <b>B</b>"))
        _, code = invite(admin, Terms("annotator", uses=50), project, now=datetime.now(UTC))
        with running(Server(config, workers=1)) as server:
            yield Site(server, project.pk, member.pk, code)


def opened(chrome: Browser, **options: Any) -> Page:
    page = chrome.new_context(**options).new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def log_in(page: Page, site: Site, login: str) -> None:
    page.goto(f"{site.server.url}/login/")
    page.fill("#id_login", login)
    page.fill("#id_password", scene.PASSWORD)
    page.click("main button.primary")
    page.wait_for_url(lambda url: "/login/" not in url)


def test_the_first_run_link_fills_in_its_code(chrome: Browser, sqlite: ServerConfig) -> None:
    with running(Server(sqlite, workers=1)) as server:
        page = opened(chrome)
        page.goto(f"{server.url}/first-run/#{setup_code(sqlite)}")
        page.fill("#id_login", "ada")
        for field in ("#id_password", "#id_password_again"):
            page.fill(field, "a long password")
        page.click("main button.primary")
        page.wait_for_url(lambda url: "/first-run/" not in url)
        assert Account.objects.get().is_admin


def test_a_link_leaves_no_code_in_the_address(chrome: Browser, site: Site) -> None:
    page = opened(chrome)
    page.goto(f"{site.server.url}/join/#{site.code}")
    page.wait_for_function("document.querySelector('#id_code').value !== ''")
    assert page.input_value("#id_code") == site.code
    assert page.url == f"{site.server.url}/join/"
    assert not page.complaints


def test_who_logs_in_first_still_has_the_code(chrome: Browser, site: Site) -> None:
    scene.account("cem")
    page = opened(chrome)
    page.goto(f"{site.server.url}/join/#{site.code}")
    page.click("text=Log in first")
    page.fill("#id_login", "cem")
    page.fill("#id_password", scene.PASSWORD)
    page.click("main button.primary")
    page.wait_for_url("**/join/")
    page.wait_for_function("document.querySelector('#id_code').value !== ''")
    page.click("main button.primary")
    page.wait_for_url(lambda url: "/join/" not in url)
    assert Membership.objects.filter(account__login="cem", project=site.project).exists()


def test_without_scripts_the_code_is_pasted(chrome: Browser, site: Site) -> None:
    page = opened(chrome, java_script_enabled=False)
    page.goto(f"{site.server.url}/join/#{site.code}")
    page.fill("#id_code", site.code)
    page.fill("#id_login", "dora")
    for field in ("#id_password", "#id_password_again"):
        page.fill(field, "a long password")
    page.click("main button.primary")
    page.wait_for_url(lambda url: "/join/" not in url)
    assert Membership.objects.filter(account__login="dora").exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_open_to_everybody_and_fits(
    chrome: Browser, site: Site, size: str, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(chrome, viewport=SIZES[size], color_scheme=scheme)
    for path in ["/login/", "/join/"]:
        page.goto(site.server.url + path)
        look(page, Axe())
    log_in(page, site, "ada")
    inside = [
        "/profile/",
        "/profile/password/",
        "/profile/tokens/",
        "/profile/erase/",
        "/accounts/",
        "/accounts/invite/",
    ]
    inside += [f"/projects/{site.project}/members/", f"/projects/{site.project}/members/invite/"]
    inside += ["/join/", f"/members/{site.membership}/restrict/", "/accounts/1/erase/"]
    for path in inside:
        page.goto(site.server.url + path)
        look(page, Axe())
    page.goto(f"{site.server.url}/projects/{site.project}/members/invite/")
    page.click("main button.primary")
    page.wait_for_selector("#link")
    look(page, Axe())
    page.goto(f"{site.server.url}/profile/password/")
    page.fill("#id_old", "wrong")
    for field in ("#id_password", "#id_password_again"):
        page.fill(field, "short")
    page.click("main button.primary")
    page.wait_for_selector("p.error")
    look(page, Axe())
    assert not [text for text in page.complaints if "status of 400" not in text]


def look(page: Page, axe: Any) -> None:
    found = axe.run(page).response["violations"]
    assert not found, (page.url, [(one["id"], [node["target"] for node in one["nodes"]]) for one in found])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} scrolls sideways"
