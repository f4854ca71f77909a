"""``palate plan``: how many queries, answers and dollars show a difference."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._options import Confidence, Json, Output, Report, Seed, check_report, naming, shown_name

if TYPE_CHECKING:
    from palate.evaluation import Plan, Spread

__all__ = ["plan"]


Difference = Annotated[
    float, typer.Option("--difference", "-d", help="The difference to be seen, such as 0.02.")
]
Power = Annotated[float, typer.Option("--power", help="How often it is to be seen if it is there.")]
Measure = Annotated[str, typer.Option("--measure", "-m", help="What is measured.")]
Pilot = Annotated[
    str | None, typer.Option("--pilot", help="Answers of a pilot: task, annotator, label (a grade).")
]
Tasks = Annotated[str | None, typer.Option("--tasks", help="The pilot's tasks: task, query, item.")]
Runs = Annotated[list[str] | None, typer.Option("--run", "-r", help="The two runs that the pilot judged.")]
Values = Annotated[
    str | None,
    typer.Option("--values", help="In place of answers: values a query, as palate evaluate -o writes them."),
]
Systems = Annotated[
    list[str] | None,
    typer.Option("--system", help="The two systems, where there are more. Repeat."),
]
Price = Annotated[str, typer.Option("--price", help="Dollars for a page of answers.")]
TasksOnPage = Annotated[int, typer.Option("--page", help="Tasks on a page.")]
QueryPrice = Annotated[str, typer.Option("--query-price", help="Dollars for a query on top.")]
Overlaps = Annotated[
    list[int] | None,
    typer.Option(
        "--overlap",
        help="Annotators a task. Repeat to compare; with --values, the pilot's overlap.",
        show_default="1, 2, 3, 5",
    ),
]
Depths = Annotated[
    list[int] | None,
    typer.Option("--depth", help="First items judged. Repeat to compare.", show_default="the cutoff"),
]
Items = Annotated[
    float | None,
    typer.Option("--items", help="Items judged a query, where no answers say.", show_default="1.5 × cutoff"),
]
Annotators = Annotated[
    int | None,
    typer.Option("--annotators", help="How many annotators there are.", show_default="the pilot's, or 10"),
]
Queries = Annotated[int | None, typer.Option("--queries", help="How many queries there are at most.")]


def plan(
    *,
    difference: Difference,
    power: Power = 0.8,
    measure: Measure = "nDCG@10",
    pilot: Pilot = None,
    tasks: Tasks = None,
    runs: Runs = None,
    values: Values = None,
    systems: Systems = None,
    price: Price = "0",
    page: TasksOnPage = 1,
    query_price: QueryPrice = "0",
    overlaps: Overlaps = None,
    depths: Depths = None,
    items: Items = None,
    annotators: Annotators = None,
    queries: Queries = None,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Say how many queries, answers and dollars show a difference of two systems.

    A pilot tells how far differences spread from query to query and from annotator to annotator; without one,
    usual numbers are assumed. -o writes the designs.

    Examples:

        palate plan --difference 0.02 --price 0.05 --page 10

        palate plan -d 0.02 --pilot answers.csv --tasks tasks.csv --run a.trec --run b.trec --price 0.05 --page 10

        palate plan -d 0.02 --values per_query.csv --overlap 3 --items 14 --json

        palate plan -d 0.02 --overlap 1 --overlap 3 --query-price 0.50 --queries 1000

        palate plan -d 0.02 --price 0.05 --page 10 --report plan.html
    """
    from palate.cli._output import notes, save, show_json, show_table
    from palate.evaluation import Goal, Prices, plan_designs

    check_report(report)
    goal = Goal(difference, power, confidence)
    prices = Prices(_dollars(price, "--price"), page, _dollars(query_price, "--query-price"))
    with naming(answers=pilot, tasks=tasks, per_query=values):
        spread = _spread(
            pilot,
            tasks,
            runs,
            values,
            measure=measure,
            systems=systems or (),
            items=items,
            overlaps=overlaps or (),
            depths=depths or (),
            seed=seed,
        )
    found = plan_designs(
        goal, spread, prices, overlaps=overlaps or (), annotators=annotators, most_queries=queries
    )
    if output is not None:
        save(found.table, output, "designs")
    if as_json:
        show_json(found.to_dict())
    elif str(output) != "-":
        typer.echo(f"{found.sentence}.")
        for line in _more(found, runs):
            typer.echo(line)
        show_table(found.table, "Designs")
    notes(found.notes)
    if report is not None:
        _write_page(report, shown_name(pilot or values or "Without a pilot"), found)


def _write_page(report: Path, source: str, found: Plan) -> None:
    from palate._version import __version__
    from palate.cli._pages import write_page
    from palate.report import PlanSheet

    write_page(PlanSheet(source, __version__, found), report)


def _dollars(text: str, option: str) -> Decimal:
    from decimal import InvalidOperation

    from palate.core.errors import SettingsError

    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise SettingsError(f"{option} takes dollars, such as 0.05; it got '{text}'.") from error


def _spread(
    pilot: str | None,
    tasks: str | None,
    runs: list[str] | None,
    values: str | None,
    *,
    measure: str,
    systems: Sequence[str],
    items: float | None,
    overlaps: Sequence[int],
    depths: Sequence[int],
    seed: int,
) -> Spread:
    """Return what the pilot says, or what is assumed without one."""
    from palate.core.errors import SettingsError
    from palate.evaluation import assumed_spread, spread_of_answers, spread_of_values

    if pilot is not None and values is not None:
        raise SettingsError("Give --pilot (answers) or --values (values a query), not both.")
    if pilot is not None:
        if not runs:
            raise SettingsError("--pilot needs the runs that its answers judge: --run a.trec --run b.trec.")
        if items is not None:
            raise SettingsError("With --pilot, the runs say how many items a query has; leave --items out.")
        return spread_of_answers(pilot, runs, measure, tasks=tasks, systems=systems, depths=depths, seed=seed)
    if tasks or runs or depths:
        raise SettingsError(
            "--tasks, --run and --depth belong to a pilot's answers: add --pilot answers.csv."
        )
    if values is None:
        return assumed_spread(measure, items)
    if len(overlaps) > 1:
        raise SettingsError(
            "Values do not tell overlaps apart: name the pilot's, or give its answers by --pilot."
        )
    return spread_of_values(
        values, measure, systems, items=items, overlap=overlaps[0] if overlaps else 3, seed=seed
    )


def _more(found: Plan, runs: list[str] | None) -> list[str]:
    """Return how sure the plan is, and the command that comes next."""
    lines = []
    if found.queries_interval is not None:
        low, high = found.queries_interval
        asked = f"{low:,} or more" if high is None else f"{low:,} to {high:,}"
        lines.append(f"95 of 100 pilots like this one would ask for {asked} queries.")
    if found.cheapest is not None:
        given = " ".join(f"--run {run}" for run in runs or ["a.trec", "b.trec"])
        depth = found.cheapest.depth
        lines.append(
            f"Next: palate sample {given} --set depth={depth} -o tasks.csv, with runs for"
            f" {found.cheapest.queries:,} queries."
        )
    return lines
