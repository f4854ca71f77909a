"""Spam marking: which entries of a list are spam or irrelevant?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar, Literal

from palate.task_templates._entries import ENTRY_WORDS, EntriesTemplate, ids_of
from palate.task_templates._grading import jaccard
from palate.task_templates._settings import setting
from palate.task_templates._values import AnswerError, Json, Seed, check_texts_of
from palate.task_templates._views import Marking, Option
from palate.task_templates._wording import Wording
from palate.task_templates.base import Example, Family

__all__ = ["SpamMarking"]

_NONE = "none"


@dataclass(frozen=True, kw_only=True)
class SpamMarking(EntriesTemplate):
    """Shows a list in its order; the answer is the list of marked ids, in that order; empty if nothing is to mark.

    That nothing is to mark is said by a choice of its own, so that it differs from no answer.
    """

    summary: ClassVar[str] = "A list: mark what is spam or irrelevant."
    family: ClassVar[Family] = "multilabel"
    words: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"mark": "Spam or irrelevant", "none": "Nothing to mark", **ENTRY_WORDS}
    )

    question: str = setting(
        "Which entries are spam or irrelevant to the query?", "What is asked, one sentence."
    )
    grading: Literal["jaccard", "exact"] = setting(
        "jaccard",
        "How an answer is graded: by the share of marks in common, or right only if all are the same.",
    )

    def control(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> Marking:
        """Return the entries, each with a checkbox."""
        none = Option(_NONE, wording.texts["none"], "0")
        entries = (
            replace(entry, key=entry.value) if len(entry.value) == 1 else entry
            for entry in self.entries(task_input, wording, seed)
        )
        return Marking(tuple(entries), wording.texts["mark"], none)

    def check_given(self, answer: object, task_input: Mapping[str, Json]) -> list[Json]:
        """Return the marked ids in the order of the list."""
        marked = set(check_texts_of(answer, "entries", ids_of(task_input)))
        return [name for name in ids_of(task_input) if name in marked]

    def agreement(self, answer: Json, golden: Json) -> float:
        """Return the share of common marks, or whether all are the same."""
        if self.grading == "exact" or not isinstance(answer, list) or not isinstance(golden, list):
            return float(answer == golden)
        return jaccard(*(list(map(str, one)) for one in (answer, golden)))

    def answer_from_form(
        self, form: Mapping[str, Sequence[str]], task_input: Mapping[str, Json], seed: Seed
    ) -> object:
        """Return the marked ids; the empty list if "nothing to mark" is chosen."""
        places = list(dict.fromkeys(value for value in form.get("marked", ()) if value))
        nothing = any(form.get("none", ()))
        if nothing and places:
            raise AnswerError(
                "Entries are marked, and 'nothing to mark' is chosen too. Take one of the two back."
            )
        return self.ids_at(places, task_input, seed) if places or nothing else None

    def form_from_answer(
        self, answer: Json, task_input: Mapping[str, Json], seed: Seed
    ) -> dict[str, list[str]]:
        """Return the marks as checked."""
        if answer is None:
            return {}
        return {"marked": self.places_of(answer, task_input, seed)} if answer else {"none": [_NONE]}

    def schema_of_answer(self, task_input: Mapping[str, Json] | None) -> dict[str, Json]:
        """Return the schema: a list of ids."""
        entry: dict[str, Json] = {"type": "string"}
        if task_input is not None:
            entry["enum"] = list(ids_of(task_input))
        return {"type": "array", "items": entry, "uniqueItems": True}

    def default_examples(self) -> tuple[Example, ...]:
        """Return a list with an entry to mark, and one without."""
        kettle: dict[str, Json] = {"id": "kettle-17", "title": "Electric kettle, 1.7 l", "price": "34.90 €"}
        small: dict[str, Json] = {"id": "kettle-8", "title": "Travel kettle, 0.8 l", "price": "19.90 €"}
        spam: dict[str, Json] = {"id": "offer-1", "title": "!!! WIN A KETTLE, CLICK NOW !!!"}
        return (
            {
                "input": {"query": "electric kettle", "items": [kettle, spam, small]},
                "golden": ["offer-1"],
                "hint": "The second entry sells nothing.",
            },
            {
                "input": {"query": "electric kettle", "items": [kettle, small]},
                "golden": [],
                "hint": "Both are kettles.",
            },
        )
