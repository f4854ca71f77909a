"""All projects, and new ones."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from palate.core.errors import PalateError
from palate.server.annotate.frame import account_of, manages, show
from palate.server.manage import project_form
from palate.server.manage.once import once
from palate.server.manage.overview import project_states
from palate.server.manage.recipes import RECIPES, Recipe, make_from_recipe, recipe_called
from palate.server.projects.making import create_project
from palate.server.web.access import allow
from palate.server.web.middleware import shows_task_images

__all__ = ["home", "new_project"]

_HERE = "manage"


@allow("account")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the projects that somebody manages or reviews."""
    account = account_of(request)
    archived = request.GET.get("show") == "archived"
    return show(
        request,
        "manage/home.html",
        _HERE,
        projects=project_states(account, archived=archived),
        archived=archived,
        may_create=account.is_admin or account.is_manager,
        may_look=manages(account),
    )


@shows_task_images
@allow("creator")
@require_http_methods(["GET", "HEAD", "POST"])
def new_project(request: HttpRequest) -> HttpResponse:
    """Choose what to start from, fill it in, and make the project."""
    if name := request.GET.get("recipe"):
        return _from_recipe(request, recipe_called(name))
    if request.method != "POST" and "template" not in request.GET:
        templates = project_form.template_choices()
        return show(request, "manage/start.html", _HERE, recipes=RECIPES, templates=templates)
    return _from_form(request)


def _from_recipe(request: HttpRequest, recipe: Recipe) -> HttpResponse:
    problem = ""
    if request.method == "POST":
        name, with_tasks = request.POST.get("name", ""), "with_tasks" in request.POST
        try:
            target = once(
                request,
                lambda: reverse(
                    "manage:project",
                    args=[make_from_recipe(recipe, name, account_of(request), with_tasks=with_tasks).pk],
                ),
            )
        except PalateError as error:
            problem = str(error)
        else:
            messages.success(request, "The project is there. Look at it, then go on with the next step.")
            return redirect(target)
    draft = project_form.from_spec(recipe.project)
    context = {
        "recipe": recipe,
        "problem": problem,
        "draft": draft,
        "name": request.POST.get("name", draft.data["name"]),
    }
    return show(request, "manage/recipe.html", _HERE, status=400 if problem else 200, **context)


def _from_form(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        draft = project_form.from_spec({"name": "", "template": request.GET["template"]})
        return show(request, "manage/project_form.html", _HERE, draft=draft)
    draft = project_form.from_post(request.POST)
    if request.POST.get("action") != "save":
        return show(request, "manage/project_form.html", _HERE, draft=draft)
    try:
        spec = draft.spec()
        target = once(
            request, lambda: reverse("manage:project", args=[create_project(spec, account_of(request)).pk])
        )
    except PalateError as error:
        draft = draft.refused(str(error))
        return show(request, "manage/project_form.html", _HERE, status=400, draft=draft)
    messages.success(request, "The project is there. Now make a pool in it.")
    return redirect(target)
