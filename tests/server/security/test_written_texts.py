"""Scripts in what people write, and in what an address or a form says, never run."""

from __future__ import annotations

import pytest
import server_scenes as scene
from server_browser import browser, text_of
from server_markup import dangers_in
from server_objects import MAKERS, make_world
from server_routes import all_routes

from palate.server.accounts.models import Account, ApiToken, Invitation
from palate.server.config import ServerConfig
from palate.server.projects.models import Project
from palate.server.work.models import Assignment, Message, Restriction, TaskReport

HTML = """"'><script>alert(1)</script><img src=x onerror=alert(2)><svg/onload=alert(3)>{{7*7}}javascript:alert(4)"""


def poisoned() -> dict[str, object]:
    """Return a world in which every text that a person can write is an attack."""
    world = make_world()
    for half in world.halves.values():
        Project.objects.filter(pk=half.project.pk).update(
            name=HTML,
            title=HTML,
            summary=HTML,
            instructions=f"{HTML}\n\n[x](javascript:alert(5))\n\n# {HTML}",
        )
        half.pool.name = HTML
        half.pool.save()
        half.skill.name, half.skill.hidden = HTML, False
        half.skill.save()
        for task in half.pool.tasks.all():
            task.input = {
                "query": HTML,
                "title": HTML,
                "text": HTML,
                "image": f"https://x.example/{HTML}",
                "link": f"https://x.example/{HTML}",
            }
            task.key, task.hint = f"{task.pk}{HTML}", HTML
            task.save()
        TaskReport.objects.create(
            task=half.pool.tasks.first(), annotator=half.people["manager"], text=HTML, at=scene.NOW
        )
    Account.objects.update(name=HTML)
    Assignment.objects.update(comment=HTML)
    for account in Account.objects.all():
        Message.objects.create(annotator=account, text=HTML, at=scene.NOW)
        Account.objects.filter(pk=account.pk).update(login=f"{account.pk}{HTML}")
    for name in ("invitation", "restriction", "token", "entry"):
        MAKERS[name](world, "this", world.fellow("this"))
    Invitation.objects.update(note=HTML)
    Restriction.objects.update(reason=HTML)
    ApiToken.objects.update(name=HTML, account=world.people["admin"])
    return world


def test_what_people_write_never_runs(sqlite: ServerConfig) -> None:
    world = poisoned()
    seen = 0
    for role in ("annotator", "reviewer", "manager", "admin"):
        client = browser(world.people[role])
        for route in all_routes():
            if route.method != "GET" or not set(route.arguments) <= set(MAKERS):
                continue
            owner = world.people[role]
            path = route.path({name: MAKERS[name](world, "this", owner) for name in route.arguments})
            response = client.get(path)
            if not response.headers["Content-Type"].startswith("text/html"):
                continue
            page = text_of(response)
            assert not dangers_in(page), f"{path} for {role}: {dangers_in(page)}"
            assert "<script>alert" not in page, path
            seen += response.status_code == 200 and "&lt;script&gt;" in page
    assert seen >= 10  # the attacks were on the pages


@pytest.mark.parametrize(
    "path", [f"/{HTML}/", f"/login/?next={HTML}", f"/join/?code={HTML}", f"/accounts/?page={HTML}"]
)
def test_what_an_address_says_never_runs(sqlite: ServerConfig, path: str) -> None:
    client = browser(scene.account("admin", is_admin=True))
    for page in (client.get(path), client.post(path, {"x": HTML}), browser().get(path)):
        assert not dangers_in(text_of(page))


@pytest.mark.parametrize(
    "path", ["/login/", "/join/", "/first-run/", "/profile/", "/profile/tokens/", "/accounts/invite/"]
)
def test_what_a_form_says_never_runs(sqlite: ServerConfig, path: str) -> None:
    fields = (
        "login",
        "name",
        "code",
        "next",
        "role",
        "note",
        "scope",
        "days",
        "uses",
        "project",
        "languages",
        "form_key",
    )
    clients = (
        [browser()] if path == "/first-run/" else [browser(), browser(scene.account("admin", is_admin=True))]
    )
    for client in clients:
        response = client.post(path, dict.fromkeys(fields, HTML))
        assert not dangers_in(text_of(response))


def test_refused_forms_say_so_without_running(sqlite: ServerConfig) -> None:
    response = browser(csrf=True).post("/login/", {"login": HTML}, headers={"origin": HTML.replace("\n", "")})
    assert response.status_code == 403
    assert not dangers_in(text_of(response))
