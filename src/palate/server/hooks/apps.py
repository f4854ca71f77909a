"""The Django application ``hooks``."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["HooksConfig"]


class HooksConfig(AppConfig):
    """Settings of the application."""

    name = "palate.server.hooks"
    label = "hooks"
    default_auto_field = "django.db.models.BigAutoField"
