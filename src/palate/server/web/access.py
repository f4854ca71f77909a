"""Who may call which view, on which objects: declared at the view, checked in one place.

What an account may not see does not exist for it: the answer is 404, whether the object is there or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from palate.server.accounts.models import Account, ApiToken, Invitation, Membership, Role
from palate.server.hooks.models import Webhook
from palate.server.projects.models import Pool, Project, Skill, Task
from palate.server.web.failures import problem_page, wants_json
from palate.server.work.models import Answer, Assignment, LedgerEntry, Message, Restriction, TaskReport

__all__ = ["Access", "AtLeast", "allow", "projects_of", "visible"]

AtLeast = Literal["anyone", "account", "annotator", "reviewer", "manager", "creator", "admin"]
"""Who may: anyone; who is logged in; an annotator, reviewer or manager of the object's project (each may what
the former may); ``creator``: who may make projects; an admin (who may everything)."""

_PROJECT_OF: dict[type[Model], str] = {
    Project: "pk",
    Pool: "project",
    Task: "pool__project",
    Skill: "project",
    Assignment: "pool__project",
    Answer: "pool__project",
    TaskReport: "task__pool__project",
    Restriction: "project",
    LedgerEntry: "project",
    Invitation: "project",
    Membership: "project",
    Webhook: "project",
}
_OWNER_OF: dict[type[Model], str] = {Assignment: "annotator", Message: "annotator", ApiToken: "account"}
_ROLES: dict[str, tuple[str, ...]] = {
    "annotator": (Role.ANNOTATOR, Role.REVIEWER, Role.MANAGER),
    "reviewer": (Role.REVIEWER, Role.MANAGER),
    "manager": (Role.MANAGER,),
}

M = TypeVar("M", bound=Model)
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Access:
    """What a view declares: the least role, and the model of each argument that names an object."""

    at_least: AtLeast
    objects: dict[str, type[Model]]


def allow(at_least: AtLeast, **objects: type[Model]) -> Callable[[View], View]:
    """Let only such accounts call a view; its arguments in ``objects`` become the objects that they name.

    Objects of other projects, and pages or messages of other annotators, answer 404.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
            account = request.user
            if at_least == "anyone":
                return view(request, **arguments)
            if not isinstance(account, Account):
                return _ask_to_log_in(request)
            check_general(account, at_least)
            for name, model in objects.items():
                arguments[name] = visible(account, model, arguments[name], at_least)
            return view(request, **arguments)

        checked.access = Access(at_least, objects)  # type: ignore[attr-defined]
        return checked

    return decorate


def _ask_to_log_in(request: HttpRequest) -> HttpResponse:
    """Lead to the login and back; a form is not sent again by itself, so that after it one begins at the start."""
    if wants_json(request):
        return problem_page(
            request, "You are logged out. Log in again; what you filled in is still here.", 401
        )
    return redirect_to_login(request.get_full_path() if request.method in {"GET", "HEAD"} else "/")


def check_general(account: Account, at_least: AtLeast) -> None:
    """Check what does not depend on an object.

    Raises:
        Http404: The account may not.
    """
    if at_least == "admin" and not account.is_admin:
        raise Http404
    if at_least == "creator" and not (account.is_admin or account.is_manager):
        raise Http404


def projects_of(account: Account, at_least: AtLeast = "annotator") -> QuerySet[Project]:
    """Return the projects in which an account has this role or a higher one."""
    if account.is_admin:
        return Project.objects.all()
    return Project.objects.filter(
        memberships__account=account, memberships__role__in=_ROLES.get(at_least, _ROLES["annotator"])
    )


def visible(account: Account, model: type[M], key: object, at_least: AtLeast) -> M:
    """Return the object with this key, if the account may see it in this role.

    Raises:
        Http404: There is no such object, or not for this account.
    """
    found = _within_reach(account, model, at_least).filter(pk=key)
    try:
        only = found.first()
    except (ValueError, ValidationError, OverflowError):
        only = None
    if only is None:
        raise Http404
    return only


def _within_reach(account: Account, model: type[M], at_least: AtLeast) -> QuerySet[M]:
    rows = model._default_manager.all()  # noqa: SLF001 (Django's public name for the first manager)
    if _PROJECT_OF.get(model, "pk") != "pk":
        rows = rows.select_related(_PROJECT_OF[model])  # views look at the project: one query, not three
    if model in _OWNER_OF and at_least in {"account", "annotator"}:
        return rows.filter(**{_OWNER_OF[model]: account})
    if account.is_admin:
        return rows
    if model is Account or model not in _PROJECT_OF:
        return rows.none()
    return rows.filter(**{f"{_PROJECT_OF[model]}__in": projects_of(account, at_least)})
