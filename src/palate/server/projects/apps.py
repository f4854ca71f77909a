"""The Django application ``projects``."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["ProjectsConfig"]


class ProjectsConfig(AppConfig):
    """Settings of the application."""

    name = "palate.server.projects"
    label = "projects"
    default_auto_field = "django.db.models.BigAutoField"
