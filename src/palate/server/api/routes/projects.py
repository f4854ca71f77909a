"""Projects: list, make, apply, change, open, archive."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Query, Router
from pydantic import BaseModel

from palate.server.accounts.models import Role
from palate.server.api.endpoint import Caller, Done, Listed, endpoint
from palate.server.api.errors import ApiError
from palate.server.api.paging import After, Limit, page_of
from palate.server.manage.opening import archive, open_drafts
from palate.server.projects.describing import project_spec
from palate.server.projects.making import apply_project as apply_spec
from palate.server.projects.making import create_project as create_from
from palate.server.projects.making import update_project as update_from
from palate.server.projects.models import Project
from palate.server.projects.specs import ProjectSpec
from palate.server.web.access import projects_of

__all__ = ["router"]

router = Router(tags=["projects"])


class PoolLine(BaseModel):
    """A pool in a project."""

    id: int
    name: str
    kind: str
    status: str


class ProjectLine(BaseModel):
    """A project in a list."""

    id: int
    name: str
    version: int
    template: str
    archived: bool


class ProjectOut(ProjectLine):
    """A project with everything that makes it again."""

    spec: ProjectSpec
    pools: list[PoolLine]


class Applied(ProjectOut):
    """A project that was applied, and whether it was made now."""

    created: bool


class Opened(BaseModel):
    """The pools that were opened."""

    opened: list[PoolLine]


@endpoint(router, "GET", "/projects", "account", answer=Listed[ProjectLine])
def list_projects(
    caller: Caller,
    after: After = 0,
    limit: Limit = 100,
    name: Annotated[str | None, Query(max_length=200)] = None,
) -> Listed[ProjectLine]:
    """List the projects that the account manages or reviews, the oldest first; perhaps those of a name only."""
    rows = projects_of(caller.account, "reviewer").distinct()
    if caller.project_id is not None:
        rows = rows.filter(pk=caller.project_id)
    if name is not None:
        rows = rows.filter(name=name.replace("\0", ""))
    return page_of(rows, after, limit, lambda project: ProjectLine(**_line(project)))


@endpoint(router, "POST", "/projects", "creator", answer=ProjectOut, status=201, key="optional")
def create_project(caller: Caller, body: ProjectSpec) -> ProjectOut:
    """Make a project with its skills and pools; the account manages it."""
    return _out(create_from(body, caller.account))


@endpoint(router, "POST", "/projects/apply", "account", answer=Applied, key="optional")
def apply_project(caller: Caller, body: ProjectSpec) -> Applied:
    """Make a project, or change the one of this name that the account manages; doing it again changes nothing.

    Pools that the body does not name stay as they are.
    """
    account = caller.account
    mine = Project.objects.filter(
        memberships__account=account, memberships__role=Role.MANAGER, archived_at=None, name=body.name
    )
    keys = set(mine.values_list("pk", flat=True))
    if caller.project_id is not None and keys != {caller.project_id}:
        raise ApiError(
            409, "other_project", "This token may only touch one project, which has another name.", "name"
        )
    if not keys and not (account.is_manager or account.is_admin):
        raise ApiError(
            409, "not_allowed", "This account may not make projects. Ask an administrator to let it.", "name"
        )
    project, created = apply_spec(body, account)
    return Applied(**_out(project).model_dump(), created=created)


@endpoint(router, "GET", "/projects/{int:project}", "reviewer", answer=ProjectOut, project=Project)
def get_project(caller: Caller, project: Project) -> ProjectOut:  # noqa: ARG001
    """Return a project with everything that makes it again."""
    return _out(project)


@endpoint(
    router, "PUT", "/projects/{int:project}", "manager", answer=ProjectOut, key="optional", project=Project
)
def update_project(caller: Caller, project: Project, body: ProjectSpec) -> ProjectOut:  # noqa: ARG001
    """Change a project; a change that its answers would not fit is refused."""
    return _out(update_from(project, body))


@endpoint(
    router, "POST", "/projects/{int:project}/open", "manager", answer=Opened, key="optional", project=Project
)
def open_project(caller: Caller, project: Project) -> Opened:
    """Open every draft, trainings and exams first."""
    return Opened(opened=[_pool_line(pool) for pool in open_drafts(project, now=caller.now)])


@endpoint(
    router, "POST", "/projects/{int:project}/archive", "manager", answer=Done, key="optional", project=Project
)
def archive_project(caller: Caller, project: Project) -> Done:
    """Close and archive a project and its pools; its data stays."""
    archive(project, now=caller.now)
    return Done()


def _line(project: Project) -> dict[str, Any]:
    return {
        "id": project.pk,
        "name": project.name,
        "version": project.version,
        "template": project.template,
        "archived": project.archived_at is not None,
    }


def _out(project: Project) -> ProjectOut:
    pools = [_pool_line(pool) for pool in project.pools.exclude(status="archived").order_by("pk")]
    return ProjectOut.model_validate({**_line(project), "spec": project_spec(project), "pools": pools})


def _pool_line(pool: object) -> PoolLine:
    return PoolLine.model_validate(pool, from_attributes=True)
