"""``palate answers``: fetch the answers of a pool of the web platform, or have them aggregated there."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._options import Json, Output
from palate.cli._server import PoolName, on_server, pool_called

if TYPE_CHECKING:
    import polars as pl

    from palate.client import Client

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="Answers of pools of the web platform: fetch, follow, aggregate."
)


class Form(StrEnum):
    """Which columns a table of answers has."""

    PALATE = "palate"
    TOLOKA = "toloka"


@app.command("fetch")
@on_server
def fetch(
    client: Client,
    pool: PoolName,
    *,
    form: Annotated[
        Form, typer.Option("--form", help="Columns as aggregators take them, or Toloka's table.")
    ] = Form.PALATE,
    golden: Annotated[
        bool, typer.Option("--golden/--no-golden", help="With answers to golden and training tasks.")
    ] = True,
    rejected: Annotated[bool, typer.Option("--rejected", help="With answers of rejected pages.")] = False,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Fetch the answers of a pool as a table that `palate aggregate` takes.

    Examples:

        palate answers fetch Shoes/Main --directory palate-server -o answers.parquet

        palate answers fetch Shoes/Main --directory palate-server --form toloka -o assignments.csv
    """
    from palate.cli._output import save, show_json, show_table

    number = pool_called(client, pool)
    take = client.toloka_answers if form is Form.TOLOKA else client.answers
    table = take(number, golden=golden, rejected=rejected, like="polars")
    if as_json:
        show_json(_dated(table))
    elif output is not None:
        keeps_lists = output.suffix.casefold() in {".parquet", ".pq", ".jsonl", ".ndjson"}
        save(table if keeps_lists else _flat(table), output, "answers")
    else:
        show_table(_flat(table))


def _flat(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table of text and numbers: sets with commas between their labels."""
    import polars as pl
    import polars.selectors as cs

    return _dated(table).with_columns(cs.by_dtype(pl.List(pl.String)).list.join(","))


def _dated(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table with its times as text, ISO 8601."""
    import polars.selectors as cs

    return table.with_columns(cs.datetime(time_zone="*").dt.to_string("iso:strict"))


@app.command("aggregate")
@on_server
def aggregate(
    client: Client,
    pool: PoolName,
    *,
    method: Annotated[
        str, typer.Option(help="The aggregator; by default the usual one for the template.")
    ] = "",
    table: Annotated[
        str, typer.Option(help="judgments, ranking, annotators or training; by default the first there is.")
    ] = "",
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Have the server turn a pool's answers into judgments or a ranking, and fetch them.

    Example:

        palate answers aggregate Shoes/Main --directory palate-server --method dawid_skene -o judgments.csv
    """
    from palate.cli._output import counted, save, say, show_json, show_table

    number = pool_called(client, pool)
    found = client.aggregate(number, method)
    rows = client.results(number, table or found.tables[0], like="polars")
    if as_json:
        show_json({**found.model_dump(mode="json"), "rows": rows})
        return
    say(f"{found.method}, {counted(found.answers, 'answer')}{f': {found.reason}' if found.reason else ''}")
    if output is not None:
        save(rows, output, table or found.tables[0])
    else:
        show_table(rows)


@app.command("follow")
@on_server
def follow(
    client: Client,
    pool: PoolName,
    *,
    after: Annotated[int, typer.Option(help="Only events after this id.", min=0)] = 0,
    stop: Annotated[bool, typer.Option("--no-wait", help="End with the last event there is.")] = False,
) -> None:
    """Print what happens in a pool, an event a line as JSON, each once and in order, until it is stopped.

    Example:

        palate answers follow Shoes/Main --directory palate-server --after 1200
    """
    for event in client.events(pool_called(client, pool), after=after, follow=not stop):
        sys.stdout.write(event.model_dump_json() + "\n")
        sys.stdout.flush()
