"""Whether an annotator may take a page of a pool now, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from palate.asking import Audience, Profile
from palate.asking.audience import Device
from palate.server.accounts.devices import shared_with
from palate.server.accounts.models import Account
from palate.server.projects.models import Pool
from palate.server.work.models import Assignment, Restriction, SkillValue, Standing
from palate.server.work.refusals import RefusedCode

__all__ = ["Reason", "audience_of", "profile_of", "restrictions_of", "skills_of", "why_not"]


@dataclass(frozen=True)
class Reason:
    """One thing that stands in the way, for the annotator to read."""

    code: RefusedCode
    text: str


def why_not(account: Account, pool: Pool, *, now: datetime, device: Device) -> list[Reason]:
    """Return what keeps an annotator from taking a page of the pool; nothing if they may."""
    return [
        *_pool_reasons(pool, now),
        *_restriction_reasons(account, pool, now),
        *_preparation_reasons(account, pool, now),
        *_audience_reasons(account, pool, now, device),
        *_page_reasons(account, pool, now),
        *_device_reasons(account, pool),
    ]


def restrictions_of(account: Account, pool: Pool, now: datetime) -> list[Restriction]:
    """Return the restrictions that keep an annotator from a pool at this moment."""
    in_force = Restriction.objects.filter(annotator=account, lifted_at=None).filter(
        Q(until=None) | Q(until__gt=now)
    )
    reach = Q(scope="all") | Q(scope="project", project=pool.project_id) | Q(scope="pool", pool=pool)
    return list(in_force.filter(reach))


def skills_of(account: Account, project_id: int, now: datetime) -> dict[str, float]:
    """Return an annotator's skills in a project that hold at this moment, by name."""
    found: dict[str, float] = {}
    values = SkillValue.objects.filter(annotator=account, skill__project=project_id).select_related("skill")
    for value in values.order_by("pk"):
        found.pop(value.skill.name, None)
        if value.value is not None and (value.expires_at is None or value.expires_at > now):
            found[value.skill.name] = value.value
    return found


def profile_of(account: Account, project_id: int, now: datetime, device: Device | None) -> Profile:
    """Return what an audience filter looks at."""
    return Profile(
        skills=skills_of(account, project_id, now), languages=frozenset(account.languages), device=device
    )


def audience_of(pool: Pool) -> Audience:
    """Return who is admitted to a pool."""
    return Audience.from_mapping(pool.audience)


def _pool_reasons(pool: Pool, now: datetime) -> list[Reason]:
    if pool.status == "paused":
        return [Reason("closed", "This work is paused. Look again later.")]
    if pool.status != "open" or (pool.closes_at is not None and pool.closes_at <= now):
        return [Reason("closed", "This work is closed.")]
    return []


def _restriction_reasons(account: Account, pool: Pool, now: datetime) -> list[Reason]:
    return [
        Reason(
            "restricted",
            f"You cannot work here {f'until {found.until:%Y-%m-%d %H:%M} UTC' if found.until else 'any more'}:"
            f" {found.reason}",
        )
        for found in restrictions_of(account, pool, now)
    ]


def _preparation_reasons(account: Account, pool: Pool, now: datetime) -> list[Reason]:
    reasons = [] if pool.kind == "main" else _taken_before(account, pool, now)
    if pool.training is not None:
        done = Standing.objects.filter(annotator=account, pool=pool.training, finished_at__isnull=False)
        if not done.exists():
            reasons.append(Reason("not_admitted", f"Finish the training “{pool.training.name}” first."))
    return reasons


def _taken_before(account: Account, pool: Pool, now: datetime) -> list[Reason]:
    """Return why somebody who has finished a training or an exam cannot begin it again now."""
    standing = Standing.objects.filter(annotator=account, pool=pool, finished_at__isnull=False).first()
    if standing is None or standing.finished_at is None:
        return []
    again = None if pool.retry_days is None else standing.finished_at + timedelta(days=pool.retry_days)
    if again is not None and again <= now:
        return []
    when = f" You can take it again from {again:%Y-%m-%d %H:%M} UTC." if again else ""
    return [Reason("not_admitted", f"You have finished this {pool.kind}.{when}")]


def _audience_reasons(account: Account, pool: Pool, now: datetime, device: Device) -> list[Reason]:
    if not pool.audience:
        return []
    profile = profile_of(account, pool.project_id, now, device)
    shown = pool.project.skills.filter(hidden=False).values_list("name", flat=True)
    return [Reason("not_admitted", text) for text in audience_of(pool).reasons_against(profile, set(shown))]


def _page_reasons(account: Account, pool: Pool, now: datetime) -> list[Reason]:
    most = pool.project.max_active_pages
    active = Assignment.objects.filter(
        annotator=account, status="active", deadline__gte=now, pool__project=pool.project_id
    ).count()
    if active < most:
        return []
    return [
        Reason("too_many_pages", f"Finish the page that you have begun first (at most {most} at a time).")
    ]


def _device_reasons(account: Account, pool: Pool) -> list[Reason]:
    if not pool.project.one_account_a_device or not shared_with(account, pool.project):
        return []
    return [
        Reason(
            "restricted",
            "Another account works in this project from this browser. One person works with one account; if you share"
            " a computer, ask the manager to allow it.",
        )
    ]
