"""New passwords for people who are locked out: a link that works once and for a day, made by who may let them in."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from palate.core.errors import PalateError
from palate.server.accounts.codes import hash_of, secret_for
from palate.server.accounts.models import Account, PasswordReset, Role
from palate.server.web.throttling import WrongGuessError, guess, of_address

__all__ = ["HOURS_VALID", "account_of_code", "may_reset", "offer_reset", "reset_password"]

HOURS_VALID = 24
_WRONG = "This link does not exist, has expired or was used before. Ask who sent it for a new one."


def may_reset(by: Account, account: Account) -> bool:
    """Return whether somebody may let another choose a new password, and so could take over their account.

    An admin may for anybody; a manager for those who are nothing but annotators, and only in the manager's projects.
    """
    if not by.is_active:
        return False
    if by.is_admin:
        return True
    if account.is_admin or account.is_manager:
        return False
    roles = dict(account.memberships.values_list("project", "role"))
    managed = set(by.memberships.filter(role=Role.MANAGER).values_list("project", flat=True))
    return bool(roles) and set(roles.values()) == {Role.ANNOTATOR.value} and set(roles) <= managed


def offer_reset(account: Account, by: Account | None, *, form_key: str = "", now: datetime) -> str:
    """Return a code with which somebody chooses a new password; only its hash is kept, and only the newest works.

    Args:
        account: Whose password.
        by: Who offers it; None from the server's own terminal.
        form_key: The same form sent twice gets the same code.
        now: When.

    Raises:
        PalateError: ``by`` may not, or the account is closed.
    """
    if by is not None and not may_reset(by, account):
        raise PalateError(
            f"Only an admin can make a link for {account}, who is more than an annotator of projects that you manage."
        )
    if not account.is_active:
        raise PalateError(f"The account of {account} is closed. Open it first.")
    code = secret_for(by or account, f"password reset of {account.pk}", form_key)
    with transaction.atomic():
        kept, _ = PasswordReset.objects.get_or_create(
            code_hash=hash_of(code),
            defaults={"account": account, "created_by": by, "expires_at": now + timedelta(hours=HOURS_VALID)},
        )
        account.password_resets.exclude(pk=kept.pk).delete()
    return code


def account_of_code(code: str, *, address: str, now: datetime) -> Account:
    """Return whose password a code may change.

    Raises:
        WrongGuessError: There is no such code, it has expired, or who made it may no longer.
        TooManyAttemptsError: Wrong attempts came too fast from this address.
    """
    with guess(of_address(address), now=now):
        return _valid(code, now).account


def reset_password(code: str, new: str, *, address: str, now: datetime) -> Account:
    """Give the account of a code a new password, checked already; all its sessions and tokens end.

    Raises:
        WrongGuessError: There is no such code, it has expired, or who made it may no longer.
        TooManyAttemptsError: Wrong attempts came too fast from this address.
    """
    with guess(of_address(address), now=now), transaction.atomic():
        found = _valid(code, now)
        if not PasswordReset.objects.filter(pk=found.pk).delete()[0]:  # of two at once, one succeeds
            raise WrongGuessError(_WRONG)
        account = found.account
        account.set_password(new)
        account.save(update_fields=["password"])
        account.tokens.all().delete()
        account.password_resets.all().delete()
        return account


def _valid(code: str, now: datetime) -> PasswordReset:
    rows = PasswordReset.objects.select_related("account", "created_by")
    found = rows.filter(code_hash=hash_of(code.strip()), expires_at__gt=now, account__is_active=True).first()
    if found is None or (found.created_by is not None and not may_reset(found.created_by, found.account)):
        raise WrongGuessError(_WRONG)
    return found
