"""Which view answers at which address."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from palate.server.api.entrance import answer
from palate.server.web.health import healthz

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("", include("palate.server.annotate.urls")),
    path("", include("palate.server.accounts.urls")),
    path("manage/", include("palate.server.manage.urls")),
    path("api/v1/<path:address>", answer),
]
handler400 = "palate.server.web.failures.not_understood"
handler403 = "palate.server.web.failures.not_allowed"
handler404 = "palate.server.web.failures.not_found"
handler500 = "palate.server.web.failures.failed"
