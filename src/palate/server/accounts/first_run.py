"""The first account of a server: made by whoever can read the server's terminal or files, and by nobody else."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from pathlib import Path

from django.db import transaction

from palate.server.accounts.codes import the_same
from palate.server.accounts.models import Account
from palate.server.config import ServerConfig, write_once
from palate.server.web.throttling import WrongGuessError

__all__ = ["make_first_admin", "nobody_yet", "setup_code"]

_FILE = "setup.code"
_WRONG = "This is not the setup code. Copy it from the terminal in which the server was started."


def nobody_yet() -> bool:
    """Return whether the server has no account yet."""
    return not Account.objects.exists()


def setup_code(config: ServerConfig) -> str | None:
    """Return the code with which the first admin is made, ``None`` when there is an account already.

    It is made once, in a file of the server's directory that only its owner can read.
    """
    path = config.directory / _FILE
    if not nobody_yet():
        path.unlink(missing_ok=True)
        return None
    config.directory.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write_once(path, secrets.token_urlsafe(24))
    return path.read_text(encoding="ascii").strip()


def make_first_admin(
    config: ServerConfig, code: str, *, login: str, password: str, name: str = ""
) -> Account:
    """Make the first account, an admin; the setup code is deleted.

    Raises:
        WrongGuessError: The code is wrong, or it was used before.
    """
    claimed = _claim(config.directory / _FILE, code)
    with ExitStack() as undo:
        undo.callback(claimed.rename, config.directory / _FILE)
        account = _make_if_first(login, password, name)
        undo.pop_all()
    claimed.unlink()
    return account


def _make_if_first(login: str, password: str, name: str) -> Account:
    with transaction.atomic():
        if not nobody_yet():
            raise WrongGuessError(_WRONG)
        return Account.objects.create_account(login, password, name=name, is_admin=True, is_manager=True)


def _claim(path: Path, code: str) -> Path:
    """Rename the file of the code if the code is right: of several who try at once, one can."""
    right = path.read_text(encoding="ascii").strip() if path.exists() else secrets.token_urlsafe(24)
    if not the_same(right, code.strip()):
        raise WrongGuessError(_WRONG)
    claimed = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.rename(claimed)
    except FileNotFoundError:  # somebody else was first
        raise WrongGuessError(_WRONG) from None
    return claimed
