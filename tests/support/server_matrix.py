"""The matrix of access: every route × every role × one's own and others' objects, and what the answer has to be.

The routes come from the table of addresses, so that a new one cannot be forgotten: without a declaration of access,
or with an argument for which ``server_objects.MAKERS`` has nothing, the tests fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils.timezone import now
from server_browser import browser, text_of
from server_objects import MAKERS, ROLES, Role, Side, World, make_world, marker
from server_routes import Route, all_routes

from palate.server.accounts.models import Account, ApiToken
from palate.server.accounts.tokens import make_token
from palate.server.work.models import Assignment, Message

__all__ = [
    "BODIES", "DECLARED", "QUERIES", "ROUTES", "Scene", "Whose", "ask", "cases", "check_access", "check_odd_bodies",
    "check_odd_queries", "expected", "make_scene", "undone", "verdict", "visitor", "whoever_may",
]  # fmt: skip

ROUTES = all_routes()
DECLARED = [route for route in ROUTES if route.access is not None and set(route.arguments) <= set(MAKERS)]

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


def make_scene() -> Scene:
    """Return the world in the database in use, with a session and a token that may all for each role."""
    world = make_world()
    sessions, tokens = {}, {}
    for role, account in world.people.items():
        sessions[role] = browser(account).cookies["palate_session"].value
        tokens[role] = make_token(account, "matrix", scope="write", days=1, now=now())[1]
    return Scene(world, sessions, tokens)


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


def ask(
    route: Route, role: Role, scene: Scene, path: str, *, token: str = "", **options: Any
) -> HttpResponse:
    """Send a request as somebody, with a session to pages and a token to the API; its effects are undone."""
    client, headers = browser(), {}
    if role != "nobody" and route.api:
        headers["authorization"] = f"Bearer {token or scene.tokens[role]}"
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


def check_access(route: Route, role: Role, scene: Scene) -> None:
    """Check what a role gets at a route, for its own objects and others'."""
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


def check_odd_bodies(route: Route, scene: Scene) -> None:
    """Check that no body breaks a view."""
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


def check_odd_queries(route: Route, scene: Scene) -> None:
    """Check that no query breaks a view, nor comes back as markup."""
    role = whoever_may(route)
    for _, path in cases(route, role, scene):
        for query in QUERIES:
            response = ask(route, role, scene, f"{path}?{query}")
            assert response.status_code < 500, f"{path}?{query} answered {response.status_code}"
            assert "<script>alert(1)" not in text_of(response)
            assert "evil.example" not in response.headers.get("Location", "").partition("?")[0]
