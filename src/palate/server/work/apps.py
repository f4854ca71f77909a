"""The Django application ``work``."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["WorkConfig"]


class WorkConfig(AppConfig):
    """Settings of the application."""

    name = "palate.server.work"
    label = "work"
    default_auto_field = "django.db.models.BigAutoField"
