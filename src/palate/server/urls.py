"""Which view answers at which address."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from palate.server.web.health import healthz

__all__ = ["urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("", include("palate.server.annotate.urls")),
    path("", include("palate.server.accounts.urls")),
    path("manage/", include("palate.server.manage.urls")),
    path("api/v1/", include("palate.server.api.urls")),
]
