"""What the page of a study says of its rounds: what each asked and cost, and what the ranker that learned gained."""

from __future__ import annotations

import json
from decimal import Decimal

import polars as pl

from palate.inference import Verdict
from palate.learning import read_card
from palate.report import Retrained, RoundLine, VerdictLine
from palate.study.rounds import MODEL, best_system, learned_system
from palate.study.step import StepContext, in_round

__all__ = ["line_of", "retrained", "rounds_in_words"]


def line_of(verdict: Verdict) -> VerdictLine:
    """Return a verdict as the page shows it."""
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


def retrained(context: StepContext, last: VerdictLine) -> Retrained:
    """Return what learning gained: by the judgments it learned from and, where people were asked again, by all.

    Args:
        context: Of the last round.
        last: That round's first verdict.
    """
    learned_in = max(context.round - 1, 1)
    folder = context.study / in_round("learn", learned_in)
    found = (folder / "verdict.json").read_text(encoding="utf-8")
    before = line_of(Verdict.from_dict(json.loads(found)))
    again = context.round > 1
    return Retrained(
        learned_system(context.settings, learned_in),
        last if again else before,
        context.settings.learn.folds,
        context.read("learn", "importance", learned_in),
        before=before if again else None,
        unjudged=_unjudged(context, learned_in) if again else 0,
        values=_values(context) if again else None,
        rounds=tuple(_round_line(context, number) for number in range(1, context.round + 1)) if again else (),
        card=read_card(folder / MODEL),
    )


def rounds_in_words(context: StepContext) -> tuple[tuple[str, str], ...]:
    """Return how the rounds were made, for the section on method; nothing if there was but one."""
    if context.round == 1:
        return ()
    best = best_system(context, context.round - 1)
    text = (
        "After each round a ranker learns from all judgments so far, and ranks every query by what other queries"
        f" taught it. The next round asks only about those of its first {context.settings.sample.depth} items that"
        " nobody judged, and about its lists beside those of the system that was best till then; two lists that are"
        " the same count as a tie without asking. All answers are aggregated anew. The system to be beaten in the last"
        f" round, {best}, was chosen by values on these same queries. That flatters it, not the ranker, so the gain is"
        " rather too small than too large."
    )
    return (("Rounds", text),)


def _unjudged(context: StepContext, learned_in: int) -> int:
    """Return how many of the ranker's first 10 items nobody had judged when it had learned."""
    return int(context.read("learn", "coverage", learned_in)["unjudged_first_10"][0])


def _values(context: StepContext) -> pl.DataFrame:
    """Return the systems' headline values before and after the last round, columns ``stage, system, value, low, high``."""
    number = context.round - 1
    before = pl.concat([context.read(step, "summary", number) for step in ("evaluate", "learn")])
    stages = {
        f"Before round {context.round}": before,
        f"After round {context.round}": context.read("evaluate", "summary"),
    }
    headline = pl.col("measure") == context.settings.evaluate.headline
    return pl.concat(
        [
            table.filter(headline).select(pl.lit(stage).alias("stage"), "system", "value", "low", "high")
            for stage, table in stages.items()
        ]
    )


def _round_line(context: StepContext, number: int) -> RoundLine:
    cost = context.read("ask", "cost", number)
    return RoundLine(
        round=number,
        tasks=len(context.read("sample", "tasks", number)),
        pairs=int(context.read("sample", "pairs", number)["asked"].sum()),
        answers=int(cost["answers"].sum()),
        dollars=sum((Decimal(dollars) for dollars in cost["dollars"]), Decimal(0)),
    )
