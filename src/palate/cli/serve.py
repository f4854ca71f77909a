"""``palate serve``: the web platform on which people are asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["serve"]


def serve(
    *,
    directory: Annotated[
        Path,
        typer.Option("--directory", "-d", help="Holds the SQLite database, pictures and the secret key."),
    ] = Path("palate-server"),
    database: Annotated[
        str,
        typer.Option(help="sqlite, or postgresql://user:password@host:port/name.", envvar="PALATE_DATABASE"),
    ] = "sqlite",
    host: Annotated[
        str, typer.Option(help="The address to listen at; 127.0.0.1 is this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="The port to listen at.")] = 8000,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            help="A name under which the server is reached, as judge.example.org. Repeat for several.",
        ),
    ] = None,
    secure: Annotated[
        bool, typer.Option("--secure", help="The server stands behind a proxy that speaks https.")
    ] = False,
    largest_upload: Annotated[
        int,
        typer.Option(min=1, help="MB that a manager may send at once; above it, files are refused unread."),
    ] = 256,
    webhook_host: Annotated[
        list[str] | None,
        typer.Option(
            "--webhook-host",
            help="A host to which events may be sent, as hooks.example.org or 127.0.0.1:9000. Repeat for several.",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 2,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads of each.")] = 4,
) -> None:
    """Serve the platform: managers publish pools of tasks, invited annotators answer them.

    The first start prints a link with which you make your account.

    Examples:

        palate serve

        palate serve --port 9000 -d /srv/palate

        palate serve --database postgresql://palate:…@db/palate --name judge.example.org --secure --workers 4
    """
    from palate.server.config import ServerConfig
    from palate.server.serving import check_free, prepare
    from palate.server.serving import serve as serve_forever

    config = ServerConfig(
        directory,
        database,
        tuple(name or ()),
        secure,
        largest_upload=largest_upload,
        webhook_hosts=tuple(webhook_host or ()),
    )
    check_free(host, port)
    prepared = prepare(config)
    address = f"http://{host}:{port}" if host not in {"0.0.0.0", "::"} else f"http://127.0.0.1:{port}"  # noqa: S104

    def ready() -> None:
        typer.echo(f"Palate serves {address}/ (data in {directory}). Ctrl-C stops it.")
        if prepared.setup_code:
            typer.echo(f"Nobody has an account yet. Make yours: {address}/first-run/#{prepared.setup_code}")

    serve_forever(config, host=host, port=port, workers=workers, threads=threads, ready=ready)
