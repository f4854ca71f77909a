"""``palate report``: the page of a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from palate.cli._options import Confidence, Json, Measures, Seed

__all__ = ["report"]


def report(
    study: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="A study's directory.", show_default=False)
    ] = None,
    *,
    runs: Annotated[
        list[str] | None, typer.Option("--run", "-r", help="A run, instead of a study.", show_default=False)
    ] = None,
    qrels: Annotated[
        str | None,
        typer.Option("--qrels", "--judgments", "-j", help="Judgments for the runs.", show_default=False),
    ] = None,
    measures: Measures = None,
    items: Annotated[
        str | None, typer.Option("--items", help="Titles for the page: item, title.", show_default=False)
    ] = None,
    title: Annotated[str, typer.Option("--title", help="The page's title.")] = "Which system is better?",
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The folder of index.html.", show_default="DIR/report or report"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the page of a verdict: one file that opens offline and can be sent on.

    Examples:

        palate report my-study -o to-send

        palate report --run a.trec --run b.trec --qrels q.txt -o report
    """
    from palate.cli._output import notes, show_json
    from palate.core.errors import OutputError, SettingsError
    from palate.report import write_report
    from palate.study import report_of_runs, report_of_study

    if (study is None) == (not runs) or (runs and qrels is None):
        raise SettingsError(
            "Name either a study's directory ('palate report my-study') or runs and judgments"
            " ('palate report --run a.trec --run b.trec --qrels q.txt')."
        )
    if study is not None:
        data = report_of_study(study)
    else:
        data = report_of_runs(
            runs or [],
            str(qrels),
            measures=measures,
            items=items,
            title=title,
            confidence=confidence,
            seed=seed,
        )
    folder = output or (study / "report" if study else Path("report"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"Cannot make the folder {folder}: {error.strerror}. Choose another with -o."
        ) from error
    page = write_report(data, folder)
    if as_json:
        show_json({"report": str(page)})
    else:
        typer.echo(f"Report: {page}")
    notes(data.notes)
