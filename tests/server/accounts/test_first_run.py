"""The first account: only with the code from the terminal, and only once."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import override_settings
from server_browser import browser, text_of

from palate.server.accounts.first_run import make_first_admin, setup_code
from palate.server.accounts.models import Account
from palate.server.config import ServerConfig
from palate.server.web.throttling import WrongGuessError

FORM = {"login": "Ada", "name": "Ada L.", "password": "a long password", "password_again": "a long password"}


@pytest.fixture
def server(sqlite: ServerConfig) -> Iterator[ServerConfig]:
    with override_settings(CONFIG=sqlite):
        yield sqlite


def test_the_code_is_made_once_and_private(server: ServerConfig) -> None:
    code = setup_code(server)
    assert code is not None
    assert len(code) >= 32
    assert setup_code(server) == code
    assert stat.S_IMODE((server.directory / "setup.code").stat().st_mode) == 0o600


def test_the_first_admin_is_made_and_logged_in(server: ServerConfig) -> None:
    new = browser()
    assert new.get("/login/")["Location"] == "/first-run/"
    response = new.post("/first-run/", {**FORM, "code": setup_code(server)})
    assert (response.status_code, response["Location"]) == (302, "/")
    admin = Account.objects.get()
    assert (admin.login, admin.is_admin, admin.is_manager) == ("ada", True, True)
    assert new.get("/profile/").status_code == 200
    assert not (server.directory / "setup.code").exists()
    assert setup_code(server) is None


def test_the_page_is_gone_afterwards(server: ServerConfig) -> None:
    code = setup_code(server)
    browser().post("/first-run/", {**FORM, "code": code})
    assert browser().get("/first-run/").status_code == 404
    assert browser().post("/first-run/", {**FORM, "login": "eve", "code": code}).status_code == 404
    assert Account.objects.count() == 1


@pytest.mark.parametrize("code", ["", "wrong", "é", "x" * 200])
def test_a_wrong_code_makes_nobody(server: ServerConfig, code: str) -> None:
    setup_code(server)
    response = browser().post("/first-run/", {**FORM, "code": code})
    assert response.status_code == 400
    assert not Account.objects.exists()


def test_without_a_code_on_disk_no_code_is_right(server: ServerConfig) -> None:
    assert browser().post("/first-run/", {**FORM, "code": "anything"}).status_code == 400
    assert not Account.objects.exists()


def test_guessing_the_code_is_slowed_down(server: ServerConfig) -> None:
    code = setup_code(server)
    for _ in range(5):
        assert browser().post("/first-run/", {**FORM, "code": "wrong"}).status_code == 400
    response = browser().post("/first-run/", {**FORM, "code": code})
    assert response.status_code == 429
    assert int(response["Retry-After"]) >= 1
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("password", "problem"),
    [("short", "too short"), ("password123", "too common"), ("1234567890123", "entirely numeric")],
)
def test_a_weak_password_is_refused(server: ServerConfig, password: str, problem: str) -> None:
    form = {**FORM, "password": password, "password_again": password, "code": setup_code(server)}
    response = browser().post("/first-run/", form)
    assert response.status_code == 400
    assert problem in text_of(response)
    assert not Account.objects.exists()


def test_of_many_at_once_one_becomes_the_admin(database: ServerConfig) -> None:
    code = setup_code(database) or ""

    def attempt(number: int) -> bool:
        try:
            make_first_admin(database, code, login=f"person{number}", password=FORM["password"])
        except WrongGuessError:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(8))) == 1
    assert Account.objects.count() == 1
