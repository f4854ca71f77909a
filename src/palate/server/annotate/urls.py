"""The addresses of annotators' pages."""

from __future__ import annotations

from django.urls import path

from palate.server.annotate.views import earnings, home, keys, messages, pages, pictures, pools, results

__all__ = ["app_name", "urlpatterns"]

app_name = "annotate"
urlpatterns = [
    path("", home.front, name="front"),
    path("work/", home.work, name="work"),
    path("pools/<int:pool>/", pools.pool_page, name="pool"),
    path("pages/<uuid:assignment>/", pages.page, name="page"),
    path("pages/<uuid:assignment>/draft/", pages.draft, name="draft"),
    path("pages/<uuid:assignment>/extend/", pages.extend, name="extend"),
    path("pages/<uuid:assignment>/skip/", pages.skip, name="skip"),
    path("pages/<uuid:assignment>/report/", pages.report, name="report"),
    path("pages/<uuid:assignment>/result/", results.result, name="result"),
    path("earnings/", earnings.earnings, name="earnings"),
    path("messages/", messages.messages, name="messages"),
    path("media/<int:project>/<str:picture>", pictures.picture, name="picture"),
    path("keys/", keys.keys, name="keys"),
]
