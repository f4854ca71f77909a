"""Templates whose answer is one of their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palate.task_templates._settings import setting
from palate.task_templates._values import AnswerError, Json, Seed, shown
from palate.task_templates._views import Choice, Option
from palate.task_templates._wording import Label, Wording, check_labels, text_of
from palate.task_templates.base import TaskTemplate

__all__ = ["ChoiceTemplate", "only_value", "option_of"]


@dataclass(frozen=True, kw_only=True)
class ChoiceTemplate(TaskTemplate):
    """A template whose answer is the value of one label."""

    labels: tuple[Label, ...] = setting((), "What annotators choose from, in order.")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_labels(self.labels)

    def own_labels(self) -> tuple[Label, ...]:
        """Return the setting ``labels``."""
        return self.labels

    def control(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> Choice:
        """Return the labels to choose one from."""
        return Choice(tuple(map(option_of, wording.labels)))

    def check_given(self, answer: object, task_input: Mapping[str, Json]) -> str:
        """Return the value of one of the labels."""
        values = [label.value for label in self.labels]
        if not isinstance(answer, str) or answer not in values:
            raise AnswerError(f"The answer must be one of {', '.join(values)}; it is {shown(answer)}.")
        return answer

    def agreement(self, answer: Json, golden: Json) -> float:
        """Return 1 for the known label, 0 for another."""
        return float(answer == golden)

    def answer_from_form(
        self, form: Mapping[str, Sequence[str]], task_input: Mapping[str, Json], seed: Seed
    ) -> object:
        """Return the chosen value."""
        return only_value(form, "answer")

    def form_from_answer(
        self, answer: Json, task_input: Mapping[str, Json], seed: Seed
    ) -> dict[str, list[str]]:
        """Return the value as chosen."""
        return {} if answer is None else {"answer": [str(answer)]}

    def schema_of_answer(self, task_input: Mapping[str, Json] | None) -> dict[str, Json]:
        """Return the schema: one of the values."""
        return {"type": "string", "enum": [label.value for label in self.labels]}

    def judges(self, answer: Json) -> bool:
        """Return whether the label is one that judges."""
        return answer in self.label_values()

    def label_of(self, answer: Json) -> str:
        """Return the value itself."""
        return "" if answer is None else str(answer)


def option_of(label: Label) -> Option:
    """Return a label as it can be chosen."""
    return Option(label.value, text_of(label), label.key, label.description, label.cannot_judge)


def only_value(form: Mapping[str, Sequence[str]], name: str) -> str | None:
    """Return the one value that a form has under a name; None if there is none or it is empty.

    Raises:
        AnswerError: There are several.
    """
    values = [value for value in form.get(name, ()) if value]
    if len(set(values)) > 1:
        raise AnswerError(f"The form has {len(values):,} values for '{name}' where one can be chosen.")
    return values[0] if values else None
