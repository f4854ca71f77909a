"""``palate study``: make, run and look at a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._options import Json

if TYPE_CHECKING:
    from palate.study import Study

__all__ = ["app", "run_and_show"]

app = typer.Typer(no_args_is_help=True, help="A study: one run of the loop, in a directory, resumable.")

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The study's directory.", show_default=False)]


@app.command("new")
def new(
    directory: Directory,
    *,
    interactions: Annotated[
        Path | None,
        typer.Option("--interactions", "-i", help="user, item, timestamp, value. Default: MovieLens."),
    ] = None,
    items: Annotated[Path | None, typer.Option("--items", help="item, title.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of everything random.")] = 0,
) -> None:
    """Make a study: a directory with a palate.toml that says what can be set.

    Examples:

        palate study new my-study

        palate study new my-study --interactions watched.parquet --items videos.csv
    """
    from palate.study import new_study

    study = new_study(directory, interactions=interactions, items=items, seed=seed)
    typer.echo(
        f"{study.directory}/palate.toml is there. Look it through, then: palate study run {study.directory}"
    )


@app.command("run")
def run(
    directory: Directory = Path(),
    *,
    first: Annotated[
        str | None, typer.Option("--from", help="Run this step and all after it again.", show_default=False)
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="Stop after this step.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the steps whose inputs or settings changed; the others keep their results.

    Stopped or killed at any moment, it goes on at the same step and ends with the same result.

    Examples:

        palate study run my-study

        palate study run my-study --to aggregate

        palate study run my-study --from evaluate

        palate study run my-study --to evaluate-2
    """
    from palate.study import Study

    run_and_show(Study(directory), first, last, as_json=as_json)


@app.command("status")
def status(directory: Directory = Path(), *, as_json: Json = False) -> None:
    """Show which steps of which round are done, stale or missing.

    Example:

        palate study status my-study
    """
    import polars as pl

    from palate.cli._output import show_json, show_table
    from palate.study import Study

    rows = [
        (s.step.name, s.step.round if s.step.of_round else None, s.state, s.summary)
        for s in Study(directory).status()
    ]
    table = pl.DataFrame(rows, schema=["step", "round", "state", "result"], orient="row")
    if as_json:
        show_json(table)
    else:
        show_table(table)


def run_and_show(study: Study, first: str | None, last: str | None, *, as_json: bool) -> None:
    """Run a study with a line a step on standard error, then print the verdicts, the newest first, and where the report is."""
    import json

    from palate.cli._observer import StepLines
    from palate.cli._output import say, show_json

    observer = StepLines()
    try:
        manifests = study.run(first, last, observer)
    finally:
        observer.stop()
    summaries = {manifest.step: manifest.summary for manifest in manifests}
    evaluated = [step for step in reversed(summaries) if step.partition("-")[0] == "evaluate"]
    page = study.directory / "report" / "index.html"
    costs = study.costs()
    if as_json:
        found = []
        if evaluated:
            file = study.directory / evaluated[0] / "verdicts.json"
            found = json.loads(file.read_text(encoding="utf-8"))["verdicts"]
        show_json(
            {
                "verdicts": found,
                "steps": summaries,
                "dollars": [str(cost) for cost in costs],
                "report": str(page) if "report" in summaries else None,
            }
        )
        return
    say("")
    for step in evaluated:
        typer.echo(f"{_of_round(step)}{summaries[step]}" if len(evaluated) > 1 else summaries[step])
    if study.settings.study.rounds == 1 and "learn" in summaries:
        typer.echo(summaries["learn"])
    if len(evaluated) > 1:
        parts = ", ".join(f"round {number} ${cost:,.2f}" for number, cost in enumerate(costs, start=1))
        typer.echo(f"Cost: {parts}, together ${sum(costs):,.2f}")
    if study.settings.ask.platform == "simulated":
        say("The annotators were simulated: they answered from the users' real later values, with errors.")
    if "report" in summaries:
        typer.echo(f"Report: {page}")


def _of_round(step: str) -> str:
    """Return what stands before a round's verdict."""
    number = step.partition("-")[2]
    return f"Round {number}, the retrained ranker: " if number else "Round 1: "
