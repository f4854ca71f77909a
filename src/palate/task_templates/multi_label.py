"""Multi-label: which of several labels fit an item?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from palate.core.errors import SettingsError
from palate.task_templates._cards import ITEM_WORDS, card_of, need_something_shown
from palate.task_templates._choosing import option_of
from palate.task_templates._fields import InputField, fields_of_item
from palate.task_templates._grading import jaccard
from palate.task_templates._settings import setting
from palate.task_templates._values import AnswerError, Json, Seed, check_texts_of, json_text
from palate.task_templates._views import ItemCard, MultipleChoice, Option
from palate.task_templates._wording import Label, Wording, check_labels
from palate.task_templates.base import Example, Family, TaskTemplate

__all__ = ["MultiLabel"]

_NONE = "none"


@dataclass(frozen=True, kw_only=True)
class MultiLabel(TaskTemplate):
    """Shows an item; the answer is a list of values in the order of the labels, without repeats.

    Where ``least`` is 0, the empty list says that no label fits: a choice of its own, so that it differs from no
    answer. A label that says that there is nothing to judge stands alone.
    """

    summary: ClassVar[str] = "An item: which of several labels fit?"
    family: ClassVar[Family] = "multilabel"
    words: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"item": "Item", "none": "None of them", **ITEM_WORDS}
    )

    question: str = setting("Which of these fit?", "What is asked, one sentence.")
    labels: tuple[Label, ...] = setting(
        (
            Label("everyday", "For every day", "1"),
            Label("gift", "As a gift", "2"),
            Label("work", "For work", "3"),
            Label("travel", "For travel", "4"),
            Label("cannot_say", "Can't say", "0", "The item is unclear.", cannot_judge=True),
        ),
        "What annotators choose from, in order.",
    )
    least: int = setting(0, "How many labels must be chosen at least; with 0, 'none of them' is an answer.")
    most: int = setting(0, "How many labels may be chosen at most; 0: all.")
    grading: Literal["jaccard", "exact"] = setting(
        "jaccard",
        "How an answer is graded: by the share of labels in common, or right only if it is the same.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_labels(self.labels)
        n_labels = len(self.label_values())
        if not (
            0 <= self.least <= n_labels
            and 0 <= self.most <= n_labels
            and self.least <= (self.most or n_labels)
        ):
            raise SettingsError(
                f"'least' and 'most' must fit each other and the {n_labels} labels; they are {self.least} and {self.most}."
            )
        if _NONE in {label.value for label in self.labels}:
            raise SettingsError(
                "No label may have the value 'none'; with 'least' 0, annotators can choose none."
            )

    def own_labels(self) -> tuple[Label, ...]:
        """Return the setting ``labels``."""
        return self.labels

    def fields(self) -> tuple[InputField, ...]:
        """Return the item."""
        known_as = InputField(
            "item", "id", help="The item's own id; shown only if there is nothing else to show"
        )
        return (known_as, *fields_of_item())

    def check_input(self, row: Mapping[str, object]) -> dict[str, Json]:
        """Return the checked row, whose item has something to show."""
        return need_something_shown(super().check_input(row), "", "item")

    def parts(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> tuple[ItemCard, ...]:
        """Return the item's card."""
        known_as = str(task_input.get("item", ""))
        return (card_of(task_input, wording, known_as=known_as, label=wording.texts["item"]),)

    def control(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> MultipleChoice:
        """Return the labels, and "none of them" where that is an answer."""
        options = tuple(map(option_of, wording.labels))
        if self.least == 0:
            taken = {label.key.casefold() for label in self.labels}
            options += (Option(_NONE, wording.texts["none"], "" if "n" in taken else "N"),)
        alone = {_NONE, *(label.value for label in self.labels if label.cannot_judge)}
        return MultipleChoice(
            options,
            self.least,
            self.at_most(),
            tuple(option.value for option in options if option.value in alone),
        )

    def check_given(self, answer: object, task_input: Mapping[str, Json]) -> list[Json]:
        """Return the chosen values in the order of the labels."""
        chosen = set(check_texts_of(answer, "labels", [label.value for label in self.labels]))
        alone = chosen - set(self.label_values())
        if alone and len(chosen) > 1:
            raise AnswerError(f"'{min(alone)}' says that there is nothing to judge, so it stands alone.")
        if not alone and not self.least <= len(chosen) <= self.at_most():
            raise AnswerError(f"Choose {self.least} to {self.at_most()} labels; {len(chosen)} are chosen.")
        return [label.value for label in self.labels if label.value in chosen]

    def agreement(self, answer: Json, golden: Json) -> float:
        """Return the share of common labels, or whether all are the same."""
        if self.grading == "exact" or not isinstance(answer, list) or not isinstance(golden, list):
            return float(answer == golden)
        return jaccard(*(list(map(str, one)) for one in (answer, golden)))

    def answer_from_form(
        self, form: Mapping[str, Sequence[str]], task_input: Mapping[str, Json], seed: Seed
    ) -> object:
        """Return the chosen values; "none of them" is the empty list."""
        chosen = list(dict.fromkeys(value for value in form.get("answer", ()) if value))
        if _NONE in chosen and len(chosen) > 1:
            raise AnswerError("'None of them' is chosen together with labels. Take one of the two back.")
        return [] if chosen == [_NONE] else chosen or None

    def form_from_answer(
        self, answer: Json, task_input: Mapping[str, Json], seed: Seed
    ) -> dict[str, list[str]]:
        """Return the values as chosen."""
        if not isinstance(answer, list):
            return {}
        return {"answer": list(map(str, answer)) or [_NONE]}

    def schema_of_answer(self, task_input: Mapping[str, Json] | None) -> dict[str, Json]:
        """Return the schema: a list of values that judge, or one of another alone."""
        of_labels: dict[str, Json] = {
            "type": "array",
            "items": {"enum": list(self.label_values())},
            "uniqueItems": True,
            "minItems": self.least,
            "maxItems": self.at_most(),
        }
        others: list[Json] = [label.value for label in self.labels if label.cannot_judge]
        if not others:
            return of_labels
        alone: dict[str, Json] = {"type": "array", "items": {"enum": others}, "minItems": 1, "maxItems": 1}
        return {"anyOf": [of_labels, alone]}

    def judges(self, answer: Json) -> bool:
        """Return whether the labels are such that judge."""
        return isinstance(answer, list) and set(map(str, answer)) <= set(self.label_values())

    def label_of(self, answer: Json) -> str:
        """Return the list as JSON text."""
        return json_text(answer)

    def narrowed(self, other: TaskTemplate) -> str | None:
        """Return why stored answers might have too few or too many labels."""
        if isinstance(other, MultiLabel) and (other.least > self.least or other.at_most() < self.at_most()):
            return "Stored answers may have fewer or more labels than would be allowed."
        return None

    def default_examples(self) -> tuple[Example, ...]:
        """Return two items."""
        mug: dict[str, Json] = {
            "item": "mug-2",
            "title": "Stoneware mug, 0.3 l",
            "image": "/static/examples/mug.svg",
        }
        shoe: dict[str, Json] = {
            "item": "shoe-9",
            "title": "White running shoe",
            "image": "/static/examples/shoe.svg",
        }
        return (
            {
                "input": mug,
                "golden": ["everyday", "gift"],
                "hint": "A mug is used every day and makes a gift.",
            },
            {
                "input": shoe,
                "golden": ["everyday"],
                "hint": "Shoes are worn every day; as a gift they seldom fit.",
            },
        )

    def at_most(self) -> int:
        """Return how many labels may be chosen at most."""
        return self.most or len(self.label_values())
