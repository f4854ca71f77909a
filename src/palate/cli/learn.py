"""``palate learn``: train a ranker on what people said and measure it on queries it has not seen."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._click_judgments import ClickLogs, Clicks, Clip, Lists, PositionBias, PropensityLog
from palate.cli._learning import Features, Inputs, Items, ManyRuns, Past, Queries, Sentences
from palate.cli._options import (
    Json,
    QrelsIfNeeded,
    Report,
    Seed,
    Settings,
    check_report,
    naming,
    parse_settings,
)
from palate.cli._pages import write_finding
from palate.core.errors import InputError, OutputError

if TYPE_CHECKING:
    import polars as pl

    from palate.cli._click_judgments import ClickJudgments
    from palate.learning import CrossFit, LearnedRanker, Ranker

__all__ = ["learn"]

_MEASURE = "nDCG@10"
_RESAMPLES = 2000
_TABLES = {".trec", ".run", ".csv", ".tsv", ".parquet", ".jsonl"}

_Objective = Annotated[
    str,
    typer.Option(
        "--objective",
        "--ranker",
        help="What is learned: lambdamart, xendcg, listnet, listmle (listwise), ranknet (pairwise), ordinal, regression"
        " (pointwise).",
    ),
]
_Comparisons = Annotated[
    str | None,
    typer.Option(
        "--comparisons",
        help="What people preferred: query, left, right, label; of items, or of systems whose lists are in the runs.",
        show_default=False,
    ),
]
_Folds = Annotated[int, typer.Option("--folds", min=2, help="Parts of the queries; each is ranked unseen.")]
_Model = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        "--model",
        help="A folder for the ranker fitted on all judgments and its card.",
        show_default=False,
    ),
]
_Ranked = Annotated[
    Path | None,
    typer.Option(
        "--ranked",
        help="Write the ranking of each query by a ranker that has not seen it (.parquet, .csv, .trec); - is standard output.",
        show_default=False,
    ),
]


def learn(
    runs: ManyRuns,
    qrels: QrelsIfNeeded = None,
    *,
    comparisons: _Comparisons = None,
    clicks: Clicks = None,
    lists: Lists = None,
    position_bias: PositionBias = "swaps",
    propensity_log: PropensityLog = None,
    clip: Clip = 0.05,
    interactions: Past = None,
    items: Items = None,
    queries: Queries = None,
    features: Features = None,
    embeddings: Sentences = False,
    objective: _Objective = "lambdamart",
    folds: _Folds = 5,
    settings: Settings = None,
    model: _Model = None,
    ranked: _Ranked = None,
    report: Report = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Train a ranker on what people said; every query is ranked by one that has not seen it.

    Where judgments say how probable each grade is (columns p_0, p_1, …), rankers learn from that, unless
    --set confidence=ignore. The objective ranknet learns from comparisons, too, or from them alone.

    With --clicks, clicks teach, each counted by how probably people look at the rank it was made at, and judgments, if there
    are any, only measure.

    Examples:

        palate learn -r runs.parquet -j judgments.parquet -i past.parquet -o model/ --report learned.html

        palate learn -r a.trec -r b.trec -j q.txt --set trees=200 --ranked - | head

        palate learn -r runs.parquet -j judgments.parquet --items items.parquet --queries queries.parquet --objective ordinal

        palate learn -r runs.parquet --comparisons comparisons.csv --objective ranknet -o model/

        palate learn -r a.trec -r b.trec --clicks clicks.parquet -j judgments.parquet -o model/

        palate learn -r a.trec -r b.trec --clicks log.csv --lists lists.parquet --propensity-log lots.csv --position-bias randomized
    """
    from palate.cli._output import save, say
    from palate.learning import LearnedRanker, ModelCard, contributions_of, rankers, save_model

    check_report(report)
    _check_folder(model)
    method = rankers.create(objective, parse_settings(settings))
    clicked = ClickLogs(clicks, lists, position_bias, propensity_log, clip).judgments(seed)
    inputs = Inputs(
        runs, interactions, items, queries, features, qrels, comparisons, clicks, lists, propensity_log
    )
    fit, made, measured = _learned(method, inputs, clicked, folds, seed, embeddings=embeddings)
    contributions = contributions_of(fit.ranker, made, seed=seed)
    card = ModelCard.of(
        fit,
        made,
        seed=seed,
        data=inputs.hashes,
        measured=measured.summary,
        verdict=_verdict(measured, rankers.name_of(method), seed),
        contributions=contributions,
        notes=measured.notes,
    )
    learned = LearnedRanker(card, contributions)
    if model is not None:
        save_model(fit.ranker, card, model)
        say(f"The ranker fitted on all that people said and its card are in {model}")
    if ranked is not None:
        save(fit.runs, ranked, "ranked items")
    looked = None if clicked is None or clicked.propensities is None else clicked.propensities.table
    _show(learned, measured.summary, looked, as_json=as_json, quiet=str(ranked) == "-")
    write_finding(learned, inputs.sources, report)


@dataclass(frozen=True)
class _Measured:
    """Values of the ranker and of its systems on queries it has not seen."""

    per_query: pl.DataFrame
    summary: pl.DataFrame
    notes: tuple[str, ...] = ()


def _learned(
    method: Ranker, inputs: Inputs, clicked: ClickJudgments | None, folds: int, seed: int, *, embeddings: bool
) -> tuple[CrossFit, pl.DataFrame, _Measured]:
    """Return the ranker fitted fold by fold, its features, and how good it is."""
    from palate.cli._output import progress_bar
    from palate.core.frames import read_table
    from palate.core.tables import COMPARISONS, JUDGMENTS
    from palate.learning import cross_fit, rankers
    from palate.measures import evaluate, read_runs

    table, name = read_runs(inputs.runs), rankers.name_of(method)
    judgments = None if inputs.judgments is None else read_table(inputs.judgments, JUDGMENTS)
    compared = None if inputs.comparisons is None else read_table(inputs.comparisons, COMPARISONS)
    lists = None if compared is None or not _of_systems(compared, table) else table
    if judgments is None and clicked is None and lists is not None:
        raise InputError(
            "Comparisons of lists do not measure a ranking. Give judgments, too: --judgments FILE."
        )
    taught_by = naming(judgments=inputs.clicks) if inputs.clicks else nullcontext()
    with inputs.named, taught_by, progress_bar(f"Learning {name}") as progress:
        made = inputs.table(table, embeddings=embeddings)
        fit = cross_fit(
            method,
            made,
            judgments if clicked is None else clicked.table,
            folds,
            seed,
            comparisons=compared,
            lists=lists,
            system=name,
            progress=progress,
        )
        if judgments is None and clicked is None:
            return fit, made, _by_comparisons(table, fit, compared, seed)
    notes = [] if clicked is None else clicked.notes(measured_by_clicks=judgments is None)
    judged = clicked.measuring if judgments is None and clicked is not None else judgments
    found = evaluate([table, fit.runs], judged, measures=[_MEASURE], seed=seed)
    return fit, made, _Measured(found.per_query, found.summary, (*notes, *found.notes))


def _of_systems(comparisons: pl.DataFrame, runs: pl.DataFrame) -> bool:
    """Return whether comparisons are of lists: all sides are systems, and not all are items."""
    import polars as pl

    sides = pl.concat([comparisons[side].cast(pl.String) for side in ("left", "right")]).unique()
    named = {name: runs[name].cast(pl.String).implode() for name in ("system", "item")}
    return bool(sides.is_in(named["system"]).all()) and not sides.is_in(named["item"]).all()


def _by_comparisons(
    table: pl.DataFrame, fit: CrossFit, comparisons: pl.DataFrame | None, seed: int
) -> _Measured:
    """Return how often each system ranks the preferred item first, with intervals over queries."""
    import polars as pl

    from palate.core.resampling import middle_bounds, resampled_means
    from palate.learning import preference_values

    values = pl.concat([preference_values(run, comparisons) for run in (table, fit.runs)])
    rows = []
    for (system, measure), of_system in values.group_by("system", "measure", maintain_order=True):
        each = of_system.sort("query")["value"].to_numpy()
        bounds = middle_bounds(resampled_means(each[None], _RESAMPLES, seed)[0], 0.95)
        rows.append((system, measure, each.mean(), *bounds, len(each)))
    summary = pl.DataFrame(
        rows, schema=["system", "measure", "value", "low", "high", "queries"], orient="row"
    )
    return _Measured(values, summary)


def _show(
    learned: LearnedRanker, summary: pl.DataFrame, looked: pl.DataFrame | None, *, as_json: bool, quiet: bool
) -> None:
    from palate.cli._output import notes, show_json, show_table

    card, importance = learned.card, _importance(learned)
    if as_json:
        found = {"summary": summary, "verdict": card.verdict, "importance": importance, "notes": card.notes}
        show_json(found if looked is None else found | {"propensities": looked})
    elif not quiet:
        typer.echo(card.verdict)
        show_table(summary, "On queries the ranker had not seen")
        show_table(importance, "What it uses")
        if looked is not None:
            show_table(looked, "How probably people look at each rank, against the first")
    notes(card.notes)


def _check_folder(model: Path | None) -> None:
    """Refuse a name that is a table's: it would be a folder of that name."""
    if model is None or model.is_dir():
        return
    if str(model) == "-" or model.suffix.casefold() in _TABLES:
        raise OutputError(
            f"-o names the model's folder, and {model} is a table. Write rankings by --ranked {model}."
        )


def _verdict(found: _Measured, system: str, seed: int) -> str:
    """Return the sentence that compares the ranker with the best of the systems it learned from."""
    from palate.inference import judge_difference, paired_tests

    falling = found.summary.sort("value", "system", descending=[True, False])
    others = [name for name in falling["system"] if name != system]
    if not others or found.summary["queries"][0] < 2:
        return ""
    test, measure = paired_tests.create("paired_bootstrap"), found.summary["measure"][0]
    return judge_difference(found.per_query, system, others[0], measure, test=test, seed=seed).sentence


def _importance(learned: LearnedRanker) -> pl.DataFrame:
    """Return what the ranker uses, the most important feature first."""
    import polars as pl

    rows = [(f["feature"], f["importance"]) for f in learned.card.features]
    table = pl.DataFrame(rows, schema=["feature", "share"], orient="row").sort(
        "share", descending=True, maintain_order=True
    )
    if learned.contributions is None:
        return table
    return table.join(learned.contributions.table, on="feature", how="left", maintain_order="left")
