"""Notices one person with many accounts: a browser keeps a signed random number, whoever logs in with it."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.core import signing
from django.db.models import Q

from palate.server.accounts.codes import hash_of
from palate.server.accounts.models import Account, Device, Role
from palate.server.projects.models import Project

__all__ = ["COOKIE", "COOKIE_SECONDS", "is_known", "note_device", "shared_with"]

COOKIE = "palate_device"
COOKIE_SECONDS = 400 * 24 * 3600
"""Browsers keep no cookie for longer than 400 days; every login begins them anew."""

_SIGNER = signing.Signer(salt="palate.server.accounts.devices")


def note_device(cookie: str | None, account: Account, now: datetime) -> str:
    """Note that an account is used from a browser; return the value that the browser is to keep as a cookie.

    Args:
        cookie: The value that the browser sent; one that we did not sign is replaced by a new one.
        account: Who logged in.
        now: When.
    """
    number = _number(cookie) or secrets.token_urlsafe(24)
    Device.objects.get_or_create(account=account, device_hash=hash_of(number), defaults={"first_at": now})
    return _SIGNER.sign(number)


def is_known(cookie: str | None, login: str) -> bool:
    """Return whether somebody has logged in with this login from this browser before."""
    number = _number(cookie)
    return bool(number) and Device.objects.filter(account__login=login, device_hash=hash_of(number)).exists()


def shared_with(account: Account, project: Project) -> list[Account]:
    """Return the annotators of a project that came before this account and used a browser that it used, too.

    Of several accounts in one browser, the one made first goes on working: for it, the list is empty. Managers and
    reviewers do not count, so that they can try their own project as an annotator.
    """
    browsers = Device.objects.filter(account=account).values("device_hash")
    earlier = Account.objects.filter(
        Q(memberships__project=project, memberships__role=Role.ANNOTATOR),
        devices__device_hash__in=browsers,
        is_active=True,
        pk__lt=account.pk,
    )
    return list(earlier.distinct().order_by("pk"))


def _number(cookie: str | None) -> str:
    try:
        return _SIGNER.unsign(cookie or "")
    except signing.BadSignature:
        return ""
