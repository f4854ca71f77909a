"""``palate filter``: take out of runs what must not be shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import Json, Output, naming
from palate.core.errors import SettingsError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["filter_runs"]

Ranked = Annotated[list[str], typer.Argument(help="Runs: TREC, CSV or Parquet.")]
Seen = Annotated[
    str | None,
    typer.Option(
        "--seen", help="Take out what each user met: interactions of user, item.", show_default=False
    ),
]
Unavailable = Annotated[
    str | None,
    typer.Option(
        "--unavailable", help="Take out these items: item, and query if for some.", show_default=False
    ),
]
Available = Annotated[
    str | None, typer.Option("--available", help="Take out all items but these: item.", show_default=False)
]
Caps = Annotated[
    list[str] | None,
    typer.Option(
        "--cap",
        metavar="[CATEGORY=]NUMBER",
        help="The most items of a category, or of every one. Repeat for several.",
        show_default=False,
    ),
]
Categories = Annotated[
    str | None,
    typer.Option("--categories", "-c", help="For --cap: item, category.", show_default=False),
]
Separator = Annotated[
    str | None,
    typer.Option(
        "--separator", help="Where one row names several categories: what is between.", show_default=False
    ),
]
Top = Annotated[int | None, typer.Option("--top", min=1, help="How many items a query.", show_default="all")]
Removed = Annotated[
    Path | None,
    typer.Option("--removed", help="Write here what was taken out, and why.", show_default=False),
]


def filter_runs(
    runs: Ranked,
    *,
    seen: Seen = None,
    unavailable: Unavailable = None,
    available: Available = None,
    caps: Caps = None,
    categories: Categories = None,
    separator: Separator = None,
    top: Top = None,
    removed: Removed = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Take out of runs what was seen, is not available, or is too much of a category. Ranks close up.

    Give it longer runs than are shown (palate recommend --top 300), so that enough is left for --top.

    Examples:

        palate filter als.parquet --unavailable gone.csv --top 100 -o shown.parquet

        palate filter als.parquet --seen watched.csv --cap 3 --cap Drama=2 -c genres.csv --top 10 -o shown.trec
    """
    import polars as pl

    from palate.cli._output import notes, save, say, show_json, show_table
    from palate.measures import read_runs
    from palate.recommend import cap_categories, keep_items, remove_items, remove_seen

    limits = _limits(caps)
    if (limits is None) != (categories is None):
        raise SettingsError("--cap and --categories go together.")
    table: pl.DataFrame = read_runs(runs)
    out, remarks = [], list[str]()
    with naming(
        seen=seen, interactions=seen, unavailable=unavailable, available=available, categories=categories
    ):
        steps: list[Any] = [
            seen and (lambda run: remove_seen(run, seen)),
            unavailable and (lambda run: remove_items(run, unavailable)),
            available and (lambda run: keep_items(run, available)),
            categories
            and limits is not None
            and (lambda run: cap_categories(run, categories, limits, cutoff=top, separator=separator)),
        ]
        for step in filter(None, steps):
            found = step(table)
            table = found.runs
            out.append(found.removed)
            remarks += found.notes
    gone = pl.concat(out, how="diagonal_relaxed") if out else table.clear()
    if top is not None:
        table = table.filter(pl.col("rank") <= top)
    if removed is not None:
        save(gone, removed, "rows taken out")
    if output is not None:
        save(table, output, "ranked items")
    elif as_json:
        show_json(table)
    else:
        show_table(table, "What is left")
    reasons = gone.group_by("reason").len().sort("reason").rows() if "reason" in gone.columns else []
    say("Taken out: " + (", ".join(f"{number:,} {reason}" for reason, number in reasons) or "nothing") + ".")
    notes(remarks)


def _limits(caps: list[str] | None) -> int | dict[str, int] | None:
    """Return the caps as the library takes them: one for all categories, or by name."""
    if not caps:
        return None
    pairs = [cap.rpartition("=") for cap in caps]
    if not all(number.strip().isdigit() for _, _, number in pairs):
        raise SettingsError(f"--cap takes a whole number, or CATEGORY=NUMBER; it got {', '.join(caps)}.")
    named = {name: int(number) for name, _, number in pairs if name}
    for_all = [int(number) for name, _, number in pairs if not name]
    if len(for_all) > 1 or (for_all and named):
        raise SettingsError("Give --cap one number for every category, or numbers by name, not both.")
    return for_all[0] if for_all else named
