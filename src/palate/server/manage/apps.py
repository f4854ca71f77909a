"""The Django application ``manage``."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["ManageConfig"]


class ManageConfig(AppConfig):
    """Settings of the application."""

    name = "palate.server.manage"
    label = "manage"
