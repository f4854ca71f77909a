"""Checks of attention where there is no right answer: pairs with a plainly worse side, and pairs shown again swapped."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from palate.asking._draws import draws
from palate.core.errors import PalateError

__all__ = ["Consistency", "Pair", "Side", "attention_pairs", "consistency", "swapped_repeats"]

Side = Literal["left", "right"]
_SIDES: tuple[Side, Side] = ("left", "right")


@dataclass(frozen=True)
class Pair:
    """Two items shown side by side.

    Args:
        task: Its id.
        query: What both answer.
        left: The item on the left.
        right: The item on the right.
        better: The side that is plainly better; None where that is the question.
        repeats: The task of which this one is the same with its sides swapped; None if it is none.
    """

    task: str
    query: str
    left: str
    right: str
    better: Side | None = None
    repeats: str | None = None


@dataclass(frozen=True)
class Consistency:
    """How an annotator did on checks of attention.

    Args:
        shown: Checks that they answered: attention pairs and swapped repeats.
        passed: Those that they passed.
        failed_tasks: Tasks of those that they failed.
    """

    shown: int
    passed: int
    failed_tasks: tuple[str, ...]

    @property
    def passed_share(self) -> float | None:
        """Share of checks passed; None without any."""
        return self.passed / self.shown if self.shown else None


def attention_pairs(
    pairs: Sequence[Pair], worse_items: Mapping[str, Collection[str]], n: int, seed: int
) -> list[Pair]:
    """Return pairs that anybody who looks gets right: an item of a pair beside one that is plainly worse.

    Items of another query are plainly worse where queries have nothing in common; else name such items.

    Args:
        pairs: The pool's pairs.
        worse_items: By query, items that are plainly worse than any in ``pairs``.
        n: How many to make.
        seed: Who can guess it can tell the pairs.

    Returns:
        Pairs with new tasks, each with its ``better`` side, which is left or right evenly.

    Raises:
        PalateError: There are fewer queries with worse items than pairs wanted.
    """
    usable = [pair for pair in pairs if set(worse_items.get(pair.query, ())) - {pair.left, pair.right}]
    if n > len(usable):
        raise PalateError(
            f"{n} attention pairs need as many pairs whose query has a plainly worse item; there are {len(usable)}."
            " Name more worse items or want fewer."
        )
    rng = draws(seed, "attention pairs")
    made = []
    for pair in rng.sample(usable, n):
        worse = rng.choice(sorted(set(worse_items[pair.query]) - {pair.left, pair.right}))
        kept = rng.choice((pair.left, pair.right))
        side = rng.choice(_SIDES)
        left, right = (kept, worse) if side == "left" else (worse, kept)
        made.append(Pair(_task_id(rng.getrandbits(64)), pair.query, left, right, better=side))
    return made


def swapped_repeats(pairs: Sequence[Pair], n: int, seed: int) -> list[Pair]:
    """Return ``n`` of the pairs again with their sides swapped, as new tasks.

    Raises:
        PalateError: There are fewer pairs without a known better side than wanted.
    """
    usable = [pair for pair in pairs if pair.better is None and pair.repeats is None]
    if n > len(usable):
        raise PalateError(f"{n} repeats need as many pairs to repeat; there are {len(usable)}.")
    rng = draws(seed, "swapped repeats")
    return [
        Pair(_task_id(rng.getrandbits(64)), pair.query, pair.right, pair.left, repeats=pair.task)
        for pair in rng.sample(usable, n)
    ]


def consistency(pairs: Sequence[Pair], answers: Mapping[str, str]) -> Consistency:
    """Return how an annotator did on the checks among ``pairs``.

    An attention pair is passed by the better side. A repeat is passed by the same item as before; a tie twice passes
    too. An answer that chooses no side, such as a picture that does not load, checks nothing but a tie.

    Args:
        pairs: All pairs, checks and others.
        answers: By task, what the annotator answered: ``left``, ``right``, ``tie`` or something else.
    """
    items = {pair.task: pair for pair in pairs}
    results: dict[str, bool] = {}
    for pair in pairs:
        answer = answers.get(pair.task)
        if answer is None:
            continue
        if pair.better is not None and answer in {*_SIDES, "tie"}:
            results[pair.task] = answer == pair.better
        elif pair.repeats is not None and pair.repeats in items:
            before = _chosen(items[pair.repeats], answers.get(pair.repeats))
            again = _chosen(pair, answer)
            if before is not None and again is not None:
                results[pair.task] = before == again
    failed = tuple(task for task, passed in results.items() if not passed)
    return Consistency(len(results), len(results) - len(failed), failed)


def _chosen(pair: Pair, answer: str | None) -> tuple[str, str] | None:
    """Return the item chosen, or that it was a tie; None where neither was said."""
    match answer:
        case "left":
            return "item", pair.left
        case "right":
            return "item", pair.right
        case "tie":
            return "tie", ""
        case _:
            return None


def _task_id(bits: int) -> str:
    """Return an id that does not tell that the task is a check."""
    return f"{bits:016x}"
