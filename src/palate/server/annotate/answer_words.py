"""An answer in the words in which it was given."""

from __future__ import annotations

from palate.server.annotate.page_form import FormValues
from palate.task_templates import Choice, Control, Entry, Marking, MultipleChoice, Ordering, TextArea

__all__ = ["answer_words"]


def answer_words(control: Control, form: FormValues) -> list[str]:
    """Return what a form's values say: the texts of options or the titles of entries, in order.

    Args:
        control: What was answered.
        form: The values, as ``form_from_answer`` returns them.

    Returns:
        No words for no answer.
    """
    values = form.get(control.name, [])
    match control:
        case Choice() | MultipleChoice():
            return [option.text for option in control.options if option.value in values]
        case Marking():
            if any(form.get(control.none_name, [])):
                return [control.none.text]
            return [_called(entry) for entry in control.entries if entry.value in values]
        case Ordering():
            by_value = {entry.value: _called(entry) for entry in control.entries}
            return [f"{rank}. {by_value[value]}" for rank, value in enumerate(values, 1) if value in by_value]
        case TextArea():
            return [value for value in values if value]


def _called(entry: Entry) -> str:
    return entry.card.title or entry.card.text or entry.value
