"""Free text: an answer in the annotator's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from palate.core.errors import InputError, SettingsError
from palate.task_templates._cards import ITEM_WORDS, card_of
from palate.task_templates._choosing import only_value
from palate.task_templates._fields import InputField, fields_of_item
from palate.task_templates._grading import shared_words, words_in
from palate.task_templates._settings import setting
from palate.task_templates._values import UNPRINTABLE, AnswerError, Json, Seed, clean_text, shown
from palate.task_templates._views import Part, Text, TextArea
from palate.task_templates._wording import Wording, check_language
from palate.task_templates.base import Example, Family, TaskTemplate

__all__ = ["FreeText"]

_LONGEST = 20_000


@dataclass(frozen=True, kw_only=True)
class FreeText(TaskTemplate):
    """Shows a query or an item or both; the answer is text without blanks around it."""

    summary: ClassVar[str] = "A query or an item: answer in your own words."
    family: ClassVar[Family] = "texts"
    words: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"query": "Query", "item": "Item", "answer": "Your answer", **ITEM_WORDS}
    )

    question: str = setting("What would you search for to find this?", "What is asked, one sentence.")
    longest: int = setting(500, "Letters of an answer at most, from 1 to 20,000.")
    answer_language: str = setting("", "The language to answer in: a tag; empty if any will do.")
    grading: Literal["words", "exact"] = setting(
        "words",
        "How an answer is graded: by the share of words in common, or right only if all are the same.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.longest <= _LONGEST:
            raise SettingsError(f"'longest' must be from 1 to {_LONGEST:,}; it is {shown(self.longest)}.")
        if self.answer_language:
            check_language("answer_language", self.answer_language)

    def fields(self) -> tuple[InputField, ...]:
        """Return the query and the item, one of which is needed."""
        known_as = InputField(
            "item", "id", help="The item's own id; shown only if there is nothing else to show"
        )
        return (InputField("query", "text", help="What was searched for"), known_as, *fields_of_item())

    def check_input(self, row: Mapping[str, object]) -> dict[str, Json]:
        """Return the checked row, which has something to show."""
        found = super().check_input(row)
        if not any(name in found for name in ("query", "item", "title", "text", "image")):
            raise InputError(
                "There is nothing to show. Give one of query, title, text, image.", column="query"
            )
        return found

    def parts(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> tuple[Part, ...]:
        """Return the query and the item's card, as far as the task has them."""
        found: list[Part] = []
        if "query" in task_input:
            found.append(Text(str(task_input["query"]), wording.texts["query"]))
        if set(task_input) - {"query"}:
            known_as = str(task_input.get("item", ""))
            found.append(card_of(task_input, wording, known_as=known_as, label=wording.texts["item"]))
        return tuple(found)

    def control(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> TextArea:
        """Return a text area, larger for longer answers."""
        rows = min(12, 1 + self.longest // 100)
        return TextArea(wording.texts["answer"], self.longest, rows, self.answer_language)

    def check_given(self, answer: object, task_input: Mapping[str, Json]) -> str:
        """Return the text without blanks around it."""
        if not isinstance(answer, str):
            raise AnswerError(f"The answer must be text; it is {shown(answer)}.")
        try:
            text = clean_text(answer, self.longest, "answer")
        except InputError as error:
            raise AnswerError(error.problem) from None
        if not text:
            raise AnswerError("The answer is empty; write at least one letter.")
        return text

    def agreement(self, answer: Json, golden: Json) -> float:
        """Return the share of common words, or whether all are the same and in the same order."""
        if self.grading == "exact":
            return float(words_in(str(answer)) == words_in(str(golden)))
        return shared_words(str(answer), str(golden))

    def answer_from_form(
        self, form: Mapping[str, Sequence[str]], task_input: Mapping[str, Json], seed: Seed
    ) -> object:
        """Return the text; None where the area was left empty."""
        text = only_value(form, "answer")
        return text.replace("\r\n", "\n") if text and text.strip() else None

    def form_from_answer(
        self, answer: Json, task_input: Mapping[str, Json], seed: Seed
    ) -> dict[str, list[str]]:
        """Return the text."""
        return {} if answer is None else {"answer": [str(answer)]}

    def schema_of_answer(self, task_input: Mapping[str, Json] | None) -> dict[str, Json]:
        """Return the schema: text with at least one letter, without control characters."""
        return {
            "type": "string",
            "maxLength": self.longest,
            "allOf": [{"pattern": r"\S"}, {"pattern": f"^[^{UNPRINTABLE}]*$"}],
        }

    def label_of(self, answer: Json) -> str:
        """Return the text itself."""
        return "" if answer is None else str(answer)

    def narrowed(self, other: TaskTemplate) -> str | None:
        """Return why stored answers might be too long."""
        if isinstance(other, FreeText) and other.longest < self.longest:
            return f"Stored answers may be longer than {other.longest:,} letters."
        return None

    def default_examples(self) -> tuple[Example, ...]:
        """Return two items."""
        return (
            {
                "input": {"title": "Electric kettle, 1.7 l, steel", "image": "/static/examples/kettle.svg"},
                "golden": [{"answer": "electric kettle", "weight": 1.0}, {"answer": "kettle", "weight": 0.8}],
                "hint": "Use few words, as in a shop's search box.",
            },
            {
                "input": {"title": "White running shoe", "image": "/static/examples/shoe.svg"},
                "golden": "white running shoes",
                "hint": "Colour and kind are what people search for.",
            },
        )
