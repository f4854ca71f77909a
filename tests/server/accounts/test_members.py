"""Roles, removal and restriction of members."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import server_scenes as scene
from django.db import connections
from server_browser import browser, text_of

from palate.core.errors import SettingsError
from palate.server.accounts.closing import close_account
from palate.server.accounts.invitations import Terms, accept_as, invite
from palate.server.accounts.members import change_role, remove_member, restrict_member
from palate.server.accounts.models import Account, Membership
from palate.server.config import ServerConfig
from palate.server.web.throttling import WrongGuessError
from palate.server.work.claim import claim_page
from palate.server.work.models import Assignment, Event, Restriction
from palate.server.work.refusals import Refused

NOW = scene.NOW


def test_a_manager_sees_and_changes_members(sqlite: ServerConfig) -> None:
    manager = scene.account("manager", is_manager=True)
    project = scene.project(manager)
    ana = scene.account("ana", project, name="<b>Ana</b>")
    membership = Membership.objects.get(account=ana)
    client = browser(manager)
    page = text_of(client.get(f"/projects/{project.pk}/members/"))
    assert "&lt;b&gt;Ana&lt;/b&gt;" in page
    assert "<b>Ana" not in page
    assert client.post(f"/members/{membership.pk}/role/", {"role": "reviewer"}).status_code == 302
    membership.refresh_from_db()
    assert membership.role == "reviewer"
    assert client.post(f"/members/{membership.pk}/role/", {"role": "admin"}).status_code == 400
    assert client.post(f"/members/{membership.pk}/remove/").status_code == 302
    assert not Membership.objects.filter(account=ana).exists()


def test_a_removed_annotator_gives_the_page_back(database: ServerConfig) -> None:
    project = scene.project()
    pool = scene.open_pool(project)
    ana = scene.account("ana", project)
    claim_page(ana, pool, now=NOW)
    remove_member(Membership.objects.get(account=ana), now=NOW)
    assert Assignment.objects.get().status == "expired"
    scene.recount(pool)
    assert Event.objects.filter(kind="member_removed", project=project, annotator=ana).count() == 1
    assert browser(ana).get(f"/pools/{pool.pk}/").status_code == 404


def test_a_restricted_annotator_gets_no_page_until_it_is_lifted(database: ServerConfig) -> None:
    manager = scene.account("manager", is_manager=True)
    project = scene.project(manager)
    pool = scene.open_pool(project)
    ana = scene.account("ana", project)
    claim_page(ana, pool, now=NOW)
    restriction = restrict_member(
        Membership.objects.get(account=ana), reason="too fast", until=NOW + timedelta(days=1), now=NOW
    )
    scene.recount(pool)
    assert Assignment.objects.get().status == "expired"
    with pytest.raises(Refused):
        claim_page(ana, pool, now=NOW + timedelta(hours=23))
    for _ in range(2):
        assert browser(manager).post(f"/restrictions/{restriction.pk}/lift/").status_code == 302
    assert Event.objects.filter(kind="restriction_lifted").count() == 1
    assert claim_page(ana, pool, now=NOW + timedelta(hours=23)).status == "active"


def test_the_restriction_page_takes_days_or_none(sqlite: ServerConfig) -> None:
    manager = scene.account("manager", is_manager=True)
    project = scene.project(manager)
    scene.account("ana", project)
    page = f"/members/{Membership.objects.get(account__login='ana').pk}/restrict/"
    client = browser(manager)
    assert client.get(page).status_code == 200
    assert client.post(page, {"reason": "", "days": 3}).status_code == 400
    assert client.post(page, {"reason": "why", "days": ""}).status_code == 302
    assert client.post(page, {"reason": "why", "days": 10}).status_code == 302
    forever, ten_days = Restriction.objects.order_by("pk")
    assert forever.until is None
    assert timedelta(days=9, hours=23) < ten_days.until - ten_days.created_at <= timedelta(days=10)
    assert "why" in text_of(client.get(f"/projects/{project.pk}/members/"))


def test_a_project_keeps_a_manager(sqlite: ServerConfig) -> None:
    manager = scene.account("manager", is_manager=True)
    project = scene.project(manager)
    only = Membership.objects.get(account=manager, project=project)
    with pytest.raises(SettingsError, match="only manager"):
        change_role(only, "annotator", now=NOW)
    assert browser(manager).post(f"/members/{only.pk}/remove/").status_code == 400
    scene.account("second", project, "manager")
    change_role(only, "annotator", now=NOW)


def test_of_two_managers_who_leave_at_once_one_stays(database: ServerConfig) -> None:
    project = scene.project()
    for _ in range(3):
        scene.account(project=project, role="manager")
    managers = list(Membership.objects.filter(project=project, role="manager"))

    def leave(membership: Membership) -> bool:
        try:
            remove_member(membership, now=NOW)
        except SettingsError:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(managers)) as threads:
        assert sum(threads.map(leave, managers)) == len(managers) - 1
    assert Membership.objects.filter(project=project, role="manager").count() == 1


def test_a_server_keeps_an_admin(database: ServerConfig) -> None:
    admins = [scene.account(f"admin{number}", is_admin=True) for number in range(4)]

    def close(account: Account) -> bool:
        try:
            close_account(account, now=NOW)
        except SettingsError:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(close, admins)) == 3
    assert Account.objects.filter(is_active=True).count() == 1


def test_a_closed_account_is_logged_out_at_once(sqlite: ServerConfig) -> None:
    admin, ana = scene.account("admin", is_admin=True), scene.account("ana")
    client = browser(ana)
    assert client.get("/profile/").status_code == 200
    assert browser(admin).post(f"/accounts/{ana.pk}/close/").status_code == 302
    assert client.get("/profile/").status_code == 302
    browser(admin).post(f"/accounts/{ana.pk}/open/")
    assert browser().post("/login/", {"login": "ana", "password": scene.PASSWORD}).status_code == 302


@pytest.mark.parametrize("how", ["demoted", "removed", "closed"])
def test_who_manages_no_more_cannot_come_back_by_an_old_invitation(sqlite: ServerConfig, how: str) -> None:
    project = scene.project()
    eve = scene.account("eve", project, "manager")
    membership = Membership.objects.get(account=eve)
    _, code = invite(eve, Terms("manager", uses=5, days=30), project, now=NOW)
    if how == "demoted":
        change_role(membership, "annotator", now=NOW)
    elif how == "removed":
        remove_member(membership, now=NOW)
    else:
        close_account(eve, now=NOW)
    with pytest.raises(WrongGuessError):
        accept_as(scene.account(), code, address="192.0.2.1", now=NOW)
