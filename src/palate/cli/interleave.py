"""``palate interleave``: lists made of two systems' rankings, and what clicks on them say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import Confidence, Json, Output, Runs, Seed, Settings, naming, parse_settings

if TYPE_CHECKING:
    from palate.experiments.interleaving import Preference

__all__ = ["app"]

app = typer.Typer(
    name="interleave",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Mix two systems' rankings into lists to show, and read from clicks which one people prefer.",
)


Log = Annotated[str, typer.Argument(help="impression, item, clicks, user if known, and list or credit.")]
Lists = Annotated[
    str | None,
    typer.Option(
        "--lists",
        "-l",
        help="What 'palate interleave make' wrote; not needed if the log has credit.",
        show_default=False,
    ),
]
Bootstrap = Annotated[bool, typer.Option("--bootstrap", help="Resample users instead of Student's interval.")]
Sequential = Annotated[
    bool, typer.Option("--sequential", help="An interval that stays valid however often you look.")
]
PlannedUnits = Annotated[
    int,
    typer.Option(
        "--planned-units", min=1, help="Users (or impressions) where --sequential is to be most precise."
    ),
]


@app.command("make")
def make(
    runs: Runs,
    *,
    method: Annotated[
        str, typer.Option("--method", help="team-draft, probabilistic or optimized.")
    ] = "team-draft",
    length: Annotated[int, typer.Option("--length", min=1, help="Items of a list.")] = 10,
    lists: Annotated[int, typer.Option("--lists", min=2, help="Lists drawn for each query.")] = 10,
    settings: Settings = None,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Draw lists for each query that both systems rank; show one of them, drawn at random, at each impression.

    Examples:

        palate interleave make --run a.trec --run b.trec -o lists.parquet

        palate interleave make -r a.trec -r b.trec --method optimized --length 5 --lists 50 -o lists.csv
    """
    from palate.cli._output import notes, save, show_json, show_table
    from palate.experiments.interleaving import interleave_runs, interleavers
    from palate.measures import read_runs

    way = interleavers.create(method, parse_settings(settings))
    found = interleave_runs(read_runs(runs), way, length, lists, seed)
    if output is not None:
        save(found.table, output, "rows of lists")
    elif as_json:
        show_json({"lists": found.table, "notes": list(found.notes)})
    else:
        show_table(found.table, f"{found.table['list'].n_unique():,} lists by {method}")
    notes(found.notes)


@app.command("score")
def score(
    log: Log,
    *,
    lists: Lists = None,
    bootstrap: Bootstrap = False,
    sequential: Sequential = False,
    planned_units: PlannedUnits = 10_000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Say which of the two systems people prefer, by their clicks on interleaved lists.

    Examples:

        palate interleave score log.csv --lists lists.parquet

        palate interleave score log.csv --lists lists.parquet --sequential --json
    """
    from palate.cli._output import notes, save, say, show_json, show_table
    from palate.experiments.interleaving import score_clicks

    with naming(log=log, lists=lists):
        found = score_clicks(
            log,
            lists,
            confidence=confidence,
            interval="bootstrap" if bootstrap else "student",
            planned_units=planned_units if sequential else None,
            seed=seed,
        )
    if output is not None:
        save(_table(found), output, "preference")
    elif as_json:
        show_json(found.to_dict())
    else:
        show_table(_table(found))
    say(found.sentence)
    notes(found.notes)


def _table(found: Preference) -> Any:
    import polars as pl

    return pl.DataFrame(
        {
            "system": [found.system],
            "other": [found.other],
            "credit": [found.credit.estimate],
            "low": [found.credit.low],
            "high": [found.credit.high],
            "p_value": [found.p_value],
            "wins": [found.wins],
            "losses": [found.losses],
            "sign_p": [found.sign_p_value],
            "impressions": [found.impressions],
            "clicks": [found.clicks],
            f"{found.unit}s": [found.units],
            "winner": [found.winner],
        },
        schema_overrides={"winner": pl.String},
    )
