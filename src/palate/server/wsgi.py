"""The entrance for WSGI servers: ``palate.server.wsgi:application``."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

__all__ = ["application"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "palate.server.settings")
application = get_wsgi_application()

from palate.server.config import ServerConfig  # noqa: E402 (Django must be set up first)
from palate.server.keeping import start_keeping  # noqa: E402

start_keeping(ServerConfig.from_environment())
