"""Tokens with which programs act for an account: made once, shown once, kept as a hash, ending by themselves."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Q

from palate.core.errors import SettingsError
from palate.server.accounts.codes import hash_of, secret_for
from palate.server.accounts.models import Account, ApiToken
from palate.server.projects.models import Project
from palate.server.web.throttling import WrongGuessError, guess, of_address

__all__ = ["LONGEST_DAYS", "PREFIX", "Scope", "account_of", "make_token", "revoke_token"]

Scope = Literal["read", "write"]
PREFIX = "palate_"
"""Programs that look for leaked secrets know them by their first letters."""
LONGEST_DAYS = 365
_NOTED_EVERY = timedelta(minutes=1)


def make_token(
    account: Account,
    name: str,
    *,
    scope: Scope,
    days: int,
    project: Project | None = None,
    form_key: str = "",
    now: datetime,
) -> tuple[ApiToken, str]:
    """Return a new token and its text, which is not kept.

    Args:
        account: For whom the token acts; it may do what the account may, never more.
        name: What the token is for.
        scope: ``read`` or ``write`` (which includes reading).
        days: How long it lives, at most a year.
        project: The only project that it may touch; ``None``: all that the account may.
        form_key: The key of the form that asked for it; see :func:`~palate.server.accounts.codes.secret_for`.
        now: When.

    Raises:
        SettingsError: The scope or the days are not among those allowed.
    """
    if scope not in {"read", "write"}:
        raise SettingsError(f"The scope of a token is 'read' or 'write'; it is {scope!r}.")
    if not 1 <= days <= LONGEST_DAYS:
        raise SettingsError(f"A token lives for 1 to {LONGEST_DAYS} days; {days} were asked for.")
    text = PREFIX + secret_for(account, "token", form_key)
    token, _ = ApiToken.objects.get_or_create(
        token_hash=hash_of(text),
        defaults={
            "account": account,
            "name": name,
            "hint": text[len(PREFIX) :][:4],
            "scope": scope,
            "project": project,
            "expires_at": now + timedelta(days=days),
        },
    )
    return token, text


def revoke_token(token: ApiToken) -> None:
    """End a token."""
    token.delete()


def account_of(header: str, *, address: str, now: datetime) -> tuple[Account, ApiToken] | None:
    """Return whose token an ``Authorization: Bearer palate_…`` header carries, ``None`` when it is not a valid one.

    The token is looked up by its hash, so that the time taken says nothing about the tokens that exist. What the
    token may touch, the caller checks: ``token.scope`` and ``token.project``.

    Args:
        header: The value of the header.
        address: Where the request came from: wrong tokens from one address are answered ever more slowly.
        now: When.

    Raises:
        TooManyAttemptsError: Another wrong token came from this address too early.
    """
    kind, _, text = header.strip().partition(" ")
    text = text.strip()
    token = None
    if kind.casefold() == "bearer" and text.startswith(PREFIX):
        rows = ApiToken.objects.select_related("account", "project")
        token = rows.filter(token_hash=hash_of(text), expires_at__gt=now, account__is_active=True).first()
    if token is None:
        _count_wrong(address, now)
        return None
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - _NOTED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token.account, token


def _count_wrong(address: str, now: datetime) -> None:
    with suppress(WrongGuessError), guess(of_address(address), now=now):
        raise WrongGuessError("There is no such token.")
