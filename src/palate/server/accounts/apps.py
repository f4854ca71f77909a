"""The Django application ``accounts``."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["AccountsConfig"]


class AccountsConfig(AppConfig):
    """Settings of the application."""

    name = "palate.server.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
