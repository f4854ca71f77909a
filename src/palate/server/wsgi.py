"""The entrance for WSGI servers: ``palate.server.wsgi:make_application`` makes the application in each worker."""

from __future__ import annotations

import os

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from palate.server.config import ServerConfig
from palate.server.keeping import start_keeping

__all__ = ["make_application"]


def make_application() -> WSGIHandler:
    """Return the application; a thread beside it keeps house as long as no other worker does."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "palate.server.settings")
    application = get_wsgi_application()
    get_resolver().url_patterns  # noqa: B018 (now, not by several threads at once with the first requests)
    start_keeping(ServerConfig.from_environment())
    return application
