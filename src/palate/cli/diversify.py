"""``palate diversify``: reorder a run so that what is shown first differs."""

from __future__ import annotations

from typing import Annotated

import typer

from palate.cli._options import Json, Output, Settings, naming, parse_settings

__all__ = ["diversify"]

Ranked = Annotated[list[str], typer.Argument(help="Runs with scores: TREC, CSV or Parquet.")]
Categories = Annotated[
    str,
    typer.Option(
        "--categories",
        "-c",
        help="item, category: a row for each category of an item; for mmr also item and columns of numbers.",
        show_default=False,
    ),
]
Separator = Annotated[
    str | None,
    typer.Option(
        "--separator", help="Where one row names several categories: what is between.", show_default=False
    ),
]
Method = Annotated[str, typer.Option("--method", help="mmr, xquad or calibrated.")]
Past = Annotated[
    str | None,
    typer.Option(
        "--past",
        help="What users liked (user, item): tells which categories they are after.",
        show_default=False,
    ),
]
Top = Annotated[int, typer.Option("--top", min=1, help="How many items a query.")]
Depth = Annotated[int, typer.Option("--depth", min=1, help="How many items to choose from.")]
System = Annotated[
    str | None,
    typer.Option("--system", help="What to call the new run.", show_default="the system's name+method"),
]


def diversify(
    runs: Ranked,
    *,
    categories: Categories,
    separator: Separator = None,
    method: Method = "mmr",
    past: Past = None,
    top: Top = 10,
    depth: Depth = 100,
    system: System = None,
    settings: Settings = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Reorder runs so that what is shown first is relevant and differs.

    Examples:

        palate diversify als.trec --categories genres.csv --method mmr --set diversity=0.3 -o diverse.trec

        palate diversify als.parquet -c items.csv --separator "|" --method calibrated --past seen.csv -o fair.parquet
    """
    from palate.cli._output import notes, save, say, show_json, show_table
    from palate.measures import read_runs
    from palate.recommend.diversify import diversifiers, diversify_run

    chosen = diversifiers.create(method, parse_settings(settings))
    with naming(categories=categories, past=past):
        found = diversify_run(
            read_runs(runs),
            categories,
            chosen,
            cutoff=top,
            depth=depth,
            past=past,
            separator=separator,
            system=system,
        )
    if output is not None:
        save(found.runs, output, "ranked items")
    elif as_json:
        show_json(found.runs)
    else:
        show_table(found.runs, f"The first {top} by {diversifiers.name_of(chosen)}")
    say(f"{100 * found.moved:.1f}% of the items shown were not among the first {top} before.")
    notes(found.notes)
