"""``palate off-policy``: how another policy would do, from the log of the one that ran."""

from __future__ import annotations

from typing import Annotated

import typer

from palate.cli._options import Confidence, Json, Output, Report, Seed, check_report, naming

__all__ = ["off_policy"]


Log = Annotated[
    str, typer.Argument(help="reward, propensity, item (or target), user if known: a row a shown item.")
]
Policy = Annotated[
    str | None,
    typer.Option(
        "--policy",
        "-p",
        help="The target policy: item, probability, and columns shared with the log.",
        show_default=False,
    ),
]
Methods = Annotated[
    list[str] | None,
    typer.Option(
        "--method", help="ips, snips or doubly-robust; all that apply by default.", show_default=False
    ),
]
Features = Annotated[
    list[str] | None,
    typer.Option(
        "--feature", help="A column of the log for the doubly robust model. Repeatable.", show_default=False
    ),
]
Clip = Annotated[
    float | None, typer.Option("--clip", help="Weights above this count as this.", show_default=False)
]


def off_policy(
    log: Log,
    *,
    policy: Policy = None,
    methods: Methods = None,
    features: Features = None,
    clip: Clip = None,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Estimate the mean reward that another policy would get, from logged propensities.

    Examples:

        palate off-policy log.csv --policy policy.csv --feature hour

        palate off-policy log.csv --method snips --clip 50 --json

        palate off-policy log.csv --policy policy.csv --report policy.html
    """
    import polars as pl

    from palate.cli._output import notes, save, say, show_json, show_table
    from palate.cli._pages import write_finding
    from palate.experiments.off_policy import evaluate_policy, off_policy_estimators

    check_report(report)
    names = methods or ["ips", "snips", *(["doubly_robust"] if policy else [])]
    chosen = [off_policy_estimators.create(name, {"clip": clip}) for name in names]
    with naming(log=log, policy=policy):
        found = evaluate_policy(
            log, policy, methods=chosen, features=features or [], confidence=confidence, seed=seed
        )
    rows = [
        (
            v.name,
            v.value.estimate,
            v.value.low,
            v.value.high,
            v.lift.estimate,
            v.lift.low,
            v.lift.high,
            v.p_value,
        )
        for v in found.values
    ]
    columns = ["method", "value", "low", "high", "lift", "lift_low", "lift_high", "p_value"]
    table = pl.DataFrame(rows, schema=columns, orient="row")
    if output is not None:
        save(table, output, "estimates")
    elif as_json:
        show_json(found.to_dict())
    else:
        worth = f"worth {found.effective_rows:,.0f} of the target policy's own"
        show_table(table, f"{found.rows:,} rows of the log, {worth}")
    say(found.sentence)
    notes(found.notes)
    write_finding(found, (log, policy), report)
