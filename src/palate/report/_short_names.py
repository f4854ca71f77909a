"""Shorten names so that they fit a chart and can still be told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

__all__ = ["short_names", "shorter"]


def shorter(name: str, most: int) -> str:
    """Return a name in at most so many letters, its middle left out.

    >>> shorter("als", 17), shorter("item_neighbours_of_2024", 17)
    ('als', 'item_nei…_of_2024')
    """
    half = (most - 1) // 2
    return name if len(name) <= most else f"{name[:half]}…{name[-half:]}"


def short_names(names: Sequence[str], most: int) -> dict[str, str]:
    """Return a name in at most so many letters for each, no two of them the same.

    Where names differ only in what would be left out, that is shown in place of their ends; where even this is too long,
    they are numbered.

    >>> short_names(["als", "two_tower_of_2024_v1_final", "two_tower_of_2024_v2_final"], 12)
    {'als': 'als', 'two_tower_of_2024_v1_final': 'two_tower…1…', 'two_tower_of_2024_v2_final': 'two_tower…2…'}
    """
    short = {name: shorter(name, most) for name in names}
    alike = _alike(short)
    if len(alike) > 1:
        head = _shared_start(alike)
        tail = _shared_start([name[len(head) :][::-1] for name in alike])
        for name in alike:
            core = name[len(head) : len(name) - len(tail)][: most - 3]
            short[name] = f"{name[: most - 2 - len(core)]}…{core}…"
    for name in _alike(short):
        number = f" {names.index(name) + 1}"
        short[name] = f"{shorter(name, most - len(number))}{number}"
    return short


def _alike(short: dict[str, str]) -> list[str]:
    """Return the names whose short forms are not theirs alone."""
    counts = Counter(short.values())
    return [name for name, form in short.items() if counts[form] > 1]


def _shared_start(names: Sequence[str]) -> str:
    """Return what all names begin with: what the first and the last of them in order share."""
    pairs = zip(min(names), max(names), strict=False)
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
