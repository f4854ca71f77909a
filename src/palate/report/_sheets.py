"""Write the page or the picture of what a single command found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from palate.core.atomic import replace_file
from palate.core.errors import OutputError
from palate.report import _evaluation_heads as heads
from palate.report import _evaluation_sections as evaluation
from palate.report import _planning_sections as planning
from palate.report import _sheet_sections as sections
from palate.report._evaluation_data import ComparisonSheet, EvaluationSheet, PlanSheet, WatchSheet
from palate.report._findings import FindingSheet, findings_of
from palate.report._numbers import number, percent
from palate.report._sections import Section
from palate.report._sheet_data import AgreementSheet, AnnotatorSheet, LabelSheet, PairSheet
from palate.report._sheet_data import Sheet as AnswersSheet
from palate.report._standalone import rastered, standalone
from palate.report._templates import environment

__all__ = ["check_sheet_path", "picture", "render_sheet", "write_sheet"]

_PAGES = {".html", ".htm"}
_PICTURES = {".svg", ".png"}

Sheet = AnswersSheet | EvaluationSheet | ComparisonSheet | PlanSheet | WatchSheet | FindingSheet


def check_sheet_path(path: Path) -> None:
    """Refuse a name that says neither page nor picture, before anything is computed.

    Raises:
        OutputError: It ends in neither .html nor .svg nor .png.
    """
    if path.suffix.casefold() not in _PAGES | _PICTURES:
        raise OutputError(
            f"Cannot tell from the name {path} what to write. A page ends in .html, a picture in .svg or .png."
        )


def write_sheet(sheet: Sheet, path: Path) -> None:
    """Write the page (``.html``) or its main picture (``.svg``, or ``.png`` in light colours), whole or not at all.

    Raises:
        OutputError: The name says neither, or the place cannot be written.
    """
    check_sheet_path(path)
    suffix = path.suffix.casefold()
    text = picture(sheet) if suffix in _PICTURES else render_sheet(sheet)
    written = rastered(text) if suffix == ".png" else text.encode()
    with replace_file(path) as temporary:
        temporary.write_bytes(written)


def render_sheet(sheet: Sheet) -> str:
    """Return the page as HTML that needs nothing else: no script, no font, no picture, no network."""
    head, found = _head(sheet)
    return environment().get_template("sheet.html").render(sheet=sheet, head=head, sections=found)


def picture(sheet: Sheet) -> str:
    """Return the page's main picture as an SVG file of its own.

    Of judgments it is the reliability diagram, or the labels' shares where there is none; of comparisons the scores
    with their intervals; of agreement the coefficients; of annotators the map of skills; of values their intervals; of a
    comparison its queries, or the differences where there are several; of a plan its power; of a watched one the way there;
    of other findings their intervals.
    """
    if isinstance(sheet, EvaluationSheet | ComparisonSheet | PlanSheet | WatchSheet | FindingSheet):
        return _evaluation_picture(sheet)
    if isinstance(sheet, LabelSheet):
        diagram = sections.reliability_picture(sheet)
        if diagram is None or sheet.reliability is None:
            return standalone(sections.label_bars(sheet), "Share of tasks by label")
        what = "golden labels" if sheet.reliability.by == "golden" else "answers"
        hollow = "" if sheet.reliability.untempered is None else "; hollow: before tempering"
        return standalone(diagram, f"{sheet.reliability.cases:,} hidden {what}{hollow}")
    if isinstance(sheet, PairSheet):
        return standalone(sections.forest(sheet.scores, "item", "score"), f"Scores, {sheet.method}")
    if isinstance(sheet, AgreementSheet):
        chart = sections.agreement_sections(sheet)[0].content["chart"]
        return standalone(chart, "Agreement between annotators")
    suspects = tuple(sorted({name for s in sheet.suspicions for name in s.annotators}))
    chart = sections.people_map(sheet.annotators, suspects)
    if chart is None:
        raise OutputError(
            f"There is no picture to draw: {sheet.method} says nothing of annotators' skills. Choose another method."
        )
    return standalone(chart, f"Skill of {len(sheet.annotators):,} annotators")


def _evaluation_picture(
    sheet: EvaluationSheet | ComparisonSheet | PlanSheet | WatchSheet | FindingSheet,
) -> str:
    if isinstance(sheet, FindingSheet):
        return _finding_picture(sheet)
    if isinstance(sheet, EvaluationSheet):
        measure, confidence = sheet.evaluation.measures[0], percent(sheet.evaluation.confidence, 0)
        return standalone(evaluation.evaluation_picture(sheet), f"{measure}, {confidence} intervals")
    if isinstance(sheet, ComparisonSheet):
        return standalone(*evaluation.comparison_picture(sheet))
    if isinstance(sheet, WatchSheet):
        return standalone(planning.path_picture(sheet), f"Difference on {sheet.watched.verdict.measure}")
    chart = planning.power_picture(sheet.plan)
    if chart is None:
        raise OutputError(
            "There is no picture to draw: no design is enough. The page (.html) says what stands in the way."
        )
    return standalone(chart, f"A difference of {sheet.plan.goal.difference:g} on {sheet.plan.spread.measure}")


def _finding_picture(sheet: FindingSheet) -> str:
    found = findings_of(sheet)
    if found.picture is None:
        raise OutputError("There is no picture to draw: nothing has an interval. The page (.html) says why.")
    return standalone(found.picture, found.caption)


def _head(sheet: Sheet) -> tuple[dict[str, Any], list[Section]]:
    """Return what stands at the top, and the sections."""
    if isinstance(sheet, FindingSheet):
        found = findings_of(sheet)
        return found.head, found.sections
    if isinstance(sheet, EvaluationSheet | ComparisonSheet | PlanSheet | WatchSheet):
        return _evaluation_content(sheet)
    if isinstance(sheet, LabelSheet):
        return _label_head(sheet), sections.label_sections(sheet)
    if isinstance(sheet, PairSheet):
        return _pair_head(sheet), sections.pair_sections(sheet)
    if isinstance(sheet, AgreementSheet):
        return _agreement_head(sheet), sections.agreement_sections(sheet)
    return _annotator_head(sheet), sections.annotator_sections(sheet)


def _evaluation_content(
    sheet: EvaluationSheet | ComparisonSheet | PlanSheet | WatchSheet,
) -> tuple[dict[str, Any], list[Section]]:
    if isinstance(sheet, EvaluationSheet):
        return heads.evaluation_head(sheet), evaluation.evaluation_sections(sheet)
    if isinstance(sheet, ComparisonSheet):
        return heads.comparison_head(sheet), evaluation.comparison_sections(sheet)
    if isinstance(sheet, PlanSheet):
        return heads.plan_head(sheet), planning.plan_sections(sheet)
    return heads.watch_head(sheet), planning.watch_sections(sheet)


def _label_head(sheet: LabelSheet) -> dict[str, Any]:
    tasks, answers = len(sheet.judgments), len(sheet.answers)
    figures = [("answers a task", number(answers / tasks, 1))]
    if sheet.golden:
        figures.append(("golden tasks", f"{sheet.golden:,}"))
    sure = int((sheet.judgments["probability"] >= 0.9).sum())
    figures.append(("of tasks at least 90% sure", percent(sure / tasks, 0)))
    if sheet.reliability is not None and sheet.reliability.by == "golden":
        figures.append(("calibration error", number(sheet.reliability.error)))
    return {
        "eyebrow": "Judgments",
        "title": (
            f"{tasks:,} {_plural(tasks, 'judgment')} from {answers:,} {_plural(answers, 'answer')} by"
            f" {len(sheet.annotators):,} {_plural(len(sheet.annotators), 'annotator')}"
        ),
        "statement": sheet.reason or f"Method: {sheet.method}.",
        "figures": figures,
        "notes": sheet.notes,
    }


def _pair_head(sheet: PairSheet) -> dict[str, Any]:
    scores = sheet.scores
    names = [str(name) for name in scores["item"]]
    title = f"{names[0]} comes first of {len(names):,}"
    statement = f"Method: {sheet.method}."
    if "low_rank" in scores.columns:
        best = [name for name, rank in zip(names, scores["low_rank"], strict=True) if rank == 1]
        if len(best) == 1:
            title = f"{names[0]} is the best of {len(names):,}, with 95% confidence"
        else:
            listed = ", ".join(best[:6]) + (f" and {len(best) - 6:,} more" if len(best) > 6 else "")
            statement = (
                f"With 95% confidence, the best is one of {len(best):,}: {listed}. Method: {sheet.method}."
            )
    figures = [("comparisons", f"{sheet.comparisons:,}"), ("compared", f"{len(names):,}")]
    return {
        "eyebrow": "Ranking",
        "title": title,
        "statement": statement,
        "figures": figures,
        "notes": sheet.notes,
    }


def _agreement_head(sheet: AgreementSheet) -> dict[str, Any]:
    rows = sheet.coefficients.to_dicts()
    row = next((r for r in rows if r["coefficient"] == "krippendorff_alpha"), rows[0])
    name = sections.coefficient_title(row["coefficient"])
    interval = (
        ""
        if row["low"] is None
        else f"{percent(row['confidence'], 0)} interval {number(row['low'], 2)} to {number(row['high'], 2)}"
    )
    figures = [("answers", f"{row['answers']:,}"), ("tasks with two answers or more", f"{row['tasks']:,}")]
    figures.append(("annotators", f"{len(sheet.annotators):,}"))
    return {
        "eyebrow": "Agreement",
        "title": f"{name} is {'not defined here' if row['value'] is None else number(row['value'], 2)}",
        "statement": interval and f"{interval}, from resampling tasks.",
        "figures": figures,
        "notes": sheet.notes,
    }


def _annotator_head(sheet: AnnotatorSheet) -> dict[str, Any]:
    everybody = len(sheet.annotators)
    concerned = len({name for s in sheet.suspicions for name in s.annotators})
    title = (
        f"{concerned:,} of {everybody:,} annotators to talk to"
        if concerned
        else f"Nobody of {everybody:,} {_plural(everybody, 'annotator')} stands out"
    )
    figures = [("answers", f"{int(sheet.annotators['answers'].sum()):,}")]
    known = sheet.annotators["skill"].drop_nulls()
    if len(known):
        figures.append(("median skill", percent(float(known.median()), 0)))  # type: ignore[arg-type]
    return {
        "eyebrow": "Annotators",
        "title": title,
        "statement": f"Skill is the probability of a right answer, by {sheet.method}.",
        "figures": figures,
        "notes": (),
    }


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"
