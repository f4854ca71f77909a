"""The matrix of access for tokens that may less than their accounts: to read, one project, no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils.timezone import now
from server_browser import text_of
from server_databases import fresh_database
from server_matrix import DECLARED, Scene, ask, cases, expected, make_scene, verdict
from server_objects import Role, marker
from server_routes import Route

from palate.server.accounts.models import ApiToken
from palate.server.accounts.tokens import make_token

API = [route for route in DECLARED if route.api]
ROLES: tuple[Role, ...] = ("annotator", "manager", "admin")
READS = {"GET", "HEAD"}
every_route = pytest.mark.parametrize("route", API, ids=str)


@dataclass(frozen=True)
class Tokens:
    """Tokens of each role, by what they may."""

    scene: Scene
    read: Mapping[str, str]
    scoped: Mapping[str, str]
    expired: Mapping[str, str]


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tokens]:
    with fresh_database("sqlite", tmp_path_factory.mktemp("tokens") / "server", None):
        scene = make_scene()
        this = scene.world.halves["this"].project
        read, scoped, expired = {}, {}, {}
        for role in ROLES:
            account = scene.world.people[role]
            read[role] = make_token(account, "read", scope="read", days=1, now=now())[1]
            scoped[role] = make_token(account, "this", scope="write", days=1, project=this, now=now())[1]
            token, expired[role] = make_token(account, "old", scope="write", days=1, now=now())
            ApiToken.objects.filter(pk=token.pk).update(expires_at=now() - timedelta(seconds=1))
        yield Tokens(scene, read, scoped, expired)


def test_the_api_is_in_the_matrix() -> None:
    assert len(API) >= 50
    assert {route.method for route in API} == {"GET", "POST", "PUT"}


@every_route
def test_a_token_that_reads_changes_nothing(route: Route, tokens: Tokens) -> None:
    for role in ROLES:
        for whose, path in cases(route, role, tokens.scene):
            response = ask(route, role, tokens.scene, path, token=tokens.read[role])
            wanted = expected(route, role, whose)
            if wanted == "allowed" and route.method not in READS:
                assert response.status_code == 403, f"{role} at {path} ({whose})"
                assert response.json()["error"]["code"] == "read_only_token"
            else:
                assert verdict(route, response) == wanted, f"{role} at {path} ({whose})"


@every_route
def test_a_token_of_one_project_reaches_no_other(route: Route, tokens: Tokens) -> None:
    assert route.access is not None
    for role in ROLES:
        for whose, path in cases(route, role, tokens.scene):
            response = ask(route, role, tokens.scene, path, token=tokens.scoped[role])
            wanted = expected(route, role, whose)
            if route.access.at_least in {"creator", "admin"} or (whose == "other" and route.arguments):
                wanted = "missing"
            assert verdict(route, response) == wanted, f"{role} at {path} ({whose})"
            assert marker("other") not in text_of(response), f"{path} shows {role} the other project"


@every_route
def test_an_expired_token_opens_nothing(route: Route, tokens: Tokens) -> None:
    for whose, path in cases(route, "admin", tokens.scene):
        response = ask(route, "admin", tokens.scene, path, token=tokens.expired["admin"])
        assert response.status_code == 401, f"{path} ({whose})"
        assert marker("this") not in text_of(response)
