"""Browsers for tests of pages: they keep cookies and speak to the views in this process."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from palate.server.accounts.models import Account

__all__ = ["browser", "shown_once", "text_of"]


def browser(account: Account | None = None, *, csrf: bool = False, **options: Any) -> Client:
    """Return a new browser, logged in if an account is given; with ``csrf``, forgeries are refused as in real life."""
    client = Client(enforce_csrf_checks=csrf, headers={"host": "localhost"}, **options)
    if account is not None:
        client.force_login(account)
    return client


def text_of(response: Any) -> str:
    """Return the body of a response."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return str(body.decode())


def shown_once(response: Any) -> str:
    """Return the secret in the read-only field of a page."""
    found = re.search(r'readonly value="([^"]+)"', text_of(response))
    assert found, text_of(response)
    return found[1]
