"""Pages of single commands, with ordinary names and with names that try to break them."""

from __future__ import annotations

from functools import cache

import polars as pl
import report_examples as examples
from answer_strategies import crowd

from palate.aggregation.labels import Auto, held_out_reliability
from palate.aggregation.pairs import BradleyTerry
from palate.agreement import agreement_by_annotator, agreement_by_task
from palate.report import AgreementSheet, AnnotatorSheet, LabelSheet, PairSheet, Suspicion

__all__ = ["MAKERS", "agreement_sheet", "annotator_sheet", "label_sheet", "pair_sheet"]


def hostile_names(n: int) -> list[str]:
    return [f"{examples.HOSTILE[i % len(examples.HOSTILE)]} {i}" for i in range(n)]


@cache
def _fitted(golden: int, *, hostile: bool) -> dict[str, object]:
    answers, truth, _ = crowd(1, n_tasks=120)
    known = pl.DataFrame({"task": range(golden), "label": truth[:golden]}) if golden else None
    if hostile:
        words = hostile_names(9)
        answers = answers.with_columns(
            annotator=pl.Series([words[a] for a in answers["annotator"]]),
            label=pl.Series([words[x] for x in answers["label"]]),
        )
        known = None
    result = Auto(methods=("dawid_skene", "wawa")).aggregate(answers, golden=known)
    return {
        "source": examples.SCRIPT if hostile else "answers.csv",
        "version": "0.1.0",
        "method": "auto",
        "reason": result.reason,
        "answers": answers,
        "judgments": result.labels,
        "probabilities": result.probabilities,
        "annotators": result.annotators,
        "golden": golden,
        "reliability": held_out_reliability(result, answers, golden=known),
    }


def label_sheet(*, hostile: bool = False, golden: int = 60, **changes: object) -> LabelSheet:
    return LabelSheet(**_fitted(golden, hostile=hostile) | changes)


def pair_sheet(*, hostile: bool = False) -> PairSheet:
    names = hostile_names(4) if hostile else ["a", "b", "c", "d"]
    rows = [
        (names[i], names[j], "left" if (i + k) % 3 else "right", k % 5)
        for k in range(30)
        for i in range(4)
        for j in range(4)
        if i != j
    ]
    comparisons = pl.DataFrame(rows, schema=["left", "right", "label", "annotator"], orient="row")
    found = BradleyTerry().aggregate(comparisons)
    return PairSheet(
        "pairs.csv", "0.1.0", "bradley_terry", len(rows), found.scores, found.effects, ("A note.",)
    )


def agreement_sheet(*, hostile: bool = False) -> AgreementSheet:
    answers = label_sheet(hostile=hostile).answers
    columns = ["coefficient", "value", "low", "high", "confidence", "tasks", "answers"]
    rows = [
        ("percent_agreement", 0.641, 0.6, 0.7, 0.95, 120, 600),
        ("krippendorff_alpha", 0.519, 0.5, 0.54, 0.95, 120, 600),
        ("gwet_ac", None, None, None, 0.95, 120, 600),
        ("somebody_elses", 0.3, None, None, 0.95, 120, 600),
    ]
    coefficients = pl.DataFrame(rows, schema=columns, orient="row")
    return AgreementSheet(
        "answers.csv", "0.1.0", coefficients, agreement_by_task(answers), agreement_by_annotator(answers)
    )


def annotator_sheet(*, hostile: bool = False, found: bool = True) -> AnnotatorSheet:
    people = label_sheet(hostile=hostile).annotators
    names = [str(name) for name in people["annotator"]]
    people = people.with_columns(spammer_score=0.5, spammer_low=0.3, spammer_high=pl.lit(0.7))
    evidence = pl.DataFrame({"task": names, "label": names[::-1], "share": [0.25] * 9, "answers": range(9)})
    suspicions = (
        Suspicion("collusion", (names[0], names[1]), f"{names[0]} copies.", evidence),
        Suspicion("drift", (names[2],), "Got worse.", evidence.clear()),
    )
    checks = ("copied mistakes", "answers that get worse over time")
    return AnnotatorSheet("answers.csv", "0.1.0", "dawid_skene", people, checks, suspicions if found else ())


MAKERS = {
    "labels": label_sheet,
    "pairs": pair_sheet,
    "agreement": agreement_sheet,
    "annotators": annotator_sheet,
}
