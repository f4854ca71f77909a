"""A pool as a project of Label Studio: our template as its labelling configuration, our tasks as its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from markupsafe import Markup

from palate.core.errors import InputError
from palate.core.hashing import hash_json
from palate.platforms._html import STYLE, Drawing, instructions_html
from palate.platforms._questions import Questions
from palate.platforms.base import Pool

__all__ = ["chosen_label", "labelling_configuration", "project_body", "task_bodies", "task_name"]

_NAME, _SHOWN = "answer", "shown"
_MODEL = "palate"


def labelling_configuration(questions: Questions) -> str:
    """Return the template as XML: what is shown, and the labels to choose one from, with their keys."""
    wording = questions.template.wording(questions.language)
    choices = Markup().join(
        Markup("<Choice value={}{}{}{}/>").format(
            _attribute(one.text),
            Markup(" alias={}").format(_attribute(one.value)) if one.value != one.text else "",
            Markup(" hotkey={}").format(_attribute(one.key.casefold())) if one.key else "",
            Markup(" hint={}").format(_attribute(one.description)) if one.description else "",
        )
        for one in questions.options
    )
    note = (
        Markup("<Header size={} value={}/>").format(_attribute("6"), _attribute(wording.note))
        if wording.note
        else ""
    )
    must = _attribute("true" if questions.template.required else "false")
    return str(
        Markup(
            "<View><Style>{style}</Style><Header value={question}/>{note}"
            "<HyperText name={shown} value={variable} inline={yes}/>"
            "<Choices name={name} toName={shown} choice={single} required={must} showInline={yes}>{choices}"
            "</Choices></View>"
        ).format(
            style=STYLE,
            question=_attribute(wording.question),
            note=note,
            shown=_attribute(_SHOWN),
            variable=_attribute(f"${_SHOWN}"),
            name=_attribute(_NAME),
            single=_attribute("single"),
            must=must,
            yes=_attribute("true"),
            choices=choices,
        )
    )


def project_body(pool: Pool, questions: Questions, mark: str, *, show_predictions: bool) -> dict[str, Any]:
    """Return the project."""
    return {
        "title": f"{pool.title[:40]} {mark[:8]}".strip(),
        "description": f"palate {mark}",
        "label_config": labelling_configuration(questions),
        "expert_instruction": str(instructions_html(pool.instructions)),
        "show_instruction": bool(pool.instructions),
        "maximum_annotations": pool.overlap,
        "show_collab_predictions": show_predictions,
        "show_annotation_history": False,
    }


def task_name(mark: str, task: str) -> str:
    """Return by what a task is known there: a name of its own could tell that it is golden."""
    return f"t{hash_json([mark, task])[:16]}"


def task_bodies(pool: Pool, questions: Questions, mark: str, drawing: Drawing) -> Iterator[dict[str, Any]]:
    """Return the tasks; with the pool's column ``predicted``, its labels as predictions.

    Raises:
        InputError: What is predicted is none of the labels.
    """
    predicted = _predicted(pool)
    values = {option.value for option in questions.options}
    for row, task in enumerate(questions.inputs, start=1):
        shown = Markup('<div class="palate">{}</div>').format(drawing.task(questions.view(task, task)))
        body: dict[str, Any] = {"data": {"task": task_name(mark, task), _SHOWN: str(shown)}}
        label = predicted.get(task)
        if label is not None:
            if label not in values:
                raise InputError(
                    f"{label!r} is none of the labels: {', '.join(sorted(values))}.",
                    where="tasks",
                    row=row,
                    column="predicted",
                )
            chosen = questions.template.form_from_answer(label, questions.inputs[task], task)["answer"]
            body["predictions"] = [{"model_version": _MODEL, "result": [_result(chosen)]}]
        yield body


def chosen_label(annotation: Mapping[str, Any], task: str, questions: Questions) -> str | None:
    """Return the label of an annotation; None where it was skipped, is empty, or is none of the labels.

    Label Studio stores what the browser sends, also what the configuration does not allow.
    """
    if annotation.get("was_cancelled"):
        return None
    named = {option.text: option.value for option in questions.options}
    named |= {option.value: option.value for option in questions.options}
    for result in annotation.get("result") or []:
        if isinstance(result, dict) and result.get("from_name") == _NAME:
            choices = (result.get("value") or {}).get("choices") or []
            if len(choices) == 1 and choices[0] in named:
                return questions.label(task, named[choices[0]], task)
    return None


def _result(choices: list[str]) -> dict[str, Any]:
    return {"from_name": _NAME, "to_name": _SHOWN, "type": "choices", "value": {"choices": choices}}


def _predicted(pool: Pool) -> dict[str, str | None]:
    if "predicted" not in pool.tasks.columns:
        return {}
    columns = [pl.col("task").cast(pl.String), pl.col("predicted").cast(pl.String)]
    return dict(pool.tasks.select(columns).iter_rows())


def _attribute(text: str) -> Markup:
    """Return text as an attribute's value, quoted."""
    return Markup('"{}"').format(" ".join(text.split()))
