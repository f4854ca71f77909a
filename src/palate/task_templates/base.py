"""What every task template is: what it shows, what may be answered, and how an answer is graded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal, NotRequired, TypedDict

from palate.core.errors import InputError, SettingsError
from palate.task_templates._fields import InputField, check_row, schema_of_fields
from palate.task_templates._grading import alternatives
from palate.task_templates._settings import check_types, schema_of_settings, setting, settings_to_json
from palate.task_templates._values import AnswerError, Json, Seed, shown
from palate.task_templates._views import Control, Link, Part, TaskView
from palate.task_templates._wording import (
    DirectionSetting,
    Label,
    LookUp,
    Texts,
    Translation,
    Wording,
    check_language,
    check_look_up,
    check_names,
    check_texts,
    check_translations,
    direction_of,
    words_of,
)

__all__ = ["Example", "Family", "TaskTemplate"]

Family = Literal["labels", "pairs", "multilabel", "rankings", "texts"]
"""Which aggregators fit the answers."""

_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
_MOST_ALTERNATIVES = 20


class Example(TypedDict):
    """A task with its known answer (or several with weights), and the hint that training shows."""

    input: dict[str, Json]
    golden: NotRequired[Json]
    hint: NotRequired[str]


@dataclass(frozen=True, kw_only=True)
class TaskTemplate(ABC):
    """Settings of one way to ask; the values go into the calls.

    A task's *input* is what ``check_input`` returns, its *answer* what ``check_answer`` returns: JSON, canonical, so
    that checking it again changes nothing. A template that is not ``required`` also takes None, "no answer".

    Its own docstring says what is asked and what the answer is; the help of each setting stands at the setting.
    """

    summary: ClassVar[str] = ""
    """What it is for, one line, to choose a template by."""
    family: ClassVar[Family] = "labels"
    ordered: ClassVar[bool] = False
    """Whether the labels are grades in their order."""
    words: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Its further texts by name, in English; ``texts`` and translations replace them."""

    question: str = setting("", "What is asked, one sentence.")
    note: str = setting("", "A sentence or two below the question.")
    texts: Texts = setting((), "Other words for the texts of the page, by name.")
    language: str = setting("en", "The language of the wording: a tag such as en or pt-BR.")
    direction: DirectionSetting = setting(
        "auto", "In which direction the wording is written; auto: by its language."
    )
    content_language: str = setting("", "The language of the tasks' own text; empty if it varies.")
    translations: tuple[Translation, ...] = setting((), "The wording in other languages.")
    look_up: tuple[LookUp, ...] = setting(
        (), "Links to look the item up, such as https://example.org/search?q={title}."
    )
    required: bool = setting(default=True, help="Whether every task must be answered.")

    def __post_init__(self) -> None:
        check_types(self)
        if not self.question.strip():
            raise SettingsError("'question' must say what is asked; it is empty.")
        check_texts(question=self.question, note=self.note)
        check_language("language", self.language)
        if self.content_language:
            check_language("content_language", self.content_language)
        check_names("texts", self.texts, self.words)
        check_translations(self.translations, self.language, self.words, self.own_labels())
        known = [field.name for field in self.fields() if field.kind in {"id", "text", "price", "number"}]
        for place in self.look_up:
            check_look_up(place, known)

    @abstractmethod
    def fields(self) -> tuple[InputField, ...]:
        """Return the fields of a task's input, in the order in which a form asks for them."""

    @abstractmethod
    def parts(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> tuple[Part, ...]:
        """Return what is shown of a task, from top to bottom."""

    @abstractmethod
    def control(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> Control:
        """Return what is answered."""

    @abstractmethod
    def check_given(self, answer: object, task_input: Mapping[str, Json]) -> Json:
        """Return an answer that is not None in canonical form.

        Raises:
            AnswerError: It is not what the task allows.
        """

    @abstractmethod
    def agreement(self, answer: Json, golden: Json) -> float:
        """Return how far an answer agrees with one that is known, from 0 to 1; neither is None."""

    @abstractmethod
    def answer_from_form(
        self, form: Mapping[str, Sequence[str]], task_input: Mapping[str, Json], seed: Seed
    ) -> object:
        """Return the answer in the values that a form posted, for ``check_answer``; None if it holds none.

        Args:
            form: All values by name, as browsers post them; other names are passed over.
            task_input: The task's checked input.
            seed: The seed with which the task was shown.

        Raises:
            AnswerError: The values contradict each other.
        """

    @abstractmethod
    def form_from_answer(
        self, answer: Json, task_input: Mapping[str, Json], seed: Seed
    ) -> dict[str, list[str]]:
        """Return the form's values for a checked answer, to show it again; empty for None."""

    @abstractmethod
    def schema_of_answer(self, task_input: Mapping[str, Json] | None) -> dict[str, Json]:
        """Return the JSON Schema of an answer that is not None; without input, of any task's."""

    @abstractmethod
    def default_examples(self) -> tuple[Example, ...]:
        """Return ``examples`` as they are with the default settings."""

    @abstractmethod
    def label_of(self, answer: Json) -> str:
        """Return an answer as the ``label`` of the table of answers; empty for None."""

    def own_labels(self) -> tuple[Label, ...]:
        """Return the labels that can be chosen, in their order; none where answers are no labels."""
        return ()

    def label_values(self) -> tuple[str, ...]:
        """Return the labels that judge, in their order, for aggregation."""
        return tuple(label.value for label in self.own_labels() if not label.cannot_judge)

    def judges(self, answer: Json) -> bool:
        """Return whether a checked answer judges the task, so that it counts when answers are aggregated."""
        return answer is not None

    def narrowed(self, other: TaskTemplate) -> str | None:
        """Return why answers to this template would not fit ``other``, of the same class; None if they would."""
        return None

    def moved(self, form: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Return a form's values after a button that moves an entry was pressed; unchanged where there are none."""
        return {name: list(values) for name, values in form.items()}

    def check_input(self, row: Mapping[str, object]) -> dict[str, Json]:
        """Return a row of an uploaded table as a task's input.

        Raises:
            InputError: A field is unknown, missing or not what it should be; the text names it, what came and what
                is allowed.
        """
        if not isinstance(row, Mapping):
            raise InputError(f"A task's input must be an object; it is {shown(row)}.")
        return check_row(self.fields(), row)

    def check_answer(self, answer: object, task_input: Mapping[str, Json]) -> Json:
        """Return an answer in canonical form.

        Raises:
            AnswerError: It is empty, of the wrong type, or not what the task allows.
        """
        if answer is not None:
            return self.check_given(answer, task_input)
        if self.required:
            raise AnswerError("The answer is missing; every task needs one.")
        return None

    def check_golden(self, golden: object, task_input: Mapping[str, Json]) -> list[Json]:
        """Return known answers as a list of ``{"answer": …, "weight": …}``, the one form that is stored.

        Args:
            golden: One answer, or a list of answers with weights from 0 to 1, one of which is 1.
            task_input: The task's checked input.

        Raises:
            AnswerError: One of them is no answer to the task, or no weight is 1, so that nobody could be right.
        """
        is_list = isinstance(golden, list | tuple) and any(isinstance(one, Mapping) for one in golden)
        given = list(golden) if is_list else [{"answer": golden}]  # type: ignore[call-overload]  # a list, then
        if len(given) > _MOST_ALTERNATIVES:
            raise AnswerError(
                f"There are {len(given):,} known answers; at most {_MOST_ALTERNATIVES} are allowed."
            )
        found: list[Json] = []
        for one in given:
            if not isinstance(one, Mapping) or not {"answer"} <= set(one) <= {"answer", "weight"}:
                raise AnswerError(
                    f"A known answer must be an object with 'answer' and 'weight'; it is {shown(one)}."
                )
            weight = one.get("weight", 1.0)
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1:
                raise AnswerError(
                    f"The weight of a known answer must be above 0, at most 1; it is {shown(weight)}."
                )
            if one["answer"] is None:
                raise AnswerError("A known answer is missing.")
            found.append({"answer": self.check_given(one["answer"], task_input), "weight": float(weight)})
        if all(isinstance(one, dict) and one["weight"] != 1 for one in found):
            raise AnswerError("One of the known answers must have the weight 1.")
        return found

    def grade(self, answer: Json, golden: Json) -> float:
        """Return how right a checked answer is, from 0 to 1.

        Args:
            answer: As ``check_answer`` returned it; None is wrong.
            golden: One checked answer, or what ``check_golden`` returned: then the best of weight times agreement.
        """
        if answer is None:
            return 0.0
        return max(
            weight * self.agreement(answer, known)  # type: ignore[arg-type]  # a checked answer is JSON
            for known, weight in alternatives(golden)
        )

    def view(self, task_input: Mapping[str, Json], *, seed: Seed, language: str = "") -> TaskView:
        """Return what an annotator sees of a task, in the wording nearest to ``language``.

        Args:
            task_input: As ``check_input`` returned it.
            seed: Decides over shuffles; the same for all tasks of an annotator in a project.
            language: A tag; the template's own if empty.
        """
        wording = self.wording(language)
        links = (place.link(task_input) for place in self.look_up)
        found = tuple(link for link in links if isinstance(link, Link))
        return TaskView(
            template=type(self).__module__.rpartition(".")[2],
            question=wording.question,
            note=wording.note,
            parts=self.parts(task_input, wording, seed) + found,
            control=self.control(task_input, wording, seed),
            required=self.required,
            language=wording.language,
            direction=wording.direction,
            content_language=self.content_language,
        )

    def wording(self, language: str = "") -> Wording:
        """Return all words in the nearest language that there is."""
        own = Wording(
            self.language,
            direction_of(self.language, self.direction),
            self.question,
            self.note,
            {**self.words, **dict(self.texts)},
            self.own_labels(),
        )
        return words_of(own, self.translations, language)

    def examples(self) -> tuple[Example, ...]:
        """Return a few tasks for previews and docs.

        Where other settings do not allow the golden answer, it and the hint are left out.
        """
        return tuple(map(self._fitting, self.default_examples()))

    def input_schema(self) -> dict[str, Json]:
        """Return the JSON Schema of a task's checked input."""
        return {"$schema": _SCHEMA, **schema_of_fields(self.fields())}

    def answer_schema(self, task_input: Mapping[str, Json] | None = None) -> dict[str, Json]:
        """Return the JSON Schema of an answer: of this task's, or without input of any task's."""
        found = self.schema_of_answer(task_input)
        return {"$schema": _SCHEMA, **(found if self.required else {"anyOf": [{"type": "null"}, found]})}

    @classmethod
    def settings_schema(cls) -> dict[str, Json]:
        """Return the JSON Schema of the settings, with a title, help and default each."""
        return {"$schema": _SCHEMA, **schema_of_settings(cls)}

    def to_settings(self) -> dict[str, Json]:
        """Return all settings as JSON; ``from_settings`` makes the template of them."""
        return settings_to_json(self)

    def breaks(self, other: TaskTemplate) -> str | None:
        """Return why a project that has tasks and answers cannot change from this template to ``other``.

        None means that everything stored stays valid and means the same: the change needs no new version.
        """
        if type(self) is not type(other):
            return "It is another template: answers and tasks of one are none of the other."
        fields, others = ({field.name: field for field in one.fields()} for one in (self, other))
        for name in fields:
            if name not in others:
                return f"Tasks would no longer have the field '{name}'."
        for name, field in others.items():
            if field.required and not (name in fields and fields[name].required):
                return f"Tasks would need the field '{name}', which stored ones may lack."
        if other.required and not self.required:
            return "Every task would need an answer; stored ones may be empty."
        return self._breaking_label(other) or self.narrowed(other)

    def _fitting(self, example: Example) -> Example:
        try:
            self.check_golden(example["golden"], example["input"])
        except AnswerError:
            return {"input": example["input"]}
        return example

    def _breaking_label(self, other: TaskTemplate) -> str | None:
        kept = {label.value: label for label in other.own_labels()}
        for label in self.own_labels():
            if label.value not in kept:
                return f"The label '{label.value}' would no longer exist; stored answers may hold it."
            if kept[label.value].cannot_judge != label.cannot_judge:
                return (
                    f"The label '{label.value}' would {'begin' if label.cannot_judge else 'cease'} to judge."
                )
        return None
