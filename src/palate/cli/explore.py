"""``palate explore``: show some items by chance, and log the chance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from palate.cli._options import Json, Output, Seed, naming
from palate.core.errors import SettingsError

__all__ = ["explore"]

Ranked = Annotated[str, typer.Argument(help="The run of one system: TREC, CSV or Parquet.")]
Epsilon = Annotated[
    float | None,
    typer.Option("--epsilon", help="Draw for each slot with this probability.", show_default="0.1"),
]
Slots = Annotated[
    str | None,
    typer.Option("--slots", help="Ranks that may be drawn for, such as 4,8.", show_default="all shown"),
]
Mode = Annotated[
    Literal["replace", "insert"],
    typer.Option("--mode", help="Whether drawn items take the place of the run's, or move them down."),
]
Pool = Annotated[
    str | None,
    typer.Option(
        "--pool", help="What to draw from: item, and query if it differs.", show_default="the run below --top"
    ),
]
Temperature = Annotated[
    float | None,
    typer.Option(
        "--temperature",
        help="Draw whole rankings by score / temperature (Plackett and Luce) instead.",
        show_default=False,
    ),
]
Top = Annotated[int, typer.Option("--top", min=1, help="How many items are shown.")]
Log = Annotated[
    Path | None,
    typer.Option("--log", help="Write the log with propensities here.", show_default=False),
]


def explore(
    run: Ranked,
    *,
    epsilon: Epsilon = None,
    slots: Slots = None,
    mode: Mode = "replace",
    pool: Pool = None,
    temperature: Temperature = None,
    top: Top = 10,
    seed: Seed = 0,
    log: Log = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Show some items by chance, with the probability logged that each was shown at its rank.

    With what came of it as a column reward, the log is what palate off-policy takes. Take another --seed for each visit.

    Examples:

        palate explore als.parquet --epsilon 0.2 --slots 4,8 --mode insert --log log.parquet -o shown.parquet

        palate explore als.parquet --temperature 0.05 --top 10 --seed 17 --log log.parquet -o shown.parquet
    """
    from palate.cli._output import notes, save, say, show_json, show_table
    from palate.recommend import explore_slots, sample_rankings

    if temperature is not None:
        named = [("--epsilon", epsilon), ("--slots", slots), ("--pool", pool)]
        beside = [name for name, value in named if value is not None]
        if beside:
            raise SettingsError(f"--temperature draws whole rankings; leave out {', '.join(beside)}.")
    with naming(runs=run, pool=pool):
        if temperature is not None:
            found = sample_rankings(run, temperature, cutoff=top, seed=seed)
        else:
            chance = 0.1 if epsilon is None else epsilon
            wanted = _slots(slots)
            found = explore_slots(run, chance, pool=pool, slots=wanted, mode=mode, cutoff=top, seed=seed)
    if log is not None:
        save(found.log, log, "logged items")
    if output is not None:
        save(found.runs, output, "ranked items")
    elif as_json:
        show_json({"runs": found.runs, "log": found.log})
    else:
        show_table(found.log, f"The first {top}, some of them by chance")
    say(
        f"{100 * float(found.log['explored'].mean()):.1f}% of what is shown is not what the run has at that rank."
    )
    notes(found.notes)


def _slots(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() for part in parts):
        raise SettingsError(f"--slots takes ranks with commas between, such as 4,8; it got '{text}'.")
    return tuple(int(part) for part in parts)
