"""Templates that show two things beside each other, shuffled, and store which one was chosen."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from palate.core.errors import SettingsError
from palate.task_templates._cards import ITEM_WORDS, card_of
from palate.task_templates._choosing import ChoiceTemplate
from palate.task_templates._settings import setting
from palate.task_templates._shuffling import draw_swapped
from palate.task_templates._values import Json, Seed
from palate.task_templates._views import ItemCard, Part, Ranking, Sides, Text
from palate.task_templates._wording import Label, Wording
from palate.task_templates.base import Family, TaskTemplate

__all__ = ["LEFT_OR_RIGHT", "SIDES_WORDS", "SidesTemplate"]

SIDES_WORDS: Mapping[str, str] = MappingProxyType(
    {"query": "Query", "product": "Product", "left": "Left", "right": "Right", **ITEM_WORDS}
)
LEFT_OR_RIGHT = (
    Label("left", "Left", "1"),
    Label("right", "Right", "2"),
    Label("cannot_load", "Can't load", "0", "One of the two does not load.", cannot_judge=True),
)
_OTHER = {"left": "right", "right": "left"}


@dataclass(frozen=True, kw_only=True)
class SidesTemplate(ChoiceTemplate):
    """A template whose answer is ``left``, ``right``, ``tie`` where that is a label, or that it cannot be judged.

    What the task calls left stands on the left or on the right of the screen, by lot for each annotator. The form
    speaks of the screen; the answer, of the task.
    """

    family: ClassVar[Family] = "pairs"
    words: ClassVar[Mapping[str, str]] = SIDES_WORDS

    labels: tuple[Label, ...] = setting(
        LEFT_OR_RIGHT, "Words and keys for left and right; a label 'tie' lets both be equally good."
    )
    shuffled: bool = setting(default=True, help="Whether the sides are shuffled for each annotator.")

    def __post_init__(self) -> None:
        super().__post_init__()
        values = set(self.label_values())
        if not {"left", "right"} <= values <= {"left", "right", "tie"}:
            raise SettingsError(
                "'labels' of two sides must be left, right, perhaps tie, and any that say that there is nothing to"
                f" judge; those that judge are {', '.join(self.label_values())}."
            )

    @abstractmethod
    def side(
        self, task_input: Mapping[str, Json], side: str, wording: Wording, label: str
    ) -> ItemCard | Ranking:
        """Return what the task has on a side of its own, ``left`` or ``right``, called ``label`` on the screen."""

    def above(self, task_input: Mapping[str, Json], wording: Wording) -> tuple[Part, ...]:
        """Return what is shown above the sides: the query and the query's product, as far as the task has them."""
        found: list[Part] = []
        if "query" in task_input:
            found.append(Text(str(task_input["query"]), wording.texts["query"]))
        if any(name.startswith("query_") for name in task_input):
            found.append(card_of(task_input, wording, prefix="query_", label=wording.texts["product"]))
        return tuple(found)

    def parts(self, task_input: Mapping[str, Json], wording: Wording, seed: Seed) -> tuple[Part, ...]:
        """Return what stands above, and the two sides as they stand on the screen."""
        first, second = ("right", "left") if self.is_swapped(task_input, seed) else ("left", "right")
        sides = Sides(
            self.side(task_input, first, wording, wording.texts["left"]),
            self.side(task_input, second, wording, wording.texts["right"]),
        )
        return (*self.above(task_input, wording), sides)

    def is_swapped(self, task_input: Mapping[str, Json], seed: Seed) -> bool:
        """Return whether the task's left stands on the right of the screen."""
        if not self.shuffled:
            return False
        rest = {name: value for name, value in task_input.items() if not _is_of(name, "left", "right")}
        left, right = (
            {name.removeprefix(side): value for name, value in task_input.items() if _is_of(name, side)}
            for side in ("left", "right")
        )
        return draw_swapped(seed, left, right, rest)

    def answer_from_form(
        self, form: Mapping[str, Sequence[str]], task_input: Mapping[str, Json], seed: Seed
    ) -> object:
        """Return the chosen side in the task's own terms."""
        chosen = super().answer_from_form(form, task_input, seed)
        return self._turned(chosen, task_input, seed) if isinstance(chosen, str) else chosen

    def form_from_answer(
        self, answer: Json, task_input: Mapping[str, Json], seed: Seed
    ) -> dict[str, list[str]]:
        """Return the answer in terms of the screen."""
        turned = self._turned(answer, task_input, seed) if isinstance(answer, str) else None
        return super().form_from_answer(turned, task_input, seed)

    def narrowed(self, other: TaskTemplate) -> str | None:
        """Return why pages that annotators have open would be read wrongly."""
        if isinstance(other, SidesTemplate) and other.shuffled != self.shuffled:
            return "Pages that are open now would be read with their sides exchanged."
        return None

    def _turned(self, value: str, task_input: Mapping[str, Json], seed: Seed) -> str:
        return _OTHER.get(value, value) if self.is_swapped(task_input, seed) else value


def _is_of(name: str, *sides: str) -> bool:
    return name.partition("_")[0] in sides
