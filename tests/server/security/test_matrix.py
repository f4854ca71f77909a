"""Every route × every role × one's own and others' objects, computed from what the views declare.

The routes come from the table of addresses, so that a new one cannot be forgotten: without a declaration of access,
or with an argument for which ``server_objects.MAKERS`` has nothing, it fails here.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from typing import Any, Literal

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils.timezone import now
from server_browser import browser, text_of
from server_databases import fresh_database
from server_objects import MAKERS, ROLES, Role, Side, World, make_world, marker
from server_routes import Route, all_routes

from palate.server.accounts.models import Account, ApiToken
from palate.server.accounts.tokens import make_token
from palate.server.projects.models import Pool, Project, Skill, Task
from palate.server.work.models import Assignment, Message

ROUTES = all_routes()
DECLARED = [route for route in ROUTES if route.access is not None and set(route.arguments) <= set(MAKERS)]
every_route = pytest.mark.parametrize("route", DECLARED, ids=str)
gets = pytest.mark.parametrize("route", [route for route in DECLARED if route.method == "GET"], ids=str)
posts = pytest.mark.parametrize("route", [route for route in DECLARED if route.method != "GET"], ids=str)
named = pytest.mark.parametrize("route", [route for route in DECLARED if route.arguments], ids=str)

Whose = Literal["own", "this", "other"]
"""Whose object: one's own, another's in this project, one of the other project."""
Expected = Literal["allowed", "login", "missing"]

GONE_ROUTES = {"first-run/"}
"""What is there for nobody as soon as somebody has an account."""
OWNED = {Assignment, Message, ApiToken}
RANKS: Mapping[str, Mapping[Side, int]] = {
    "annotator": {"this": 1, "other": 0},
    "reviewer": {"this": 2, "other": 0},
    "manager": {"this": 3, "other": 0},
    "other annotator": {"this": 0, "other": 1},
    "other manager": {"this": 0, "other": 3},
}
NEEDED = {"annotator": 1, "reviewer": 2, "manager": 3}
MAY_CREATE = {"creator", "manager", "other manager", "admin"}


def expected(route: Route, role: Role, whose: Whose) -> Expected:
    """Say from the declaration alone what the answer has to be: the yardstick for ``palate.server.web.access``."""
    access = route.access
    assert access is not None
    if route.pattern in GONE_ROUTES:
        return "missing"
    if access.at_least == "anyone":
        return "allowed"
    if role == "nobody":
        return "login"
    if access.at_least == "admin" and role != "admin":
        return "missing"
    if access.at_least == "creator" and role not in MAY_CREATE:
        return "missing"
    for model in access.objects.values():
        if model in OWNED and access.at_least in {"account", "annotator"}:
            if whose != "own":
                return "missing"
        elif role != "admin":
            side: Side = "other" if whose == "other" else "this"
            if model is Account or RANKS.get(role, {}).get(side, 0) < NEEDED.get(access.at_least, 1):
                return "missing"
    return "allowed"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with fresh_database("sqlite", tmp_path_factory.mktemp("matrix") / "server", None):
        yield make_world()


@contextmanager
def undone() -> Iterator[None]:
    """Undo what happens to the database inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def whose_objects(route: Route) -> list[Whose]:
    access = route.access
    assert access is not None
    if OWNED & set(access.objects.values()):
        return ["own", "this", "other"]
    return ["this", "other"] if route.arguments else ["this"]


def values_for(route: Route, world: World, role: Role, whose: Whose) -> dict[str, object]:
    side: Side = "other" if whose == "other" else "this"
    own = whose == "own" and role != "nobody"
    owner = world.people[role] if own else world.fellow(side)
    return {name: MAKERS[name](world, side, owner) for name in route.arguments}


def ask(route: Route, client: Client, role: Role, world: World, path: str, **options: Any) -> HttpResponse:
    """Send a request as somebody: with a session to pages, with a token to the API."""
    headers = {}
    if role != "nobody" and route.api:
        _, text = make_token(world.people[role], "matrix", scope="write", days=1, now=now())
        headers["authorization"] = f"Bearer {text}"
    elif role != "nobody":
        client.force_login(world.people[role])
    response: HttpResponse = client.generic(route.method, path, headers=headers, **options)
    if response.streaming and not hasattr(response, "file_to_stream"):
        response.close()
    return response


def verdict(route: Route, response: HttpResponse) -> str:
    """Say in one word what an answer means for access."""
    location = response.headers.get("Location", "")
    if response.status_code == 302 and location.startswith("/login/?next="):
        return "login"
    if response.status_code == 401 and route.api:
        return "login"
    if response.status_code == 404:
        return "missing"
    if response.status_code == 405:
        return "no such method"
    if response.status_code in {401, 403} or response.status_code >= 500:
        return f"status {response.status_code}"
    return "allowed"


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
def test_access_is_what_the_view_declares(route: Route, role: Role, world: World) -> None:
    for whose in whose_objects(route):
        with undone():
            path = route.path(values_for(route, world, role, whose))
            response = ask(route, browser(), role, world, path)
            got, wanted = verdict(route, response), expected(route, role, whose)
            assert got in {wanted, "no such method"}, f"{role} got {got} at {path} ({whose}), not {wanted}"
            if wanted != "allowed":
                for side in ("this", "other"):
                    assert marker(side) not in text_of(response), f"{path} shows {role} what is not theirs"


@every_route
@pytest.mark.parametrize("role", ["outsider", "creator", "annotator", "reviewer", "manager"])
def test_nobody_reads_of_a_project_that_is_not_theirs(route: Route, role: Role, world: World) -> None:
    for whose in whose_objects(route):
        if whose == "other" or (route.arguments and role in {"outsider", "creator"}):
            continue
        with undone():
            page = text_of(
                ask(route, browser(), role, world, route.path(values_for(route, world, role, whose)))
            )
            assert marker("other") not in page
            if role in {"outsider", "creator"}:
                assert marker("this") not in page
            if role == "annotator":
                for private in ("fellow", "manager", "skill"):
                    assert f"{marker('this')} {private}" not in page
                    assert f"{marker('this')}-{private}" not in page


@named
def test_what_is_not_there_answers_like_what_one_may_not_see(route: Route, world: World) -> None:
    no_such = {name: _no_such(MAKERS[name](world, "this", world.fellow("this"))) for name in route.arguments}
    for role in ("outsider", "admin"):
        with undone():
            there = ask(
                route, browser(), "outsider", world, route.path(values_for(route, world, "outsider", "this"))
            )
            absent = ask(route, browser(), role, world, route.path(no_such))
            if there.status_code == 405:
                continue
            assert absent.status_code == there.status_code == 404
            if role == "outsider":
                assert _plain(absent) == _plain(there)


def _no_such(key: object) -> object:
    return uuid.uuid4() if isinstance(key, uuid.UUID) else 10**30


def _plain(response: HttpResponse) -> str:
    return re.sub(r'value="\w{64}"', "", text_of(response))


BODIES: dict[str, dict[str, Any]] = {
    "an empty form": {"data": "", "content_type": "application/x-www-form-urlencoded"},
    "a broken multipart": {"data": "--x", "content_type": "multipart/form-data; boundary=x"},
    "empty JSON": {"data": "{}", "content_type": "application/json"},
    "a JSON list": {"data": "[]", "content_type": "application/json"},
    "JSON null": {"data": "null", "content_type": "application/json"},
    "broken JSON": {"data": '{"a":', "content_type": "application/json"},
    "deep JSON": {"data": "[" * 5000, "content_type": "application/json"},
    "no text": {"data": b"\xff\xfe\x00", "content_type": "application/json"},
    "odd values": {
        "data": "key=%00&role=%ff&days=1e999&uses=NaN&name=%F0%9F%98%80&project=__all__&answer=%27%22%3E",
        "content_type": "application/x-www-form-urlencoded",
    },
}


@posts
@pytest.mark.parametrize("role", ["nobody", "admin"])
def test_odd_bodies_never_break_a_view(route: Route, role: Role, world: World) -> None:
    for body, whose in product(BODIES, whose_objects(route)):
        with undone():
            path = route.path(values_for(route, world, role, whose))
            response = ask(route, browser(), role, world, path, **BODIES[body])
            assert response.status_code < 500, f"{path} answered {response.status_code} to {body}"


QUERIES = [
    "page=-1&limit=99999999999999&offset=-5&after=x",
    "sort=account__password&order=-created_by__password&filter=annotator__login__startswith=a&search=%00",
    "next=https://evil.example/&format=..%2F..%2Fsecret.key&status=%27%20OR%201=1--",
    "golden=maybe&with_golden=%F0%9F%98%80&role=&kind=<script>alert(1)</script>",
]


@gets
@pytest.mark.parametrize("role", ["nobody", "manager", "admin"])
def test_odd_queries_never_break_a_view_nor_come_back_as_markup(
    route: Route, role: Role, world: World
) -> None:
    for query, whose in product(QUERIES, whose_objects(route)):
        with undone():
            path = route.path(values_for(route, world, role, whose))
            response = ask(route, browser(), role, world, f"{path}?{query}")
            assert response.status_code < 500, f"{path}?{query} answered {response.status_code}"
            assert "<script>alert(1)" not in text_of(response)
            assert "evil.example" not in response.headers.get("Location", "").partition("?")[0]


READ_MARKS = {"django_session", "work_message", "accounts_apitoken", "accounts_loginfailure"}
"""What a GET may write: that somebody was here, and what they have read."""


@gets
@pytest.mark.parametrize("role", ["annotator", "manager", "admin"])
def test_a_get_changes_nothing(route: Route, role: Role, world: World) -> None:
    for whose in whose_objects(route):
        with undone():
            path = route.path(values_for(route, world, role, whose))
            client = browser(world.people[role])
            written: list[str] = []
            with connection.execute_wrapper(_note_writes(written)):
                client.get(path)
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
def test_a_cookie_alone_changes_nothing(route: Route, world: World) -> None:
    """What another site can make a browser send: the cookie, but not the CSRF token."""
    whose: Whose = "own" if "own" in whose_objects(route) else "this"
    with undone():
        path = route.path(values_for(route, world, "admin", whose))
        client = browser(world.people["admin"], csrf=True)
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
def test_answers_carry_the_headers_that_protect(route: Route, world: World) -> None:
    with undone():
        whose: Whose = "own" if "own" in whose_objects(route) else "this"
        response = ask(route, browser(), "admin", world, route.path(values_for(route, world, "admin", whose)))
        headers = response.headers
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
