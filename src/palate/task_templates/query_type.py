"""Query type: is a query broad or narrow?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from palate.task_templates._choosing import ChoiceTemplate
from palate.task_templates._fields import InputField
from palate.task_templates._settings import setting
from palate.task_templates._values import Json, Seed
from palate.task_templates._views import Part, Text
from palate.task_templates._wording import Label, Wording
from palate.task_templates.base import Example

__all__ = ["QueryType"]


@dataclass(frozen=True, kw_only=True)
class QueryType(ChoiceTemplate):
    """Shows a query, and what is known of who asked; the answer is the value of a label."""

    summary: ClassVar[str] = "A query: is it broad or narrow?"
    words: ClassVar[Mapping[str, str]] = MappingProxyType({"query": "Query", "context": "Context"})

    question: str = setting("Is the query broad or narrow?", "What is asked, one sentence.")
    labels: tuple[Label, ...] = setting(
        (
            Label("broad", "Broad", "1", "Many different things would answer it."),
            Label("narrow", "Narrow", "2", "It asks for one thing, or a few that hardly differ."),
            Label("unreadable", "Unreadable", "0", "The query cannot be understood.", cannot_judge=True),
        ),
        "What annotators choose from.",
    )

    def fields(self) -> tuple[InputField, ...]:
        """Return the query and its context."""
        return (
            InputField("query", "text", required=True, help="What was searched for"),
            InputField("context", "long_text", help="Where it was asked, or what was asked before"),
        )

    def parts(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> tuple[Part, ...]:
        """Return the query and its context."""
        names = [name for name in ("query", "context") if name in task_input]
        return tuple(Text(str(task_input[name]), wording.texts[name]) for name in names)

    def default_examples(self) -> tuple[Example, ...]:
        """Return one example a label that judges."""
        return (
            {
                "input": {"query": "gifts for a cook"},
                "golden": "broad",
                "hint": "A kettle, a book, an apron: all would do.",
            },
            {
                "input": {"query": "1.7 l steel kettle with thermometer"},
                "golden": "narrow",
                "hint": "Only a few kettles are like that.",
            },
        )
