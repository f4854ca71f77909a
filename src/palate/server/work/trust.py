"""How far dynamic overlap trusts each annotator's answers: learned from golden tasks and from what the others say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from django.db.models import F

from palate.asking import (
    Confusions,
    DynamicOverlap,
    GoldenAnswer,
    WeightedAnswer,
    annotator_accuracy,
    believed_confusions,
    calibrate,
)
from palate.server.projects.models import Pool, Tally
from palate.server.projects.reading import overlap_of, template_of
from palate.server.work.models import Answer, Standing

__all__ = ["learn_trust", "weighted_answers"]

_AGAIN_FROM = 1.2
"""By how much answers must have grown for trust to be learned again."""
_ANSWERS_LOOKED_AT = 20_000


def weighted_answers(pool: Pool, tasks: Sequence[int]) -> dict[int, list[WeightedAnswer]]:
    """Return the answers that count of each task, weighed by how their annotators err.

    Before the first round of housekeeping has learned that, an annotator's accuracy on golden tasks stands in.
    """
    rows = Answer.objects.filter(task__in=tasks, slot__held=True).order_by("pk")
    given = list(rows.values_list("task", "annotator", "label"))
    confusions = _stored(pool)
    accuracy = {} if confusions else _accuracies(pool, {annotator for _, annotator, _ in given})
    found: dict[int, list[WeightedAnswer]] = {}
    for task, annotator, label in given:
        weighed = (
            confusions.weigh(str(annotator), label)
            if confusions
            else WeightedAnswer(label, accuracy[annotator])
        )
        found.setdefault(task, []).append(weighed)
    return found


def learn_trust() -> int:
    """Learn anew how annotators err in open pools with dynamic overlap that have grown by a fifth; return in how many."""
    learned = 0
    grown = Tally.objects.filter(pool__status="open", golden_answers__gt=0).annotate(
        all_answers=F("answers") + F("golden_answers")
    )
    for tally in grown.select_related("pool__project"):
        overlap = overlap_of(tally.pool)
        if isinstance(overlap, DynamicOverlap) and tally.all_answers >= _AGAIN_FROM * tally.calibrated_on:
            _learn(tally, overlap, tally.all_answers)
            learned += 1
    return learned


def _learn(tally: Tally, overlap: DynamicOverlap, answers: int) -> None:
    labels = [label.value for label in template_of(tally.pool.project).own_labels()]
    history = _golden_history(tally.pool)
    confusions = believed_confusions(history, _answered(tally.pool), labels)
    Tally.objects.filter(pk=tally.pk).update(
        confusions={"crowd": confusions.crowd, "annotators": confusions.annotators},
        temperature=calibrate(history, len(labels), overlap.maximum, confusions.weigh),
        calibrated_on=answers,
    )


def _stored(pool: Pool) -> Confusions | None:
    known = pool.tally.confusions
    return Confusions(known["crowd"], known["annotators"]) if known else None


def _accuracies(pool: Pool, annotators: set[int]) -> dict[int, float]:
    return {
        standing.annotator_id: annotator_accuracy(round(standing.golden_right), standing.golden_answered)
        for standing in Standing.objects.filter(pool=pool, annotator__in=annotators)
    }


def _golden_history(pool: Pool) -> list[GoldenAnswer]:
    template = template_of(pool.project)
    rows = Answer.objects.filter(pool=pool, task__kind="golden", right__isnull=False).order_by("-pk")
    last = rows.values_list("task", "annotator", "label", "task__golden")[:_ANSWERS_LOOKED_AT]
    return [
        GoldenAnswer(str(task), str(annotator), label, template.label_of(golden[0]["answer"]))
        for task, annotator, label, golden in reversed(last)
        if golden
    ]


def _answered(pool: Pool) -> list[list[tuple[str, str]]]:
    """Return (annotator, label) of the last answers that count, by real task."""
    rows = Answer.objects.filter(pool=pool, task__kind="real", slot__held=True).order_by("-pk")
    last = sorted(rows.values_list("task", "annotator", "label")[:_ANSWERS_LOOKED_AT])
    return [[(str(who), label) for _, who, label in of] for _, of in groupby(last, key=lambda row: row[0])]
