"""``palate project``: projects of the web platform from files and back; list, open, archive."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import Json
from palate.cli._server import ProjectName, on_server, project_called

if TYPE_CHECKING:
    from palate.client import Client, Project
    from palate.server.projects.specs import ChecksSpec

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help="Projects of the web platform ('palate serve'): from files and back, list, open.",
)


@app.command("list")
@on_server
def list_(client: Client, *, as_json: Json = False) -> None:
    """List the projects that the account manages or reviews.

    Example:

        palate project list --directory palate-server
    """
    import polars as pl

    from palate.cli._output import show_json, show_table

    rows = [one.model_dump(mode="json") for one in client.projects.list()]
    if as_json:
        show_json(rows)
    else:
        columns = {
            "id": pl.String,
            "name": pl.String,
            "version": pl.Int64,
            "template": pl.String,
            "archived": pl.Boolean,
        }
        show_table(pl.DataFrame([{**row, "id": str(row["id"])} for row in rows], schema=columns), rows=1_000)


@app.command("apply")
@on_server
def apply(
    client: Client,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A project: TOML, JSON or YAML.", show_default=False)
    ],
    *,
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
    from palate.server.projects.files import canonical, changes, read_project_file
    from palate.server.projects.specs import ProjectSpec

    found = read_project_file(file)
    wanted = canonical(found.spec)
    before = client.projects.find(found.spec.name)
    known = None if before is None else canonical(ProjectSpec.model_validate(before.spec))
    differences = changes(known, wanted)
    new = _new_tasks(client, before, found.tasks)
    lines = [*differences, *(f"pool '{name}': {len(rows):,} new tasks" for name, rows in new.items() if rows)]
    if dry_run:
        _show(lines, "would change", as_json=as_json)
        return
    project = before
    if project is None or differences:
        project = client.projects.apply(found.spec.model_dump(mode="json"))
    for name, rows in new.items():
        if rows:
            client.tasks.upload(project.pool(name), rows)
    lines += _checks_added(client, project, found.checks)
    opened = client.projects.open(project) if opens else ()
    if as_json:
        show_json({"project": project.id, "changes": lines, "opened": [one.name for one in opened]})
        return
    _show(lines, "changed", as_json=False)
    for one in opened:
        say(f"opened '{one.name}'")


@app.command("export")
@on_server
def export(
    client: Client,
    name: ProjectName,
    *,
    as_json: Json = False,
) -> None:
    """Print a project as the file that makes it again, without its tasks.

    Example:

        palate project export "Search relevance" --directory palate-server > search.toml
    """
    from palate.cli._output import show_json
    from palate.server.projects.files import as_toml

    found = project_called(client, name)
    if as_json:
        show_json(found.spec)
    else:
        typer.echo(as_toml(found.spec), nl=False)


@app.command("open")
@on_server
def open_(client: Client, name: ProjectName, *, as_json: Json = False) -> None:
    """Open every pool of a project that is a draft, trainings and exams first.

    Example:

        palate project open Shoes --directory palate-server
    """
    from palate.cli._output import show_json

    opened = [one.name for one in client.projects.open(project_called(client, name))]
    if as_json:
        show_json({"opened": opened})
    else:
        typer.echo("\n".join(f"opened '{one}'" for one in opened) or "There is no draft.")


@app.command("archive")
@on_server
def archive(client: Client, name: ProjectName) -> None:
    """Close and archive a project and its pools; its data stays.

    Example:

        palate project archive Shoes --directory palate-server
    """
    client.projects.archive(project_called(client, name))
    typer.echo(f"archived '{name}'")


def _new_tasks(client: Client, project: Project | None, tasks: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the tasks of each pool that the server does not have yet, by their keys."""
    pools = {pool.name: pool.id for pool in project.pools} if project else {}
    found = {}
    for name, rows in tasks.items():
        there = {task.key for task in client.tasks.list(pools[name])} if name in pools else set()
        found[name] = [row for row in rows if str(row["key"]) not in there]
    return found


def _checks_added(client: Client, project: Project, wanted: Mapping[str, ChecksSpec]) -> list[str]:
    """Add the checks of attention that drafts lack; return in lines how many."""
    drafts = {pool.name: pool.id for pool in project.pools if pool.status == "draft"}
    lines = []
    for name in sorted(set(wanted) & set(drafts)):
        body = wanted[name].model_dump(mode="json")
        added = client.connection.post(f"/pools/{drafts[name]}/checks", body)
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
