"""What a task shows and asks, as plain values that one renderer can draw for every template.

All text is plain: the renderer escapes it. Links are checked before they come here. Nothing here tells whether
an answer is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

__all__ = [
    "Choice",
    "Control",
    "Direction",
    "Entry",
    "Heading",
    "ItemCard",
    "Link",
    "Marking",
    "MultipleChoice",
    "Option",
    "Ordering",
    "Part",
    "Picture",
    "Price",
    "Ranking",
    "Sides",
    "TaskView",
    "Text",
    "TextArea",
    "TextList",
]

Direction = Literal["ltr", "rtl"]


@dataclass(frozen=True)
class Heading:
    """A heading of what follows, in the language of the wording."""

    text: str
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Text:
    """Text of the task's input; ``label`` says what it is ("Query"), in the language of the wording."""

    text: str
    label: str = ""
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class TextList:
    """Several short texts of the task's input, such as filters; ``label`` says what they are."""

    texts: tuple[str, ...]
    label: str = ""
    kind: ClassVar[str] = "text_list"


@dataclass(frozen=True)
class Picture:
    """A picture; with ``zoom``, a larger view of it can be opened."""

    url: str
    alt: str
    zoom: bool = True
    kind: ClassVar[str] = "picture"


@dataclass(frozen=True)
class Link:
    """A link to look at in a new tab: the item's own page, or where to look it up."""

    url: str
    text: str
    kind: ClassVar[str] = "link"


@dataclass(frozen=True)
class Price:
    """A price as text."""

    text: str
    label: str = ""
    kind: ClassVar[str] = "price"


@dataclass(frozen=True)
class ItemCard:
    """An item. Fields that the task does not have are empty or None.

    Args:
        title: Its name.
        text: Its description, which may have several lines.
        price: With its currency.
        link: To its own page.
        picture: Of it.
        label: What the card is ("Product", "Left"), in the language of the wording.
    """

    title: str = ""
    text: str = ""
    price: str = ""
    link: Link | None = None
    picture: Picture | None = None
    label: str = ""
    kind: ClassVar[str] = "item_card"


@dataclass(frozen=True)
class Ranking:
    """Items in their order, best first."""

    cards: tuple[ItemCard, ...]
    label: str = ""
    kind: ClassVar[str] = "ranking"


@dataclass(frozen=True)
class Sides:
    """Two things beside each other, as they stand on the screen."""

    left: ItemCard | Ranking
    right: ItemCard | Ranking
    kind: ClassVar[str] = "sides"


Part: TypeAlias = Heading | Text | TextList | Picture | Link | Price | ItemCard | Ranking | Sides


@dataclass(frozen=True)
class Option:
    """One thing to choose.

    Args:
        value: What the form posts.
        text: What the button says.
        key: The key that chooses it, capital or not, to show as a key cap; empty if there is none.
        description: When to choose it.
        cannot_judge: Whether it says that there is nothing to judge; shown apart.
    """

    value: str
    text: str
    key: str = ""
    description: str = ""
    cannot_judge: bool = False


@dataclass(frozen=True)
class Choice:
    """Exactly one option: radio buttons called ``name``."""

    options: tuple[Option, ...]
    name: str = "answer"
    kind: ClassVar[str] = "choice"


@dataclass(frozen=True)
class MultipleChoice:
    """From ``least`` to ``most`` options: checkboxes called ``name``; an option in ``alone`` goes with no other."""

    options: tuple[Option, ...]
    least: int
    most: int
    alone: tuple[str, ...] = ()
    name: str = "answer"
    kind: ClassVar[str] = "multiple_choice"


@dataclass(frozen=True)
class Entry:
    """One entry of a list to mark or to order.

    Args:
        value: What the form posts for it.
        card: What it shows.
        key: The key that marks it, to show as a key cap; empty if there is none.
    """

    value: str
    card: ItemCard
    key: str = ""


@dataclass(frozen=True)
class Marking:
    """Some entries of a list: a checkbox called ``name`` at each, and one called ``none_name`` for "none of them"."""

    entries: tuple[Entry, ...]
    mark_text: str
    none: Option
    name: str = "marked"
    none_name: str = "none"
    kind: ClassVar[str] = "marking"


@dataclass(frozen=True)
class Ordering:
    """Entries to put in order, best first.

    The form holds one hidden input called ``name`` an entry, in the present order (that of ``entries`` at first, that
    of the form's values when it is shown again), and at each entry buttons called
    ``move_name`` with the values ``up:<value>`` and ``down:<value>``, which post the form to be shown again with
    ``TaskTemplate.moved``. A checkbox called ``confirm_name`` says that the order is meant: without it, a list that
    nobody touched would count as an answer.
    """

    entries: tuple[Entry, ...]
    confirm: Option
    up_text: str = "Up"
    down_text: str = "Down"
    name: str = "order"
    move_name: str = "move"
    confirm_name: str = "confirmed"
    kind: ClassVar[str] = "ordering"


@dataclass(frozen=True)
class TextArea:
    """Text in an annotator's own words: a text area called ``name``; ``language`` is that to answer in, if one is."""

    label: str
    longest: int
    rows: int
    language: str = ""
    name: str = "answer"
    kind: ClassVar[str] = "text_area"


Control: TypeAlias = Choice | MultipleChoice | Marking | Ordering | TextArea


@dataclass(frozen=True)
class TaskView:
    """All that an annotator sees of a task.

    Args:
        template: The template's name.
        question: What is asked.
        note: A sentence or two below it; may be empty.
        parts: What is shown, from top to bottom.
        control: What is answered, and how.
        required: Whether an answer may not be left out.
        language: Of the wording (question, labels), a tag such as ``en`` or ``pt-BR``.
        direction: In which the wording is written.
        content_language: Of the task's own text; empty if unknown (then let the browser find the direction).
    """

    template: str
    question: str
    note: str
    parts: tuple[Part, ...]
    control: Control
    required: bool
    language: str
    direction: Direction
    content_language: str = ""
