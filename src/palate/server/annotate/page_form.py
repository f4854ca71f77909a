"""The form of a page: its fields are named by the task's position, nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from palate.server.projects.reading import template_of
from palate.server.work.models import Assignment, Slot
from palate.task_templates import AnswerError

__all__ = [
    "FormValues",
    "answers_in",
    "draft_of",
    "field_name",
    "forms_in",
    "forms_of_draft",
    "moved",
    "seed_of",
]

FormValues: TypeAlias = dict[str, list[str]]
"""What the fields of one task hold, by the names that its template gives them."""

_FIELD = re.compile(r"t(\d{1,3})-([a-z_]{1,30})")
_MOVE = "move"


def seed_of(assignment: Assignment) -> str:
    """Return what decides over shuffles: the same on all pages of an annotator in a project."""
    return f"{assignment.annotator_id}/{assignment.pool.project_id}"


def field_name(position: int, name: str) -> str:
    """Return what a field of the task at ``position``, from 0, is called in the form.

    >>> field_name(0, "answer")
    't0-answer'
    """
    return f"t{position}-{name}"


def forms_in(posted: Iterable[tuple[str, list[str]]], n_tasks: int) -> dict[int, FormValues]:
    """Return the values that a browser posted, by position; fields of other names are passed over.

    The character zero, which no database keeps, is left out.
    """
    found: dict[int, FormValues] = {}
    for name, values in posted:
        parts = _FIELD.fullmatch(name)
        if parts and int(parts[1]) < n_tasks:
            found.setdefault(int(parts[1]), {})[parts[2]] = [value.replace("\0", "") for value in values]
    return found


def draft_of(forms: Mapping[int, FormValues]) -> dict[str, FormValues]:
    """Return what is stored of a form that is not complete yet."""
    return {
        str(position): {name: values for name, values in form.items() if name != _MOVE and any(values)}
        for position, form in forms.items()
    }


def forms_of_draft(draft: Mapping[str, Any]) -> dict[int, FormValues]:
    """Return a stored draft as a form."""
    return {int(position): form for position, form in draft.items()}


def moved(assignment: Assignment, forms: Mapping[int, FormValues]) -> dict[int, FormValues] | None:
    """Return the form after a button that moves an entry was pressed; None if none was."""
    if not any(_MOVE in form for form in forms.values()):
        return None
    template = template_of(assignment.pool.project)
    return {position: template.moved(form) for position, form in forms.items()}


def answers_in(
    assignment: Assignment, slots: Sequence[Slot], forms: Mapping[int, Mapping[str, list[str]]]
) -> tuple[dict[int, object], dict[int, str]]:
    """Return the answers in a form by position, and what is wrong with those that contradict themselves."""
    template, seed = template_of(assignment.pool.project), seed_of(assignment)
    answers: dict[int, object] = {}
    problems: dict[int, str] = {}
    for slot in slots:
        try:
            answers[slot.position] = template.answer_from_form(
                forms.get(slot.position, {}), slot.task.input, seed
            )
        except AnswerError as error:
            problems[slot.position] = error.problem
    return answers, problems
