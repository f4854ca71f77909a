"""``palate project``: projects from files and back, over HTTP and in this process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import server_scenes as scene
from api_client import token_of
from server_databases import fresh_database
from server_process import Server, running

from palate.core.errors import InputError, SettingsError
from palate.server.projects.files import as_toml, changes, read_project_file
from palate.server.projects.models import Pool, Project, Task

RECIPES = Path(__file__).parents[2] / "examples" / "recipes"
PROJECT = """
name = "Shoes"
template = "graded_relevance"
[[pools]]
name = "Main"
tasks = "tasks.csv"
reward = "0.03"
"""


def _palate(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PALATE", "DJANGO"))}
    return subprocess.run(
        [sys.executable, "-m", "palate", "project", *arguments],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _write(directory: Path, text: str = PROJECT, rows: int = 3) -> Path:
    lines = [f"running shoes {number},Shoe {number}" for number in range(rows)]
    (directory / "tasks.csv").write_text("\n".join(["query,title", *lines]) + "\n")
    path = directory / "shoes.toml"
    path.write_text(text)
    return path


def test_a_project_is_applied_changed_and_exported_in_a_directory(tmp_path: Path) -> None:
    file = _write(tmp_path)
    with fresh_database("sqlite", tmp_path / "server", None):
        admin = scene.account("admin", is_admin=True)
        where = ("--directory", str(tmp_path / "server"))
        dry = _palate("apply", str(file), *where, "--dry-run")
        assert (dry.returncode, Project.objects.count()) == (0, 0), dry.stderr
        assert dry.stdout.splitlines() == [
            "new project 'Shoes'",
            "new pool 'Main'",
            "pool 'Main': 3 new tasks",
        ]
        assert _palate("apply", str(file), *where, "--open").returncode == 0
        pool = Pool.objects.get()
        assert (pool.status, pool.tasks.count(), pool.project.created_by) == ("open", 3, admin)
        assert _palate("apply", str(file), *where).stdout == "Nothing changed.\n"
        _write(tmp_path, PROJECT.replace("template =", "summary = 'Look.'\ntemplate ="), rows=4)
        again = _palate("apply", str(file), *where)
        assert again.stdout.splitlines() == ["summary: '' -> 'Look.'", "pool 'Main': 1 new tasks"]
        assert Task.objects.count() == 4
        exported = _palate("export", "Shoes", *where)
        (tmp_path / "again.toml").write_text(exported.stdout)
        assert _palate("apply", str(tmp_path / "again.toml"), *where).stdout == "Nothing changed.\n"
        assert not admin.tokens.exists()
        assert _palate("export", "Hats", *where).returncode == 2


def test_a_project_is_applied_over_http_with_a_token(tmp_path: Path) -> None:
    file = _write(tmp_path)
    with (
        fresh_database("sqlite", tmp_path / "server", None) as config,
        running(Server(config, workers=1)) as server,
    ):
        token = token_of(scene.account("manager", is_manager=True))
        done = _palate("apply", str(file), "--server", server.url, "--json", PALATE_TOKEN=token)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["project"] == Project.objects.get().pk
        assert Task.objects.count() == 3
        (tmp_path / "token").write_text(token)
        again = _palate("apply", str(file), "--server", server.url, "--token-file", str(tmp_path / "token"))
        assert again.stdout == "Nothing changed.\n"
        unknown = "palate_x"
        wrong = _palate("apply", str(file), "--server", server.url, PALATE_TOKEN=unknown)
        assert (wrong.returncode, "Send a valid token" in wrong.stderr) == (2, True)
        assert "Traceback" not in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "Say where the server is"),
        (("--server", "http://127.0.0.1:1"), "There is no token"),
        (("--server", "http://judge.example.org", "--token-file", "{file}"), "is not encrypted"),
        (("--directory", "{nowhere}"), "There is no server's data in"),
    ],
)
def test_what_is_missing_is_told(tmp_path: Path, arguments: tuple[str, ...], text: str) -> None:
    file = _write(tmp_path)
    filled = [one.format(file=file, nowhere=tmp_path / "nowhere") for one in arguments]
    done = _palate("apply", str(file), *filled)
    assert (done.returncode, text in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "this is not TOML"),
        ('name = "a"', "'template': field required"),
        ('name = "a"\ntemplate = "x"\nrewrad = 1', "'rewrad' is not known here"),
        (PROJECT.replace("tasks.csv", "tasks.xls"), "ends in .csv"),
        (PROJECT.replace("tasks.csv", "none.csv"), "cannot be read"),
        (PROJECT.replace('"tasks.csv"', "3"), "names a file"),
        ("pools = [1]", "is a list of tables"),
    ],
)
def test_a_file_that_is_wrong_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises((SettingsError, InputError), match=message):
        read_project_file(_write(tmp_path, text))


@pytest.mark.parametrize("suffix", [".txt", ".toml"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="ends in .toml|UTF-8"):
        read_project_file(path)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_project_file(tmp_path / f"none{suffix}")


def test_json_and_yaml_say_the_same_as_toml(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    toml = read_project_file(_write(tmp_path))
    values = {**toml.spec.model_dump(mode="json", exclude_unset=True)}
    values["pools"] = [{**values["pools"][0], "tasks": ["tasks.csv"]}]
    (tmp_path / "a.json").write_text(json.dumps(values))
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(values))
    assert read_project_file(tmp_path / "a.json") == read_project_file(tmp_path / "a.yaml") == toml
    (tmp_path / "b.yaml").write_text("!!python/object/apply:os.system ['true']")
    with pytest.raises(SettingsError, match="this is not YAML"):
        read_project_file(tmp_path / "b.yaml")


def test_rows_without_a_key_get_the_same_one_every_time(tmp_path: Path) -> None:
    file = _write(tmp_path)
    first, second = (read_project_file(file).tasks["Main"] for _ in range(2))
    assert first == second
    assert len({row["key"] for row in first}) == 3


@pytest.mark.parametrize("name", ["search-relevance", "complementary-product"])
def test_the_recipes_survive_the_way_to_toml_and_back(tmp_path: Path, name: str) -> None:
    recipe = read_project_file(RECIPES / f"{name}.toml")
    path = tmp_path / "again.toml"
    path.write_text(as_toml(recipe.spec.model_dump(mode="json")), encoding="utf-8")
    again = read_project_file(path)
    assert again.spec == recipe.spec
    assert changes(recipe.spec.model_dump(mode="json"), again.spec.model_dump(mode="json")) == []


def test_search_relevance_has_eighty_rows() -> None:
    tasks = read_project_file(RECIPES / "search-relevance.toml").tasks
    kinds = [row["key"].split("-")[0] for rows in tasks.values() for row in rows]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "training": 10,
        "exam": 10,
        "golden": 10,
        "real": 50,
    }
