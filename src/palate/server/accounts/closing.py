"""Closes accounts, which keeps everything they hold, and opens them again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from palate.core.errors import SettingsError
from palate.server.accounts.invitations import end_invitations_of
from palate.server.accounts.models import Account

__all__ = ["close_account", "keep_an_admin", "open_account"]


def close_account(account: Account, *, now: datetime) -> None:
    """Let nobody log in to an account, nor its tokens act; its sessions and the invitations that it made end.

    Raises:
        SettingsError: The server would have no admin.
    """
    with transaction.atomic():
        keep_an_admin(account)
        end_invitations_of(account, now=now)
        Account.objects.filter(pk=account.pk).update(is_active=False)


def open_account(account: Account) -> None:
    """Let somebody log in again, unless the account was erased."""
    Account.objects.filter(pk=account.pk, erased_at=None).update(is_active=True)


def keep_an_admin(account: Account) -> None:
    """Refuse, within a transaction, to take the last admin from the server; of two who leave at once, one stays.

    Raises:
        SettingsError: This account is the only admin.
    """
    admins = Account.objects.filter(is_admin=True, is_active=True)
    if transaction.get_connection().vendor == "postgresql":
        admins = admins.select_for_update(no_key=True)
    if [admin.pk for admin in admins.order_by("pk")] == [account.pk]:
        raise SettingsError(f"{account} is the only admin of this server. Make somebody else an admin first.")
