"""``palate project``: projects of the web platform from files and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import Json

if TYPE_CHECKING:
    from palate.platforms import ServerClient
    from palate.server.projects.specs import ChecksSpec

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="Projects of the web platform ('palate serve') from files and back."
)

Url = Annotated[
    str | None, typer.Option("--server", "-s", help="Where the server is, as https://judge.example.org.")
]
TokenFile = Annotated[
    Path | None, typer.Option("--token-file", help="Holds the API token; else PALATE_TOKEN does.")
]
Directory = Annotated[
    Path | None,
    typer.Option("--directory", "-d", help="Instead of --server: the directory of a server on this machine."),
]
Database = Annotated[
    str, typer.Option(help="With --directory: sqlite, or postgresql://…", envvar="PALATE_DATABASE")
]
Login = Annotated[
    str | None,
    typer.Option("--account", help="With --directory: who manages the project; else the administrator."),
]


@app.command("apply")
def apply(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A project: TOML, JSON or YAML.", show_default=False)
    ],
    *,
    server: Url = None,
    token_file: TokenFile = None,
    directory: Directory = None,
    database: Database = "sqlite",
    account: Login = None,
    opens: Annotated[bool, typer.Option("--open", help="Open the pools that are drafts.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Make the project that a file describes, or change it to be so; doing it again changes nothing.

    Tasks stand in tables beside the file (`tasks = "tasks.csv"` at a pool); those that are there already, by their
    key, are left alone.

    Examples:

        palate project apply search.toml --directory palate-server --open

        palate project apply search.toml --server https://judge.example.org --dry-run
    """
    from palate.cli._output import say, show_json
    from palate.core.hashing import hash_json
    from palate.server.projects.files import canonical, changes, read_project_file
    from palate.server.projects.specs import ProjectSpec

    found = read_project_file(file)
    wanted = canonical(found.spec)
    with _client(server, token_file, directory, database, account) as client:
        before = _project_called(client, found.spec.name)
        differences = changes(before and canonical(ProjectSpec.model_validate(before["spec"])), wanted)
        new = _new_tasks(client, before, found.tasks)
        lines = [
            *differences,
            *(f"pool '{name}': {len(rows):,} new tasks" for name, rows in new.items() if rows),
        ]
        if dry_run:
            _show(lines, "would change", as_json=as_json)
            return
        project: dict[str, Any] = before or {}
        if differences:
            project = client.post("/projects/apply", found.spec.model_dump(mode="json"), key=_new_key())
        pools = {pool["name"]: pool["id"] for pool in project["pools"]}
        for name, rows in new.items():
            if rows:
                client.add_tasks(pools[name], rows, key=f"apply-{hash_json(rows)}")
        lines += _checks_added(client, project, found.checks)
        opened = client.post(f"/projects/{project['id']}/open", {}, key=_new_key())["opened"] if opens else []
    if as_json:
        show_json({"project": project["id"], "changes": lines, "opened": [one["name"] for one in opened]})
        return
    _show(lines, "changed", as_json=False)
    for one in opened:
        say(f"opened '{one['name']}'")


@app.command("export")
def export(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What the server calls the project.", show_default=False)
    ],
    *,
    server: Url = None,
    token_file: TokenFile = None,
    directory: Directory = None,
    database: Database = "sqlite",
    account: Login = None,
    as_json: Json = False,
) -> None:
    """Print a project as the file that makes it again, without its tasks.

    Example:

        palate project export "Search relevance" --directory palate-server > search.toml
    """
    from palate.cli._output import show_json
    from palate.core.errors import InputError
    from palate.server.projects.files import as_toml

    with _client(server, token_file, directory, database, account) as client:
        found = _project_called(client, name)
    if found is None:
        raise InputError(f"There is no project called '{name}' that this account manages or reviews.")
    if as_json:
        show_json(found["spec"])
    else:
        typer.echo(as_toml(found["spec"]), nl=False)


@contextmanager
def _client(
    url: str | None, token_file: Path | None, directory: Path | None, database: str, login: str | None
) -> Iterator[ServerClient]:
    """Yield a client of the server at an address, or of the data in a directory."""
    import os

    from palate.core.errors import SettingsError
    from palate.platforms import HttpTransport, ServerClient

    if (url is None) == (directory is None):
        raise SettingsError(
            "Say where the project is to go: --server URL, or --directory DIR, one of the two."
        )
    if directory is not None:
        from palate.server.api.in_process import opened_directory
        from palate.server.config import ServerConfig

        with opened_directory(ServerConfig(directory, database), login) as (transport, token):
            yield ServerClient(transport, token)
        return
    token = os.environ.get("PALATE_TOKEN", "")
    if token_file is not None:
        try:
            token = token_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"The token cannot be read from {token_file}: {error.strerror}.") from error
    if not token:
        raise SettingsError("There is no token: set PALATE_TOKEN or name a file with --token-file.")
    yield ServerClient(HttpTransport(str(url)), token)


def _project_called(client: ServerClient, name: str) -> dict[str, Any] | None:
    there = [one for one in client.rows("/projects", name=name) if not one["archived"]]
    if not there:
        return None
    newest = max(there, key=lambda one: one["version"])
    found: dict[str, Any] = client.get(f"/projects/{newest['id']}")
    return found


def _new_tasks(
    client: ServerClient, project: dict[str, Any] | None, tasks: Any
) -> dict[str, list[dict[str, Any]]]:
    """Return the tasks of each pool that the server does not have yet, by their keys."""
    pools = {pool["name"]: pool["id"] for pool in project["pools"]} if project else {}
    found = {}
    for name, rows in tasks.items():
        there = (
            {task["key"] for task in client.rows(f"/pools/{pools[name]}/tasks")} if name in pools else set()
        )
        found[name] = [row for row in rows if str(row["key"]) not in there]
    return found


def _checks_added(
    client: ServerClient, project: dict[str, Any], wanted: Mapping[str, ChecksSpec]
) -> list[str]:
    """Add the checks of attention that drafts lack; return in lines how many."""
    drafts = {pool["name"]: pool["id"] for pool in project["pools"] if pool["status"] == "draft"}
    lines = []
    for name in sorted(set(wanted) & set(drafts)):
        body = wanted[name].model_dump(mode="json")
        added = client.post(f"/pools/{drafts[name]}/checks", body, key=_new_key())
        if any(added.values()):
            lines.append(
                f"pool '{name}': {added['attention_pairs']:,} attention pairs, {added['swapped_repeats']:,} swapped repeats"
            )
    return lines


def _show(lines: list[str], verb: str, *, as_json: bool) -> None:
    from palate.cli._output import show_json

    if as_json:
        show_json({"changes": lines})
    else:
        typer.echo("\n".join(lines) if lines else f"Nothing {verb}.")


def _new_key() -> str:
    import secrets

    return secrets.token_hex(8)
