"""Fill the page of a verdict from a study's artifacts, or from runs and judgments alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl

from palate._version import __version__
from palate.core.errors import StudyError
from palate.core.frames import IntoTable, read_table
from palate.core.hashing import hash_file
from palate.core.tables import ITEMS, JUDGMENTS
from palate.inference import Verdict
from palate.measures import DEFAULT_MEASURES, evaluate, read_runs
from palate.platforms import platforms
from palate.report import AgreementLine, CostLine, QueryDifference, ReportData, Retrained, VerdictLine
from palate.study.artifacts import artifact, read_artifact, read_manifest
from palate.study.comparison import compare_all
from palate.study.disagreements import Rankings, disagreements
from palate.study.settings import StudySettings
from palate.study.settings_file import SETTINGS_FILE, read_settings

__all__ = ["NEEDED", "report_of_runs", "report_of_study"]

ReadTable = Callable[[str, str], pl.DataFrame]
NEEDED = ("read", "split", "recommend", "sample", "ask", "aggregate", "evaluate", "learn")
"""Steps whose artifacts the page shows."""


def report_of_study(directory: Path) -> ReportData:
    """Return what the page of a study shows.

    Raises:
        StudyError: A step that it shows is not done.
    """
    settings = read_settings(directory / SETTINGS_FILE)
    missing = [name for name in NEEDED if read_manifest(directory, name) is None]
    if missing:
        raise StudyError(
            f"The steps {', '.join(missing)} are not done. Run them first: palate study run {directory}"
        )

    def table(step: str, name: str) -> pl.DataFrame:
        return read_artifact(directory, step, name)

    found = json.loads(artifact(directory, "evaluate", "verdicts.json").read_text())
    learned = Verdict.from_dict(json.loads(artifact(directory, "learn", "verdict.json").read_text()))
    summary = pl.concat([table("evaluate", "summary"), table("learn", "summary")])
    verdicts = [Verdict.from_dict(verdict) for verdict in found["verdicts"]]
    cost = table("ask", "cost")
    return ReportData(
        title=settings.study.name,
        created="",
        simulated=platforms.get(settings.ask.platform).simulated,
        seed=settings.study.seed,
        version=__version__,
        confidence=settings.evaluate.confidence,
        verdicts=tuple(map(_line, verdicts)),
        summary=summary,
        truth=pl.concat([table("evaluate", "truth"), table("learn", "truth")]),
        wins=table("evaluate", "win_matrix"),
        pair_scores=table("aggregate", "pair_scores"),
        annotators=_annotators(table("aggregate", "annotators"), table("ask", "annotators")),
        agreement=_agreement(table("aggregate", "agreement")),
        cost=tuple(
            CostLine(r["what"], r["answers"], r["pages"], Decimal(r["dollars"])) for r in cost.to_dicts()
        ),
        aggregators=_aggregators(settings, table),
        coverage=_coverage(table("evaluate", "coverage")),
        retrained=Retrained(
            learned.system if learned.system == settings.learn.ranker else learned.other,
            _line(learned),
            settings.learn.folds,
            table("learn", "importance"),
        ),
        disagreements=_study_disagreements(table, verdicts[0]),
        method=_method(settings, table),
        data={
            f"{step}/{name}": digest
            for step in ("read", "ask", "aggregate")
            for name, digest in sorted(_outputs(directory, step).items())
            if name
            in {
                "interactions.parquet",
                "items.parquet",
                "answers.parquet",
                "comparisons.parquet",
                "judgments.parquet",
            }
        },
        notes=tuple(found["notes"]),
    )


def report_of_runs(
    runs: list[str],
    judgments: IntoTable,
    *,
    measures: list[str] | None = None,
    items: str | None = None,
    title: str = "Which system is better?",
    confidence: float = 0.95,
    seed: int = 0,
) -> ReportData:
    """Return what a page on runs and judgments shows: measures, verdicts and where two systems differ most."""
    wanted = measures or list(DEFAULT_MEASURES)
    found = evaluate(runs, judgments, measures=wanted, confidence=confidence, seed=seed)
    verdicts = compare_all(found, runs, judgments, confidence=confidence, seed=seed)
    table = read_table(judgments, JUDGMENTS)
    titles = read_table(items, ITEMS) if items else None
    differ = (
        disagreements(Rankings(read_runs(runs), table, titles), found.per_query, verdicts[0])
        if verdicts
        else ()
    )
    files = [Path(path) for path in (*runs, str(judgments)) if Path(path).is_file()]
    return ReportData(
        title=title,
        created="",
        simulated=False,
        seed=seed,
        version=__version__,
        confidence=confidence,
        verdicts=tuple(map(_line, verdicts)),
        summary=found.summary,
        coverage=_coverage(found.coverage),
        disagreements=differ,
        data={file.name: hash_file(file) for file in files},
        notes=found.notes,
    )


def _line(verdict: Verdict) -> VerdictLine:
    interval = verdict.difference.interval
    return VerdictLine(
        verdict.sentence,
        verdict.better,
        verdict.system,
        verdict.other,
        verdict.measure,
        interval.estimate,
        interval.low,
        interval.high,
        verdict.difference.p_value if verdict.multiplicity is None else verdict.multiplicity.p_value,
        adjusted=verdict.multiplicity is not None,
    )


def _annotators(found: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    return found.join(known, on="annotator", how="left", maintain_order="left")


def _agreement(table: pl.DataFrame) -> tuple[AgreementLine, ...]:
    meanings = {
        "krippendorff_alpha": "1 is perfect, 0 is chance; 0.67 is often asked for, less is common for taste",
        "percent_agreement": "how often two answers to one task are the same",
    }
    names = {"krippendorff_alpha": "Krippendorff’s alpha", "percent_agreement": "Percent agreement"}
    return tuple(
        AgreementLine(
            f"{names.get(r['coefficient'], r['coefficient'])}, {r['of']}{' (' + r['metric'] + ')' if r['metric'] else ''}",
            r["value"],
            r["low"],
            r["high"],
            meanings.get(r["coefficient"], ""),
        )
        for r in table.to_dicts()
    )


def _aggregators(settings: StudySettings, table: ReadTable) -> pl.DataFrame:
    """Return how often each aggregator's label is the true one, and how often it differs from the chosen one's."""
    truth = table("split", "candidates").select(
        "query", "item", pl.col("grade").cast(pl.String).alias("truth")
    )
    tasks = table("sample", "tasks").join(truth, on=["query", "item"]).select("task", "truth")
    labels = table("aggregate", "labels").join(tasks, on="task")
    chosen = settings.aggregate.labels[0]
    judged = labels.filter(pl.col("method") == chosen).select("task", pl.col("label").alias("chosen"))
    shares = labels.join(judged, on="task").group_by("method", maintain_order=True)
    rows = shares.agg(
        (pl.col("label") == pl.col("truth")).mean().alias("equal_to_truth"),
        (pl.col("label") != pl.col("chosen")).mean().alias("differs_from_chosen"),
    )
    own = pl.when(pl.col("method") == chosen).then(None).otherwise(pl.col("differs_from_chosen"))
    return rows.with_columns(own.alias("differs_from_chosen"))


def _coverage(table: pl.DataFrame) -> pl.DataFrame:
    """Return how many of the judged queries a system answers, and how many of its items are not judged."""
    return table.select(
        "system",
        (pl.col("answered") + pl.col("missing")).alias("queries"),
        pl.col("missing").alias("not answered"),
        "ranked",
        "unjudged",
        pl.col("unjudged_first_10").alias("unjudged in the first 10"),
    )


def _study_disagreements(table: ReadTable, verdict: Verdict) -> tuple[QueryDifference, ...]:
    rankings = Rankings(
        table("recommend", "runs"),
        table("aggregate", "judgments"),
        table("read", "items"),
        table("split", "liked"),
        prefix="User",
    )
    return disagreements(rankings, table("evaluate", "per_query"), verdict)


def _outputs(directory: Path, step: str) -> dict[str, str]:
    manifest = read_manifest(directory, step)
    return manifest.outputs if manifest else {}


def _method(settings: StudySettings, table: ReadTable) -> tuple[tuple[str, str], ...]:
    s, tasks = settings, table("sample", "tasks")
    queries = table("split", "queries")
    share = float(queries["inclusion"][0])
    return (
        (
            "Split",
            (
                f"By time: the first {1 - s.split.future_share:.0%} of each user’s interactions are learned from. Of the"
                f" rest, up to {s.split.candidates} items that are new to the user are ranked by every system."
            ),
        ),
        (
            "Users",
            f"{len(queries)} users, drawn at random from those with enough later items (probability {share:.3f}).",
        ),
        (
            "Questions",
            (
                f"How relevant is this title for someone who liked these {s.split.liked_shown}? And: which of these two"
                " lists suits them better, or are both alike?"
            ),
        ),
        (
            "Tasks",
            (
                f"The first {s.sample.depth} items of every run are graded: {len(tasks):,} tasks. Pairs of lists of"
                f" {s.sample.pair_depth} titles are drawn at random and shown side by side."
            ),
        ),
        (
            "Answers",
            (
                f"Every task is answered {s.ask.overlap} times, and up to {s.ask.overlap_max} times until a label has"
                f" {s.ask.agreed_share:.0%} of its answers. A page of {s.ask.page_size} tasks pays ${s.ask.reward} and holds"
                f" {s.ask.golden_per_page} golden task(s)."
            ),
        ),
        ("Grades", " · ".join(f"{grade} {name}" for grade, name in enumerate(s.grades.names))),
        (
            "Judgments",
            f"{s.aggregate.labels[0]} on the graded answers, {s.aggregate.pairs} on the comparisons.",
        ),
        (
            "Intervals",
            (
                f"{s.evaluate.confidence:.0%} percentile bootstrap over queries, {s.evaluate.resamples:,} resamples;"
                f" differences by {s.evaluate.test} on the same queries."
            ),
        ),
    )
