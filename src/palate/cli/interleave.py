"""``palate interleave``: lists made of systems' rankings, and what clicks on them say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import (
    Confidence,
    Json,
    Output,
    Report,
    Runs,
    Seed,
    Settings,
    check_report,
    naming,
    parse_settings,
)

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from palate.experiments.interleaving import Preference, Preferences

__all__ = ["app"]

_NOT_SHOWN = ("sign_p", "p_value", "clicks", "impressions", "users")
"""Columns that only a file keeps where there are several pairs: sentences have the numbers."""
app = typer.Typer(
    name="interleave",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Mix systems' rankings into lists to show, and read from clicks which one people prefer.",
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
CorrectionName = Annotated[
    str, typer.Option("--correction", help="Of several pairs of systems: holm, bh or none.")
]
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
    """Draw lists for each query that all systems rank; show one of them, drawn at random, at each impression.

    Three systems and more are mixed by team draft.

    Examples:

        palate interleave make --run a.trec --run b.trec -o lists.parquet

        palate interleave make -r a.trec -r b.trec --method optimized --length 5 --lists 50 -o lists.csv

        palate interleave make -r a.trec -r b.trec -r c.trec -o lists.parquet
    """
    from palate.cli._output import notes, save, show_json, show_table
    from palate.core.errors import SettingsError
    from palate.experiments.interleaving import TeamDraft, interleave_runs, interleavers, multileave_runs
    from palate.measures import read_runs

    way, read = interleavers.create(method, parse_settings(settings)), read_runs(runs)
    systems = read["system"].n_unique()
    if systems <= 2:
        found = interleave_runs(read, way, length, lists, seed)
    elif isinstance(way, TeamDraft):
        found = multileave_runs(read, length, lists, seed)
    else:
        raise SettingsError(
            f"Three systems and more are mixed by --method team-draft only; there are {systems}, and the method is"
            f" '{method}'."
        )
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
    correction: CorrectionName = "holm",
    seed: Seed = 0,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Say which system people prefer, by their clicks on interleaved lists; of several systems, pair by pair.

    Examples:

        palate interleave score log.csv --lists lists.parquet

        palate interleave score log.csv --lists lists.parquet --sequential --json

        palate interleave score log.csv --lists lists.parquet --report preference.html
    """
    from palate.cli._pages import write_finding
    from palate.experiments.interleaving import Preferences, score_clicks, score_teams

    check_report(report)
    settings: dict[str, Any] = {
        "confidence": confidence,
        "interval": "bootstrap" if bootstrap else "student",
        "planned_units": planned_units if sequential else None,
        "seed": seed,
    }
    with naming(log=log, lists=lists):
        if lists is not None and _are_of_teams(lists):
            found = score_teams(log, lists, correction=correction, **settings)
        else:
            one = score_clicks(log, lists, **settings)
            found = Preferences((one,), notes=one.notes)
    _show(found, output, as_json=as_json)
    write_finding(found if len(found.pairs) > 1 else found.pairs[0], (log,), report)


def _are_of_teams(lists: str) -> bool:
    """Return whether the lists are of three systems or more; those of standard input, which is read once, are of two."""
    if lists == "-":
        return False
    from palate.core.frames import read_table
    from palate.core.tables import Table

    return "team" in read_table(lists, Table("interleaved lists", ())).columns


def _show(found: Preferences, output: Path | None, *, as_json: bool) -> None:
    import polars as pl

    from palate.cli._output import notes, save, say, show_json, show_table

    several = len(found.pairs) > 1
    table = pl.concat([_table(pair) for pair in found.pairs])
    if several:
        table = table.with_columns(adjusted_p=pl.Series(found.adjusted_p_values))
    if output is not None:
        save(table, output, "preferences" if several else "preference")
    elif as_json:
        show_json(found.to_dict() if several else found.pairs[0].to_dict())
    else:
        show_table(table.drop(_NOT_SHOWN, strict=False) if several else table)
    for sentence in found.sentences:
        say(sentence)
    notes(found.notes)


def _table(found: Preference) -> pl.DataFrame:
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
