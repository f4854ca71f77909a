"""A link to a new password works once, for a day, for whom it was made, and only where who made it may."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import server_scenes as scene
from django.db import connections
from server_browser import browser, shown_once, text_of

from palate.core.errors import PalateError
from palate.server.accounts.closing import close_account
from palate.server.accounts.codes import hash_of
from palate.server.accounts.logins import account_with, change_password
from palate.server.accounts.models import Account, ApiToken, Membership, PasswordReset
from palate.server.accounts.resets import may_reset, offer_reset, reset_password
from palate.server.accounts.tokens import make_token
from palate.server.config import ServerConfig
from palate.server.projects.models import Project
from palate.server.web.throttling import TooManyAttemptsError, WrongGuessError
from palate.server.work.housekeeping import tick

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NEW = "a password never used before"
FORM = {"password": NEW, "password_again": NEW}


@pytest.fixture
def manager(sqlite: ServerConfig) -> Account:
    return scene.account("manager", is_manager=True)


@pytest.fixture
def project(manager: Account) -> Project:
    return scene.project(manager)


@pytest.fixture
def ana(project: Project) -> Account:
    return scene.account("ana", project)


@pytest.fixture
def admin(sqlite: ServerConfig) -> Account:
    return scene.account("admin", is_admin=True)


def address_of(account: Account) -> str:
    return f"/members/{Membership.objects.get(account=account).pk}/reset/"


def knows(login: str, password: str) -> bool:
    try:
        return account_with(login, password, address="", now=NOW).login == login
    except WrongGuessError:
        return False


def test_a_managers_link_gives_an_annotator_a_new_password(manager: Account, ana: Account) -> None:
    inside = browser(ana)
    make_token(ana, "script", scope="read", days=9, now=NOW)
    response = browser(manager).post(address_of(ana))
    link = shown_once(response)
    assert link.startswith("http://localhost/reset/#")
    assert "no-store" in response.headers["Cache-Control"]
    code = link.partition("#")[2]
    assert PasswordReset.objects.get().code_hash == hash_of(code)
    assert inside.get("/profile/").status_code == 200  # until the link is used, nothing changes
    guest = browser()
    assert "data-code-from-link" in text_of(guest.get("/reset/"))
    assert guest.post("/reset/", {"code": code, **FORM}).headers["Location"] == "/login/"
    assert guest.get("/profile/").status_code == inside.get("/profile/").status_code == 302
    assert not ApiToken.objects.exists()
    assert knows("ana", NEW)
    assert not knows("ana", scene.PASSWORD)
    assert guest.post("/reset/", {"code": code, **FORM}).status_code == 400  # a second time


def test_the_form_sent_twice_shows_one_link_and_a_new_link_ends_the_old(
    manager: Account, ana: Account
) -> None:
    first, again = (
        shown_once(browser(manager).post(address_of(ana), {"form_key": "k" * 22})) for _ in range(2)
    )
    assert first == again
    newer = shown_once(browser(manager).post(address_of(ana)))
    assert newer != first
    assert PasswordReset.objects.get().code_hash == hash_of(newer.partition("#")[2])


def test_who_may_make_links_for_whom(
    manager: Account, project: Project, ana: Account, admin: Account
) -> None:
    other = scene.project()
    in_both = scene.account("in-both", project)
    Membership.objects.create(account=in_both, project=other, role="annotator")
    people = {
        "ana": ana,
        "in both": in_both,
        "reviewer": scene.account(project=project, role="reviewer"),
        "manager": scene.account(project=project, role="manager"),
        "maker of projects": scene.account(project=project, is_manager=True),
        "administrator": scene.account(project=project, is_admin=True),
        "stranger": scene.account(),
    }
    assert {name for name, person in people.items() if may_reset(manager, person)} == {"ana"}
    assert {name for name, person in people.items() if may_reset(admin, person)} == set(people)
    assert not any(may_reset(by, person) for by in (ana, other.created_by) for person in people.values())
    for name in set(people) - {"ana", "stranger"}:
        membership = Membership.objects.get(account=people[name], project=project)
        response = browser(manager).post(f"/members/{membership.pk}/reset/")
        assert (response.status_code, "Only an admin" in text_of(response)) == (400, True), name
    assert not PasswordReset.objects.exists()
    assert browser(other.created_by).post(address_of(ana)).status_code == 404
    assert browser(manager).post(f"/accounts/{ana.pk}/reset/").status_code == 404
    assert browser(admin).post(f"/accounts/{people['manager'].pk}/reset/").status_code == 200


def test_a_link_ends_with_a_day_and_housekeeping_forgets_it(manager: Account, ana: Account) -> None:
    code = offer_reset(ana, manager, now=NOW)
    tick(NOW + timedelta(hours=23))
    assert PasswordReset.objects.exists()
    with pytest.raises(WrongGuessError):
        reset_password(code, NEW, address="", now=NOW + timedelta(hours=24))
    tick(NOW + timedelta(hours=25))
    assert not PasswordReset.objects.exists()


def test_a_link_is_worth_nothing_once_its_maker_may_no_longer(
    manager: Account, project: Project, ana: Account
) -> None:
    for spoil in (
        lambda: Membership.objects.filter(account=ana).update(role="reviewer"),
        lambda: Membership.objects.create(account=ana, project=scene.project(), role="annotator"),
        lambda: Membership.objects.filter(account=manager).update(role="annotator"),
        lambda: close_account(manager, now=NOW),
        lambda: Account.objects.filter(pk=ana.pk).update(is_admin=True),
        lambda: Account.objects.filter(pk=ana.pk).update(is_active=False),
    ):
        from django.db import transaction

        with transaction.atomic():
            code = offer_reset(ana, manager, now=NOW)
            spoil()
            with pytest.raises(WrongGuessError):
                reset_password(code, NEW, address="", now=NOW)
            transaction.set_rollback(True)
    assert knows("ana", scene.PASSWORD)


def test_changing_the_password_oneself_ends_the_link(manager: Account, ana: Account) -> None:
    code = offer_reset(ana, manager, now=NOW)
    change_password(ana, scene.PASSWORD, "my own new password", address="", now=NOW)
    with pytest.raises(WrongGuessError):
        reset_password(code, NEW, address="", now=NOW)


def test_closed_accounts_get_no_link(admin: Account, ana: Account) -> None:
    close_account(ana, now=NOW)
    ana.refresh_from_db()
    with pytest.raises(PalateError, match="closed"):
        offer_reset(ana, admin, now=NOW)


@pytest.mark.parametrize("form", [
    {"password": "short", "password_again": "short"},
    {"password": NEW, "password_again": "another password"},
    {"password": "ana-the-annotator", "password_again": "ana-the-annotator"},
    {"password": NEW},
])  # fmt: skip
def test_a_bad_password_does_not_use_up_the_link(
    manager: Account, ana: Account, form: dict[str, str]
) -> None:
    Account.objects.filter(pk=ana.pk).update(login="ana-the-annotator")
    code = shown_once(browser(manager).post(address_of(ana))).partition("#")[2]
    assert browser().post("/reset/", {"code": code, **form}).status_code == 400
    assert browser().post("/reset/", {"code": code, **FORM}).status_code == 302


def test_guessing_codes_is_slowed_down(ana: Account) -> None:
    for _ in range(20):
        with pytest.raises(WrongGuessError):
            reset_password("wrong", NEW, address="192.0.2.1", now=NOW)
    with pytest.raises(TooManyAttemptsError):
        reset_password("wrong", NEW, address="192.0.2.1", now=NOW)


def test_of_many_at_once_one_uses_a_link(database: ServerConfig) -> None:
    admin, ana = scene.account(is_admin=True), scene.account("ana")
    code = offer_reset(ana, admin, now=NOW)

    def use(number: int) -> bool:
        try:
            reset_password(code, f"password number {number}", address=f"192.0.2.{number}", now=NOW)
        except WrongGuessError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(8))) == 1


def test_the_terminal_lets_a_locked_out_admin_in(sqlite: ServerConfig) -> None:
    scene.account("boss", is_admin=True)
    command = [sys.executable, "-m", "palate", "server", "reset-password"]
    done = subprocess.run(
        [*command, "BOSS", "-d", str(sqlite.directory), "--address", "https://judge.example.org/"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    link, _, code = done.stdout.strip().partition("#")
    assert link == "https://judge.example.org/reset/"
    assert browser().post("/reset/", {"code": code, **FORM}).status_code == 302
    assert knows("boss", NEW)
    for login, directory in (("nobody", sqlite.directory), ("boss", sqlite.directory / "elsewhere")):
        done = subprocess.run(
            [*command, login, "-d", str(directory)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr[:6]) == (2, "Error:"), done.stderr
    assert not (sqlite.directory / "elsewhere").exists()
