"""Pictures of tasks, for the members of their project."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from palate.server.projects.models import Picture, Project
from palate.server.projects.pictures import CONTENT_TYPES, file_of
from palate.server.web.access import allow

__all__ = ["picture"]

_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=86400",
    "Content-Disposition": "inline",
    "Content-Encoding": "identity",  # pictures are compressed already: packing them again only costs time
}


@allow("annotator", project=Project)
@require_safe
def picture(request: HttpRequest, project: Project, picture: str) -> HttpResponseBase:
    """Return a picture as it was uploaded; whatever else it may be, browsers take it for a picture only."""
    found = Picture.objects.filter(project=project, name=picture.replace("\0", "")).first()
    if found is None:
        raise Http404
    etag = quote_etag(found.sha256)
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            content = file_of(found).read_bytes()
        except FileNotFoundError:
            raise Http404 from None
        response = HttpResponse(content, content_type=CONTENT_TYPES[found.kind])
        response.headers["ETag"] = etag
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response
