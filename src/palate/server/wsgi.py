"""The entrance for WSGI servers: ``palate.server.wsgi:make_application`` makes the application in each worker."""

from __future__ import annotations

import os

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from palate.server.config import ServerConfig
from palate.server.keeping import start_keeping

__all__ = ["make_application"]


def make_application() -> WSGIHandler:
    """Return the application; a thread beside it keeps house as long as no other worker does."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "palate.server.settings")
    application = get_wsgi_application()
    start_keeping(ServerConfig.from_environment())
    return application
