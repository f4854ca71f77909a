"""An erased person is named nowhere in the database, and all totals stay."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pytest
import server_scenes as scene
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum
from server_browser import browser, text_of

from palate.core.errors import SettingsError
from palate.server.accounts.devices import note_device
from palate.server.accounts.erase import erase
from palate.server.accounts.members import restrict_member
from palate.server.accounts.models import Account, Device, Membership
from palate.server.accounts.tokens import make_token
from palate.server.config import ServerConfig
from palate.server.projects.models import Pool, Tally
from palate.server.work.claim import claim_page
from palate.server.work.leave import save_draft
from palate.server.work.models import Answer, Event, LedgerEntry, Message, TaskReport
from palate.server.work.review import pay_bonus, reject_pages
from palate.server.work.submit import submit_page

NOW = scene.NOW
NAMED = "zanzibara"  # a word that occurs nowhere else


def everything() -> str:
    """Return every row of every table as text."""
    with connection.cursor() as cursor:
        lines = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 (the database's own names)
            lines += [f"{table}: {row}" for row in cursor.fetchall()]
    return "\n".join(lines)


@pytest.fixture
def history(database: ServerConfig) -> tuple[Account, Pool]:
    """Return somebody who left their name wherever one can, and the pool in which they worked."""
    project = scene.project()
    pool = scene.open_pool(project, real=20, auto_accept=False)
    ana = scene.account(f"{NAMED}@example.org", project, name=f"Ana {NAMED}", languages=["sw"])
    browser().post("/login/", {"login": ana.login, "password": "wrong"})
    client = browser()
    assert client.post("/login/", {"login": ana.login, "password": scene.PASSWORD}).status_code == 302
    note_device(None, ana, NOW)
    make_token(ana, f"{NAMED}'s laptop", scope="read", days=9, now=NOW)
    page = claim_page(ana, pool, now=NOW)
    submit_page(ana, page.pk, scene.answers_to(page), now=NOW + timedelta(seconds=60))
    reject_pages([page.pk], now=NOW + timedelta(seconds=90), comment=f"Sorry, {NAMED}, too fast.")
    active = claim_page(ana, pool, now=NOW + timedelta(seconds=100))
    save_draft(ana, active.pk, {"note": NAMED}, now=NOW + timedelta(seconds=110))
    TaskReport.objects.create(
        task=pool.tasks.first(), annotator=ana, text=f"{NAMED} says it is broken", at=NOW
    )
    Message.objects.create(annotator=ana, text=f"Dear {NAMED}", at=NOW)
    pay_bonus(ana, Decimal("1.25"), pool=pool, note=f"for {NAMED}", key="bonus-1", now=NOW)
    return ana, pool


def totals(pool: Pool) -> list[object]:
    return [
        Tally.objects.filter(pool=pool).values("answers", "spent", "pages_submitted", "pages_rejected")[0],
        LedgerEntry.objects.aggregate(Sum("amount")),
        sorted(Answer.objects.values_list("task__key", "label")),
    ]


def test_nothing_names_them_and_totals_stay(history: tuple[Account, Pool]) -> None:
    ana, pool = history
    code, before = ana.code, totals(pool)
    assert NAMED in everything()
    assert code in everything()
    erase(ana, now=NOW + timedelta(seconds=200))
    left = everything()
    assert NAMED not in left.casefold()
    assert code not in left
    assert totals(pool) == before
    scene.recount(pool)
    erased = Account.objects.get(pk=ana.pk)
    assert erased.erased_at == NOW + timedelta(seconds=200)
    assert (erased.name, erased.languages, erased.is_active, erased.has_usable_password()) == (
        "",
        [],
        False,
        False,
    )
    assert not Device.objects.filter(account=ana).exists()
    assert not any(
        session.get_decoded().get("_auth_user_id") == str(ana.pk) for session in Session.objects.all()
    )


def test_erasing_twice_changes_nothing(history: tuple[Account, Pool]) -> None:
    ana, _ = history
    erase(ana, now=NOW + timedelta(seconds=200))
    before = everything()
    erase(ana, now=NOW + timedelta(seconds=300))
    assert everything() == before
    assert Event.objects.filter(kind="annotator_erased").count() == 1


def test_a_restricted_person_can_be_erased(sqlite: ServerConfig) -> None:
    project = scene.project()
    ana = scene.account("ana", project)
    restrict_member(Membership.objects.get(account=ana), reason=f"{NAMED} cheats", until=None, now=NOW)
    erase(ana, now=NOW)
    assert NAMED not in everything()


def test_one_erases_oneself_with_the_password(sqlite: ServerConfig) -> None:
    ana = scene.account("ana")
    client = browser(ana)
    assert client.get("/profile/erase/").status_code == 200
    assert client.post("/profile/erase/", {"password": "wrong"}).status_code == 400
    assert client.post("/profile/erase/", {"password": scene.PASSWORD}).status_code == 302
    assert client.get("/profile/").status_code == 302
    assert not Account.objects.filter(login="ana").exists()
    response = browser().post("/login/", {"login": "ana", "password": scene.PASSWORD})
    assert "The login or the password is wrong." in text_of(response)


def test_an_admin_erases_whom_they_name(sqlite: ServerConfig) -> None:
    admin, ana = scene.account("admin", is_admin=True), scene.account("ana")
    client = browser(admin)
    page = f"/accounts/{ana.pk}/erase/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"login": "ben"}).status_code == 400
    assert client.post(page, {"login": " ANA"}).status_code == 302
    assert not Account.objects.filter(login="ana").exists()
    assert client.post(f"/accounts/{ana.pk}/open/").status_code == 302
    assert not Account.objects.get(pk=ana.pk).is_active


def test_the_last_admin_is_not_erased(sqlite: ServerConfig) -> None:
    admin = scene.account("admin", is_admin=True)
    with pytest.raises(SettingsError, match="only admin"):
        erase(admin, now=NOW)
    assert browser(admin).post("/profile/erase/", {"password": scene.PASSWORD}).status_code == 400


def test_the_command_erases_by_login(sqlite: ServerConfig) -> None:
    scene.account("ana")
    said = io.StringIO()
    call_command("erase_account", "Ana", stdout=said)
    assert "erased" in said.getvalue()
    assert not Account.objects.filter(login="ana").exists()
    with pytest.raises(CommandError, match="No account has the login"):
        call_command("erase_account", "ana")
