"""Which view answers at which address."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

__all__ = ["urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("palate.server.annotate.urls")),
    path("", include("palate.server.accounts.urls")),
]
