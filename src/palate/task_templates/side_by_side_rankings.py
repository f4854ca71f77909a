"""Side by side, two whole rankings: which answers the query better?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from palate.task_templates._cards import cards_of
from palate.task_templates._fields import InputField, fields_of_item
from palate.task_templates._settings import setting
from palate.task_templates._sides import LEFT_OR_RIGHT, SidesTemplate
from palate.task_templates._values import Json
from palate.task_templates._views import Ranking
from palate.task_templates._wording import Label, Wording
from palate.task_templates.base import Example

__all__ = ["SideBySideRankings"]

_LEFT, _RIGHT, *_CANNOT_JUDGE = LEFT_OR_RIGHT


@dataclass(frozen=True, kw_only=True)
class SideBySideRankings(SidesTemplate):
    """Shows two rankings for a query, or for a product; which system made which is not shown."""

    summary: ClassVar[str] = "Two whole rankings beside each other: which is better?"

    question: str = setting("Which of the two lists is better?", "What is asked, one sentence.")
    labels: tuple[Label, ...] = setting(
        (_LEFT, _RIGHT, Label("tie", "Equally good", "3"), *_CANNOT_JUDGE),
        "Words and keys for left and right; a label 'tie' lets both be equally good.",
    )

    def fields(self) -> tuple[InputField, ...]:
        """Return the query, the product that stands for one, and both rankings."""
        entries = "items, best first, as a JSON list of objects with id, title, text, price, link, image"
        return (
            InputField("query", "text", help="What was searched for, or for whom both rank"),
            *fields_of_item("query_", "the query product's"),
            InputField("left", "id", help="The left system's name; never shown"),
            InputField("left_items", "items", required=True, help=f"The left ranking's {entries}"),
            InputField("right", "id", help="The right system's name; never shown"),
            InputField("right_items", "items", required=True, help=f"The right ranking's {entries}"),
        )

    def side(self, task_input: Mapping[str, Json], side: str, wording: Wording, label: str) -> Ranking:
        """Return one ranking."""
        return Ranking(cards_of(task_input[f"{side}_items"], wording), label)

    def default_examples(self) -> tuple[Example, ...]:
        """Return a good ranking beside a bad one, and two that are alike."""
        kettle: dict[str, Json] = {
            "id": "kettle-17",
            "title": "Electric kettle, 1.7 l",
            "image": "/static/examples/kettle.svg",
        }
        mug: dict[str, Json] = {
            "id": "mug-2",
            "title": "Stoneware mug, 0.3 l",
            "image": "/static/examples/mug.svg",
        }
        shoe: dict[str, Json] = {
            "id": "shoe-9",
            "title": "White running shoe",
            "image": "/static/examples/shoe.svg",
        }
        return (
            {
                "input": {
                    "query": "electric kettle",
                    "left_items": [kettle, mug, shoe],
                    "right_items": [shoe, mug, kettle],
                },
                "golden": "left",
                "hint": "The kettle stands first.",
            },
            {
                "input": {"query": "desk lamp", "left_items": [mug, shoe], "right_items": [shoe, mug]},
                "golden": "tie",
                "hint": "Neither has a lamp.",
            },
        )
