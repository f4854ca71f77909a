"""``python -m django erase_account LOGIN``: forget who somebody was."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from palate.core.errors import PalateError
from palate.server.accounts.erase import erase
from palate.server.accounts.models import Account

__all__ = ["Command"]


class Command(BaseCommand):
    """Erases one account."""

    help = "Erase who somebody was; answers, earnings and totals stay."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the login."""
        parser.add_argument("login", help="the login of the account, or its code")

    def handle(self, *, login: str, **_: object) -> None:
        """Erase the account."""
        account = Account.objects.filter(code=login).first()
        try:
            erase(account or Account.objects.get_by_natural_key(login), now=now())
        except Account.DoesNotExist:
            raise CommandError(f"No account has the login or the code {login!r}.") from None
        except PalateError as error:
            raise CommandError(str(error)) from None
        self.stdout.write("The account is erased.")
