"""``palate backup`` and ``palate restore``: a server's data in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["backup", "restore"]

File = Annotated[Path, typer.Argument(metavar="FILE", help="A tar file; compressed if it ends in .gz.")]


def backup(
    file: File,
    *,
    directory: Annotated[
        Path, typer.Option("--directory", "-d", help="The server's directory; the server may run.")
    ] = Path("palate-server"),
    database: Annotated[
        str, typer.Option(help="As the server uses it.", envvar="PALATE_DATABASE")
    ] = "sqlite",
) -> None:
    """Copy a server's data into one file: the SQLite database, the pictures and the secret key.

    The server may run meanwhile. The file holds everything, so keep it as safe as the server.

    Examples:

        palate backup monday.tar.gz -d /srv/palate
    """
    from palate.server.config import ServerConfig
    from palate.server.copies import back_up

    size = back_up(ServerConfig(directory, database), file)
    typer.echo(f"{file}: {size / 2**20:,.1f} MB.")


def restore(
    file: File,
    *,
    directory: Annotated[Path, typer.Option("--directory", "-d", help="A new directory for a server.")],
) -> None:
    """Make a server's directory from a file that **palate backup** wrote, checked first.

    Examples:

        palate restore monday.tar.gz -d /srv/palate-again
    """
    from palate.server.copies import restore as restored

    answers = restored(file, directory)
    typer.echo(f"{directory}: {answers:,} answers. Start it with 'palate serve -d {directory}'.")
