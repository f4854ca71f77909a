"""Filters and category: do the filters that a search offers fit its category?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from palate.task_templates._choosing import ChoiceTemplate
from palate.task_templates._fields import InputField
from palate.task_templates._settings import setting
from palate.task_templates._values import Json, Seed
from palate.task_templates._views import Part, Text, TextList
from palate.task_templates._wording import Label, Wording
from palate.task_templates.base import Example

__all__ = ["FiltersCategory"]


@dataclass(frozen=True, kw_only=True)
class FiltersCategory(ChoiceTemplate):
    """Shows a category, perhaps a query, and the filters offered there; the answer is the value of a label."""

    summary: ClassVar[str] = "Search filters and a category: do the filters fit?"
    ordered: ClassVar[bool] = True
    words: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"query": "Query", "category": "Category", "filters": "Filters"}
    )

    question: str = setting("Do the filters fit the category?", "What is asked, one sentence.")
    labels: tuple[Label, ...] = setting(
        (
            Label("all_fit", "All fit", "1", "Each of them would help to choose there.", grade=2),
            Label(
                "some_fit",
                "Some fit",
                "2",
                "At least one would help, and at least one makes no sense.",
                grade=1,
            ),
            Label("none_fit", "None fits", "3", "None of them makes sense there.", grade=0),
            Label(
                "cannot_say", "Can't say", "0", "The filters or the category are unclear.", cannot_judge=True
            ),
        ),
        "What annotators choose from, the best first.",
    )

    def fields(self) -> tuple[InputField, ...]:
        """Return the category, the filters and the query."""
        return (
            InputField(
                "category",
                "text",
                required=True,
                help="The category with those above it: Home > Kitchen > Kettles",
            ),
            InputField(
                "filters", "options", required=True, help="The filters: a JSON list, or separated by |"
            ),
            InputField("query", "text", help="What was searched for"),
        )

    def parts(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> tuple[Part, ...]:
        """Return the query, the category and the list of filters."""
        names = [name for name in ("query", "category") if name in task_input]
        texts = tuple(Text(str(task_input[name]), wording.texts[name]) for name in names)
        filters = task_input["filters"]
        entries = tuple(map(str, filters)) if isinstance(filters, list) else ()
        return (*texts, TextList(entries, wording.texts["filters"]))

    def default_examples(self) -> tuple[Example, ...]:
        """Return one example a label that judges."""
        kettles = "Home > Kitchen > Kettles"
        return (
            {
                "input": {"category": kettles, "filters": ["Volume: 1 l to 2 l", "Material: steel"]},
                "golden": "all_fit",
                "hint": "Kettles differ in volume and material.",
            },
            {
                "input": {"category": kettles, "filters": ["Volume: 1 l to 2 l", "Shoe size: 42"]},
                "golden": "some_fit",
                "hint": "Kettles have a volume, but no shoe size.",
            },
            {
                "input": {
                    "category": kettles,
                    "filters": ["Shoe size: 42", "Sole: rubber"],
                    "query": "kettle",
                },
                "golden": "none_fit",
                "hint": "Both are about shoes.",
            },
        )
