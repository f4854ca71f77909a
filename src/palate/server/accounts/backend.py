"""How a login and a password become an account."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from palate.server.accounts.models import Account

__all__ = ["AccountBackend"]


class AccountBackend(BaseBackend):
    """Checks passwords, taking as long for a login that does not exist."""

    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002 (Django passes it)
        login: str = "",
        password: str = "",
        **_: object,
    ) -> Account | None:
        """Return the account of this login if the password is right and the account is active."""
        try:
            account = Account.objects.get_by_natural_key(login)
        except Account.DoesNotExist:
            Account().set_password(password)
            return None
        return account if account.check_password(password) and account.is_active else None

    def get_user(self, user_id: int) -> Account | None:
        """Return the account with this id, unless it was closed."""
        return Account.objects.filter(pk=user_id, is_active=True).first()
