"""What a task shows, as the cells of a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from palate.task_templates import ItemCard, Part, Picture, Ranking, Sides, TaskView

__all__ = ["cells_of", "columns_of"]


def cells_of(view: TaskView) -> dict[str, str]:
    """Return what a task shows, by the name of its column."""
    cells: dict[str, str] = {}
    for part in view.parts:
        for name, text in _cells(part):
            if text:
                cells[name] = f"{cells[name]}\n{text}" if name in cells else text
    return cells


def columns_of(rows: Sequence[dict[str, str]]) -> list[str]:
    """Return the names of all columns that rows have, in the order in which they come up."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _cells(part: Part) -> Iterator[tuple[str, str]]:
    match part:
        case ItemCard():
            yield from _card_cells(part)
        case Ranking():
            lines = [f"{rank}. {_one_line(card)}" for rank, card in enumerate(part.cards, start=1)]
            yield part.label or "List", "\n".join(lines)
        case Sides():
            for side in (part.left, part.right):
                yield from _cells(side)
        case Picture():
            yield part.alt or "Picture", part.url
        case _:
            yield from _text_cells(part)


def _text_cells(part: Part) -> Iterator[tuple[str, str]]:
    match part.kind:
        case "text_list":
            yield getattr(part, "label", "") or "Texts", "; ".join(getattr(part, "texts", ()))
        case "link":
            yield getattr(part, "text", "") or "Link", getattr(part, "url", "")
        case kind:
            yield getattr(part, "label", "") or kind.capitalize(), getattr(part, "text", "")


def _card_cells(card: ItemCard) -> Iterator[tuple[str, str]]:
    name = card.label or "Item"
    yield name, card.title
    yield f"{name}: text", card.text
    yield f"{name}: price", card.price
    yield f"{name}: page", card.link.url if card.link else ""
    yield f"{name}: picture", card.picture.url if card.picture else ""


def _one_line(card: ItemCard) -> str:
    told = [card.title, card.price, card.text.replace("\n", " "), card.link.url if card.link else ""]
    return " · ".join(filter(None, told)) or (card.picture.url if card.picture else "")
