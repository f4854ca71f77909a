"""Members of a project and invitations to it, for its managers."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from palate.server.accounts import invitations, members
from palate.server.accounts.forms import InvitationForm, RestrictForm, RoleForm
from palate.server.accounts.models import Account, Invitation, Membership, Role
from palate.server.accounts.views.answers import join_link, page_with
from palate.server.projects.models import Project
from palate.server.web.access import allow
from palate.server.work.models import Restriction

__all__ = [
    "change_role",
    "invite_member",
    "lift_restriction",
    "member_list",
    "remove_member",
    "restrict_member",
    "revoke_invitation",
]

_LIST = "accounts:members"


@allow("manager", project=Project)
@require_GET
def member_list(request: HttpRequest, project: Project) -> HttpResponse:
    """Who is in a project, who is kept from working, and which invitations are out."""
    return render(request, "accounts/members.html", _lists(project))


@allow("manager", project=Project)
@require_http_methods(["GET", "HEAD", "POST"])
def invite_member(request: HttpRequest, project: Project) -> HttpResponse:
    """Make an invitation; its link is shown once, on the page that answers."""
    roles = [(role.value, role.label) for role in reversed(Role)]
    form = InvitationForm(request.POST or None, roles=roles)
    if not form.is_valid():
        return page_with(request, "accounts/invite.html", {"form": form, "project": project})
    given = form.cleaned_data
    terms = invitations.Terms(given["role"], given["uses"], given["days"], given["note"])
    account = cast("Account", request.user)
    invitation, code = invitations.invite(account, terms, project, form_key=given["form_key"], now=now())
    context = {"project": project, "invitation": invitation, "link": join_link(request, code)}
    return render(request, "accounts/invited.html", context)


@allow("manager", invitation=Invitation)
@require_POST
def revoke_invitation(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """End an invitation."""
    invitations.revoke_invitation(invitation, now=now())
    messages.success(request, "The invitation is revoked. Who came in through it stays.")
    if invitation.project_id is None:
        return redirect("accounts:accounts")
    return redirect(_LIST, project=invitation.project_id)


@allow("manager", membership=Membership)
@require_POST
def change_role(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        return page_with(request, "accounts/members.html", {"form": form, **_lists(membership.project)})
    members.change_role(membership, form.cleaned_data["role"], now=now())
    messages.success(request, f"{membership.account} is {form.cleaned_data['role']} now.")
    return redirect(_LIST, project=membership.project_id)


@allow("manager", membership=Membership)
@require_POST
def remove_member(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Take somebody out of a project."""
    members.remove_member(membership, now=now())
    messages.success(request, f"{membership.account} is no longer in this project.")
    return redirect(_LIST, project=membership.project_id)


@allow("manager", membership=Membership)
@require_http_methods(["GET", "HEAD", "POST"])
def restrict_member(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Keep somebody from working in a project."""
    form = RestrictForm(request.POST or None)
    if not form.is_valid():
        return page_with(request, "accounts/restrict.html", {"form": form, "membership": membership})
    days = form.cleaned_data["days"]
    until = now() + timedelta(days=days) if days else None
    members.restrict_member(membership, reason=form.cleaned_data["reason"], until=until, now=now())
    messages.success(request, f"{membership.account} is kept from working in this project.")
    return redirect(_LIST, project=membership.project_id)


@allow("manager", restriction=Restriction)
@require_POST
def lift_restriction(request: HttpRequest, restriction: Restriction) -> HttpResponse:
    """Let somebody work again."""
    members.lift_restriction(restriction, now=now())
    messages.success(request, f"{restriction.annotator} may work again.")
    if restriction.project_id is None:
        return redirect("accounts:accounts")
    return redirect(_LIST, project=restriction.project_id)


def _lists(project: Project) -> dict[str, object]:
    moment = now()
    return {
        "project": project,
        "members": members.members_of(project),
        "roles": Role.choices,
        "restrictions": members.restrictions_of(project, moment),
        "invitations": project.invitations.select_related("created_by").order_by("-pk")[:200],
        "now": moment,
    }
