"""A page of tasks as MTurk's HTMLQuestion, and its answers out of what MTurk sends back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from markupsafe import Markup

from palate.core.errors import InputError
from palate.platforms._html import STYLE, Drawing, instructions_html, options_html
from palate.platforms._questions import Questions

__all__ = ["answers_in", "question_of"]

_SCHEMA = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"
_LARGEST = 65_535
_SCRIPT = Markup(  # takes the assignment from the address; in a preview nothing can be sent
    'var id=new URLSearchParams(location.search).get("assignmentId")||"";'
    'var form=document.getElementById("palate");form.elements["assignmentId"].value=id;'
    'if(!id||id==="ASSIGNMENT_ID_NOT_AVAILABLE"){document.getElementById("send").disabled=true}'
)
_PAGE = Markup(
    '<!DOCTYPE html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8"><title>{title}</title>'
    "<style>{style}</style></head>"
    '<body class="palate"><details open><summary>{title}</summary>{instructions}</details>'
    '<form id="palate" method="post" action="{action}"><input type="hidden" name="assignmentId" value="">'
    '{tasks}<button id="send" type="submit">OK</button></form><script>{script}</script></body></html>'
)
_TASK = Markup("<fieldset><legend>{question}</legend>{note}{shown}{options}</fieldset>")


def question_of(
    tasks: Sequence[str],
    questions: Questions,
    *,
    title: str,
    instructions: str,
    action: str,
    drawing: Drawing,
    seed: str,
) -> str:
    """Return the XML of a page.

    Args:
        tasks: On the page, in their order.
        questions: What is asked.
        title: Of the pool.
        instructions: Markdown.
        action: Where the form is sent.
        drawing: Draws the tasks.
        seed: Decides over sides; :func:`answers_in` needs the same.

    Raises:
        InputError: The page is larger than MTurk takes.
    """
    drawn = []
    for place, task in enumerate(tasks, start=1):
        view = questions.view(task, seed)
        note = Markup("<p>{}</p>").format(view.note) if view.note else Markup()
        options = options_html(questions.options, f"task{place}", required=view.required)
        drawn.append(
            _TASK.format(question=view.question, note=note, shown=drawing.task(view), options=options)
        )
    wording = questions.template.wording(questions.language)
    page = _PAGE.format(
        language=wording.language,
        direction=wording.direction,
        title=title,
        style=Markup(STYLE),  # noqa: S704 (our own constant)
        instructions=instructions_html(instructions),
        action=action,
        tasks=Markup().join(drawn),
        script=_SCRIPT,
    )
    inner = str(page).replace("]]>", "]]]]><![CDATA[>")
    xml = (
        f'<HTMLQuestion xmlns="{_SCHEMA}"><HTMLContent><![CDATA[{inner}]]></HTMLContent>'
        "<FrameHeight>0</FrameHeight></HTMLQuestion>"
    )
    size = len(xml.encode())
    if size > _LARGEST:
        raise InputError(
            f"A page of {len(tasks)} tasks has {size:,} bytes; MTurk takes {_LARGEST:,}. Put fewer tasks on a page"
            " ('page_size'), or show shorter texts.",
            where="tasks",
        )
    return xml


def answers_in(xml: str, tasks: Sequence[str], questions: Questions, *, seed: str) -> Mapping[str, str]:
    """Return the labels that somebody chose, by task; tasks without a readable answer are left out."""
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:  # MTurk sends none; they could blow up the reader
        return {}
    try:
        root = ET.fromstring(xml)  # noqa: S314 (without a document type, nothing can be expanded)
    except ET.ParseError:
        return {}
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    given = {
        answer.findtext(f"{space}QuestionIdentifier", ""): answer.findtext(f"{space}FreeText", "")
        for answer in root.iter(f"{space}Answer")
    }
    found = {}
    for place, task in enumerate(tasks, start=1):
        chosen = given.get(f"task{place}", "")
        if chosen in {option.value for option in questions.options}:
            found[task] = questions.label(task, chosen, seed)
    return found
