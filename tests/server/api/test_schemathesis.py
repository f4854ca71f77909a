"""The API keeps what its description promises, whatever is sent to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
import server_scenes as scene
from api_client import program
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks
from server_databases import fresh_database
from work_pages import holder

from palate.server.api.application import api
from palate.server.work.models import Assignment

load_all_checks()
_CHECKS = [
    schemathesis.checks.CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "missing_required_header",
        "unsupported_method",
    )
]
"""All but those for which a valid request must succeed (that settings fit together is more than a schema can say), and
that about wrong tokens, which are answered ever more slowly; the matrix of access covers them."""


def _with_hosts(environ: dict[str, object], start: object) -> object:
    return WSGIHandler()({**environ, "HTTP_HOST": "localhost"}, start)


_DESCRIPTION = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), default=str))
schema = schemathesis.openapi.from_dict(_DESCRIPTION)
schema.app = _with_hosts


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """Return a token, and the keys of one object of each kind, in a world where everything is there."""
    directory: Path = tmp_path_factory.mktemp("described")
    with fresh_database("sqlite", directory / "server", None):
        pool = scene.open_pool(scene.project(scene.account("boss", is_manager=True, is_admin=True)))
        project = pool.project
        held = holder(pool, project.created_by)
        task = pool.tasks.first()
        boss = program(held.account)
        reason = {"annotator": held.account.code, "reason": "x"}
        yield {
            "token": boss.token,
            "project": project.pk,
            "pool": pool.pk,
            "task": task.pk if task else 0,
            "assignment": str(Assignment.objects.get().pk),
            "restriction": boss.post(f"/projects/{project.pk}/restrictions", reason)["id"],
            "invitation": boss.post(f"/projects/{project.pk}/invitations")["id"],
        }


@pytest.mark.filterwarnings("ignore:Skipped test cases with unsupported payload media types")
@schema.parametrize()
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_description_is_kept(case: schemathesis.Case, keys: dict[str, object]) -> None:
    replaced = {place for place in ("path", "header") if _is_negative(case, place)}
    for name in case.path_parameters or {}:
        if name in keys:
            case.path_parameters[name] = keys[name]
    case.headers["Authorization"] = f"Bearer {keys['token']}"
    case.headers["Accept-Encoding"] = "identity"  # what is called in this process is not unpacked
    if case.query and "wait" in case.query:
        case.query["wait"] = 0
    checks = [check for check in _CHECKS if not (replaced and check.__name__ == "negative_data_rejection")]
    case.call_and_validate(checks=checks)


def _is_negative(case: schemathesis.Case, place: str) -> bool:
    """Return whether a part of the request that is replaced here was made to be wrong."""
    parts = case.meta.components if case.meta else {}
    return any(location.value == place and part.mode.is_negative for location, part in parts.items())
