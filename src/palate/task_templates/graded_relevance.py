"""Graded relevance: how well does a product answer a query?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from palate.task_templates._cards import ITEM_WORDS, card_of, need_something_shown
from palate.task_templates._choosing import ChoiceTemplate
from palate.task_templates._fields import InputField, fields_of_item
from palate.task_templates._settings import setting
from palate.task_templates._values import Json, Seed
from palate.task_templates._views import ItemCard, Text
from palate.task_templates._wording import Label, Wording
from palate.task_templates.base import Example

__all__ = ["GradedRelevance"]


@dataclass(frozen=True, kw_only=True)
class GradedRelevance(ChoiceTemplate):
    """Shows a query and a product; the answer is the value of a label, the best grade first."""

    summary: ClassVar[str] = "A query and a product: how relevant is it?"
    ordered: ClassVar[bool] = True
    words: ClassVar[Mapping[str, str]] = MappingProxyType({"query": "Query", "item": "Product", **ITEM_WORDS})

    question: str = setting("How relevant is the product to the query?", "What is asked, one sentence.")
    labels: tuple[Label, ...] = setting(
        (
            Label("relevant", "Relevant", "1", "It is what the query asks for.", grade=2),
            Label(
                "rather_relevant",
                "Rather relevant",
                "2",
                "It comes near, but something does not fit.",
                grade=1,
            ),
            Label("irrelevant", "Irrelevant", "3", "It is something else.", grade=0),
            Label("cannot_say", "Can't say", "4", "The query or the product is unclear.", cannot_judge=True),
            Label("not_found", "404", "0", "The product's page or picture does not load.", cannot_judge=True),
        ),
        "What annotators choose from, the best first.",
    )

    def fields(self) -> tuple[InputField, ...]:
        """Return the query and the item."""
        return (
            InputField("query", "text", required=True, help="What was searched for"),
            InputField("item", "id", help="The item's own id; shown only if there is nothing else to show"),
            *fields_of_item(),
        )

    def check_input(self, row: Mapping[str, object]) -> dict[str, Json]:
        """Return the checked row, whose item has something to show."""
        return need_something_shown(super().check_input(row), "", "item")

    def parts(
        self, task_input: Mapping[str, Json], wording: Wording, seed: Seed
    ) -> tuple[Text | ItemCard, ...]:
        """Return the query and the item's card."""
        known_as = str(task_input.get("item", ""))
        return (
            Text(str(task_input["query"]), wording.texts["query"]),
            card_of(task_input, wording, known_as=known_as, label=wording.texts["item"]),
        )

    def default_examples(self) -> tuple[Example, ...]:
        """Return one example a grade."""
        kettle: dict[str, Json] = {
            "title": "Electric kettle, 1.7 l, steel",
            "text": "Boils a litre in two minutes and switches itself off.",
            "price": "34.90 €",
            "image": "/static/examples/kettle.svg",
        }
        return (
            {
                "input": {"query": "electric kettle", "item": "kettle-17", **kettle},
                "golden": "relevant",
                "hint": "It is an electric kettle, as asked.",
            },
            {
                "input": {"query": "kettle for a gas stove", "item": "kettle-17", **kettle},
                "golden": "rather_relevant",
                "hint": "It is a kettle, but an electric one.",
            },
            {
                "input": {
                    "query": "running shoes",
                    "item": "mug-2",
                    "title": "Stoneware mug, 0.3 l",
                    "price": "9.50 €",
                    "image": "/static/examples/mug.svg",
                },
                "golden": "irrelevant",
                "hint": "A mug is no shoe.",
            },
        )
