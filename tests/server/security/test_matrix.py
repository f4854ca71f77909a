"""Every route × every role × one's own and others' objects, computed from what the views declare.

The routes come from the table of addresses, so that a new one cannot be forgotten: without a declaration of access,
or with an argument for which ``server_objects.MAKERS`` has nothing, it fails here.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils.timezone import now
from server_browser import browser, text_of
from server_databases import fresh_database
from server_objects import MAKERS, ROLES, SIDES, Role, Side, World, make_world, marker
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
NO_RANK: Mapping[Side, int] = {"this": 0, "other": 0}
MAY = {"admin": {"admin"}, "creator": {"creator", "manager", "other manager", "admin"}}


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
    reached = all(reaches(role, access.at_least, model, whose) for model in access.objects.values())
    return "allowed" if role in MAY.get(access.at_least, ROLES) and reached else "missing"


def reaches(role: Role, at_least: str, model: type, whose: Whose) -> bool:
    """Say whether somebody may see an object."""
    if model in OWNED and at_least in {"account", "annotator"}:
        return whose == "own"
    if role == "admin":
        return True
    side: Side = "other" if whose == "other" else "this"
    return model is not Account and RANKS.get(role, NO_RANK)[side] >= NEEDED.get(at_least, 1)


@dataclass(frozen=True)
class Scene:
    """The world, and for each role a session of a browser and a token of a program."""

    world: World
    sessions: Mapping[str, str]
    tokens: Mapping[str, str]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with fresh_database("sqlite", tmp_path_factory.mktemp("matrix") / "server", None):
        world = make_world()
        sessions, tokens = {}, {}
        for role, account in world.people.items():
            sessions[role] = browser(account).cookies["palate_session"].value
            tokens[role] = make_token(account, "matrix", scope="write", days=1, now=now())[1]
        yield Scene(world, sessions, tokens)


@contextmanager
def undone() -> Iterator[None]:
    """Undo what happens to the database inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def cases(route: Route, role: Role, scene: Scene) -> Iterator[tuple[Whose, str]]:
    """Return the addresses of a route for one's own object and others'; the objects are there meanwhile."""
    access, world = route.access, scene.world
    assert access is not None
    kinds: list[Whose] = ["this", "other"] if route.arguments else ["this"]
    if OWNED & set(access.objects.values()):
        kinds.insert(0, "own")
    for whose in kinds:
        side: Side = "other" if whose == "other" else "this"
        owner = world.people[role] if whose == "own" and role != "nobody" else world.fellow(side)
        with undone():
            yield whose, route.path({name: MAKERS[name](world, side, owner) for name in route.arguments})


def visitor(scene: Scene, role: Role, **options: Any) -> Client:
    """Return a browser in which somebody of this role is logged in."""
    client = browser(**options)
    if role != "nobody":
        client.cookies["palate_session"] = scene.sessions[role]
    return client


def ask(route: Route, role: Role, scene: Scene, path: str, **options: Any) -> HttpResponse:
    """Send a request as somebody, with a session to pages and with a token to the API; its effects are undone."""
    client, headers = browser(), {}
    if role != "nobody" and route.api:
        headers["authorization"] = f"Bearer {scene.tokens[role]}"
    elif role != "nobody":
        client = visitor(scene, role)
    with undone():
        response: HttpResponse = client.generic(route.method, path, headers=headers, **options)
    return response


def whoever_may(route: Route) -> Role:
    """Return who gets furthest into a view."""
    return "nobody" if route.access is not None and route.access.at_least == "anyone" else "admin"


def verdict(route: Route, response: HttpResponse) -> str:
    """Say in one word what an answer means for access."""
    location = response.headers.get("Location", "")
    if response.status_code == 302 and location.startswith("/login/?next="):
        return "login"
    if response.status_code == 401:
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
def test_access_is_what_the_view_declares(route: Route, role: Role, scene: Scene) -> None:
    for whose, path in cases(route, role, scene):
        response = ask(route, role, scene, path)
        got, wanted, page = verdict(route, response), expected(route, role, whose), text_of(response)
        assert got in {wanted, "no such method"}, f"{role} got {got} at {path} ({whose}), not {wanted}"
        for word in secrets_from(role, wanted, whose):
            assert word not in page, f"{path} ({whose}) shows {role} what is not theirs"


def secrets_from(role: Role, wanted: Expected, whose: Whose) -> list[str]:
    """Return the words that a page must not show to somebody."""
    if role in {"outsider", "creator"} and whose == "own":
        return [marker("other")]
    if wanted != "allowed" or role in {"nobody", "outsider", "creator"}:
        return [marker("this"), marker("other")]
    if role == "annotator":
        people = [marker("this") + joint + who for who in ("fellow", "manager", "skill") for joint in " -"]
        return [marker("other"), *people]
    return [marker("other")] if role in {"reviewer", "manager"} else []


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
def test_odd_bodies_never_break_a_view(route: Route, scene: Scene) -> None:
    role = whoever_may(route)
    for _, path in cases(route, role, scene):
        for body, options in BODIES.items():
            response = ask(route, role, scene, path, **options)
            assert response.status_code < 500, f"{path} answered {response.status_code} to {body}"


QUERIES = [
    "page=-1&limit=99999999999999&offset=-5&after=x",
    "sort=account__password&order=-created_by__password&filter=annotator__login__startswith=a&search=%00",
    "next=https://evil.example/&format=..%2F..%2Fsecret.key&status=%27%20OR%201=1--",
    "golden=maybe&with_golden=%F0%9F%98%80&role=&kind=<script>alert(1)</script>",
]


@gets
def test_odd_queries_never_break_a_view_nor_come_back_as_markup(route: Route, scene: Scene) -> None:
    role = whoever_may(route)
    for _, path in cases(route, role, scene):
        for query in QUERIES:
            response = ask(route, role, scene, f"{path}?{query}")
            assert response.status_code < 500, f"{path}?{query} answered {response.status_code}"
            assert "<script>alert(1)" not in text_of(response)
            assert "evil.example" not in response.headers.get("Location", "").partition("?")[0]


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
