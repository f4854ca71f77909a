"""The Django application ``web``."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["WebConfig"]


class WebConfig(AppConfig):
    """Settings of the application."""

    name = "palate.server.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
