"""Keep an annotator from working: in a pool, in a project, or anywhere."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from palate.core.errors import PalateError
from palate.server.accounts.models import Account
from palate.server.projects.models import Pool, Project
from palate.server.work.leave import end_page
from palate.server.work.models import Assignment, Restriction, Standing
from palate.server.work.writing import Writing, again_when_blocked, lock_annotator, writing

__all__ = ["lift", "restrict", "restrict_now"]


@again_when_blocked
def restrict(
    account: Account, *, reason: str, now: datetime, pool: Pool | None = None, project: Project | None = None,
    until: datetime | None = None,
) -> Restriction:  # fmt: skip
    """Restrict an annotator in a pool, else in a project, else anywhere; they read the reason.

    Raises:
        PalateError: There is no reason.
    """
    if not reason.strip():
        raise PalateError("Say why: the annotator reads the reason.")
    scope = "pool" if pool else "project" if project else "all"
    with writing(now) as noted:
        lock_annotator(account)
        made = Restriction(
            annotator=account, scope=scope, pool=pool, project=pool.project if pool else project, reason=reason[:300],
            created_at=now, until=until,
        )  # fmt: skip
        return restrict_now(made, noted)


def restrict_now(restriction: Restriction, noted: Writing) -> Restriction:
    """Store a restriction within a transaction and end the pages that it reaches."""
    restriction.save()
    reach = {
        "all": Q(),
        "project": Q(pool__project=restriction.project_id),
        "pool": Q(pool=restriction.pool_id),
    }[restriction.scope]
    held = Assignment.objects.filter(reach, annotator=restriction.annotator, status="active")
    for page in held.select_related("pool__project", "annotator"):
        end_page(page, "expired", noted)
    Standing.objects.filter(reach, annotator=restriction.annotator).update(rules_due=True)
    noted.tell(
        "annotator_restricted",
        restriction.pool,
        annotator=restriction.annotator,
        project=restriction.project,
        scope=restriction.scope,
        reason=restriction.reason,
        until=restriction.until.isoformat() if restriction.until else None,
    )
    return restriction


def lift(restriction: Restriction, *, now: datetime) -> None:
    """Let an annotator work again."""
    with writing(now) as noted:
        if Restriction.objects.filter(pk=restriction.pk, lifted_at=None).update(lifted_at=now):
            noted.tell(
                "restriction_lifted",
                restriction.pool,
                annotator=restriction.annotator,
                project=restriction.project,
                scope=restriction.scope,
            )
