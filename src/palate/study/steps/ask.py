"""Ask annotators the sampled tasks, golden ones among them, and keep every answer and every dollar."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from palate.core.progress import Progress
from palate.platforms import Collected, Platform, Pool, platforms
from palate.study.fair_pay import BONUSES, check_floor, pay_to_floor
from palate.study.rounds import ranked_by_all, rounds_of
from palate.study.shown import GRADED, PAIRED, label_settings, shown_items, shown_pairs
from palate.study.step import Step, StepContext, in_round

__all__ = ["ask_step"]

_TIE_MARGIN = 0.05
"""Two lists whose discounted gains differ by less than this share of the larger look alike to people."""


def run(context: StepContext) -> str:
    """Write ``answers``, ``comparisons``, ``annotators``, ``bonuses``, ``cost`` and ``pair_truth``."""
    settings = context.settings.ask
    found = platforms.create(settings.platform, settings.options.get(settings.platform))
    platform = found.within(context.study)
    pairs = _pairs_with_truth(context)
    graded_pool, pair_pool = _graded_pool(context), _pair_pool(context, pairs.filter("asked"))
    expected = [0 if pool is None else len(pool.tasks) * pool.overlap for pool in (graded_pool, pair_pool)]
    start = _start(context)
    pools = [(pool, table) for pool, table in ((graded_pool, "answers"), (pair_pool, "comparisons")) if pool]
    for pool, table in pools:
        check_floor(context, platform, pool, table)
    for pool, _ in pools:
        platform.publish(pool, seed=context.seed)  # both are answered side by side
    graded = _ask(platform, graded_pool, context, start, (0, sum(expected)))
    paired = _ask(platform, pair_pool, context, start, (expected[0], sum(expected)))
    golden = context.read("sample", "golden")["task"]
    answers = graded.answers.with_columns(pl.col("task").is_in(golden.implode()).alias("golden"))
    named = pairs.select("task", "query", "left", "right")
    context.write("answers", answers)
    context.write("comparisons", paired.answers.join(named, on="task", how="left", maintain_order="left"))
    crowd = (
        pl.concat([graded.annotators, paired.annotators]).unique("annotator", keep="first").sort("annotator")
    )
    context.write("annotators", crowd)
    collected = {"answers": graded, "comparisons": paired}
    lifted = [pay_to_floor(context, platform, pool, collected[table]) for pool, table in pools]
    context.write("bonuses", pl.concat([pl.DataFrame(schema=BONUSES), *(rows for rows, _ in lifted)]))
    cost = _cost(graded, paired, answers, sum((paid for _, paid in lifted), Decimal(0)))
    context.write("cost", cost)
    context.write("pair_truth", named.with_columns(pairs["truth"]))
    given = len(graded.answers) + len(paired.answers)
    if not given:
        return "Nobody was asked: all is judged"
    who = "simulated annotators" if platform.simulated else "annotators"
    dollars = sum(map(Decimal, cost["dollars"]), Decimal(0))
    return f"{given:,} answers by {len(crowd):,} {who} for ${dollars:,.2f}"


def _start(context: StepContext) -> float:
    """Return when asking starts: after all interactions, and after the answers of the round before."""
    before = context.round - 1
    if before:
        times = pl.concat(
            [context.read("ask", name, before)["submitted_at"] for name in ("answers", "comparisons")]
        )
        if len(times):
            return float(times.max())  # type: ignore[arg-type]
    return float(context.read("read", "interactions")["timestamp"].max())  # type: ignore[arg-type]


def _ask(
    platform: Platform, pool: Pool | None, context: StepContext, now: float, span: tuple[int, int]
) -> Collected:
    if pool is None:
        nobody = context.read("ask", "annotators", 1).clear()
        return Collected(context.read("ask", "answers", 1).drop("golden").clear(), nobody, 0, Decimal(0))
    return platform.ask(pool, seed=context.seed, now=now, progress=_part(context.progress, *span))


def _part(progress: Progress, before: int, whole: int) -> Progress:
    """Return a progress that reports one pool's answers as a part of all answers."""

    def report_part(done: int, total: int) -> None:  # noqa: ARG001 (the part's own total is not the whole's)
        progress(min(before + done, whole), whole)

    return report_part


def _graded_pool(context: StepContext) -> Pool | None:
    """Return the graded tasks with the golden ones among them; None if there are none to grade."""
    settings = context.settings.ask
    truth = pl.col("grade").cast(pl.String).alias("truth")
    candidates = context.read("split", "candidates").select("query", "item", truth)
    golden = context.read("sample", "golden")
    tasks = context.read("sample", "tasks").join(
        candidates, on=["query", "item"], how="left", maintain_order="left"
    )
    if tasks.is_empty():
        return None
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
        round=context.round,
    )


def _pairs_with_truth(context: StepContext) -> pl.DataFrame:
    """Return the sampled pairs with the ``truth``: which list has the higher discounted true gain."""
    pairs = context.read("sample", "pairs")
    gains = _discounted_gains(context)
    for side in ("left", "right"):
        of_side = gains.rename({"system": side, "gain": f"{side}_gain"})
        pairs = pairs.join(of_side, on=["query", side], how="left", maintain_order="left")
    margin = _TIE_MARGIN * pl.max_horizontal("left_gain", "right_gain")
    ahead = pl.col("left_gain") - pl.col("right_gain")
    truth = pl.when(ahead > margin).then(pl.lit("left")).when(-ahead > margin).then(pl.lit("right"))
    return pairs.with_columns(truth.otherwise(pl.lit("tie")).alias("truth")).drop("left_gain", "right_gain")


def _pair_pool(context: StepContext, pairs: pl.DataFrame) -> Pool | None:
    """Return the pairs as tasks; None if there are none."""
    if pairs.is_empty():
        return None
    settings = context.settings.ask
    shown = shown_pairs(
        pairs, _runs_shown(context), context.read("split", "liked"), context.read("read", "items")
    )
    return Pool(
        tasks=pairs.with_columns(shown),
        labels=("left", "tie", "right"),
        overlap=settings.overlap,
        overlap_max=settings.overlap_max,
        agreed_share=settings.agreed_share,
        page_size=settings.page_size,
        reward=settings.reward,
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
        round=context.round,
    )


def _discounted_gains(context: StepContext) -> pl.DataFrame:
    """Return each list's discounted true gain over the ranks that are shown side by side."""
    graded = _runs_shown(context).join(context.read("split", "candidates"), on=["query", "item"], how="left")
    gain = (pl.col("grade") / (pl.col("rank") + 1).log(2)).sum()
    return graded.group_by("system", "query").agg(gain.alias("gain"))


def _runs_shown(context: StepContext) -> pl.DataFrame:
    """Return the ranks that are shown side by side."""
    return ranked_by_all(context).filter(pl.col("rank") <= context.settings.sample.pair_depth)


def _cost(graded: Collected, paired: Collected, answers: pl.DataFrame, bonuses: Decimal) -> pl.DataFrame:
    golden = int(answers["golden"].sum())
    rows: list[tuple[str, int, int, Decimal]] = [
        (f"graded answers ({golden:,} of them golden)", len(answers), graded.pages, graded.cost),
        ("side-by-side comparisons", len(paired.answers), paired.pages, paired.cost),
        *([("bonuses up to the hourly floor", 0, 0, bonuses)] if bonuses else []),
    ]
    return pl.DataFrame(
        [(what, count, pages, str(dollars)) for what, count, pages, dollars in rows],
        schema={"what": pl.String, "answers": pl.Int64, "pages": pl.Int64, "dollars": pl.String},
        orient="row",
    )


def ask_step(number: int) -> Step:
    """Return the step of a round, from 1."""
    title = "Ask annotators" if number == 1 else "Ask about what changed"
    needs: tuple[str, ...] = ("read", "split", "recommend", in_round("sample", number))
    if number > 1:
        needs += (*rounds_of("learn", number - 1, "runs.parquet"), *rounds_of("ask", number - 1))
    return Step(in_round("ask", number), title, needs, ("ask", "grades", "sample"), run, round=number)
