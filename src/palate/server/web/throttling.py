"""Guessing passwords and codes takes longer with every wrong guess.

Wrong guesses are counted for what was guessed at (a login, the setup code) and for the address that they came from.
A guess at one secret is noted before it is checked, so that many at once gain nothing. Attempts refused for coming too
early are not counted: they do not keep anybody out for longer.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

from palate.core.errors import PalateError
from palate.server.accounts.models import LoginFailure

__all__ = ["TooManyAttemptsError", "WrongGuessError", "client_address", "guess", "of_address", "of_target"]

_LONGEST = timedelta(minutes=15)
_REMEMBERED = timedelta(hours=24)


class WrongGuessError(PalateError):
    """The password or the code was wrong."""


class TooManyAttemptsError(PalateError):
    """Attempts come too fast; ``seconds`` says how long to wait."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many attempts. Wait {_duration(seconds)}, then try again.")


@dataclass(frozen=True)
class Guessed:
    """What wrong guesses are counted for, how many are free of delay, and whether a right one clears the count."""

    key: str
    free: int
    cleared: bool

    def wait_until(self, own: int | None) -> datetime | None:
        """Return when the next guess may be made, after those of others than ``own``; ``None``: at any time."""
        rows = LoginFailure.objects.filter(key=self.key).exclude(pk=own or 0)
        times = list(rows.order_by("-at").values_list("at", flat=True)[: self.free + 20])
        over = len(times) - self.free
        return times[0] + min(timedelta(seconds=2**over), _LONGEST) if over >= 0 else None


def of_target(kind: str, name: str) -> Guessed:
    """Count guesses at one secret: five are free, then the delay doubles from one second to 15 minutes."""
    return Guessed(_hashed(kind, name), free=5, cleared=True)


def of_address(address: str) -> Guessed:
    """Count guesses from one address (of IPv6, from one network of 64 bits): many people may share it."""
    return Guessed(_hashed("address", _network(address)), free=20, cleared=False)


@contextmanager
def guess(*counted: Guessed, now: datetime) -> Iterator[None]:
    """Check a guess inside the block: it counts as wrong when the block raises :class:`WrongGuessError`.

    A right guess at one secret clears what was counted for that secret, but not for the address: else whoever has an
    account could guess at other people's without delay.

    Raises:
        TooManyAttemptsError: The guess comes too early; the block is not run.
    """
    LoginFailure.objects.filter(at__lt=now - _REMEMBERED).delete()
    _refuse_early(counted, {}, now)
    noted = {
        each.key: LoginFailure.objects.create(key=each.key, at=now).pk for each in counted if each.cleared
    }
    with ExitStack() as undo:
        undo.callback(LoginFailure.objects.filter(pk__in=noted.values()).delete)
        try:
            _refuse_early(counted, noted, now)  # others may have guessed at the same moment
            yield
        except WrongGuessError:
            undo.pop_all()
            addresses = [LoginFailure(key=each.key, at=now) for each in counted if not each.cleared]
            LoginFailure.objects.bulk_create(addresses)
            raise
    LoginFailure.objects.filter(key__in=noted).delete()


def _refuse_early(counted: Iterable[Guessed], noted: dict[str, int], now: datetime) -> None:
    waits = [until for each in counted if (until := each.wait_until(noted.get(each.key))) and until > now]
    if waits:
        raise TooManyAttemptsError(max(1, round((max(waits) - now).total_seconds())))


def client_address(request: HttpRequest) -> str:
    """Return the address of who sent a request; behind a proxy that speaks https for us, the one that it names."""
    direct: str = request.META.get("REMOTE_ADDR", "")
    forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.CONFIG.secure and forwarded and _is_near(direct):
        return forwarded.rsplit(",", 1)[-1].strip()
    return direct


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return address


def _is_near(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return not address  # a socket of this machine has no address
    return parsed.is_loopback or parsed.is_private


def _hashed(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}\n{name}".encode(errors="replace")).hexdigest()


def _duration(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} seconds" if seconds != 1 else "a second"
    return f"{-(-seconds // 60)} minutes"
