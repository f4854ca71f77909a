"""Image and query: is the pictured item what was searched for, a substitute or a complement?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from palate.task_templates._cards import ITEM_WORDS, card_of
from palate.task_templates._choosing import ChoiceTemplate
from palate.task_templates._fields import InputField, fields_of_item
from palate.task_templates._settings import setting
from palate.task_templates._values import Json, Seed
from palate.task_templates._views import ItemCard, Text
from palate.task_templates._wording import Label, Wording
from palate.task_templates.base import Example

__all__ = ["ImageQuery"]


@dataclass(frozen=True, kw_only=True)
class ImageQuery(ChoiceTemplate):
    """Shows a query and an item's picture; the answer is the value of a label.

    The four labels that judge are those of the Shopping Queries data set (Reddy et al., 2022).
    """

    summary: ClassVar[str] = "A query and a picture: exact, substitute, complement or irrelevant?"
    words: ClassVar[Mapping[str, str]] = MappingProxyType({"query": "Query", "item": "Item", **ITEM_WORDS})

    question: str = setting("What is the pictured item to the query?", "What is asked, one sentence.")
    labels: tuple[Label, ...] = setting(
        (
            Label("exact", "Exact", "E", "It fits the query in everything that the query says.", grade=3),
            Label(
                "substitute",
                "Substitute",
                "S",
                "Something does not fit, but it would serve instead.",
                grade=2,
            ),
            Label(
                "complement", "Complement", "C", "It is used together with what the query asks for.", grade=1
            ),
            Label("irrelevant", "Irrelevant", "I", "It has nothing to do with the query.", grade=0),
            Label(
                "unjudgeable",
                "Unjudgeable",
                "U",
                "The picture or the query says too little.",
                cannot_judge=True,
            ),
        ),
        "What annotators choose from, the best first.",
    )

    def fields(self) -> tuple[InputField, ...]:
        """Return the query and the item, which must have a picture."""
        known_as = InputField("item", "id", help="The item's own id; not shown")
        image = InputField(
            "image", "image", required=True, help="The picture: a link, or a path such as /media/…"
        )
        others = (field for field in fields_of_item() if field.name != "image")
        return (
            InputField("query", "text", required=True, help="What was searched for"),
            image,
            known_as,
            *others,
        )

    def parts(
        self, task_input: Mapping[str, Json], wording: Wording, seed: Seed
    ) -> tuple[Text | ItemCard, ...]:
        """Return the query and the item's card."""
        return (
            Text(str(task_input["query"]), wording.texts["query"]),
            card_of(task_input, wording, label=wording.texts["item"]),
        )

    def default_examples(self) -> tuple[Example, ...]:
        """Return one example a label that judges."""
        shown = [
            (
                "white running shoes",
                "shoe",
                "White running shoe",
                "exact",
                "A white running shoe was asked for.",
            ),
            ("red running shoes", "shoe", "White running shoe", "substitute", "The colour differs."),
            ("tea pot", "mug", "Stoneware mug", "complement", "Tea from the pot is drunk from a mug."),
            ("desk lamp", "kettle", "Electric kettle", "irrelevant", "A kettle gives no light."),
        ]
        return tuple(
            {
                "input": {
                    "query": query,
                    "image": f"/static/examples/{image}.svg",
                    "item": image,
                    "title": title,
                },
                "golden": golden,
                "hint": hint,
            }
            for query, image, title, golden, hint in shown
        )
