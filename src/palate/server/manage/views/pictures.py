"""The pictures of a project: which there are, and how they get there."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from palate.core.errors import PalateError
from palate.server.annotate.frame import account_of, show
from palate.server.manage.overview import may_manage
from palate.server.manage.picture_files import LARGEST_ZIP, upload_pictures
from palate.server.projects.models import Project
from palate.server.projects.pictures import CONTENT_TYPES, LARGEST, delete_pictures, path_of
from palate.server.web.access import allow

__all__ = ["delete_unused", "picture_list"]

_A_PART = 60


@allow("manager", project=Project)
@require_http_methods(["GET", "HEAD", "POST"])
def picture_list(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the pictures of a project, and take more."""
    if request.method != "POST":
        return _page(request, project)
    files = request.FILES.getlist("files")
    try:
        added = upload_pictures(project, ((file.name or "", file) for file in files))
    except PalateError as error:
        return _page(request, project, str(error))
    messages.success(
        request,
        f"{added} new picture{'' if added == 1 else 's'}." if added else "These pictures are there already.",
    )
    return redirect("manage:pictures", project=project.pk)


@allow("manager", project=Project)
@require_POST
def delete_unused(request: HttpRequest, project: Project) -> HttpResponse:
    """Delete the pictures that no task shows: those that were chosen, or all."""
    chosen = None if request.POST.get("which") == "all" else request.POST.getlist("picture")
    deleted = delete_pictures(project, chosen)
    messages.success(request, f"{deleted} picture{'' if deleted == 1 else 's'} deleted.")
    return redirect("manage:pictures", project=project.pk)


def _page(request: HttpRequest, project: Project, problem: str = "") -> HttpResponse:
    part = Paginator(project.pictures.order_by("name"), _A_PART).get_page(request.GET.get("part"))
    context = {
        "project": project,
        "found": part,
        "rows": [(picture, path_of(project, picture.name)) for picture in part],
        "accept": ",".join([*CONTENT_TYPES.values(), ".zip", "application/zip"]),
        "largest": LARGEST // 2**20,
        "largest_zip": min(LARGEST_ZIP // 2**20, settings.CONFIG.largest_upload),
        "problem": problem,
        "may_manage": may_manage(account_of(request), project),
    }
    return show(request, "manage/pictures.html", "manage", status=400 if problem else 200, **context)
