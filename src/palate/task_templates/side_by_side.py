"""Side by side: which of two items is better?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from palate.task_templates._cards import card_of, need_something_shown
from palate.task_templates._fields import InputField, fields_of_item
from palate.task_templates._settings import setting
from palate.task_templates._sides import SidesTemplate
from palate.task_templates._values import Json
from palate.task_templates._views import ItemCard
from palate.task_templates._wording import Wording
from palate.task_templates.base import Example

__all__ = ["SideBySide"]


@dataclass(frozen=True, kw_only=True)
class SideBySide(SidesTemplate):
    """Shows two items, and above them the query or product to which they are recommended, if there is one."""

    summary: ClassVar[str] = "Two items beside each other: which is better?"

    question: str = setting("Which of the two goes better with it?", "What is asked, one sentence.")

    def fields(self) -> tuple[InputField, ...]:
        """Return the query, the product that stands for one, and the items on both sides."""
        return (
            InputField(
                "query", "text", help="What was searched for, or the product to which both are recommended"
            ),
            *fields_of_item("query_", "the query product's"),
            InputField(
                "left", "id", help="The left item's own id; shown only if there is nothing else to show"
            ),
            *fields_of_item("left_", "the left item's"),
            InputField(
                "right", "id", help="The right item's own id; shown only if there is nothing else to show"
            ),
            *fields_of_item("right_", "the right item's"),
        )

    def check_input(self, row: Mapping[str, object]) -> dict[str, Json]:
        """Return the checked row, whose two items have something to show."""
        found = need_something_shown(super().check_input(row), "left_", "left")
        return need_something_shown(found, "right_", "right")

    def side(self, task_input: Mapping[str, Json], side: str, wording: Wording, label: str) -> ItemCard:
        """Return the card of one item."""
        known_as = str(task_input.get(side, ""))
        return card_of(task_input, wording, prefix=f"{side}_", known_as=known_as, label=label)

    def default_examples(self) -> tuple[Example, ...]:
        """Return two pairs of recommendations."""
        return (
            {
                "input": {
                    "query_title": "Electric kettle, 1.7 l, steel",
                    "query_image": "/static/examples/kettle.svg",
                    "left": "mug-2",
                    "left_title": "Stoneware mug, 0.3 l",
                    "left_image": "/static/examples/mug.svg",
                    "right": "shoe-9",
                    "right_title": "White running shoe",
                    "right_image": "/static/examples/shoe.svg",
                },
                "golden": "left",
                "hint": "Who boils water wants something to drink from.",
            },
            {
                "input": {
                    "query_title": "White running shoe",
                    "query_image": "/static/examples/shoe.svg",
                    "left": "lamp-1",
                    "left_title": "Desk lamp",
                    "left_image": "/static/examples/lamp.svg",
                    "right": "socks-3",
                    "right_title": "Sports socks, two pairs",
                    "right_image": "/static/examples/socks.svg",
                },
                "golden": "right",
                "hint": "Socks are worn in shoes.",
            },
        )
