"""``palate rank-similarity``: how alike two runs rank."""

from __future__ import annotations

from typing import Annotated

import typer

from palate.cli._options import Json, Output

__all__ = ["rank_similarity"]

_RUN_HELP = "A run of one system: TREC, CSV or Parquet."


def rank_similarity(
    one: Annotated[str, typer.Argument(help=_RUN_HELP, show_default=False)],
    other: Annotated[str, typer.Argument(help=f"{_RUN_HELP} TauAP takes it for right.", show_default=False)],
    *,
    measures: Annotated[
        list[str] | None,
        typer.Option(
            "--measure",
            "-m",
            help="RBO(p=0.9), Kendall, TauAP or Spearman. Repeat for several.",
            show_default=False,
        ),
    ] = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Say how alike two runs rank, without judgments: means over the queries that both answer.

    low and high are what RBO could at least and at most become if the rankings went on; correlations are over the
    items that both hold. -o writes the values of every query.

    Examples:

        palate rank-similarity a.trec b.trec

        palate rank-similarity a.trec b.trec -m "RBO(p=0.98)" -m Kendall -o per_query.csv
    """
    import polars as pl

    from palate.cli._output import counted, notes, save, show_json, show_table
    from palate.measures.similarity import compare_rankings, tied_queries

    values = compare_rankings(one, other, measures or ("RBO", "TauAP", "Kendall", "Spearman"))
    summary = values.group_by("measure", maintain_order=True).agg(
        pl.col("value", "low", "high").mean(), queries=pl.col("value").count()
    )
    said = [
        f"{run} ties scores in {counted(tied, 'query').replace('querys', 'queries')}; there ids order the items, the"
        " higher first, and so decide part of the similarity."
        for run in (one, other)
        if (tied := tied_queries(run))
    ]
    total = values["query"].n_unique()
    said += [
        f"{measure} has no value for {total - count:,} of {total:,} queries: the rankings share too few items."
        for measure, count in summary.select("measure", "queries").iter_rows()
        if count < total
    ]
    if output is not None:
        save(values, output, "values")
    if as_json:
        show_json({"summary": summary, "notes": said})
    elif str(output) != "-":
        show_table(summary)
    notes(said)
