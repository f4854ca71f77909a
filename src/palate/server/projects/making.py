"""Make and change projects and pools, checked as a whole before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from palate.asking import Audience, DynamicOverlap, overlap_from_mapping
from palate.core.errors import PalateError, SettingsError
from palate.quality.rules import PoolTraits, QualityRule, check_in_pool
from palate.server.accounts.models import Account, Membership, Role
from palate.server.projects.models import Pool, Project, Skill, Tally
from palate.server.projects.pictures import copy_pictures
from palate.server.projects.reading import mix_of, template_of
from palate.task_templates import from_settings

if TYPE_CHECKING:
    from palate.server.projects.specs import PoolSpec, ProjectSpec, SkillSpec

__all__ = [
    "apply_project",
    "create_pool",
    "create_project",
    "new_version",
    "set_up_skill",
    "update_pool",
    "update_project",
]

_PROJECT_FIELDS = (
    "name", "summary", "instructions", "template", "template_settings", "language", "max_active_pages",
    "one_account_a_device", "quality_rules",
)  # fmt: skip
_POOL_FIELDS = (
    "name", "kind", "reward", "seconds_per_page", "extension_seconds", "page_mix", "overlap", "audience",
    "retry_days", "auto_accept", "review_days", "replace_rejected", "priority", "budget", "quality_rules",
    "closes_at",
)  # fmt: skip
_ORDER = ("training", "exam", "main")
_FIXED_ONCE_OPENED = ("kind", "reward", "overlap", "auto_accept")


def create_project(spec: ProjectSpec, account: Account) -> Project:
    """Return a new project with its skills and pools; the account manages it.

    Raises:
        PalateError: A setting does not fit; nothing is stored.
    """
    with transaction.atomic():
        project = Project(created_by=account)
        _fill_project(project, spec)
        project.save()
        Membership.objects.create(account=account, project=project, role=Role.MANAGER)
        _make_parts(project, spec)
    return project


def update_project(project: Project, spec: ProjectSpec) -> Project:
    """Return the project with other settings.

    Raises:
        PalateError: A setting does not fit, or answers are there that would no longer fit the template; then a new
            version is needed.
    """
    with transaction.atomic():
        before = template_of(project)
        _fill_project(project, spec)
        reason = before.breaks(template_of(project))
        if reason and project.pools.filter(answers__isnull=False).exists():
            raise PalateError(f"{reason} The project has answers already: make a new version of it instead.")
        project.save()
        _make_parts(project, spec)
    return project


def new_version(project: Project, spec: ProjectSpec, account: Account) -> Project:
    """Return a new version of a project, with the same members and pictures and none of its pools."""
    with transaction.atomic():
        newer = create_project(spec, account)
        newer.version, newer.previous = project.version + 1, project
        newer.save(update_fields=["version", "previous"])
        for member in project.memberships.exclude(account=account):
            Membership.objects.create(account=member.account, project=newer, role=member.role)
        copy_pictures(project, newer)
    return newer


def apply_project(spec: ProjectSpec, account: Account) -> tuple[Project, bool]:
    """Make a project, or change the one of this name that the account manages; return it and whether it is new."""
    mine = Project.objects.filter(
        memberships__account=account, memberships__role=Role.MANAGER, archived_at=None
    )
    found = mine.filter(name=spec.name).order_by("-version").first()
    if found is None:
        return create_project(spec, account), True
    return update_project(found, spec), False


def create_pool(project: Project, spec: PoolSpec) -> Pool:
    """Return a new pool without tasks.

    Raises:
        PalateError: A setting does not fit; nothing is stored.
    """
    with transaction.atomic():
        pool = Pool(project=project)
        _fill_pool(pool, spec)
        pool.save()
        Tally.objects.create(pool=pool)
    return pool


def update_pool(pool: Pool, spec: PoolSpec) -> Pool:
    """Return the pool with other settings; what people were promised stays once it was opened.

    Raises:
        PalateError: A setting does not fit, or can be changed in a draft only.
    """
    with transaction.atomic():
        before = {name: getattr(pool, name) for name in _FIXED_ONCE_OPENED}
        _fill_pool(pool, spec)
        changed = [name for name in _FIXED_ONCE_OPENED if getattr(pool, name) != before[name]]
        if changed and pool.status != "draft":
            raise PalateError(
                f"'{changed[0]}' can be changed only while the pool is a draft; this one is {pool.status}."
                " Clone it to ask with other settings."
            )
        if changed and pool.tasks.exists() and "overlap" in changed:
            _change_overlap(pool)
        pool.save()
    return pool


def _fill_project(project: Project, spec: ProjectSpec) -> None:
    template = from_settings(spec.template, spec.template_settings)
    for name in _PROJECT_FIELDS:
        setattr(project, name, getattr(spec, name))
    project.title = spec.title or spec.name
    project.template_settings = template.to_settings()
    anywhere = PoolTraits(taste=template.family == "pairs", attention=True, training=True, overlap=1000)
    project.quality_rules = _checked_rules(spec.quality_rules, anywhere)


def _make_parts(project: Project, spec: ProjectSpec) -> None:
    for skill in spec.skills:
        set_up_skill(project, skill)
    for pool_spec in sorted(
        spec.pools, key=lambda one: _ORDER.index(one.kind)
    ):  # later ones name earlier ones
        found = project.pools.filter(name=pool_spec.name).exclude(status="archived").first()
        if found is None:
            create_pool(project, pool_spec)
        else:
            update_pool(found, pool_spec)


def set_up_skill(project: Project, spec: SkillSpec) -> Skill:
    """Return a skill of a project, made or changed to be so."""
    skill, _ = Skill.objects.update_or_create(
        project=project, name=spec.name, defaults={"hidden": spec.hidden, "valid_days": spec.valid_days}
    )
    return skill


def _fill_pool(pool: Pool, spec: PoolSpec) -> None:
    for name in _POOL_FIELDS:
        setattr(pool, name, getattr(spec, name))
    mix = mix_of(pool)
    pool.page_mix = mix.as_mapping()
    overlap = overlap_from_mapping(spec.overlap)
    template = template_of(pool.project)
    if isinstance(overlap, DynamicOverlap) and not template.own_labels():
        raise SettingsError(
            f"'overlap': answers to the template {pool.project.template} are no labels, so there is no posterior to"
            " stop at. Set a fixed overlap, such as 3."
        )
    pool.audience = Audience.from_mapping(spec.audience).as_mapping()
    traits = PoolTraits(
        taste=template.family == "pairs",
        golden=mix.kind != "main" or bool(mix.golden or mix.golden_rate),
        attention=True,  # tasks come later
        training=spec.kind == "training",
        reviewed=not spec.auto_accept,
        overlap=overlap.most,
    )
    pool.quality_rules = _checked_rules(spec.quality_rules, traits)
    pool.training = _pool_called(pool, spec.training)
    pool.skill = _skill_called(pool.project, spec.skill)


def _pool_called(pool: Pool, name: str | None) -> Pool | None:
    if name is None:
        return None
    trainings = pool.project.pools.filter(kind="training")
    found = trainings.filter(name=name).exclude(pk=pool.pk).first()
    if found is None:
        listed = ", ".join(trainings.values_list("name", flat=True)) or "none"
        raise SettingsError(
            f"'training' names a training pool of the project; there is none called '{name}' ({listed})."
        )
    return found


def _skill_called(project: Project, name: str | None) -> Skill | None:
    if name is None:
        return None
    skill, _ = Skill.objects.get_or_create(project=project, name=name)
    return skill


def _checked_rules(rules: Sequence[dict[str, Any]], traits: PoolTraits) -> list[dict[str, Any]]:
    """Return rules as they are stored, once they are known to make sense."""
    checked = [QualityRule.from_mapping(rule) for rule in rules]
    for rule in checked:
        check_in_pool(rule, traits)
    return [rule.as_mapping() for rule in checked]


def _change_overlap(pool: Pool) -> None:
    least = overlap_from_mapping(pool.overlap).least
    pool.tasks.filter(kind="real").update(overlap=least, open_slots=least)
    wanted = pool.tasks.filter(kind="real").count() * least
    Tally.objects.filter(pool=pool).update(slots_wanted=wanted, slots_open=wanted)
