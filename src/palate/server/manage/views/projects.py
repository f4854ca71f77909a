"""One project: its pools, what to do next, its settings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from palate.core.errors import PalateError
from palate.server.annotate.frame import account_of, moment, show
from palate.server.manage import pool_form, project_form
from palate.server.manage.once import once
from palate.server.manage.opening import archive, open_drafts
from palate.server.manage.overview import may_manage, next_steps, pool_states
from palate.server.projects.life import projection_of
from palate.server.projects.making import create_pool, new_version, update_project
from palate.server.projects.models import Project, Skill
from palate.server.web.access import allow
from palate.server.web.middleware import shows_task_images

__all__ = ["archive_project", "edit_project", "new_pool", "open_pools", "project_page", "set_skill"]

_HERE = "manage"


@shows_task_images
@allow("reviewer", project=Project)
@require_safe
def project_page(request: HttpRequest, project: Project) -> HttpResponse:
    """Show a project: what to do next, its pools, how its tasks look."""
    pools = pool_states(project)
    drafts = [state for state in pools if state.pool.status == "draft"]
    costs = [(state, projection_of(state.pool)) for state in drafts]
    return show(
        request,
        "manage/project.html",
        _HERE,
        project=project,
        pools=pools,
        archived=pool_states(project, archived=True),
        steps=next_steps(project, pools),
        costs=[(state, cost) for state, cost in costs if cost],
        n_drafts=len(drafts),
        draft=project_form.from_project(project),
        skills=project.skills.order_by("name"),
        members=project.memberships.count(),
        may_manage=may_manage(account_of(request), project),
    )


@shows_task_images
@allow("manager", project=Project)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_project(request: HttpRequest, project: Project) -> HttpResponse:
    """Change a project, or make a new version of it where answers would not survive the change."""
    if request.method != "POST":
        draft = project_form.from_project(project)
        return show(request, "manage/project_form.html", _HERE, project=project, draft=draft)
    draft = project_form.from_post(request.POST, project)
    action = request.POST.get("action")
    if action not in {"save", "version"}:
        return show(request, "manage/project_form.html", _HERE, project=project, draft=draft)
    try:
        spec = draft.spec()
        if action == "version":
            target = once(
                request,
                lambda: reverse("manage:project", args=[new_version(project, spec, account_of(request)).pk]),
            )
            messages.success(request, "The new version is there, with the same members and without pools.")
            return redirect(target)
        update_project(project, spec)
    except PalateError as error:
        draft = draft.refused(str(error))
        return show(request, "manage/project_form.html", _HERE, status=400, project=project, draft=draft)
    messages.success(request, "Saved.")
    return redirect("manage:project", project=project.pk)


@allow("manager", project=Project)
@require_POST
def set_skill(request: HttpRequest, project: Project) -> HttpResponse:
    """Add a skill, or change who sees it and how long it holds."""
    from palate.server.projects.specs import SkillSpec, parsed

    days = request.POST.get("valid_days", "").strip()
    given = {
        "name": request.POST.get("name", ""),
        "hidden": "hidden" in request.POST,
        "valid_days": days or None,
    }
    spec = parsed(SkillSpec, given, "Skill")
    Skill.objects.update_or_create(
        project=project, name=spec.name, defaults={"hidden": spec.hidden, "valid_days": spec.valid_days}
    )
    messages.success(request, f"The skill “{spec.name}” is saved.")
    return redirect("manage:project", project=project.pk)


@allow("manager", project=Project)
@require_POST
def open_pools(request: HttpRequest, project: Project) -> HttpResponse:
    """Open all drafts."""
    opened = open_drafts(project, now=moment())
    names = ", ".join(f"“{pool.name}”" for pool in opened)
    messages.success(request, f"Open now: {names}." if opened else "There was no draft to open.")
    return redirect("manage:project", project=project.pk)


@allow("manager", project=Project)
@require_POST
def archive_project(request: HttpRequest, project: Project) -> HttpResponse:
    """Close a project for good."""
    archive(project, now=moment())
    messages.success(request, f"“{project.name}” is archived. Its answers stay, and can be exported.")
    return redirect("manage:home")


@allow("manager", project=Project)
@require_http_methods(["GET", "HEAD", "POST"])
def new_pool(request: HttpRequest, project: Project) -> HttpResponse:
    """Make a pool."""
    if request.method != "POST":
        kind = request.GET.get("kind", "main")
        draft = pool_form.new_draft(project, kind if kind in {"main", "training", "exam"} else "main")
        return show(request, "manage/pool_form.html", _HERE, project=project, draft=draft)
    draft = pool_form.from_post(request.POST, project)
    if request.POST.get("action") != "save":
        return show(request, "manage/pool_form.html", _HERE, project=project, draft=draft)
    try:
        spec = draft.spec()
        target = once(request, lambda: reverse("manage:tasks", args=[create_pool(project, spec).pk]))
    except PalateError as error:
        draft = draft.refused(str(error))
        return show(request, "manage/pool_form.html", _HERE, status=400, project=project, draft=draft)
    messages.success(request, "The pool is there. Now put tasks into it.")
    return redirect(target)
