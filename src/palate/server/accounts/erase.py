"""Forgets who somebody was. What they answered and earned stays, under a code that nobody has seen before."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from palate.server.accounts.closing import keep_an_admin
from palate.server.accounts.invitations import end_invitations_of
from palate.server.accounts.logins import check_own_password
from palate.server.accounts.members import end_pages
from palate.server.accounts.models import Account, LoginFailure, new_code
from palate.server.projects.models import Task
from palate.server.web.throttling import of_target
from palate.server.work.models import (
    Assignment,
    Event,
    LedgerEntry,
    Message,
    Reply,
    Restriction,
    SkillValue,
    TaskReport,
)
from palate.server.work.writing import again_when_blocked, lock_annotator, writing

__all__ = ["erase", "erase_self"]

_FREE_TEXT = {"comment", "reason", "text", "note", "name", "login"}
"""What events carry in people's words."""


def erase_self(account: Account, password: str, *, address: str, now: datetime) -> None:
    """Erase one's own account, for which the password is needed.

    Raises:
        WrongGuessError: The password is wrong.
        TooManyAttemptsError: The attempt comes too early after wrong ones.
        SettingsError: The server would have no admin.
    """
    check_own_password(account, password, address=address, now=now)
    erase(account, now=now)


@again_when_blocked
def erase(account: Account, *, now: datetime) -> None:
    """Take out all that says who an account was, close it, and give back the page that it holds.

    Its answers, ledger entries, skills and events stay, so that totals and judgments are what they were; free text
    written by or about the person (comments, notes, reasons, reports) goes, since it may name them. Erasing twice
    changes nothing.

    Raises:
        SettingsError: The server would have no admin.
    """
    with writing(now) as noted:
        keep_an_admin(account)
        lock_annotator(account)
        account.refresh_from_db()
        if account.erased_at is not None:
            return
        LoginFailure.objects.filter(key=of_target("login", account.login).key).delete()
        end_invitations_of(account, now=now)
        end_pages(Assignment.objects.filter(annotator=account), noted)
        _empty_account(account, now)
        _delete_what_names(account)
        noted.tell("annotator_erased", annotator=account)
    _end_sessions(account)


def _empty_account(account: Account, now: datetime) -> None:
    account.code = new_code()
    account.login = f"erased-{account.code.casefold()}"
    account.name = ""
    account.languages = []
    account.single_keys = True
    account.is_active = account.is_admin = account.is_manager = False
    account.last_login = None
    account.erased_at = now
    account.set_unusable_password()
    account.save()


def _delete_what_names(account: Account) -> None:
    account.devices.all().delete()
    account.tokens.all().delete()
    account.password_resets.all().delete()
    account.memberships.all().delete()
    Message.objects.filter(annotator=account).delete()
    Reply.objects.filter(account=account).delete()
    Assignment.objects.filter(annotator=account).update(comment="", draft={})
    Restriction.objects.filter(annotator=account).update(reason="")
    SkillValue.objects.filter(annotator=account).update(reason="")
    TaskReport.objects.filter(annotator=account).update(text="")
    LedgerEntry.objects.filter(annotator=account).update(note="")
    Task.objects.filter(reserved_for=account).update(reserved_for=None)
    _scrub_events(account)


def _scrub_events(account: Account) -> None:
    """Take free text out of the stream of events: the kinds, times and numbers stay."""
    for event in Event.objects.filter(annotator=account).exclude(data={}).iterator():
        kept = {name: value for name, value in event.data.items() if name not in _FREE_TEXT}
        if kept != event.data:
            Event.objects.filter(pk=event.pk).update(data=kept)


def _end_sessions(account: Account) -> None:
    """Delete the account's sessions; without its password they admit nobody any more, but they hold its number."""
    keys = [
        session.session_key
        for session in Session.objects.iterator()
        if session.get_decoded().get(SESSION_KEY) == str(account.pk)
    ]
    Session.objects.filter(session_key__in=keys).delete()
