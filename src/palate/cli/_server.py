"""What all commands share that speak to a Palate server: where it is, who acts, and how a pool is named."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from palate.core.errors import InputError, SettingsError

if TYPE_CHECKING:
    from palate.client import Client, Project

__all__ = ["PoolName", "ProjectName", "on_server", "pool_called", "project_called"]

PoolName = Annotated[
    str,
    typer.Argument(metavar="POOL", help="Its number, or PROJECT/POOL by their names.", show_default=False),
]
ProjectName = Annotated[
    str, typer.Argument(metavar="NAME", help="What the server calls the project.", show_default=False)
]

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
    str,
    typer.Option("--database", help="With --directory: sqlite, or postgresql://…", envvar="PALATE_DATABASE"),
]
Login = Annotated[
    str | None,
    typer.Option("--account", help="With --directory: the account that acts; else the administrator."),
]
_OPTIONS: dict[str, tuple[Any, Any]] = {
    "server": (Url, None),
    "token_file": (TokenFile, None),
    "directory": (Directory, None),
    "database": (Database, "sqlite"),
    "account": (Login, None),
}


def on_server(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say where the server is; it gets a client of it as its first argument."""
    hints = get_type_hints(
        function, globalns=function.__globals__, localns={"Client": object}, include_extras=True
    )
    _, *own = inspect.signature(function).parameters.values()
    kept = [one.replace(annotation=hints[one.name]) for one in own]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in _OPTIONS.items()
    ]

    @wraps(function)
    def command(*arguments: Any, **options: Any) -> None:
        where = {name: options.pop(name) for name in _OPTIONS}
        with _connected(**where) as client:
            function(client, *arguments, **options)

    command.__signature__ = inspect.Signature([*kept, *added])  # type: ignore[attr-defined]  # what typer reads
    command.__annotations__ = {one.name: one.annotation for one in [*kept, *added]}
    del command.__wrapped__  # typer would read that one
    return command


def pool_called(client: Client, name: str) -> int:
    """Return the id of the pool that a command names.

    Raises:
        InputError: There is none.
    """
    if name.isdecimal():
        return int(name)
    project, slash, pool = name.partition("/")
    if not slash:
        raise InputError(f"A pool is named by its number, or as PROJECT/POOL; it is '{name}'.")
    while (found := client.projects.find(project)) is None and "/" in pool:
        part, _, pool = pool.partition("/")
        project = f"{project}/{part}"
    if found is None:
        raise _no_project(name.rpartition("/")[0])
    return found.pool(pool).id


def project_called(client: Client, name: str) -> Project:
    """Return the project that a command names.

    Raises:
        InputError: There is none.
    """
    found = client.projects.find(name)
    if found is None:
        raise _no_project(name)
    return found


def _no_project(name: str) -> InputError:
    return InputError(f"There is no project called '{name}' that this account manages or reviews.")


@contextmanager
def _connected(
    server: str | None, token_file: Path | None, directory: Path | None, database: str, account: str | None
) -> Iterator[Client]:
    """Yield a client of the server at an address, or of the data in a directory."""
    if (server is None) == (directory is None):
        raise SettingsError("Say where the server is: --server URL, or --directory DIR, one of the two.")
    from palate.client import Client

    if directory is not None:
        with Client.local(directory, account=account, database=database) as client:
            yield client
        return
    token = ""
    if token_file is not None:
        try:
            token = token_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"The token cannot be read from {token_file}: {error.strerror}.") from error
    with Client(str(server), token) as client:
        yield client
