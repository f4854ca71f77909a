"""List ranking: put the entries of a list in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from palate.task_templates._entries import ENTRY_WORDS, EntriesTemplate, ids_of, shuffled_ids
from palate.task_templates._grading import agreeing_pairs
from palate.task_templates._settings import setting
from palate.task_templates._values import AnswerError, Json, Seed, check_texts_of
from palate.task_templates._views import Option, Ordering
from palate.task_templates._wording import Wording
from palate.task_templates.base import Example, Family, TaskTemplate

__all__ = ["ListRanking"]


@dataclass(frozen=True, kw_only=True)
class ListRanking(EntriesTemplate):
    """Shows entries, shuffled, to put in order; the answer is the list of all their ids, best first.

    The form works without scripts: buttons post it, ``moved`` says what to show next. A checkbox says that the
    order is meant; without it, a list that nobody touched would count as an answer.
    """

    summary: ClassVar[str] = "A list: put it in order, best first."
    family: ClassVar[Family] = "rankings"
    fewest: ClassVar[int] = 2
    words: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"up": "Up", "down": "Down", "confirm": "This is my order", **ENTRY_WORDS}
    )

    question: str = setting("Put these in order, the best first.", "What is asked, one sentence.")
    shuffled: bool = setting(
        default=True, help="Whether the entries are shuffled at first, for each annotator."
    )
    grading: Literal["kendall", "exact"] = setting(
        "kendall",
        "How an answer is graded: by the share of pairs in the right order, or right only if all are.",
    )

    def shown_ids(self, task_input: Mapping[str, Json], seed: Seed) -> list[str]:
        """Return the ids in the order in which they are shown at first."""
        return shuffled_ids(task_input, seed) if self.shuffled else ids_of(task_input)

    def control(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> Ordering:
        """Return the entries, to be moved up and down."""
        confirm = Option("yes", wording.texts["confirm"])
        up, down = wording.texts["up"], wording.texts["down"]
        return Ordering(self.entries(task_input, wording, seed), confirm, up, down)

    def check_given(self, answer: object, task_input: Mapping[str, Json]) -> list[Json]:
        """Return all ids, best first."""
        names = ids_of(task_input)
        order = check_texts_of(answer, "entries", names)
        missing = [name for name in names if name not in order]
        if missing:
            raise AnswerError(
                f"A ranking must hold all {len(names)} entries; it lacks {', '.join(missing[:5])}."
            )
        return list(order)

    def agreement(self, answer: Json, golden: Json) -> float:
        """Return the share of pairs in the same order, or whether all are."""
        if self.grading == "exact" or not isinstance(answer, list) or not isinstance(golden, list):
            return float(answer == golden)
        return agreeing_pairs(*(list(map(str, one)) for one in (answer, golden)))

    def answer_from_form(
        self, form: Mapping[str, Sequence[str]], task_input: Mapping[str, Json], seed: Seed
    ) -> object:
        """Return the ids in the posted order; None until it is confirmed."""
        if not any(form.get("confirmed", ())):
            return None
        return self.ids_at(list(form.get("order", ())), task_input, seed)

    def form_from_answer(
        self, answer: Json, task_input: Mapping[str, Json], seed: Seed
    ) -> dict[str, list[str]]:
        """Return the order, confirmed."""
        if answer is None:
            return {}
        return {"order": self.places_of(answer, task_input, seed), "confirmed": ["yes"]}

    def moved(self, form: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Return the form's values after the button in ``move``: one entry up or down; at an end it stays."""
        found = {name: list(values) for name, values in form.items() if name != "move"}
        order = found.get("order", [])
        for way, _, place in (value.partition(":") for value in form.get("move", ())):
            start = order.index(place) if place in order else 0
            end = start + {"up": -1, "down": 1}.get(way, 0)
            if place in order and 0 <= end < len(order):
                order[start], order[end] = order[end], order[start]
        return found

    def narrowed(self, other: TaskTemplate) -> str | None:
        """Return why pages that annotators have open would be read wrongly."""
        if isinstance(other, ListRanking) and other.shuffled != self.shuffled:
            return "Pages that are open now would be read in another order."
        return None

    def schema_of_answer(self, task_input: Mapping[str, Json] | None) -> dict[str, Json]:
        """Return the schema: a list of all ids."""
        entry: dict[str, Json] = {"type": "string"}
        schema: dict[str, Json] = {
            "type": "array",
            "items": entry,
            "uniqueItems": True,
            "minItems": self.fewest,
        }
        if task_input is None:
            return schema
        names = ids_of(task_input)
        entry["enum"] = list(names)
        return {**schema, "minItems": len(names), "maxItems": len(names)}

    def default_examples(self) -> tuple[Example, ...]:
        """Return one list."""
        return (
            {
                "input": {
                    "query": "electric kettle",
                    "items": [
                        {"id": "mug-2", "title": "Stoneware mug, 0.3 l", "image": "/static/examples/mug.svg"},
                        {
                            "id": "kettle-17",
                            "title": "Electric kettle, 1.7 l",
                            "image": "/static/examples/kettle.svg",
                        },
                        {"id": "shoe-9", "title": "White running shoe", "image": "/static/examples/shoe.svg"},
                    ],
                },
                "golden": ["kettle-17", "mug-2", "shoe-9"],
                "hint": "The kettle was asked for; the mug at least belongs to it.",
            },
        )
