"""What a model's replies to a pool come to: answers, what is missing and why, and the money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from palate.platforms._estimate import Estimate
from palate.platforms._judging._combined import Combine, Found, combined, turned_back
from palate.platforms._judging._kept import KeptReply
from palate.platforms._judging._questions import Asking, Question, label_words
from palate.platforms._judging._replies import Reply, read_label
from palate.platforms.base import Pool
from palate.task_templates import ChoiceTemplate

if TYPE_CHECKING:
    from palate.platforms._judging._asker import Asker, Outcome

__all__ = ["Judged", "ModelEstimate", "annotator_name", "judged", "label_grades"]

_SAID = 200
_TIE = "tie"


@dataclass(frozen=True)
class ModelEstimate(Estimate):
    """What a model will cost: ``rewards`` is likely, ``most`` cannot be exceeded; ``pages`` are requests.

    Args:
        model: Which.
    """

    model: str = ""

    @property
    def hourly_pay(self) -> Decimal:
        """No floor holds for a model: it is paid by the token."""
        return Decimal("Infinity")

    @property
    def sentence(self) -> str:
        """All of it for people to read."""
        return (
            f"{self.answers:,} answers of {self.model} by {self.pages:,} requests: about ${self.rewards:,.4f}, at most"
            f" ${self.most:,.4f}."
        )


@dataclass(frozen=True)
class Judged:
    """A model's answers to a pool.

    Args:
        answers: One row an answered task: ``task, annotator, label, seconds, submitted_at, page`` as of people, and ``kind``
            (``model``), ``model``, ``prompt`` (its hash), ``round``, ``grade``, ``expected`` (the mean grade by the probabilities),
            ``probability`` (of the label) and ``consistent`` (of pairs: whether both orders named the same side).
        missing: One row a task without an answer: ``task, reason, said``.
        annotators: One row: ``annotator, kind, model, prompt, answered, missing, reasons``.
        cost: Of the replies to these tasks, whenever they came, US dollars.
        unsure: What lost requests in the cache may have cost beside, at most.
        sent: Requests that got a reply now.
        reused: Replies that were kept from before.
        uncounted: Replies whose tokens the endpoint did not count: they are counted at the most that they can have cost.
        first_side: Of pairs asked in both orders, how often the side shown first was named, and how often one was named.
    """

    answers: pl.DataFrame
    missing: pl.DataFrame
    annotators: pl.DataFrame
    cost: Decimal
    unsure: Decimal
    sent: int
    reused: int
    uncounted: int
    first_side: tuple[int, int] | None

    @property
    def reasons(self) -> str:
        """Why tasks are missing, with counts, for people to read; empty where none is."""
        counts = Counter(self.missing["reason"])
        return ", ".join(
            f"{reason} {count:,}" for reason, count in sorted(counts.items(), key=lambda one: -one[1])
        )

    @property
    def sentences(self) -> list[str]:
        """What came, as people read it."""
        total = len(self.answers) + len(self.missing)
        who = self.annotators["annotator"][0]
        answered = f"{who} answered {len(self.answers):,} of {total:,} tasks for ${self.cost:,.4f}"
        lines = [f"{answered} ({self.sent:,} replies now, {self.reused:,} kept from before)."]
        if self.reasons:
            lines.append(f"Missing: {self.reasons}.")
        if self.unsure:
            lines.append(f"Requests whose replies were lost may have cost up to ${self.unsure:,.4f} more.")
        if self.first_side is not None and self.first_side[1]:
            named, both = self.first_side
            lines.append(
                f"Of {both:,} times that it named a side, it named the one shown first {named:,} times ({named / both:.0%});"
                f" both orders agree on {self._agreeing():.0%} of pairs."
            )
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return all but the answers as JSON can hold it."""
        return {
            "annotator": self.annotators["annotator"][0],
            "model": self.annotators["model"][0],
            "prompt": self.annotators["prompt"][0],
            "answered": len(self.answers),
            "missing": len(self.missing),
            "reasons": dict(Counter(self.missing["reason"])),
            "cost": str(self.cost),
            "unsure": str(self.unsure),
            "sent": self.sent,
            "reused": self.reused,
            "uncounted": self.uncounted,
            "first_side": None if self.first_side is None else list(self.first_side),
            "sentences": self.sentences,
        }

    def _agreeing(self) -> float:
        known = self.answers["consistent"].drop_nulls()
        changed = int((self.missing["reason"] == "changes with the order of sides").sum())
        return float(known.sum()) / max(len(known) + changed, 1)


def annotator_name(asking: Asking) -> str:
    """Return what the model is called as an annotator: prompts of one model are told apart."""
    prompt = asking.prompt
    return f"{asking.model} ({prompt.name} {prompt.version}, {asking.prompt_hash[:8]})"


def judged(
    pool: Pool,
    asking: Asking,
    *,
    questions: Sequence[Question],
    outcomes: Mapping[str, Outcome],
    missing: Mapping[int, str],
    combine: Combine,
    asker: Asker,
) -> Judged:
    """Return what the outcomes of all questions come to.

    Args:
        pool: The tasks.
        asking: How they were asked.
        questions: All questions, those of one task together.
        outcomes: By key.
        missing: Why tasks have no question, by place.
        combine: How both orders of a pair come together.
        asker: Knows the money.
    """
    words = label_words(asking.template, asking.language)
    by_place: dict[int, list[Question]] = {}
    for question in questions:
        by_place.setdefault(question.place, []).append(question)
    rows: list[tuple[Any, ...]] = []
    lacking: list[tuple[Any, str, str]] = []
    firsts = [0, 0]
    name, grades = annotator_name(asking), label_grades(pool, asking.template)
    who = ("model", asking.model, asking.prompt_hash, asking.round)
    for place, task in enumerate(pool.tasks["task"]):
        asked = by_place.get(place, [])
        if not asked:
            lacking.append((task, "its picture cannot be sent", missing.get(place, "")))
            continue
        replies = [_read(outcomes[question.key], words) for question in asked]
        _count_firsts(asked, replies, firsts)
        found = combined(_by_order(asked, replies), combine, _TIE if _TIE in pool.labels else None)
        if found.label is None or found.label not in pool.labels:
            reason = found.problem or f"says that it cannot be judged ({found.label})"
            lacking.append((task, reason, _said(asked, outcomes)))
            continue
        times = _times([outcomes[question.key] for question in asked])
        rows.append((task, name, found.label, *times, len(rows) + 1, *who, *_numbers(found, grades)))
    return _as_judged(
        pool,
        rows=rows,
        lacking=lacking,
        who=(name, asking.model, asking.prompt_hash),
        outcomes=outcomes,
        asker=asker,
        firsts=firsts,
        questions=questions,
    )


def _by_order(asked: Sequence[Question], replies: Sequence[Reply]) -> list[list[Reply]]:
    """Return the samples of each order of sides, in terms of the pair as it is."""
    orders: dict[bool, list[Reply]] = {}
    for question, reply in zip(asked, replies, strict=True):
        own = turned_back(reply) if question.swapped else reply
        orders.setdefault(question.swapped, []).append(own)
    return list(orders.values())


def label_grades(pool: Pool, template: ChoiceTemplate) -> Mapping[str, float]:
    """Return the labels' grades: those of the template, else the numbers that labels spell, else their order where they have one."""
    own = {label.value: label.grade for label in template.labels}
    given = {label: own.get(label) for label in pool.labels}
    if all(grade is not None for grade in given.values()):
        return {label: float(grade or 0.0) for label, grade in given.items()}
    try:
        return {label: float(label) for label in pool.labels}
    except ValueError:
        pass
    if not template.ordered:
        return {}
    return {label: float(place) for place, label in enumerate(pool.labels)}


def _read(outcome: Outcome, words: Mapping[str, str]) -> Reply:
    if isinstance(outcome, KeptReply):
        return read_label(outcome.said, words)
    return Reply(None, outcome.reason)


def _count_firsts(asked: Sequence[Question], replies: Sequence[Reply], firsts: list[int]) -> None:
    """Count how often the side shown first was named, where both orders were asked."""
    if len({question.swapped for question in asked}) < 2:
        return
    named = [reply.label for reply in replies if reply.label in {"left", "right"}]
    firsts[0] += named.count("left")
    firsts[1] += len(named)


def _numbers(
    found: Found, grades: Mapping[str, float]
) -> tuple[float | None, float | None, float | None, bool | None]:
    """Return grade, expected grade, probability and whether both orders agree."""
    shares = found.shares or {}
    on_scale = sum(share for label, share in shares.items() if label in grades)
    expected = None
    if grades and on_scale > 0:
        expected = sum(share * grades[label] for label, share in shares.items() if label in grades) / on_scale
    return grades.get(str(found.label)), expected, shares.get(str(found.label)), found.consistent


def _times(outcomes: Sequence[Outcome]) -> tuple[float | None, float]:
    """Return the seconds of all replies together, and when the last came."""
    kept = [one for one in outcomes if isinstance(one, KeptReply)]
    seconds = [one.seconds for one in kept if one.seconds is not None]
    return (sum(seconds) if seconds else None), max(one.came_at for one in kept)


def _said(asked: Sequence[Question], outcomes: Mapping[str, Outcome]) -> str:
    """Return the beginning of what was said, for people who look after missing answers."""
    for question in asked:
        outcome = outcomes[question.key]
        if isinstance(outcome, KeptReply):
            text = outcome.said.refusal or outcome.said.content
        else:
            text = outcome.said
        if text:
            return text[:_SAID].encode(errors="replace").decode()
    return ""


def _as_judged(
    pool: Pool,
    *,
    rows: Sequence[tuple[Any, ...]],
    lacking: Sequence[tuple[Any, str, str]],
    who: tuple[str, str, str],
    outcomes: Mapping[str, Outcome],
    asker: Asker,
    firsts: Sequence[int],
    questions: Sequence[Question],
) -> Judged:
    tasks = pool.tasks["task"].dtype
    schema: dict[str, Any] = {
        "task": tasks, "annotator": pl.String, "label": pl.String, "seconds": pl.Float64, "submitted_at": pl.Float64,
        "page": pl.Int64, "kind": pl.String, "model": pl.String, "prompt": pl.String, "round": pl.String, "grade": pl.Float64,
        "expected": pl.Float64, "probability": pl.Float64, "consistent": pl.Boolean,
    }  # fmt: skip
    missing = pl.DataFrame(
        lacking, schema={"task": tasks, "reason": pl.String, "said": pl.String}, orient="row"
    )
    kept = [outcomes[key] for key in dict.fromkeys(question.key for question in questions)]
    replies = [one for one in kept if isinstance(one, KeptReply)]
    counts = ", ".join(f"{reason} {count}" for reason, count in sorted(Counter(missing["reason"]).items()))
    annotators = pl.DataFrame(
        {
            "annotator": [who[0]], "kind": ["model"], "model": [who[1]], "prompt": [who[2]],
            "answered": [len(rows)], "missing": [len(lacking)], "reasons": [counts],
        }
    )  # fmt: skip
    return Judged(
        answers=pl.DataFrame(rows, schema=schema, orient="row"),
        missing=missing,
        annotators=annotators,
        cost=sum((one.cost for one in replies), Decimal(0)),
        unsure=asker.kept.spent()[1],
        sent=asker.sent,
        reused=len(replies) - asker.sent,
        uncounted=sum(not one.counted for one in replies),
        first_side=(firsts[0], firsts[1]) if any(question.swapped for question in questions) else None,
    )
