"""Turn answers into judgments, comparisons into scores, and say how far people agree."""

from __future__ import annotations

from typing import Any

import polars as pl

from palate.aggregation.labels import LabelResult, label_aggregators
from palate.aggregation.pairs import pair_aggregators
from palate.agreement import agreement_coefficients
from palate.core.files import write_file
from palate.study.repeated_pairs import labels_of_pairs
from palate.study.rounds import rounds_of
from palate.study.step import Step, StepContext, in_round

__all__ = ["aggregate_step"]

_AGREEMENT = {
    **dict.fromkeys(("of", "coefficient", "metric"), pl.String),
    **dict.fromkeys(("value", "low", "high"), pl.Float64),
    "tasks": pl.Int64,
}


def run(context: StepContext) -> str:
    """Write ``judgments`` (and ``judgments.qrels``), ``pair_judgments``, ``labels``, ``annotators``, ``pair_scores``, ``wins``, ``agreement``.

    All answers of this round and the earlier ones count: every one says something of its annotator, too.
    """
    settings = context.settings.aggregate
    answers = context.read_all("ask", "answers").select("task", "annotator", "label", "golden")
    # A small study may end before every golden task was shown to somebody.
    golden = context.read_all("sample", "golden").select("task", "label").join(answers, on="task", how="semi")
    results: dict[str, LabelResult] = {}
    for number, name in enumerate(settings.labels):
        aggregator = label_aggregators.create(name, _options(context, name))
        results[name] = aggregator.aggregate(answers.drop("golden"), golden=golden if len(golden) else None)
        context.progress(number + 1, len(settings.labels) + 2)
    chosen = results[settings.labels[0]]
    judgments = _judgments(context, chosen)
    context.write("judgments", judgments)
    write_file(judgments.select("query", "item", "grade"), context.out / "judgments.qrels")
    named = [result.labels.with_columns(pl.lit(name).alias("method")) for name, result in results.items()]
    context.write("labels", pl.concat(named).filter(~pl.col("task").is_in(golden["task"].implode())))
    context.write("annotators", chosen.annotators)
    _aggregate_pairs(context)
    context.progress(len(settings.labels) + 1, len(settings.labels) + 2)
    context.write("agreement", _agreement(context, answers.filter(~pl.col("golden")).drop("golden")))
    context.progress(len(settings.labels) + 2, len(settings.labels) + 2)
    state = "converged" if chosen.converged else "did not converge"
    return (
        f"{len(judgments):,} judgments by {settings.labels[0]} ({state} after {chosen.iterations} iterations)"
    )


def _options(context: StepContext, name: str) -> dict[str, Any] | None:
    return context.settings.aggregate.options.get(name)


def _judgments(context: StepContext, result: LabelResult) -> pl.DataFrame:
    """Return the graded tasks with their grade, its probability, and the posterior, one column a grade."""
    posterior = result.probabilities.rename(
        {name: f"p_{name}" for name in result.probabilities.columns if name != "task"}
    )
    grade = pl.col("label").cast(pl.Float64).alias("grade")
    return (
        context.read_all("sample", "tasks")
        .join(result.labels, on="task", how="inner", maintain_order="left")
        .join(posterior, on="task", how="left", maintain_order="left")
        .with_columns(grade)
        .select("query", "item", "grade", "probability", "task", "inclusion", pl.col("^p_.*$"))
    )


def _aggregate_pairs(context: StepContext) -> None:
    """Judge every pair by its answers (win rates count these), and score the systems by all comparisons.

    Pairs that nobody was asked about show one list twice, a tie, or two lists that were judged in an earlier round.
    """
    comparisons = context.read_all("ask", "comparisons")
    chosen = context.settings.aggregate.labels[0]
    judge = label_aggregators.create(chosen, _options(context, chosen))
    judged = judge.aggregate(comparisons.select("task", "annotator", "label"))
    pairs = context.read_all("sample", "pairs")
    context.write("pair_judgments", labels_of_pairs(pairs, judged.labels))
    name = context.settings.aggregate.pairs
    result = pair_aggregators.create(name, _options(context, name)).aggregate(comparisons)
    context.write("pair_scores", result.scores.rename({"item": "system"}))
    context.write("wins", result.wins.rename({"item": "system"}))


def _agreement(context: StepContext, answers: pl.DataFrame) -> pl.DataFrame:
    tables = (
        ("grades", answers),
        ("comparisons", context.read_all("ask", "comparisons").select("task", "annotator", "label")),
    )
    rows = []
    for of, table in tables:
        if not table["task"].is_duplicated().any():
            if len(table) and context.settings.aggregate.agreement:
                context.note(
                    f"No task has the answers of two annotators, so nothing says how far they agree on {of}."
                )
            continue
        for name in context.settings.aggregate.agreement:
            options = dict(_options(context, name) or {})
            if of == "comparisons" and options.get("metric") not in {None, "nominal"}:
                options["metric"] = "nominal"
            found = agreement_coefficients.create(name, options).measure(table, seed=context.seed)
            rows.append(
                (of, name, str(options.get("metric", "")), found.value, found.low, found.high, found.n_tasks)
            )
    return pl.DataFrame(rows, schema=_AGREEMENT, orient="row")


def aggregate_step(number: int) -> Step:
    """Return the step of a round, from 1."""
    title = "Aggregate answers" if number == 1 else "Aggregate the answers of all rounds"
    needs = (*rounds_of("sample", number), *rounds_of("ask", number))
    return Step(in_round("aggregate", number), title, needs, ("aggregate",), run, round=number)
