"""Secrets that are shown once: how they are made, and the hash that is kept of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings
from django.core.signing import b64_encode

from palate.server.accounts.models import Account

__all__ = ["hash_of", "secret_for", "the_same"]

_FORM_KEY_LONGEST = 100


def hash_of(secret: str) -> str:
    """Return what is kept of a secret; it is long and random, so that nobody can guess it from its SHA-256."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def the_same(one: str, other: str) -> bool:
    """Return whether two secrets are equal, taking as long wherever they differ."""
    return secrets.compare_digest(hash_of(one), hash_of(other))


def secret_for(account: Account, purpose: str, form_key: str = "") -> str:
    """Return a new secret of 256 bits; the same one when the same form is sent twice.

    A form carries a random key. Sent again (a double click, a retry after a lost connection), it gets the secret
    that it got first, although only that secret's hash was kept.
    """
    if not form_key:
        return secrets.token_urlsafe(32)
    message = "\n".join([purpose, str(account.pk), form_key[:_FORM_KEY_LONGEST]])
    return b64_encode(hmac.digest(settings.SECRET_KEY.encode(), message.encode(), "sha256")).decode()
