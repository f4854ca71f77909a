"""The Django application ``annotate``."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["AnnotateConfig"]


class AnnotateConfig(AppConfig):
    """Settings of the application."""

    name = "palate.server.annotate"
    label = "annotate"
