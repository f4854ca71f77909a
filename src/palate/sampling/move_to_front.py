"""Ask first about what those systems rank next that were right last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from palate.core.errors import SettingsError
from palate.core.frames import read_table
from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts
from palate.core.tables import JUDGMENTS
from palate.sampling._rankings import first_of_each
from palate.sampling._tasks import graded_tasks
from palate.sampling.base import RoundSampler

__all__ = ["MoveToFront"]


@dataclass(frozen=True)
class MoveToFront(RoundSampler):
    """Go down the ranking that has the highest priority until an item is not relevant; then its priority falls.

    Move-to-front pooling of Cormack, Palmer and Clarke, Efficient construction of large test collections, SIGIR
    1998, each query for itself. All rankings start with the same priority; an item that is not relevant takes 1 from
    that of the ranking it came from. Of equal priorities the one that came first in an order drawn by the seed is taken.
    It finds many relevant items for few answers, but what it leaves out was left out because of answers: there
    are no inclusion probabilities, and an estimate that weighs by them cannot be made.

    A round asks about what can be known to come next before further answers: at most one item of each ranking that waits
    for its answer. The rounds so far are replayed from the judgments, so that nothing needs to be kept but these, and
    the seed must be the same in every round.

    Args:
        count: How many tasks a round has at most.
        depth: Items of each ranking that can be asked about.
        relevant_from: The lowest grade that keeps a ranking's priority.
    """

    counted: ClassVar[str | None] = "count"

    count: int | None = None
    depth: int = 100
    relevant_from: float = 1.0

    def __post_init__(self) -> None:
        check_counts(depth=self.depth)
        if self.count is not None and self.count < 1:
            raise SettingsError(f"'count' must be at least 1; it is {self.count}.")

    def next_tasks(
        self, runs: pl.DataFrame, found: pl.DataFrame | None = None, seed: Seed = 0
    ) -> pl.DataFrame:
        """Return the tasks ``task, query, item`` of the next round.

        Args:
            runs: Checked runs with ``system`` and ``rank``.
            found: The judgments so far, ``query, item, grade``; None before there are any.
            seed: Draws which of equal rankings comes first; the same in every round.

        Raises:
            InputError: ``found`` is no table of judgments.
        """
        first = first_of_each(runs, self.depth)
        grades = _grades(found, first)
        asked: list[tuple[int, Any, Any]] = []
        by_query = first.partition_by("query", as_dict=True, maintain_order=True)
        for key in sorted(by_query):
            rankings = by_query[key].group_by("system", maintain_order=True).agg("item")["item"].to_list()
            order = generator(seed, "sample", "move_to_front", key[0]).permutation(len(rankings))
            known = grades.get(key[0], {})
            turns = self._open_items([rankings[place] for place in order.tolist()], known)
            asked += [(turn, key[0], item) for turn, item in enumerate(turns)]
        asked.sort(key=lambda entry: entry[0])  # every query's first item before any second one
        taken = asked[: self.count]
        schema = {name: first.schema[name] for name in ("query", "item")}
        return graded_tasks(pl.DataFrame([row[1:] for row in taken], schema=schema, orient="row"))

    def _open_items(self, rankings: list[list[Any]], known: dict[Any, float]) -> Iterator[Any]:
        """Yield the items to ask about, in order, while replaying what is known."""
        priorities = [0] * len(rankings)
        nexts = [0] * len(rankings)
        waiting: set[Any] = set()
        going = set(range(len(rankings)))
        seen: set[Any] = set()
        while going:
            best = max(going, key=lambda place: (priorities[place], -place))
            if nexts[best] == len(rankings[best]):
                going.remove(best)
                continue
            item = rankings[best][nexts[best]]
            if item in waiting:  # what comes after is not known before its answer
                going.remove(best)
            elif item in known:
                nexts[best] += 1
                if item not in seen and known[item] < self.relevant_from:
                    priorities[best] -= 1
                seen.add(item)
            else:
                waiting.add(item)
                going.remove(best)
                yield item


def _grades(found: pl.DataFrame | None, first: pl.DataFrame) -> dict[Any, dict[Any, float]]:
    """Return the grades by query and item, ids as the runs have them."""
    if found is None or found.is_empty():
        return {}
    table = read_table(found, JUDGMENTS).with_columns(
        pl.col(name).cast(first.schema[name], strict=False) for name in ("query", "item")
    )
    grades: dict[Any, dict[Any, float]] = {}
    for query, item, grade in table.select("query", "item", "grade").iter_rows():
        grades.setdefault(query, {})[item] = grade
    return grades
