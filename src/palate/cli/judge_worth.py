"""``palate judge-worth``: what a model judge saves beside people, before they are paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._options import Confidence, Json, Output, Report, Seed, check_report

if TYPE_CHECKING:
    import polars as pl

    from palate.evaluation import JudgeWorth

__all__ = ["Human", "Model", "judge_worth"]

Human = Annotated[
    str,
    typer.Option(
        "--human",
        help="People's labels of a random part of the items: query, item, grade, and inclusion if it varies.",
        show_default=False,
    ),
]
Model = Annotated[
    str,
    typer.Option("--model", help="The judge's labels of all items: query, item, grade.", show_default=False),
]
JudgeModel = Annotated[
    str | None, typer.Option("--judge-model", help="The judge's model.", show_default=False)
]


def judge_worth(
    human: Human,
    model: Model,
    *,
    runs: Annotated[
        list[str] | None,
        typer.Option("--run", "-r", help="A system to be compared. Repeat for each.", show_default=False),
    ] = None,
    measure: Annotated[str, typer.Option("--measure", "-m", help="P, DCG, nDCG or RBP.")] = "nDCG@10",
    price: Annotated[
        str | None, typer.Option("--price", help="Dollars for a label of people.", show_default=False)
    ] = None,
    labels: Annotated[
        int | None,
        typer.Option(
            "--labels", min=1, help="How many labels of people are planned; the pilot's by default."
        ),
    ] = None,
    judge_model: JudgeModel = None,
    system_model: Annotated[
        list[str] | None,
        typer.Option(
            "--system-model", help="SYSTEM=MODEL that a system runs on. Repeat.", show_default=False
        ),
    ] = None,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Say how many labels of people a model judge saves, from a pilot, and whether it can be trusted.

    A judge that foretells people's labels with a correlation of r multiplies each of them by 1/(1 - r²). Its labels are
    never taken for people's: palate judge-assisted corrects them. -o writes what people say at each label of the judge.

    Examples:

        palate judge-worth --human pilot.qrels --model judge.qrels --price 0.05 --labels 1000

        palate judge-worth --human pilot.csv --model judge.csv --run a.trec --run b.trec --measure nDCG@10

        palate judge-worth --human pilot.csv --model judge.csv -r a.trec -r b.trec --judge-model gpt-4o --system-model a=gpt-4o-mini

        palate judge-worth --human pilot.csv --model judge.csv --price 0.05 --report worth.html
    """
    import polars as pl

    from palate.cli._output import notes, save, show_json
    from palate.cli._pages import write_finding
    from palate.evaluation import worth_of_judge

    check_report(report)
    found = worth_of_judge(
        human,
        model,
        runs=runs or None,
        measure=measure,
        price=price,
        labels=labels,
        judge_model=judge_model,
        system_models=_models(system_model or []),
        confidence=confidence,
        seed=seed,
    )
    table = pl.DataFrame(_label_rows(found))
    if output is not None:
        save(table, output, "labels of the judge")
    if as_json:
        show_json(found.to_dict())
    elif str(output) != "-":
        _show(found, table)
    notes(found.notes)
    write_finding(found, (human, model), report)


def _show(found: JudgeWorth, table: pl.DataFrame) -> None:
    import polars as pl

    from palate.cli._output import say, show_table

    for warning in found.warnings:
        say(f"Warning: {warning}")
    for sentence in found.sentences:
        typer.echo(sentence)
    if found.kappa is not None:
        k = found.kappa
        typer.echo(f"Quadratic kappa with people: {k.estimate:.3f} ({k.low:.3f} … {k.high:.3f})")
    if len(table):
        show_table(table, f"What people say at each label of the judge, {found.labels:,} labels")
    if found.favours:
        rows = [
            (f.system, f.interval.estimate, f.interval.low, f.interval.high, f.alarming)
            for f in found.favours
        ]
        columns = ["system", "favoured by", "low", "high", "alarm"]
        show_table(pl.DataFrame(rows, schema=columns, orient="row"), "Does the judge favour a system?")


def _label_rows(found: JudgeWorth) -> list[dict[str, object]]:
    return [
        {
            "judge": f"{row.label:g}",
            "count": row.count,
            **{f"people {grade:g}": count for grade, count in row.grades.items()},
            "people's mean": row.mean.estimate,
            "low": row.mean.low,
            "high": row.mean.high,
            "bias": row.bias,
        }
        for row in found.by_label
    ]


def _models(pairs: list[str]) -> dict[str, str]:
    from palate.core.errors import SettingsError

    models = {}
    for pair in pairs:
        system, equals, model = pair.partition("=")
        if not (equals and system.strip() and model.strip()):
            raise SettingsError(f"--system-model takes SYSTEM=MODEL, such as a=gpt-4o-mini; it got '{pair}'.")
        models[system.strip()] = model.strip()
    return models
