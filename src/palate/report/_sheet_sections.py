"""Turn what a command found into the sections of its page."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import Markup

from palate.report import _charts as charts
from palate.report import _sheet_charts as sheet_charts
from palate.report._drawing import ACCENT
from palate.report._numbers import number, percent
from palate.report._sections import Section
from palate.report._sheet_data import AgreementSheet, AnnotatorSheet, LabelSheet, PairSheet

__all__ = [
    "agreement_sections",
    "annotator_sections",
    "coefficient_title",
    "forest",
    "label_bars",
    "label_sections",
    "pair_sections",
    "people_map",
    "reliability_picture",
]

_BARS = 12
_DISPUTED = 15
_EVIDENCE = 20
_FOREST = 40
_LEAST_ANSWERS = 10
"""Answers beside others' from which an annotator's agreement is drawn: of fewer, resampling hides how little is known."""

_LISTED = 1000
"""As many rows are listed: more make the page slow to open."""

_COEFFICIENTS = {
    "krippendorff_alpha": (
        "Krippendorff’s alpha",
        "chance from all answers; any number of them a task; 0.67 is often asked for, less is common for taste",
    ),
    "fleiss_kappa": ("Fleiss’ kappa", "chance from all answers"),
    "cohen_kappa": ("Cohen’s kappa", "chance from each annotator’s own habits"),
    "gwet_ac": ("Gwet’s AC", "steady where one label is far more frequent than the others"),
    "brennan_prediger": ("Brennan–Prediger", "chance takes all labels for equally frequent"),
    "percent_agreement": (
        "Percent agreement",
        "two answers to one task are the same; not corrected for chance",
    ),
    "accuracy_on_aggregate": (
        "Accuracy on aggregate",
        "share of answers with the label that most gave; not corrected for chance",
    ),
    "consistency": (
        "Consistency",
        "how probable the label that most gave is, by each annotator’s share with the majority",
    ),
}
"""What coefficients are called and say, in the order in which they are shown."""


def label_sections(sheet: LabelSheet) -> list[Section]:
    """Return what the page of judgments shows."""
    return [
        Section("sure", "How sure it is, and how right", _reliability(sheet)),
        Section("labels", "What was decided", _labels(sheet)),
        Section("people", "Who answered", _people(sheet.annotators, ())),
        Section("disputed", "Most disputed tasks", _disputed(sheet)),
    ]


def pair_sections(sheet: PairSheet) -> list[Section]:
    """Return what the page of a ranking shows."""
    scores = sheet.scores.with_columns(pl.col("item").cast(pl.String))
    content = {
        "chart": forest(scores, "item", "score"),
        "drawn": min(_FOREST, len(scores)),
        "rows": scores.head(_LISTED).to_dicts(),
        "all": len(scores),
        "columns": scores.columns,
        "groups": scores["component"].n_unique() if "component" in scores.columns else 1,
    }
    found = [Section("scores", "The ranking", content)]
    if len(sheet.effects):
        effects = sheet.effects.with_columns(pl.col("effect").cast(pl.String))
        content = {"rows": effects.to_dicts(), "chart": forest(effects, "effect", "value", in_sight=(0.0,))}
        found.append(Section("effects", "What else moved the comparisons", content))
    return found


def agreement_sections(sheet: AgreementSheet) -> list[Section]:
    """Return what the page of agreement shows."""
    rows = sorted(map(_named, sheet.coefficients.to_dicts()), key=lambda row: row["place"])
    content = {
        "chart": forest(pl.DataFrame(rows), "title", "value", in_sight=(0.0, 1.0)),
        "rows": rows,
    }
    known = sheet.tasks.filter(pl.col("answers") > 1).with_columns(pl.col("task").cast(pl.String))
    bins = _binned(known["agreement"])
    words = ", ".join(
        f"{r['tasks']} tasks at {percent(r['low'], 0)} to {percent(r['high'], 0)}" for r in bins.to_dicts()
    )
    tasks = {
        "chart": sheet_charts.histogram(
            bins, f"Tasks by agreement: {words}", title="Pairs of answers that agree", whole=True
        ),
        "rows": known.sort("agreement", "uncertainty", "task", descending=[False, True, False])
        .head(_DISPUTED)
        .to_dicts(),
        "tasks": len(known),
        "unanimous": int((known["agreement"] == 1).sum()),
    }
    people = sheet.annotators.with_columns(pl.col("annotator").cast(pl.String))
    ordered = people.drop_nulls("agreement").sort("agreement", "annotator")
    known_well = ordered.filter(pl.col("overlapping") >= _LEAST_ANSWERS).sort("high", "annotator")
    annotators = {
        "chart": forest(known_well, "annotator", "agreement", most=_BARS) if len(known_well) else None,
        "drawn": min(_BARS, len(known_well)),
        "least": _LEAST_ANSWERS,
        "known_well": len(known_well),
        "rows": ordered.head(_LISTED).to_dicts(),
        "all": len(people),
    }
    return [
        Section("coefficients", "How far they agree", content),
        Section("by-task", "Task by task", tasks),
        Section("by-annotator", "Who agrees least with the others", annotators),
    ]


def annotator_sections(sheet: AnnotatorSheet) -> list[Section]:
    """Return what the page of annotators shows."""
    suspects = {name for suspicion in sheet.suspicions for name in suspicion.annotators}
    talk = {
        "suspicions": [
            {
                "suspicion": s,
                "rows": s.evidence.head(_EVIDENCE).to_dicts(),
                "columns": s.evidence.columns,
                "all": len(s.evidence),
            }
            for s in sheet.suspicions
        ],
        "checks": sheet.checks,
    }
    found = [
        Section("talk", "Whom to talk to", talk),
        Section("people", "Skill by answers given", _people(sheet.annotators, tuple(sorted(suspects)))),
    ]
    scored = sheet.annotators.drop_nulls("spammer_score").with_columns(pl.col("annotator").cast(pl.String))
    if len(scored):
        lowest = scored.sort("spammer_high", "annotator").rename(
            {"spammer_low": "low", "spammer_high": "high"}
        )
        content = {
            "chart": forest(
                lowest, "annotator", "spammer_score", most=_BARS, in_sight=(0.0, 1.0), marked=suspects
            ),
            "drawn": min(_BARS, len(lowest)),
            "all": len(lowest),
        }
        found.append(Section("spammers", "Do the answers depend on the task?", content))
    return found


def forest(
    rows: pl.DataFrame,
    names: str,
    values: str,
    *,
    most: int = _FOREST,
    in_sight: tuple[float, ...] = (),
    marked: set[str] | None = None,
) -> Markup:
    """Draw the first rows as dots in their intervals, with the interval of ranks where there is one."""
    rows = rows.head(most)
    bounds = [
        pl.col(name) if name in rows.columns else pl.lit(None, pl.Float64).alias(name)
        for name in ("low", "high")
    ]
    shown = rows.select(*bounds, system=pl.col(names), value=pl.col(values).cast(pl.Float64))
    if "note" in rows.columns:
        shown = shown.with_columns(rows["note"])
    if {"low_rank", "high_rank"} <= set(rows.columns):
        shown = shown.with_columns(pl.Series("note", list(map(_ranks, rows["low_rank"], rows["high_rank"]))))
    words = "; ".join(
        f"{r['system']} {number(r['value'])}"
        + ("" if r["low"] is None else f" ({number(r['low'])} to {number(r['high'])})")
        for r in shown.to_dicts()
    )
    palette = {name: sheet_charts.WARNING if name in (marked or ()) else ACCENT for name in shown["system"]}
    return charts.intervals(shown, palette, f"{values.replace('_', ' ')}: {words}", in_sight)


def reliability_picture(sheet: LabelSheet) -> Markup | None:
    """Draw the reliability diagram; None where there is none."""
    found = sheet.reliability
    if found is None:
        return None
    words = "; ".join(
        f"{r['tasks']} at {percent(r['probability'], 0)} were right {percent(r['accuracy'], 0)} of the time"
        for r in found.table.to_dicts()
    )
    return sheet_charts.reliability_diagram(found.table, found.untempered, f"Reliability diagram: {words}")


def label_bars(sheet: LabelSheet) -> Markup:
    """Draw the share of tasks decided for each label."""
    rows = _label_rows(sheet).head(_BARS).select(feature="label", share="share")
    words = ", ".join(f"{r['feature']} {percent(r['share'])}" for r in rows.to_dicts())
    return charts.bars(rows, f"Share of tasks by label: {words}")


def people_map(annotators: pl.DataFrame, suspects: tuple[str, ...]) -> Markup | None:
    """Draw skill over answers; None where no skill is known."""
    known = annotators.drop_nulls("skill").sort("answers", descending=True).head(_LISTED)
    if known.is_empty():
        return None
    words = f"Skill against answers given, {len(known)} annotators"
    return sheet_charts.annotator_map(known, suspects, words)


def _reliability(sheet: LabelSheet) -> dict[str, Any]:
    found = sheet.reliability
    if found is None:
        return {"found": None, "why_not": sheet.no_reliability}
    words = "; ".join(
        f"{r['tasks']} between {percent(r['low'], 0)} and {percent(r['high'], 0)}"
        for r in found.table.to_dicts()
    )
    what = "golden tasks" if found.by == "golden" else "hidden answers"
    counts = sheet_charts.histogram(
        found.table,
        f"How many {what} by probability: {words}",
        title="How sure it was",
        before=found.untempered,
    )
    return {
        "found": found,
        "what": what,
        "diagram": reliability_picture(sheet),
        "counts": counts,
        "rows": found.table.to_dicts(),
    }


def _labels(sheet: LabelSheet) -> dict[str, Any]:
    rows = _label_rows(sheet)
    undecided = sheet.judgments["label"].null_count()
    return {
        "chart": label_bars(sheet),
        "rows": rows.head(_LISTED).to_dicts(),
        "hidden": max(len(rows) - _BARS, 0),
        "undecided": undecided,
    }


def _label_rows(sheet: LabelSheet) -> pl.DataFrame:
    """Return how many tasks were decided for each label and how many answers gave it, the most frequent first."""
    given = sheet.answers.select(pl.col("label").cast(pl.String)).group_by("label").len("answers")
    decided = (
        sheet.judgments.select(pl.col("label").cast(pl.String)).drop_nulls().group_by("label").len("tasks")
    )
    labels = pl.DataFrame({"label": [name for name in sheet.probabilities.columns if name != "task"]})
    rows = labels.join(decided, on="label", how="left").join(given, on="label", how="left")
    rows = rows.with_columns(pl.col("tasks", "answers").fill_null(0)).with_columns(
        share=pl.col("tasks") / max(len(sheet.judgments), 1),
        answer_share=pl.col("answers") / max(len(sheet.answers), 1),
    )
    return rows.sort("tasks", "answers", "label", descending=[True, True, False])


def _people(annotators: pl.DataFrame, suspects: tuple[str, ...]) -> dict[str, Any]:
    known = [n for n in annotators.columns if annotators[n].null_count() < len(annotators)]
    rows = annotators.sort("answers", descending=True).head(_LISTED)
    rows = rows.with_columns(pl.col("annotator").cast(pl.String))
    return {
        "chart": people_map(annotators, suspects),
        "rows": rows.to_dicts(),
        "columns": known,
        "all": len(annotators),
        "suspects": suspects,
    }


def _disputed(sheet: LabelSheet) -> dict[str, Any]:
    """Return the tasks whose label is least sure, with the next best label and what people said."""
    labels = [name for name in sheet.probabilities.columns if name != "task"]
    doubtful = sheet.judgments.sort("probability", maintain_order=True).head(_DISPUTED)
    posterior = {
        r["task"]: r
        for r in sheet.probabilities.filter(pl.col("task").is_in(doubtful["task"].implode())).to_dicts()
    }
    said = (
        sheet.answers.filter(pl.col("task").is_in(doubtful["task"].implode()))
        .with_columns(pl.col("label").cast(pl.String))
        .group_by("task", "label")
        .len("votes")
        .sort("votes", "label", descending=[True, False])
    )
    rows = []
    for row in doubtful.to_dicts():
        ranked = sorted(labels, key=lambda name: -posterior[row["task"]][name])
        decided = None if row["label"] is None else str(row["label"])
        other = next((name for name in ranked if name != decided), None)
        votes = said.filter(pl.col("task") == row["task"])
        rows.append(
            {
                "task": str(row["task"]),
                "label": decided,
                "probability": row["probability"],
                "other": other,
                "other_probability": None if other is None else posterior[row["task"]][other],
                "said": ", ".join(f"{v['votes']} said {v['label']}" for v in votes.to_dicts()),
            }
        )
    return {"rows": rows, "tasks": len(sheet.judgments)}


def coefficient_title(name: str) -> str:
    """Return what a coefficient is called."""
    return _COEFFICIENTS[name][0] if name in _COEFFICIENTS else name.replace("_", " ").capitalize()


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """Return a coefficient's row with what it is called, what it says and its place; its interval as a note."""
    name = row["coefficient"]
    title, (_, meaning) = coefficient_title(name), _COEFFICIENTS.get(name, ("", ""))
    order = list(_COEFFICIENTS)
    place = order.index(name) if name in order else len(order)
    note = "" if row["low"] is None else f"{number(row['low'])} … {number(row['high'])}"
    return row | {"title": title, "meaning": meaning, "place": place, "note": note}


def _binned(shares: pl.Series) -> pl.DataFrame:
    """Return how many shares there are in each tenth, upper ends included, 0 with the first."""
    tenth = (shares * 10 - 1e-9).ceil().clip(1, 10).cast(pl.Int64).alias("tenth")
    counted = tenth.to_frame().group_by("tenth").len("tasks").sort("tenth")
    return counted.select(
        low=(pl.col("tenth") - 1) / 10, high=pl.col("tenth") / 10, tasks=pl.col("tasks").cast(pl.Int64)
    )


def _ranks(low: int | None, high: int | None) -> str:
    if low is None or high is None:
        return ""
    return f"rank {low}" if low == high else f"rank {low}–{high}"
