"""A server on which a recipe was published by ``palate project apply``, and people who answer it through the API."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import server_scenes as scene
from api_people import Person, join_all
from server_databases import fresh_database
from server_process import Server, running

from palate.server.projects.models import Pool, Project

__all__ = ["RECIPES", "claimed_and_answered", "finish", "palate", "people_of", "published", "texts_of"]

RECIPES = Path(__file__).parents[2] / "examples" / "recipes"


def palate(*arguments: str) -> str:
    """Return what a command of ours prints."""
    command = [sys.executable, "-m", "palate", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def published(recipe: str, directory: Path) -> Iterator[tuple[Server, Project]]:
    """Run a server on which a recipe is published and open."""
    with fresh_database("sqlite", directory / "server", None) as config:
        scene.account("admin", is_admin=True)
        palate("project", "apply", str(RECIPES / f"{recipe}.toml"), "-d", str(config.directory), "--open")
        project = Project.objects.get()
        assert set(project.pools.values_list("status", flat=True)) == {"open"}
        with running(Server(config, workers=1)) as server:
            yield server, project


def texts_of(view: Mapping[str, Any]) -> str:
    """Return what stands above or beside the item: the query."""
    return next(str(part["text"]) for part in view["parts"] if part["kind"] == "text")


def finish(person: Person, server: Server, pool: Pool) -> list[dict[str, Any]]:
    """Have somebody answer pages of a pool until there is none for them; return what there is to do then."""
    headers = {"Authorization": f"Bearer {person.token}"}
    with httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=60) as api:
        while person.page_of(api, pool.pk):
            pass
        return list(api.get("/work").json()["items"])


def people_of(project: Project, **choices: Any) -> dict[str, Person]:
    """Return annotators of a project who speak English, by name, with how they answer."""
    found = {name: Person(scene.account(name, languages=["en"]), choose) for name, choose in choices.items()}
    join_all(project, list(found.values()))
    return found


def claimed_and_answered(server: Server, person: Person, pool: Pool, between: Callable[[str], None]) -> bool:
    """Have somebody answer one page of a pool; ``between`` is told of it before it is submitted."""
    headers = {"Authorization": f"Bearer {person.token}"}
    with httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=60) as api:
        return person.page_of(api, pool.pk, between)
