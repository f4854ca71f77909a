"""``palate split``: put interactions into a past to learn from and a future to test on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from palate.cli._options import Interactions, Json, naming

__all__ = ["split"]

How = Annotated[str, typer.Option("--split", help="global, per-user or leave-one-out.")]
Share = Annotated[float, typer.Option("--future-share", help="Of the interactions; none for leave-one-out.")]
PastOut = Annotated[
    Path, typer.Option("--past", help="Write what systems may learn from here.", show_default=False)
]
FutureOut = Annotated[
    Path, typer.Option("--future", "--test-out", help="Write what came after it here.", show_default=False)
]
JudgmentsOut = Annotated[
    Path | None,
    typer.Option(
        "--judgments",
        help="Write here, with grade 1, what each user of the past first met later: what palate evaluate takes.",
        show_default=False,
    ),
]


def split(
    interactions: Interactions,
    *,
    past: PastOut,
    future: FutureOut,
    how: How = "global",
    future_share: Share = 0.2,
    judgments: JudgmentsOut = None,
    as_json: Json = False,
) -> None:
    """Split interactions by time, and say what of the future the past gives away.

    Examples:

        palate split -i ratings.csv --past past.parquet --future future.parquet

        palate split -i ratings.csv --split per-user --past past.parquet --test-out test.parquet --judgments liked.parquet
    """
    from palate.cli._output import notes, save, show_json
    from palate.core.frames import read_table
    from palate.core.registry import plain_name
    from palate.core.tables import INTERACTIONS
    from palate.evaluation import later_items
    from palate.recommend import check_split, split_interactions

    table = read_table(interactions, INTERACTIONS)
    with naming(interactions=interactions):
        parts = split_interactions(table, plain_name(how), future_share)  # type: ignore[arg-type]  # checked there
        check = check_split(parts.past, parts.future)
        found = later_items(parts) if judgments is not None else None
    save(parts.past, past, "interactions")
    save(parts.future, future, "interactions")
    if judgments is not None and found is not None:
        save(found, judgments, "judgments")
    if as_json:
        show_json({**check.to_dict(), "sentences": list(check.sentences)})
    else:
        notes(check.sentences)
