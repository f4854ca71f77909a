"""``palate pool``: pools of the web platform, how far they are and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._options import Json
from palate.cli._server import PoolName, ProjectName, on_server, pool_called, project_called

if TYPE_CHECKING:
    from palate.client import Client, Pool

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="Pools of the web platform: how far they are, open, pause, close."
)


@app.command("list")
@on_server
def list_(client: Client, project: ProjectName, *, as_json: Json = False) -> None:
    """List the pools of a project and how far they are.

    Example:

        palate pool list Shoes --directory palate-server
    """
    import polars as pl

    from palate.cli._output import show_json, show_table

    pools = list(client.pools.list(project_called(client, project)))
    if as_json:
        show_json([one.model_dump(mode="json") for one in pools])
        return
    rows = [
        {
            "id": str(one.id),
            "name": one.name,
            "kind": one.kind,
            "status": one.status,
            "tasks": one.progress.tasks,
            "answers": f"{one.progress.answers:,} of {one.progress.wanted:,}",
            "spent": f"${one.progress.spent:,.2f}",
        }
        for one in pools
    ]
    show_table(pl.DataFrame(rows), rows=1_000)


@app.command("show")
@on_server
def show(client: Client, pool: PoolName, *, as_json: Json = False) -> None:
    """Show how far a pool is, and what it will cost.

    Example:

        palate pool show Shoes/Main --directory palate-server
    """
    from palate.cli._output import show_json

    found = client.pools.get(pool_called(client, pool))
    cost = client.pools.projection(found)
    if as_json:
        show_json({**found.model_dump(mode="json"), "projection": cost.model_dump(mode="json")})
        return
    done = found.progress
    lines = [
        f"{found.name} ({found.kind}, number {found.id}) is {_status(found)}.",
        f"{done.answers:,} of {done.wanted:,} answers to {done.real_tasks:,} tasks; {done.tasks:,} tasks with golden ones.",
        f"Pages held: {done.pages_active:,}; to review: {done.pages_submitted:,}.",
        f"Pages accepted: {done.pages_accepted:,}; rejected: {done.pages_rejected:,}.",
        f"Spent ${done.spent:,.2f}, promised ${done.committed:,.2f}.",
    ]
    if done.golden_accuracy is not None:
        lines.append(
            f"{done.golden_accuracy:.1%} of {done.golden_answers:,} answers to golden tasks are right."
        )
    if done.hourly_pay is not None:
        lines.append(f"It pays ${done.hourly_pay:,.2f} an hour, as measured.")
    if cost.least is not None and cost.most is not None:
        lines.append(f"In all it will cost ${cost.least.total:,.2f} to ${cost.most.total:,.2f}.")
    typer.echo("\n".join(lines))


@app.command("open")
@on_server
def open_(client: Client, pool: PoolName) -> None:
    """Hand a pool's tasks out.

    Example:

        palate pool open Shoes/Main --directory palate-server
    """
    _say(client.pools.open(pool_called(client, pool)))


@app.command("pause")
@on_server
def pause(client: Client, pool: PoolName) -> None:
    """Hand no more pages out; those that people hold are taken.

    Example:

        palate pool pause Shoes/Main --directory palate-server
    """
    _say(client.pools.pause(pool_called(client, pool)))


@app.command("close")
@on_server
def close(client: Client, pool: PoolName) -> None:
    """End a pool.

    Example:

        palate pool close Shoes/Main --directory palate-server
    """
    _say(client.pools.close(pool_called(client, pool)))


@app.command("archive")
@on_server
def archive(client: Client, pool: PoolName) -> None:
    """Put a pool away; its data stays.

    Example:

        palate pool archive Shoes/Main --directory palate-server
    """
    _say(client.pools.archive(pool_called(client, pool)))


@app.command("wait")
@on_server
def wait(
    client: Client,
    pool: PoolName,
    *,
    hours: Annotated[float | None, typer.Option(help="Give up after so long.", min=0)] = None,
) -> None:
    """Wait until a pool is closed, with a bar that shows how many answers are there.

    Example:

        palate pool wait Shoes/Main --directory palate-server --hours 24
    """
    _say(client.wait(pool_called(client, pool), hours=hours))


def _say(pool: Pool) -> None:
    typer.echo(f"{pool.name} is {_status(pool)}.")


def _status(pool: Pool) -> str:
    return f"{pool.status} ({pool.close_reason})" if pool.close_reason else pool.status
