"""Invitations let in whom they promise to, as many as they say, and nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import server_scenes as scene
from django.db import connections
from server_browser import browser, shown_once, text_of

from palate.core.errors import PalateError, SettingsError
from palate.server.accounts.codes import hash_of
from palate.server.accounts.invitations import (
    Terms,
    accept_as,
    invite,
    join_with_new_account,
    revoke_invitation,
)
from palate.server.accounts.models import Account, Invitation, Membership
from palate.server.config import ServerConfig
from palate.server.projects.models import Project
from palate.server.web.throttling import WrongGuessError

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FORM = {"login": "ben", "name": "Ben", "password": "a long password", "password_again": "a long password"}


@pytest.fixture
def manager(sqlite: ServerConfig) -> Account:
    return scene.account("manager", is_manager=True)


@pytest.fixture
def project(manager: Account) -> Project:
    return scene.project(manager)


def code_of(link: str) -> str:
    assert link.startswith("http://localhost/join/#")
    return link.partition("#")[2]


def test_a_link_is_shown_once_and_only_its_hash_is_kept(manager: Account, project: Project) -> None:
    page = f"/projects/{project.pk}/members/invite/"
    assert browser(manager).get(page).status_code == 200
    response = browser(manager).post(page, {"role": "annotator", "uses": 3, "days": 5, "note": "my class"})
    code = code_of(shown_once(response))
    kept = Invitation.objects.get()
    assert kept.code_hash == hash_of(code)
    assert (kept.role, kept.max_uses, kept.note, kept.created_by) == ("annotator", 3, "my class", manager)
    members = text_of(browser(manager).get(f"/projects/{project.pk}/members/"))
    assert code not in members
    assert "my class" in members


def test_a_form_sent_twice_makes_one_invitation(manager: Account, project: Project) -> None:
    form = {"role": "annotator", "uses": 1, "days": 5, "form_key": "k" * 22}
    page = f"/projects/{project.pk}/members/invite/"
    links = {shown_once(browser(manager).post(page, form)) for _ in range(2)}
    assert len(links) == 1
    assert Invitation.objects.count() == 1
    assert shown_once(browser(manager).post(page, {**form, "form_key": "l" * 22})) not in links


def test_an_invited_annotator_joins_and_is_logged_in(manager: Account, project: Project) -> None:
    _, code = invite(manager, Terms("annotator"), project, now=datetime.now(UTC))
    new = browser()
    assert new.get("/join/").status_code == 200
    assert new.post("/join/", {**FORM, "code": f" {code} "}).status_code == 302
    assert new.get("/profile/").status_code == 200
    membership = Membership.objects.get(account__login="ben")
    assert (membership.project, membership.role) == (project, "annotator")
    assert browser().post("/join/", {**FORM, "login": "eve", "code": code}).status_code == 400
    assert not Account.objects.filter(login="eve").exists()


def test_who_is_logged_in_accepts_with_that_account(manager: Account, project: Project) -> None:
    ana = scene.account("ana")
    _, code = invite(manager, Terms("reviewer", uses=5), project, now=datetime.now(UTC))
    client = browser(ana)
    assert "logged in as" in text_of(client.get("/join/"))
    for _ in range(2):
        assert client.post("/join/", {"code": code}).status_code == 302
    assert Membership.objects.get(account=ana).role == "reviewer"
    assert Invitation.objects.get().uses == 1  # accepting twice takes one use


@pytest.mark.parametrize(
    ("had", "offered"), [("annotator", "manager"), ("manager", "annotator"), ("reviewer", "reviewer")]
)
def test_an_invitation_never_takes_a_role_away(
    manager: Account, project: Project, had: str, offered: str
) -> None:
    ana = scene.account("ana", project, had)
    _, code = invite(manager, Terms(offered), project, now=NOW)
    accept_as(ana, code, address="192.0.2.1", now=NOW)
    more = had == "annotator"
    assert Membership.objects.get(account=ana).role == (offered if more else had)
    assert Invitation.objects.get().uses == int(more)


@pytest.mark.parametrize(("role", "is_admin"), [("manager", False), ("admin", True)])
def test_invitations_to_the_server(manager: Account, role: str, is_admin: bool) -> None:
    _, code = invite(manager, Terms(role), None, now=NOW)
    made = join_with_new_account(
        code, login="new", password=scene.PASSWORD, name="", address="192.0.2.1", now=NOW
    )
    assert (made.is_admin, made.is_manager) == (is_admin, True)


@pytest.mark.parametrize("role", ["admin", "owner", ""])
def test_a_project_invites_to_its_own_roles_only(manager: Account, project: Project, role: str) -> None:
    with pytest.raises(SettingsError, match="role must be one of"):
        invite(manager, Terms(role), project, now=NOW)
    response = browser(manager).post(
        f"/projects/{project.pk}/members/invite/", {"role": role, "uses": 1, "days": 1}
    )
    assert response.status_code == 400
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(("uses", "days"), [(0, 7), (1001, 7), (1, 0), (1, 91), (-1, 7)])
def test_an_invitation_has_bounds(uses: int, days: int) -> None:
    with pytest.raises(SettingsError):
        Terms("annotator", uses, days)


def test_an_invitation_ends(manager: Account, project: Project) -> None:
    _, code = invite(manager, Terms("annotator", uses=5, days=2), project, now=NOW)
    accept_as(scene.account(), code, address="192.0.2.1", now=NOW + timedelta(days=2, seconds=-1))
    with pytest.raises(WrongGuessError):
        accept_as(scene.account(), code, address="192.0.2.1", now=NOW + timedelta(days=2))


def test_a_revoked_invitation_lets_nobody_in(manager: Account, project: Project) -> None:
    invitation, code = invite(manager, Terms("annotator", uses=5), project, now=datetime.now(UTC))
    browser(manager).post(f"/invitations/{invitation.pk}/revoke/")
    assert browser().post("/join/", {**FORM, "code": code}).status_code == 400
    invitation.refresh_from_db()
    ended = invitation.expires_at
    revoke_invitation(invitation, now=ended + timedelta(days=1))  # revoking an ended one does not revive it
    invitation.refresh_from_db()
    assert invitation.expires_at == ended


def test_only_a_valid_code_learns_that_a_login_is_taken(manager: Account, project: Project) -> None:
    _, code = invite(manager, Terms("annotator", uses=5), project, now=datetime.now(UTC))
    taken = {**FORM, "login": "MANAGER"}
    assert "Somebody else has this login" in text_of(browser().post("/join/", {**taken, "code": code}))
    assert "Somebody else" not in text_of(browser().post("/join/", {**taken, "code": "wrong"}))
    assert Invitation.objects.get().uses == 0


def test_guessing_codes_is_slowed_down(manager: Account, project: Project) -> None:
    _, code = invite(manager, Terms("annotator", uses=5), project, now=datetime.now(UTC))
    for _ in range(20):
        browser().post("/join/", {**FORM, "code": "wrong"})
    assert browser().post("/join/", {**FORM, "code": code}).status_code == 429
    assert browser(REMOTE_ADDR="192.0.2.9").post("/join/", {**FORM, "code": code}).status_code == 302


@pytest.mark.parametrize("login", ["<script>", "a b", "a\u202eb", "", "x" * 151, "a/b"])
def test_a_login_is_made_of_plain_letters(manager: Account, project: Project, login: str) -> None:
    _, code = invite(manager, Terms("annotator"), project, now=datetime.now(UTC))
    assert browser().post("/join/", {**FORM, "login": login, "code": code}).status_code == 400
    assert Account.objects.count() == 1


def test_logins_that_look_the_same_are_the_same(manager: Account, project: Project) -> None:
    _, code = invite(manager, Terms("annotator"), project, now=datetime.now(UTC))
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in "manager")  # full-width letters
    assert browser().post("/join/", {**FORM, "login": wide, "code": code}).status_code == 400


@pytest.mark.parametrize("logged_in", [True, False])
def test_of_many_at_once_no_more_than_allowed_get_in(database: ServerConfig, logged_in: bool) -> None:
    manager = scene.account("manager", is_manager=True)
    _, code = invite(manager, Terms("annotator", uses=3), scene.project(manager), now=NOW)
    people = [scene.account(f"person{number}") for number in range(10)]

    def attempt(number: int) -> bool:
        address = f"192.0.2.{number}"
        try:
            if logged_in:
                accept_as(people[number], code, address=address, now=NOW)
            else:
                join_with_new_account(
                    code, login=f"new{number}", password=scene.PASSWORD, name="", address=address, now=NOW
                )
        except PalateError:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as threads:
        assert sum(threads.map(attempt, range(10))) == 3
    assert Invitation.objects.get().uses == 3
    assert Membership.objects.filter(role="annotator").count() == 3
    assert Account.objects.count() == 11 + (0 if logged_in else 3)


def test_one_person_who_clicks_often_takes_one_use(database: ServerConfig) -> None:
    manager = scene.account("manager", is_manager=True)
    _, code = invite(manager, Terms("annotator", uses=5), scene.project(manager), now=NOW)
    ana = scene.account("ana")

    def attempt(_: int) -> None:
        try:
            accept_as(ana, code, address="192.0.2.1", now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(attempt, range(6)))
    assert Invitation.objects.get().uses == 1
    assert Membership.objects.filter(account=ana).count() == 1
