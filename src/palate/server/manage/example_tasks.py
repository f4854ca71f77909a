"""Tasks to begin with: five products with pictures, pairs of them, and queries with known grades."""

from __future__ import annotations

from itertools import combinations

from palate.server.projects.tasks import TaskRow

__all__ = ["pair_tasks", "query_tasks", "search_tasks", "training_pairs"]

_PRODUCTS = {
    "kettle": ("Electric kettle, 1.7 l, steel", "34.90 €"),
    "mug": ("Stoneware mug, 0.3 l", "9.50 €"),
    "lamp": ("Desk lamp", "42.00 €"),
    "shoe": ("White running shoe", "79.00 €"),
    "socks": ("Sports socks, two pairs", "12.90 €"),
}
_TRAINING_PAIRS = (
    ("kettle", "mug", "shoe", "Who boils water wants something to drink from."),
    ("shoe", "socks", "lamp", "Socks are worn in shoes."),
    ("mug", "kettle", "socks", "Tea in the mug needs hot water."),
    ("socks", "shoe", "kettle", "Sports socks are worn in sports shoes."),
)
_GOLDEN_PAIRS = (
    ("kettle", "mug", "socks"),
    ("shoe", "socks", "kettle"),
    ("mug", "kettle", "shoe"),
    ("socks", "shoe", "mug"),
)
_QUERIES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("electric kettle", ("kettle",), ()),
    ("water boiler steel", ("kettle",), ()),
    ("kettle for a gas stove", (), ("kettle",)),
    ("tea mug", ("mug",), ()),
    ("stoneware cup", ("mug",), ()),
    ("gift for tea lovers", ("mug",), ("kettle",)),
    ("desk lamp", ("lamp",), ()),
    ("reading light", ("lamp",), ()),
    ("floor lamp", (), ("lamp",)),
    ("office lighting", ("lamp",), ()),
    ("running shoes", ("shoe",), ()),
    ("white sneakers", ("shoe",), ()),
    ("leather boots", (), ("shoe",)),
    ("sports socks", ("socks",), ()),
    ("wool socks", (), ("socks",)),
    ("gym clothes", (), ("socks", "shoe")),
)
"""Each query with the products that are relevant and those that are rather relevant; the others are irrelevant."""
_HINTS = {
    "relevant": "It is what was searched for.",
    "rather_relevant": "It comes near, but something does not fit.",
    "irrelevant": "It is something else.",
}
_N_POSITIVE, _N_PREPARED = 15, 30


def training_pairs() -> list[TaskRow]:
    """Return pairs whose better side is plain, with the reason."""
    return [
        TaskRow(
            _pair(query, *_placed(number, better, worse)),
            key=f"training-{number + 1}",
            kind="training",
            golden=_side(number),
            hint=hint,
        )
        for number, (query, better, worse, hint) in enumerate(_TRAINING_PAIRS)
    ]


def pair_tasks() -> list[TaskRow]:
    """Return every pair of products for every other one, and pairs that check attention."""
    known = {
        (query, *sorted(pair)) for query, *pair in (*_GOLDEN_PAIRS, *(one[:3] for one in _TRAINING_PAIRS))
    }
    real = [
        TaskRow(_pair(query, left, right), key=f"{query}: {left} or {right}")
        for query in _PRODUCTS
        for left, right in combinations([name for name in _PRODUCTS if name != query], 2)
        if (query, *sorted((left, right))) not in known
    ]
    golden = [
        TaskRow(
            _pair(query, *_placed(number, better, worse)),
            key=f"golden-{number + 1}",
            kind="golden",
            golden=_side(number),
            attention=True,
        )
        for number, (query, better, worse) in enumerate(_GOLDEN_PAIRS)
    ]
    return [*real, *golden]


def search_tasks() -> dict[str, list[TaskRow]]:
    """Return 10 training, 10 exam, 10 golden and 50 real tasks of graded relevance, by what they are for."""
    judged = _judged()
    positive = [row for row in judged if row[2] != "irrelevant"][:_N_POSITIVE]
    negative = [row for row in judged if row[2] == "irrelevant"][::4][: _N_PREPARED - _N_POSITIVE]
    prepared = [*positive, *negative]
    real = [row for row in judged if row not in prepared]
    return {
        "training": [_known(row, "training") for row in prepared[0::3]],
        "exam": [_known(row, "golden") for row in prepared[1::3]],
        "golden": [_known(row, "golden") for row in prepared[2::3]],
        "real": [_searched(row) for row in real],
    }


def query_tasks() -> list[TaskRow]:
    """Return the golden and the real tasks of graded relevance."""
    found = search_tasks()
    return [*found["real"], *found["golden"]]


def _judged() -> list[tuple[str, str, str]]:
    return [
        (query, item, "relevant" if item in best else "rather_relevant" if item in near else "irrelevant")
        for query, best, near in _QUERIES
        for item in _PRODUCTS
    ]


def _known(row: tuple[str, str, str], kind: str) -> TaskRow:
    query, item, answer = row
    hint = _HINTS[answer] if kind == "training" else ""
    return TaskRow(_search(query, item), key=f"{query}: {item}", kind=kind, golden=answer, hint=hint)


def _searched(row: tuple[str, str, str]) -> TaskRow:
    return TaskRow(_search(row[0], row[1]), key=f"{row[0]}: {row[1]}")


def _search(query: str, item: str) -> dict[str, str]:
    return {"query": query, **{name.strip("_"): text for name, text in _shown("", item).items()}}


def _pair(query: str, left: str, right: str) -> dict[str, str]:
    asked = {name: text for name, text in _shown("query", query).items() if name != "query"}
    return {**asked, **_shown("left", left), **_shown("right", right)}


def _shown(prefix: str, item: str) -> dict[str, str]:
    title, price = _PRODUCTS[item]
    return {
        prefix or "item": item,
        f"{prefix}_title": title,
        f"{prefix}_price": price,
        f"{prefix}_image": f"/static/examples/{item}.svg",
    }


def _placed(number: int, better: str, worse: str) -> tuple[str, str]:
    return (better, worse) if _side(number) == "left" else (worse, better)


def _side(number: int) -> str:
    return "left" if number % 2 == 0 else "right"
