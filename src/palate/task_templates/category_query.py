"""Category and query: how well does a category fit a query?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from palate.task_templates._choosing import ChoiceTemplate
from palate.task_templates._fields import InputField
from palate.task_templates._settings import setting
from palate.task_templates._values import Json, Seed
from palate.task_templates._views import Link, Text
from palate.task_templates._wording import Label, Wording
from palate.task_templates.base import Example

__all__ = ["CategoryQuery"]


@dataclass(frozen=True, kw_only=True)
class CategoryQuery(ChoiceTemplate):
    """Shows a query and a category of the shop; the answer is the value of a label, the best grade first."""

    summary: ClassVar[str] = "A query and a category: how well do they fit?"
    ordered: ClassVar[bool] = True
    words: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"query": "Query", "category": "Category", "open_category": "Open the category"}
    )

    question: str = setting("How well does the category fit the query?", "What is asked, one sentence.")
    labels: tuple[Label, ...] = setting(
        (
            Label("excellent", "Excellent", "1", "Exactly where one would look for it.", grade=4),
            Label("good", "Good", "2", "It is there, among other things.", grade=3),
            Label("fair", "Fair", "3", "A neighbouring category would fit better.", grade=2),
            Label("bad", "Bad", "4", "It would hardly be found there.", grade=1),
            Label("junk", "Junk", "5", "The category has nothing to do with the query.", grade=0),
            Label("unreadable", "Unreadable", "0", "The query cannot be understood.", cannot_judge=True),
        ),
        "What annotators choose from, the best first.",
    )

    def fields(self) -> tuple[InputField, ...]:
        """Return the query, the category and where it can be opened."""
        return (
            InputField("query", "text", required=True, help="What was searched for"),
            InputField(
                "category",
                "text",
                required=True,
                help="The category with those above it: Home > Kitchen > Kettles",
            ),
            InputField("category_link", "link", help="The category's own page"),
        )

    def parts(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> tuple[Text | Link, ...]:
        """Return the query, the category and its link."""
        texts = (
            Text(str(task_input["query"]), wording.texts["query"]),
            Text(str(task_input["category"]), wording.texts["category"]),
        )
        if "category_link" not in task_input:
            return texts
        return (*texts, Link(str(task_input["category_link"]), wording.texts["open_category"]))

    def default_examples(self) -> tuple[Example, ...]:
        """Return three examples."""
        return (
            {
                "input": {"query": "electric kettle", "category": "Home > Kitchen > Kettles"},
                "golden": "excellent",
                "hint": "Electric kettles stand there.",
            },
            {
                "input": {"query": "running shoes", "category": "Clothing > Shoes"},
                "golden": [{"answer": "good", "weight": 1.0}, {"answer": "excellent", "weight": 0.5}],
                "hint": "Running shoes are there among all others.",
            },
            {
                "input": {"query": "desk lamp", "category": "Garden > Seeds"},
                "golden": "junk",
                "hint": "Seeds give no light.",
            },
        )
