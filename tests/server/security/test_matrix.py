"""Every route × every role × one's own and others' objects, computed from what the views declare."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from server_browser import text_of
from server_databases import fresh_database
from server_matrix import (
    DECLARED,
    ROUTES,
    Scene,
    ask,
    cases,
    check_access,
    check_odd_bodies,
    check_odd_queries,
    make_scene,
    undone,
    visitor,
    whoever_may,
)  # fmt: skip
from server_objects import MAKERS, ROLES, SIDES, Role
from server_routes import Route

from palate.server.accounts.models import Account
from palate.server.projects.models import Pool, Project, Skill, Task
from palate.server.work.models import Assignment

every_route = pytest.mark.parametrize("route", DECLARED, ids=str)
gets = pytest.mark.parametrize("route", [route for route in DECLARED if route.method == "GET"], ids=str)
posts = pytest.mark.parametrize("route", [route for route in DECLARED if route.method != "GET"], ids=str)
named = pytest.mark.parametrize("route", [route for route in DECLARED if route.arguments], ids=str)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with fresh_database("sqlite", tmp_path_factory.mktemp("matrix") / "server", None):
        yield make_scene()


def test_every_route_declares_who_may() -> None:
    silent = sorted({route.pattern for route in ROUTES if route.access is None} - OPEN_ROUTES)
    assert not silent, f"Decorate these views with @allow(...): {silent}"


OPEN_ROUTES = {"api/openapi.json"}
"""What the libraries serve themselves: the description of the API, which names no data."""


def test_every_argument_has_an_object() -> None:
    unknown = {name for route in ROUTES for name in route.arguments} - set(MAKERS)
    assert not unknown, f"Add these arguments to MAKERS in tests/support/server_objects.py: {sorted(unknown)}"


def test_every_argument_that_names_an_object_is_declared() -> None:
    models = {
        "project": Project,
        "pool": Pool,
        "task": Task,
        "skill": Skill,
        "assignment": Assignment,
        "account": Account,
    }
    for route in DECLARED:
        assert route.access is not None
        for name in set(route.arguments) & set(models):
            assert route.access.objects.get(name) is models[name], (
                f"{route} does not check {name!r} in @allow"
            )


@every_route
@pytest.mark.parametrize("role", ROLES)
def test_access_is_what_the_view_declares(route: Route, role: Role, scene: Scene) -> None:
    check_access(route, role, scene)


@named
def test_what_is_not_there_answers_like_what_one_may_not_see(route: Route, scene: Scene) -> None:
    for whose, path in cases(route, "outsider", scene):
        if whose == "own":
            continue
        hidden = ask(route, "outsider", scene, path)
        keys = {
            name: _no_such(MAKERS[name](scene.world, "this", scene.world.fellow("this")))
            for name in route.arguments
        }
        for role in ("outsider", "admin"):
            absent = ask(route, role, scene, route.path(keys))
            assert absent.status_code in {404, 405}
            assert absent.status_code == hidden.status_code or role == "admin"
            assert _plain(absent) == _plain(hidden) or role == "admin"


def test_objects_of_two_projects_do_not_mix(scene: Scene) -> None:
    """Even for an admin, who may see both: else one project's numbers appear under another's name."""
    world = scene.world
    for route in [route for route in DECLARED if len(route.arguments) > 1]:
        for odd in route.arguments:
            with undone():
                keys = {}
                for name in route.arguments:
                    side = SIDES[name == odd]
                    keys[name] = MAKERS[name](world, side, world.fellow(side))
                response = ask(route, "admin", scene, route.path(keys))
                assert response.status_code in {404, 405}, f"{route} takes {odd!r} of another project"


def _no_such(key: object) -> object:
    return uuid.uuid4() if isinstance(key, uuid.UUID) else 10**30


def _plain(response: HttpResponse) -> str:
    return re.sub(r'value="\w{64}"', "", text_of(response))


@posts
def test_odd_bodies_never_break_a_view(route: Route, scene: Scene) -> None:
    check_odd_bodies(route, scene)


@gets
def test_odd_queries_never_break_a_view_nor_come_back_as_markup(route: Route, scene: Scene) -> None:
    check_odd_queries(route, scene)


READ_MARKS = {"django_session", "work_message", "accounts_apitoken", "accounts_loginfailure"}
"""What a GET may write: that somebody was here, and what they have read."""


@gets
def test_a_get_changes_nothing(route: Route, scene: Scene) -> None:
    role = whoever_may(route)
    for _, path in cases(route, role, scene):
        written: list[str] = []
        with connection.execute_wrapper(_note_writes(written)):
            ask(route, role, scene, path)
        assert not written, f"{path} wrote on a GET: {written}"


def _note_writes(written: list[str]) -> Callable[..., Any]:
    def execute(run: Callable[..., Any], statement: str, *arguments: Any) -> Any:
        verb = statement.split(None, 1)[0].upper()
        if verb in {"INSERT", "UPDATE", "DELETE"} and not any(
            f'"{table}"' in statement for table in READ_MARKS
        ):
            written.append(statement[:200])
        return run(statement, *arguments)

    return execute


@posts
def test_a_cookie_alone_changes_nothing(route: Route, scene: Scene) -> None:
    """What another site can make a browser send: the cookie, but not the CSRF token."""
    for _, path in cases(route, "admin", scene):
        client = visitor(scene, "admin", csrf=True)
        for method, kind in product(UNSAFE, KINDS):
            written: list[str] = []
            with connection.execute_wrapper(_note_writes(written)):
                response = client.generic(
                    method, path, "{}", kind, headers={"origin": "https://evil.example"}
                )
            assert response.status_code in {401, 403, 405}, f"{method} {path} took {kind} from another site"
            assert not written


UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
KINDS = ("application/x-www-form-urlencoded", "application/json", "text/plain")


@every_route
def test_answers_carry_the_headers_that_protect(route: Route, scene: Scene) -> None:
    for _, path in cases(route, "admin", scene):
        headers = ask(route, "admin", scene, path).headers
        if headers["Content-Type"].startswith("image/"):  # the most that it can be is a picture
            assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert headers["Cache-Control"].startswith("private")
            continue
        policy = dict(
            part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["img-src"] in {"'self'", "'self' https:"}
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "no-store" in headers["Cache-Control"] or "immutable" in headers["Cache-Control"]
        assert not any(name.lower().startswith("access-control-") for name in headers)
