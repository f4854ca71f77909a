"""Logging in and changing a password. Whether a login exists shows neither in words nor in time."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from django.contrib.auth import authenticate

from palate.server.accounts.devices import is_known
from palate.server.accounts.models import Account
from palate.server.web.throttling import WrongGuessError, guess, of_address, of_target

__all__ = ["account_with", "change_password", "check_own_password", "normal_login"]


def normal_login(text: str) -> str:
    """Return a login as it is stored: what looks the same is the same."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def account_with(
    login: str, password: str, *, address: str, device: str | None = None, now: datetime
) -> Account:
    """Return the account of a login and a password.

    Guesses from a browser in which this login was used before are counted apart from all others: strangers cannot
    keep a person out of their own account by guessing wrongly.

    Raises:
        WrongGuessError: There is no such account, it is closed, or the password is another one.
        TooManyAttemptsError: The attempt comes too early after wrong ones.
    """
    login = normal_login(login)
    target = f"{login}\n{device}" if is_known(device, login) else login
    with guess(of_target("login", target), of_address(address), now=now):
        account = authenticate(login=login, password=password)
        if not isinstance(account, Account):
            raise WrongGuessError("The login or the password is wrong.")
    return account


def change_password(
    account: Account, old: str, new: str, *, revoke_tokens: bool = False, address: str, now: datetime
) -> None:
    """Give an account a new password, which ends all its sessions.

    Args:
        account: Whose password.
        old: The present password.
        new: The new one, checked already.
        revoke_tokens: Whether programs, too, lose access.
        address: Where the request came from.
        now: When.

    Raises:
        WrongGuessError: The old password is wrong.
        TooManyAttemptsError: The attempt comes too early after wrong ones.
    """
    check_own_password(account, old, address=address, now=now)
    account.set_password(new)
    account.save(update_fields=["password"])
    account.password_resets.all().delete()
    if revoke_tokens:
        account.tokens.all().delete()


def check_own_password(account: Account, password: str, *, address: str, now: datetime) -> None:
    """Check that who is logged in knows the password: a browser left open is not enough.

    Raises:
        WrongGuessError: It is wrong.
        TooManyAttemptsError: The attempt comes too early after wrong ones.
    """
    with guess(of_target("password", str(account.pk)), of_address(address), now=now):
        if not account.check_password(password):
            raise WrongGuessError("The present password is wrong.")
