"""``palate bounds``: how far unjudged items could change values and differences."""

from __future__ import annotations

from typing import Annotated

import typer

from palate.cli._options import Json, Measures, Output, Qrels, Report, Runs, check_report

__all__ = ["bounds"]

Grades = Annotated[
    list[float] | None,
    typer.Option(
        "--grade",
        help="A grade that an unjudged item can have. Repeat.",
        show_default="0 and all that were given",
    ),
]
Depth = Annotated[
    int | None,
    typer.Option("--depth", min=1, help="Items beyond this rank count as not relevant.", show_default="none"),
]
Others = Annotated[
    int,
    typer.Option("--others", min=0, help="Items a query that no run ranks and that may be relevant."),
]


def bounds(
    runs: Runs,
    qrels: Qrels,
    *,
    measures: Measures = None,
    grades: Grades = None,
    depth: Depth = None,
    others: Others = 0,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Say between which values runs would end whatever the unjudged items turned out to be.

    No chance is involved: where the bounds of a difference exclude 0, no further judgment can turn it round.
    -o writes the bounds of every query.

    Examples:

        palate bounds -r a.trec -r b.trec -j q.txt --measure nDCG@10

        palate bounds -r runs.parquet -j judgments.parquet -m P@10 --depth 20 --json

        palate bounds -r runs.parquet -j judgments.parquet --report bounds.html
    """
    from palate.cli._output import save, show_json, show_table
    from palate.cli._pages import write_finding
    from palate.evaluation import hole_bounds

    check_report(report)
    found = hole_bounds(
        runs, qrels, measures or ("nDCG@10", "P@10"), grades=grades, depth=depth, others=others
    )
    if output is not None:
        save(found.per_query, output, "bounds")
    if as_json:
        show_json(found.to_dict())
    elif str(output) != "-":
        for sentence in found.sentences:
            typer.echo(sentence)
        show_table(found.summary, "The least and the most that unjudged items allow")
        if len(found.differences):
            show_table(found.differences, "Differences")
    write_finding(found, (*runs, qrels), report)
