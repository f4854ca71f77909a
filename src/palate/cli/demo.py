"""``palate demo``: two rounds of the loop on real ratings, from interactions to a better ranker."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from palate.cli._options import Json

__all__ = ["demo"]


def demo(
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the study goes.")] = Path(
        "palate-demo"
    ),
    interactions: Annotated[
        Path | None,
        typer.Option(
            "--interactions", "-i", help="Your own: user, item, timestamp, value. Default: MovieLens."
        ),
    ] = None,
    items: Annotated[Path | None, typer.Option("--items", help="Your own: item, title.")] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="The same seed, the same result. Default: 0.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run two rounds of the loop on real ratings: recommend, sample, ask, aggregate, evaluate, learn; ask again; report.

    The first round judges three recommenders and trains a ranker on the judgments. The second asks only about
    what that ranker changed, and says whether it beats the best of the three. The annotators are simulated:
    each answers from what the user really rated later, with errors of its own. Everything else is what a study
    with people does. It takes less than a minute; run again, it goes on where it stopped.

    Examples:

        palate demo

        palate demo --seed 7 -o study-7

        palate demo --interactions watched.csv --items videos.csv
    """
    from palate.cli.study import run_and_show
    from palate.core.errors import StudyError
    from palate.study import Study, new_study
    from palate.study.settings_file import SETTINGS_FILE

    if not (output / SETTINGS_FILE).exists():
        study = new_study(output, interactions=interactions, items=items, seed=seed or 0)
    else:
        study = Study(output)
        there = study.settings
        if interactions is not None or items is not None or (seed is not None and seed != there.study.seed):
            raise StudyError(
                f"There is a study in {output} already (seed {there.study.seed}, {there.data.source}). Name another"
                f" folder with -o, or change {output / SETTINGS_FILE}."
            )
    run_and_show(study, first=None, last=None, as_json=as_json)
