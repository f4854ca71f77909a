"""Ask annotators the sampled tasks, golden ones among them, and keep every answer and every dollar."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import polars as pl

from palate.core.progress import Progress
from palate.platforms import Collected, Platform, Pool, platforms
from palate.study.shown import GRADED, PAIRED, label_settings, shown_items, shown_pairs
from palate.study.step import Step, StepContext

__all__ = ["ASK"]

_TIE_MARGIN = 0.05
"""Two lists whose discounted gains differ by less than this share of the larger look alike to people."""


def run(context: StepContext) -> str:
    """Write ``answers``, ``comparisons``, ``annotators``, ``cost`` and ``pair_truth``."""
    settings = context.settings.ask
    platform = platforms.create(settings.platform, settings.options.get(settings.platform))
    graded_pool, pair_pool = _graded_pool(context), _pair_pool(context)
    start = float(context.read("read", "interactions")["timestamp"].max())  # type: ignore[arg-type]
    expected = [len(pool.tasks) * pool.overlap for pool in (graded_pool, pair_pool)]
    graded = _ask(platform, graded_pool, context, start, (0, sum(expected)))
    paired = _ask(platform, pair_pool, context, start, (expected[0], sum(expected)))
    golden = graded_pool.golden["task"] if graded_pool.golden is not None else pl.Series([], dtype=pl.String)
    answers = graded.answers.with_columns(pl.col("task").is_in(golden.implode()).alias("golden"))
    pairs = pair_pool.tasks.select("task", "query", "left", "right")
    context.write("answers", answers)
    context.write("comparisons", paired.answers.join(pairs, on="task", how="left", maintain_order="left"))
    crowd = (
        pl.concat([graded.annotators, paired.annotators]).unique("annotator", keep="first").sort("annotator")
    )
    context.write("annotators", crowd)
    context.write("cost", _cost(graded, paired, answers))
    context.write("pair_truth", pair_pool.tasks.select("task", "query", "left", "right", "truth"))
    given = len(graded.answers) + len(paired.answers)
    who = "simulated annotators" if platform.simulated else "annotators"
    return f"{given:,} answers by {len(crowd):,} {who} for ${graded.cost + paired.cost:,.2f}"


def _ask(
    platform: Platform, pool: Pool, context: StepContext, now: float, span: tuple[int, int]
) -> Collected:
    return platform.ask(pool, seed=context.seed, now=now, progress=_part(context.progress, *span))


def _part(progress: Progress, before: int, whole: int) -> Progress:
    """Return a progress that reports one pool's answers as a part of all answers."""

    def report_part(done: int, total: int) -> None:  # noqa: ARG001 (the part's own total is not the whole's)
        progress(min(before + done, whole), whole)

    return report_part


def _graded_pool(context: StepContext) -> Pool:
    settings = context.settings.ask
    truth = pl.col("grade").cast(pl.String).alias("truth")
    candidates = context.read("split", "candidates").select("query", "item", truth)
    golden = context.read("sample", "golden")
    tasks = context.read("sample", "tasks").join(
        candidates, on=["query", "item"], how="left", maintain_order="left"
    )
    columns = ["task", "query", "item", "truth"]
    asked = pl.concat([tasks.select(columns), golden.rename({"label": "truth"}).select(columns)])
    liked, items = context.read("split", "liked"), context.read("read", "items")
    labels = tuple(str(grade) for grade in range(len(context.settings.grades.names)))
    return Pool(
        tasks=asked.with_columns(shown_items(asked, liked, items)),
        labels=labels,
        golden=golden.select("task", "label") if len(golden) else None,
        overlap=settings.overlap,
        overlap_max=settings.overlap_max,
        agreed_share=settings.agreed_share,
        page_size=settings.page_size,
        reward=settings.reward,
        golden_per_page=settings.golden_per_page if len(golden) else 0,
        title=GRADED.title,
        template=GRADED.template,
        template_settings={"question": GRADED.question, **label_settings(context.settings.grades.names)},
        instructions=GRADED.instructions,
    )


def _pair_pool(context: StepContext) -> Pool:
    pairs = context.read("sample", "pairs")
    gains = _discounted_gains(context)
    for side in ("left", "right"):
        of_side = gains.rename({"system": side, "gain": f"{side}_gain"})
        pairs = pairs.join(of_side, on=["query", side], how="left", maintain_order="left")
    margin = _TIE_MARGIN * pl.max_horizontal("left_gain", "right_gain")
    ahead = pl.col("left_gain") - pl.col("right_gain")
    truth = pl.when(ahead > margin).then(pl.lit("left")).when(-ahead > margin).then(pl.lit("right"))
    tasks = pairs.with_columns(truth.otherwise(pl.lit("tie")).alias("truth"))
    graded = _graded_pool(context)
    tasks = tasks.drop("left_gain", "right_gain")
    shown = shown_pairs(
        tasks, _runs_shown(context), context.read("split", "liked"), context.read("read", "items")
    )
    return replace(
        graded,
        tasks=tasks.with_columns(shown),
        labels=("left", "tie", "right"),
        golden=None,
        golden_per_page=0,
        title=PAIRED.title,
        template=PAIRED.template,
        template_settings={
            "question": PAIRED.question,
            "labels": [
                {"value": "left", "text": "Left", "key": "1"},
                {"value": "tie", "text": "Equally good", "key": "2"},
                {"value": "right", "text": "Right", "key": "3"},
            ],
        },
        instructions=PAIRED.instructions,
    )


def _discounted_gains(context: StepContext) -> pl.DataFrame:
    """Return each list's discounted true gain over the ranks that are shown side by side."""
    graded = _runs_shown(context).join(context.read("split", "candidates"), on=["query", "item"], how="left")
    gain = (pl.col("grade") / (pl.col("rank") + 1).log(2)).sum()
    return graded.group_by("system", "query").agg(gain.alias("gain"))


def _runs_shown(context: StepContext) -> pl.DataFrame:
    """Return the ranks that are shown side by side."""
    runs = context.read("recommend", "runs")
    return runs.filter(pl.col("rank") <= context.settings.sample.pair_depth)


def _cost(graded: Collected, paired: Collected, answers: pl.DataFrame) -> pl.DataFrame:
    golden = int(answers["golden"].sum())
    rows: list[tuple[str, int, int, Decimal]] = [
        (f"graded answers ({golden:,} of them golden)", len(answers), graded.pages, graded.cost),
        ("side-by-side comparisons", len(paired.answers), paired.pages, paired.cost),
    ]
    return pl.DataFrame(
        [(what, count, pages, str(dollars)) for what, count, pages, dollars in rows],
        schema={"what": pl.String, "answers": pl.Int64, "pages": pl.Int64, "dollars": pl.String},
        orient="row",
    )


ASK = Step(
    "ask", "Ask annotators", ("read", "split", "recommend", "sample"), ("ask", "grades", "sample"), run
)
