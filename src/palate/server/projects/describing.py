"""Write projects and pools down as the specifications that make them again."""

from __future__ import annotations

from palate.server.projects.models import Pool, Project
from palate.server.projects.specs import PoolSpec, ProjectSpec, SkillSpec

__all__ = ["pool_spec", "project_spec"]

_POOL_FIELDS = tuple(name for name in PoolSpec.model_fields if name not in {"training", "skill"})
_PROJECT_FIELDS = tuple(name for name in ProjectSpec.model_fields if name not in {"skills", "pools"})


def project_spec(project: Project) -> ProjectSpec:
    """Return a project with its skills and the pools that are not archived, without tasks and people."""
    pools = project.pools.exclude(status="archived").select_related("training", "skill").order_by("pk")
    return ProjectSpec(
        **{name: getattr(project, name) for name in _PROJECT_FIELDS},
        skills=[
            SkillSpec(name=skill.name, hidden=skill.hidden, valid_days=skill.valid_days)
            for skill in project.skills.order_by("pk")
        ],
        pools=[pool_spec(pool) for pool in pools],
    )


def pool_spec(pool: Pool) -> PoolSpec:
    """Return a pool's settings."""
    return PoolSpec(
        **{name: getattr(pool, name) for name in _POOL_FIELDS},
        training=pool.training.name if pool.training else None,
        skill=pool.skill.name if pool.skill else None,
    )
