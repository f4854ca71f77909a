"""The API as a whole: its operations, its errors, its description."""

from __future__ import annotations

from ninja import NinjaAPI

from palate._version import __version__
from palate.server.api.errors import handle_errors
from palate.server.api.json_body import StrictParser
from palate.server.api.routes import (
    annotators,
    answers,
    assignments,
    checks,
    describing,
    happenings,
    pictures,
    pools,
    projects,
    results,
    skills,
    tasks,
    webhooks,
    work,
)

__all__ = ["api"]

_DESCRIPTION = (
    "Every request carries 'Authorization: Bearer palate_…'. A POST may carry 'Idempotency-Key'; payments, tasks and"
    " submissions must: a retry with the same key and the same body gets the first answer and does nothing twice."
    " Lists come in parts: send 'next' of one answer as 'after' of the following request. What a token may not see"
    " does not exist for it (404)."
)

api = NinjaAPI(
    title="Palate",
    version=__version__,
    description=_DESCRIPTION,
    openapi_url=None,  # the addresses stand in urls.py
    docs_url=None,
    urls_namespace="api",
    parser=StrictParser(),
)
handle_errors(api)
for routes in (
    describing,
    projects,
    pictures,
    pools,
    tasks,
    checks,
    answers,
    assignments,
    results,
    annotators,
    skills,
    happenings,
    webhooks,
    work,
):
    api.add_router("", routes.router)
