"""Who is what in a project: changing roles, removing people, keeping annotators from working."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from palate.core.errors import SettingsError
from palate.server.accounts.invitations import end_invitations_of
from palate.server.accounts.models import Account, Membership, Role
from palate.server.projects.models import Project
from palate.server.work.leave import end_page
from palate.server.work.models import Assignment, Restriction
from palate.server.work.writing import Writing, again_when_blocked, lock_annotator, writing

__all__ = [
    "change_role",
    "lift_restriction",
    "members_of",
    "remove_member",
    "restrict_member",
    "restrictions_of",
]


def members_of(project: Project) -> QuerySet[Membership]:
    """Return the members of a project with their accounts, managers first."""
    return project.memberships.select_related("account").order_by("-role", "account__login")


def restrictions_of(project: Project, now: datetime) -> QuerySet[Restriction]:
    """Return who is kept from working in a project or one of its pools now."""
    current = Restriction.objects.filter(Q(until=None) | Q(until__gt=now), project=project, lifted_at=None)
    return current.select_related("annotator", "pool").order_by("-pk")


def change_role(membership: Membership, role: str, *, now: datetime) -> None:
    """Give a member another role; who manages no more, has invited for the last time.

    Raises:
        SettingsError: There is no such role, or the project would have no manager.
    """
    if role not in Role.values:
        raise SettingsError(f"The role must be one of {', '.join(Role.values)}; it is {role!r}.")
    with transaction.atomic():
        if role != Role.MANAGER:
            _keep_a_manager(membership)
            end_invitations_of(membership.account, membership.project, now=now)
        Membership.objects.filter(pk=membership.pk).update(role=role)


@again_when_blocked
def remove_member(membership: Membership, *, now: datetime) -> None:
    """Take somebody out of a project. Their answers and earnings stay; their page goes back to others.

    Raises:
        SettingsError: The project would have no manager.
    """
    with writing(now) as noted:
        lock_annotator(membership.account)
        _keep_a_manager(membership)
        end_pages(
            Assignment.objects.filter(annotator=membership.account, pool__project=membership.project), noted
        )
        end_invitations_of(membership.account, membership.project, now=now)
        Membership.objects.filter(pk=membership.pk).delete()
        noted.tell("member_removed", project=membership.project, annotator=membership.account)


@again_when_blocked
def restrict_member(
    membership: Membership, *, reason: str, until: datetime | None, now: datetime
) -> Restriction:
    """Keep somebody from working in a project until a time, or for good; their page goes back to others."""
    with writing(now) as noted:
        lock_annotator(membership.account)
        restriction = Restriction.objects.create(
            annotator=membership.account,
            scope="project",
            project=membership.project,
            reason=reason,
            created_at=now,
            until=until,
        )
        end_pages(
            Assignment.objects.filter(annotator=membership.account, pool__project=membership.project), noted
        )
        noted.tell(
            "annotator_restricted",
            project=membership.project,
            annotator=membership.account,
            scope="project",
            until=until and until.isoformat(),
        )
    return restriction


@again_when_blocked
def lift_restriction(restriction: Restriction, *, now: datetime) -> None:
    """Let somebody work again; lifting twice changes nothing."""
    with writing(now) as noted:
        if Restriction.objects.filter(pk=restriction.pk, lifted_at=None).update(lifted_at=now):
            noted.tell(
                "restriction_lifted",
                restriction.pool,
                project=restriction.project,
                annotator=restriction.annotator,
            )


def end_pages(pages: QuerySet[Assignment], noted: Writing) -> None:
    """Give the active ones among some pages back, within a transaction that holds their annotator's lock."""
    for page in pages.filter(status="active").select_related("pool__project", "annotator").order_by("pk"):
        end_page(page, "expired", noted)


def _keep_a_manager(membership: Membership) -> None:
    """Refuse to take the last manager from a project; of two who leave at once, one stays."""
    project = Project.objects.select_for_update(no_key=True).get(pk=membership.project_id)
    others = Account.objects.filter(
        memberships__project=project, memberships__role=Role.MANAGER, is_active=True
    )
    if membership.role == Role.MANAGER and not others.exclude(pk=membership.account_id).exists():
        raise SettingsError(
            f"{membership.account} is the only manager of {project.name!r}. Make somebody else a manager first."
        )
