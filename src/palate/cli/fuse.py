"""``palate fuse``: make one run of several."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from palate.cli._options import Confidence, Json, Output, Seed, Settings, naming, parse_settings
from palate.core.errors import SettingsError

__all__ = ["fuse"]

Fused = Annotated[
    list[str], typer.Argument(help="Runs: TREC, CSV or Parquet; several, or one of several systems.")
]
Method = Annotated[
    str,
    typer.Option("--method", help="reciprocal-rank, comb-sum, comb-mnz, borda or interpolation."),
]
Judgments = Annotated[
    str | None,
    typer.Option(
        "--judgments",
        "--qrels",
        "-j",
        help="Tune the weights of the interpolation on these: query, item, grade.",
        show_default=False,
    ),
]
Measure = Annotated[
    str, typer.Option("--measure", "-m", help="What weights are to make as high as possible.")
]
Folds = Annotated[int, typer.Option("--folds", min=2, help="Of the cross-validation of the weights.")]
Depth = Annotated[
    int | None, typer.Option("--depth", min=1, help="Ranks of each run to look at.", show_default="all")
]
Top = Annotated[int | None, typer.Option("--top", min=1, help="How many items a query.", show_default="all")]
System = Annotated[str, typer.Option("--system", help="What to call the fused run.")]


def fuse(
    runs: Fused,
    *,
    method: Method = "reciprocal-rank",
    judgments: Judgments = None,
    measure: Measure = "nDCG@10",
    folds: Folds = 5,
    depth: Depth = None,
    top: Top = None,
    system: System = "fused",
    settings: Settings = None,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Make one run of several: by ranks, by scores, or with weights that judgments tell.

    Examples:

        palate fuse als.trec content.trec -o fused.trec

        palate fuse als.trec content.trec --method comb-mnz --set normalization=z --top 100 -o fused.trec

        palate fuse als.trec content.trec --method interpolation -j judged.csv -m nDCG@10 -o fused.trec
    """
    from palate.cli._output import notes, progress_bar, save, say, show_json, show_table
    from palate.core.registry import plain_name
    from palate.measures import read_runs
    from palate.recommend.fusion import fuse_runs, fusions

    chosen: Any = fusions.create(method, parse_settings(settings))
    table = read_runs(runs)
    tuned = None
    if judgments is not None:
        if plain_name(method) != "interpolation":
            raise SettingsError(f"--judgments tune the weights of --method interpolation; {method} has none.")
        if chosen.weights:
            raise SettingsError("Give --judgments to tune the weights, or --set weights=…, not both.")
        from palate.evaluation import tune_interpolation

        with naming(judgments=judgments), progress_bar("Tuning weights") as progress:
            tuned = tune_interpolation(
                table,
                judgments,
                measure,
                normalization=chosen.normalization,
                folds=folds,
                depth=depth,
                confidence=confidence,
                seed=seed,
                progress=progress,
            )
        chosen = tuned.method
    found = fuse_runs(table, chosen, depth=depth, cutoff=top, system=system)
    if output is not None:
        save(found.runs, output, "ranked items")
    if as_json and tuned is not None:
        show_json({"tuned": tuned.to_dict(), **({} if output else {"runs": found.runs})})
    elif as_json and output is None:
        show_json(found.runs)
    elif output is None:
        show_table(found.runs, f"{', '.join(found.systems)} fused by {fusions.name_of(chosen)}")
    if tuned is not None:
        say(tuned.sentence)
        notes(tuned.notes)
    notes(found.notes)
