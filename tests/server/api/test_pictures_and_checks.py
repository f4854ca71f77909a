"""Pictures and checks of attention through the API."""

from __future__ import annotations

import io
import zipfile

import pytest
import server_scenes as scene
from api_client import Program, program
from django.test import override_settings
from server_browser import browser

from palate.server.config import ServerConfig
from palate.server.projects.models import Pool
from palate.server.projects.tasks import TaskRow

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


@pytest.fixture
def pool(sqlite: ServerConfig) -> Pool:
    pairs = [
        TaskRow({"query": f"q{number % 3}", "left_title": f"a{number}", "right_title": f"b{number}"})
        for number in range(6)
    ]
    project = scene.project(template="side_by_side")
    return scene.open_pool(project, tasks=pairs, status="draft", page_mix={"real": 4, "golden": 1})


@pytest.fixture
def manager(pool: Pool) -> Program:
    return program(pool.project.created_by)


def test_pictures_are_sent_one_by_one_or_in_a_zip(pool: Pool, manager: Program, sqlite: ServerConfig) -> None:
    project = pool.project
    path = f"/projects/{project.pk}/pictures"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("b.png", PNG)
    with override_settings(CONFIG=sqlite):
        assert manager.post(f"{path}?name=a.png", PNG, kind="image/png") == {"added": 1}
        assert manager.post(f"{path}?name=a.png", PNG, kind="image/png") == {"added": 0}
        assert manager.post(f"{path}?name=x.zip", packed.getvalue(), kind="application/zip") == {"added": 1}
        listed = manager.get(path)["items"]
        assert [(one["name"], one["path"]) for one in listed] == [
            (name, f"/media/{project.pk}/{name}") for name in ("a.png", "b.png")
        ]
        assert browser(project.created_by).get(listed[0]["path"]).content == PNG
        for name, body in (
            ("c.png", b"<html>"),
            ("a.png", PNG + b"other"),
            ("../c.png", PNG),
            ("c.png", b""),
        ):
            status, _ = manager.refused("POST", f"{path}?name={name}", body, kind="image/png")
            assert 400 <= status < 500
        assert program(scene.project().created_by).refused("GET", path)[0] == 404
        assert program(scene.account(project=project)).refused("POST", f"{path}?name=c.png", PNG)[0] == 404
    assert project.pictures.count() == 2


def test_checks_are_added_to_drafts(pool: Pool, manager: Program) -> None:
    path = f"/pools/{pool.pk}/checks"
    wanted = {"attention_pairs": 50, "swapped_repeats": 50, "seed": 1}
    assert manager.post(path, wanted) == {"attention_pairs": 3, "swapped_repeats": 3}
    assert manager.post(path, wanted) == {"attention_pairs": 0, "swapped_repeats": 0}
    assert pool.tasks.count() == 12
    assert manager.refused("POST", path, {"attention_pairs": 51})[0] == 422
    pool.status = "open"
    pool.save()
    status, error = manager.refused("POST", path, wanted)
    assert (400 <= status < 500, "drafts" in str(error)) == (True, True)
