"""``palate estimate``: what the judgments of a sample say of everything that could have been judged."""

from __future__ import annotations

from typing import Annotated

import typer

from palate.cli._options import Confidence, Json, Measures, Output, Qrels, Report, Runs, check_report, naming

__all__ = ["estimate"]

Tasks = Annotated[
    str | None,
    typer.Option(
        "--tasks", help="The sampler's tasks, if the judgments have no inclusion.", show_default=False
    ),
]
Frame = Annotated[
    str | None,
    typer.Option(
        "--frame", help="All that could be drawn, as palate sample --frame writes it.", show_default=False
    ),
]
Estimator = Annotated[
    str, typer.Option("--estimator", help="hajek (steadier) or horvitz-thompson (unbiased).")
]


def estimate(
    runs: Runs,
    qrels: Qrels,
    *,
    tasks: Tasks = None,
    frame: Frame = None,
    measures: Measures = None,
    estimator: Estimator = "hajek",
    confidence: Confidence = 0.95,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Measure runs on judgments of a sample, with intervals that count what was not drawn.

    Judgments need the inclusion that palate sample writes, the probability with which each item was taken; or give
    the tasks it wrote. P, R, DCG, nDCG and RBP can be estimated so. -o writes the values of every query.

    Examples:

        palate estimate -r a.trec -r b.trec -j judgments.csv --tasks tasks.csv --frame frame.csv --measure nDCG@10

        palate estimate -r runs.parquet -j judgments.parquet --estimator horvitz-thompson --json

        palate estimate -r runs.parquet -j judgments.parquet --report estimate.html
    """
    from typing import Any, cast

    from palate.cli._output import notes, save, show_json, show_table
    from palate.cli._pages import write_finding
    from palate.evaluation import evaluate_sampled

    check_report(report)
    with naming(judgments=qrels, tasks=tasks, frame=frame):
        found = evaluate_sampled(
            runs,
            qrels,
            measures or ("nDCG@10", "P@10"),
            tasks=tasks,
            frame=frame,
            estimator=cast("Any", estimator.replace("-", "_")),
            confidence=confidence,
        )
    if output is not None:
        save(found.per_query, output, "values")
    if as_json:
        show_json(found.to_dict())
    elif str(output) != "-":
        for sentence in found.sentences:
            typer.echo(sentence)
        show_table(found.summary, "Estimated from the sample")
        if len(found.differences):
            show_table(found.differences, "Differences")
    notes(found.notes)
    write_finding(found, (*runs, qrels), report)
