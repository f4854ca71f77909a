"""Fill the page of a verdict from a study's artifacts, or from runs and judgments alone."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import polars as pl

from palate._version import __version__
from palate.core.errors import StudyError
from palate.core.frames import IntoTable, read_table
from palate.core.hashing import hash_file
from palate.core.progress import no_progress
from palate.core.tables import ITEMS, JUDGMENTS
from palate.inference import Verdict
from palate.measures import DEFAULT_MEASURES, evaluate, read_runs
from palate.platforms import platforms
from palate.report import AgreementLine, CostLine, QueryDifference, ReportData
from palate.study.artifacts import read_manifest
from palate.study.comparison import compare_all
from palate.study.disagreements import Rankings, disagreements
from palate.study.report_rounds import line_of, retrained, rounds_in_words
from palate.study.rounds import ranked_by_all, rounds_of
from palate.study.settings import StudySettings
from palate.study.settings_file import SETTINGS_FILE, read_settings
from palate.study.step import LOOP, StepContext, in_round

__all__ = ["needed", "report_of_runs", "report_of_study"]


def needed(rounds: int) -> tuple[str, ...]:
    """Return the names of the steps whose artifacts the page of so many rounds shows."""
    learned = rounds_of("learn", max(rounds - 1, 1))
    loop = [name for step in LOOP if step != "learn" for name in rounds_of(step, rounds)]
    return ("read", "split", "recommend", *loop, *learned)


def report_of_study(directory: Path) -> ReportData:
    """Return what the page of a study shows: all rounds, the verdict of the last one first.

    Raises:
        StudyError: A step that it shows is not done.
    """
    settings = read_settings(directory / SETTINGS_FILE)
    rounds = settings.study.rounds
    missing = [name for name in needed(rounds) if read_manifest(directory, name) is None]
    if missing:
        raise StudyError(
            f"The steps {', '.join(missing)} are not done. Run them first: palate study run {directory}"
        )
    context = StepContext(directory, directory, settings, no_progress, rounds)
    folder = directory / in_round("evaluate", rounds)
    found = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))
    verdicts = [Verdict.from_dict(verdict) for verdict in found["verdicts"]]
    return ReportData(
        title=settings.study.name,
        created="",
        simulated=platforms.get(settings.ask.platform).simulated,
        seed=settings.study.seed,
        version=__version__,
        confidence=settings.evaluate.confidence,
        about=""
        if rounds == 1
        else f"round {rounds}: the retrained ranker against the best system before it",
        verdicts=tuple(map(line_of, verdicts)),
        summary=_with_learned(context, "summary"),
        truth=_with_learned(context, "truth"),
        wins=context.read("evaluate", "win_matrix"),
        pair_scores=context.read("aggregate", "pair_scores"),
        annotators=_annotators(context),
        agreement=_agreement(context.read("aggregate", "agreement")),
        cost=_cost(context),
        aggregators=_aggregators(context),
        coverage=_coverage(_with_learned(context, "coverage")),
        retrained=retrained(context, line_of(verdicts[0])),
        disagreements=_study_disagreements(context, verdicts[0]),
        method=_method(context),
        data=_hashes(context),
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
        verdicts=tuple(map(line_of, verdicts)),
        summary=found.summary,
        coverage=_coverage(found.coverage),
        disagreements=differ,
        data={file.name: hash_file(file) for file in files},
        notes=found.notes,
    )


def _with_learned(context: StepContext, name: str) -> pl.DataFrame:
    """Return a table of the last evaluation; where no round came after the ranker learned, with its own rows."""
    found = context.read("evaluate", name)
    return found if context.round > 1 else pl.concat([found, context.read("learn", name)])


def _annotators(context: StepContext) -> pl.DataFrame:
    known = context.read_all("ask", "annotators").unique("annotator", keep="first", maintain_order=True)
    return context.read("aggregate", "annotators").join(
        known, on="annotator", how="left", maintain_order="left"
    )


def _cost(context: StepContext) -> tuple[CostLine, ...]:
    lines = []
    for number in range(1, context.round + 1):
        of_round = f"round {number}, " if context.round > 1 else ""
        lines += [
            CostLine(f"{of_round}{row['what']}", row["answers"], row["pages"], Decimal(row["dollars"]))
            for row in context.read("ask", "cost", number).to_dicts()
            if row["answers"]
        ]
    return tuple(lines)


def _hashes(context: StepContext) -> dict[str, str]:
    """Return the hash of every file that holds what came from outside, and of the judgments."""
    shown = {"read": ("interactions", "items"), in_round("aggregate", context.round): ("judgments",)}
    shown |= dict.fromkeys(rounds_of("ask", context.round), ("answers", "comparisons"))
    found: dict[str, str] = {}
    for step, names in shown.items():
        manifest = read_manifest(context.study, step)
        outputs = manifest.outputs if manifest else {}
        found |= {f"{step}/{name}.parquet": outputs[f"{name}.parquet"] for name in names}
    return found


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


def _aggregators(context: StepContext) -> pl.DataFrame:
    """Return how often each aggregator's label is the true one, and how often it differs from the chosen one's."""
    truth = context.read("split", "candidates").select(
        "query", "item", pl.col("grade").cast(pl.String).alias("truth")
    )
    tasks = context.read_all("sample", "tasks").join(truth, on=["query", "item"]).select("task", "truth")
    labels = context.read("aggregate", "labels").join(tasks, on="task")
    chosen = context.settings.aggregate.labels[0]
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


def _study_disagreements(context: StepContext, verdict: Verdict) -> tuple[QueryDifference, ...]:
    rankings = Rankings(
        ranked_by_all(context),
        context.read("aggregate", "judgments"),
        context.read("read", "items"),
        context.read("split", "liked"),
        prefix="User",
    )
    return disagreements(rankings, context.read("evaluate", "per_query"), verdict)


def _method(context: StepContext) -> tuple[tuple[str, str], ...]:
    s, tasks = context.settings, context.read("sample", "tasks", 1)
    queries = context.read("split", "queries")
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
                f" {s.sample.pair_depth} titles are drawn at random and shown side by side.{_pooled(s)}"
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
        *rounds_in_words(context),
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


def _pooled(settings: StudySettings) -> str:
    """Say what it does to values that not every candidate is judged, if that is so."""
    if settings.sample.depth >= settings.split.candidates:
        return ""
    return (
        " nDCG’s ideal ranking is made of what is judged, so its values come out somewhat too high, for all systems"
        " alike; their differences are hardly touched."
    )
