"""Pictures that tasks show: put them into a project, list them."""

from __future__ import annotations

import io
from typing import Annotated, Literal

from ninja import Query, Router
from pydantic import BaseModel

from palate.server.api.endpoint import Caller, Listed, endpoint
from palate.server.api.paging import After, Limit, page_of
from palate.server.manage.picture_files import upload_pictures
from palate.server.projects.models import Picture, Project
from palate.server.projects.pictures import CONTENT_TYPES, path_of

__all__ = ["router"]

router = Router(tags=["pictures"])
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY = {
    "requestBody": {
        "required": True,
        "content": dict.fromkeys([*CONTENT_TYPES.values(), "application/zip"], _BINARY),
    }
}


class PicturesAdded(BaseModel):
    """How many pictures are new."""

    added: int


class PictureOut(BaseModel):
    """A picture; ``path`` is how tasks name it, beside its plain name."""

    id: int
    name: str
    path: str
    kind: Literal["png", "jpeg", "gif", "webp", "avif"]
    size: int
    sha256: str


@endpoint(
    router, "POST", "/projects/{int:project}/pictures", "manager", answer=PicturesAdded, status=201, key="optional",
    extra=_BODY, project=Project,
)  # fmt: skip
def add_pictures(
    caller: Caller, project: Project, name: Annotated[str, Query(min_length=1, max_length=150)]
) -> PicturesAdded:
    """Put a picture, or all in a ZIP, into a project; the body is the file, at most 10 MB. Its bytes say what it is."""
    return PicturesAdded(added=upload_pictures(project, [(name, io.BytesIO(caller.request.body))]))


@endpoint(
    router, "GET", "/projects/{int:project}/pictures", "manager", answer=Listed[PictureOut], project=Project
)
def list_pictures(
    caller: Caller,  # noqa: ARG001
    project: Project,
    after: After = 0,
    limit: Limit = 100,
) -> Listed[PictureOut]:
    """List the pictures of a project, the oldest first."""
    return page_of(project.pictures.all(), after, limit, lambda row: _out(project, row))


def _out(project: Project, row: Picture) -> PictureOut:
    return PictureOut(
        id=row.pk,
        name=row.name,
        path=path_of(project, row.name),
        kind=row.kind,  # type: ignore[arg-type]  # the table holds these only
        size=row.size,
        sha256=row.sha256,
    )
