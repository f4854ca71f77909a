"""The task templates there are, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palate.core.registry import Registry, plain_name
from palate.task_templates._settings import settings_from_json
from palate.task_templates.base import TaskTemplate

__all__ = ["from_settings", "task_templates"]

task_templates: Registry[TaskTemplate] = Registry(
    "task template", "palate.task_templates", "palate.task_templates"
)


def from_settings(name: str, settings: Mapping[str, Any] | None = None) -> TaskTemplate:
    """Return the template called ``name`` with settings from JSON, others at their defaults.

    >>> from_settings("query_type", {"question": "How broad is it?"}).question
    'How broad is it?'

    Raises:
        UnknownNameError: There is no such template.
        SettingsError: It has no such setting, or refuses a value.
    """
    cls = task_templates.get(name)
    return cls(**settings_from_json(cls, settings or {}, f"task template '{plain_name(name)}'"))
