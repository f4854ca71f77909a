"""``palate server``: look after a server's data from its own terminal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="Look after a server's data ('palate serve') from its own terminal."
)


@app.callback()
def server() -> None:
    """Look after a server's data ('palate serve') from its own terminal."""


@app.command("reset-password")
def reset_password(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="Whose password.", show_default=False)],
    *,
    directory: Annotated[
        Path, typer.Option("--directory", "-d", help="The directory that 'palate serve' uses.")
    ] = Path("palate-server"),
    database: Annotated[
        str, typer.Option(help="sqlite, or postgresql://…", envvar="PALATE_DATABASE")
    ] = "sqlite",
    address: Annotated[
        str, typer.Option("--address", help="Where the server is reached, for the link.")
    ] = "http://127.0.0.1:8000",
) -> None:
    """Print a link with which somebody who is locked out chooses a new password; it works once, for a day.

    Example:

        palate server reset-password ana@example.org -d palate-server
    """
    from palate.cli._output import say
    from palate.core.errors import SettingsError
    from palate.server.config import ServerConfig

    config = ServerConfig(directory, database)
    if database == "sqlite" and not (directory / "palate.sqlite3").exists():
        raise SettingsError(
            f"There is no server's data in {directory}. Name the directory that 'palate serve' uses."
        )
    os.environ.update(config.to_environment())
    os.environ["DJANGO_SETTINGS_MODULE"] = "palate.server.settings"
    import django

    django.setup()
    from django.utils.timezone import now

    from palate.server.accounts.logins import normal_login
    from palate.server.accounts.models import Account
    from palate.server.accounts.resets import offer_reset

    account = Account.objects.filter(login=normal_login(login)).first()
    if account is None:
        raise SettingsError(f"There is no account with the login '{login}'.")
    code = offer_reset(account, None, now=now())
    typer.echo(f"{address.rstrip('/')}/reset/#{code}")
    say("Send it to nobody else: whoever opens it can choose the password. It works once, within 24 hours.")
