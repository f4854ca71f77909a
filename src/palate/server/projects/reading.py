"""What the settings in a project's and a pool's row mean: the template, the page mix, the overlap."""

from __future__ import annotations

import json
from functools import lru_cache

from palate.asking import Overlap, PageMix, overlap_from_mapping
from palate.server.projects.models import Pool, Project
from palate.task_templates import TaskTemplate, from_settings

__all__ = ["mix_of", "overlap_of", "template_of"]


def template_of(project: Project) -> TaskTemplate:
    """Return the task template with the project's settings."""
    return _template(project.template, json.dumps(project.template_settings, sort_keys=True))


def mix_of(pool: Pool) -> PageMix:
    """Return what the pages of a pool are made of."""
    return _mix(json.dumps({**pool.page_mix, "kind": pool.kind}, sort_keys=True))


def overlap_of(pool: Pool) -> Overlap:
    """Return how many answers a task of the pool gets."""
    return overlap_from_mapping(pool.overlap)


@lru_cache(maxsize=256)
def _template(name: str, settings: str) -> TaskTemplate:
    return from_settings(name, json.loads(settings))


@lru_cache(maxsize=256)
def _mix(settings: str) -> PageMix:
    return PageMix.from_mapping(json.loads(settings))
