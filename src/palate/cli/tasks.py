"""``palate tasks``: put tasks into a pool of the web platform, and fetch them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._options import Json, Output
from palate.cli._server import PoolName, on_server, pool_called

if TYPE_CHECKING:
    from palate.client import Client

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Tasks of pools of the web platform: upload, list.")


@app.command("upload")
@on_server
def upload(
    client: Client,
    pool: PoolName,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV, TSV, JSON lines or Parquet: the template's fields, or Toloka's INPUT: columns.",
            show_default=False,
        ),
    ],
    *,
    leave_out_wrong: Annotated[
        bool, typer.Option("--leave-out-wrong", help="Store the rows around wrong ones too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Put those tasks of a table into a pool that are not there yet, by their column `key`.

    Stopped at any moment and run again, it goes on; done again, it changes nothing.

    Examples:

        palate tasks upload Shoes/Main tasks.csv --directory palate-server

        palate tasks upload Shoes/Main toloka.tsv --server https://judge.example.org
    """
    from palate.cli._output import counted, notes, show_json

    found = client.tasks.upload(pool_called(client, pool), file, leave_out_wrong=leave_out_wrong)
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    there = f"; {found.there:,} were there already" if found.there else ""
    typer.echo(f"{counted(found.added, 'new task')}{there}")
    notes(f"row {one.row} is left out: {one.message}" for one in found.problems)


@app.command("list")
@on_server
def list_(client: Client, pool: PoolName, *, output: Output = None, as_json: Json = False) -> None:
    """List the tasks of a pool, golden ones too.

    Example:

        palate tasks list Shoes/Main --directory palate-server -o tasks.jsonl
    """
    import json

    import polars as pl

    from palate.cli._output import save, show_json, show_table

    rows = [one.model_dump(mode="json") for one in client.tasks.list(pool_called(client, pool))]
    if as_json:
        show_json(rows)
        return
    text = ("key", "kind", "input", "golden", "hint")
    table = pl.DataFrame(
        [
            {
                **{name: _plain(json.dumps(row[name], ensure_ascii=False), row[name]) for name in text},
                "overlap": row["overlap"],
                "open_slots": row["open_slots"],
            }
            for row in rows
        ],
        schema={**dict.fromkeys(text, pl.String), "overlap": pl.Int64, "open_slots": pl.Int64},
    )
    if output is not None:
        save(table, output, "tasks")
    else:
        show_table(table)


def _plain(written: str, value: object) -> str | None:
    """Return text as it is, nothing as nothing, and what has parts as JSON."""
    return value if value is None or isinstance(value, str) else written
