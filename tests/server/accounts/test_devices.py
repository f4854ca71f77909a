"""One person with several accounts in one browser is noticed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import server_scenes as scene
from django.core import signing
from server_browser import browser

from palate.server.accounts.devices import COOKIE, note_device, shared_with
from palate.server.accounts.models import Account, Device
from palate.server.config import ServerConfig
from palate.server.projects.models import Project

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def project(sqlite: ServerConfig) -> Project:
    return scene.project()


def test_a_browser_keeps_one_number_for_all_accounts(project: Project) -> None:
    client = browser()
    for login in ("ana", "ben"):
        scene.account(login, project)
        client.post("/login/", {"login": login, "password": scene.PASSWORD})
        client.post("/logout/")
    assert Device.objects.values("device_hash").distinct().count() == 1
    assert Device.objects.count() == 2
    cookie = client.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 400 * 24 * 3600
    assert cookie.value.partition(":")[0] not in Device.objects.values_list("device_hash", flat=True)


def test_the_account_that_came_second_shares_a_device(project: Project) -> None:
    ana, ben, cem = (scene.account(login, project) for login in ("ana", "ben", "cem"))
    cookie = note_device(None, ben, NOW)
    assert note_device(cookie, ana, NOW) == cookie
    assert note_device(None, cem, NOW) != cookie
    assert shared_with(ben, project) == [
        ana
    ]  # ana's account is the older one, whoever used the browser first
    assert shared_with(ana, project) == []
    assert shared_with(cem, project) == []


def test_only_annotators_of_the_same_project_count(project: Project) -> None:
    other = scene.project()
    manager = scene.account("manager", project, "manager")
    elsewhere = scene.account("elsewhere", other)
    closed = scene.account("closed", project, is_active=False)
    ana = scene.account("ana", project)
    cookie = None
    for account in (manager, elsewhere, closed, ana):
        cookie = note_device(cookie, account, NOW)
    assert shared_with(ana, project) == []
    elsewhere.memberships.create(project=project, role="annotator")
    assert shared_with(ana, project) == [elsewhere]


@pytest.mark.parametrize("forged", ["", "x", "a:b", signing.Signer(salt="other").sign("x"), "é:é"])
def test_a_number_that_we_did_not_sign_is_replaced(project: Project, forged: str) -> None:
    ana = scene.account("ana")
    cookie = note_device(forged, ana, NOW)
    assert cookie != forged
    assert note_device(cookie, ana, NOW) == cookie
    assert Device.objects.count() == 1


def test_the_same_login_twice_is_noted_once(project: Project) -> None:
    ana: Account = scene.account("ana")
    cookie = note_device(None, ana, NOW)
    note_device(cookie, ana, NOW)
    assert Device.objects.filter(account=ana).count() == 1
