"""``palate sample``: choose what people are asked."""

from __future__ import annotations

from typing import Annotated

import typer

from palate.cli._options import Json, Output, Runs, Seed, Settings, parse_settings

__all__ = ["sample"]


def sample(
    runs: Runs,
    *,
    sampler: Annotated[
        str, typer.Option("--sampler", help="depth-pool, uniform or side-by-side.")
    ] = "depth-pool",
    settings: Settings = None,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Choose tasks from runs, each with the probability with which it was taken.

    Examples:

        palate sample --run a.trec --run b.trec --set depth=10 -o tasks.csv

        palate sample --run a.trec --run b.trec --sampler uniform --set count=500 -o tasks.csv

        palate sample --run a.trec --run b.trec --sampler side-by-side --set pairs=200 -o pairs.csv
    """
    from palate.cli._output import save, show_json, show_table
    from palate.measures import read_runs
    from palate.sampling import samplers

    method = samplers.create(sampler, parse_settings(settings))
    tasks = method.sample(read_runs(runs), seed)
    if output is not None:
        save(tasks, output, "tasks")
    elif as_json:
        show_json(tasks)
    else:
        show_table(tasks, f"{len(tasks):,} tasks by {sampler}")
