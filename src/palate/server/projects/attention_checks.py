"""Checks of attention made from a pool's own pairs: some beside a plainly worse item, some again with sides swapped."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from palate.asking import Pair, attention_pairs, swapped_repeats
from palate.core.errors import PalateError
from palate.core.hashing import hash_json
from palate.server.projects.models import Pool, Tally, Task
from palate.server.projects.reading import mix_of, template_of
from palate.server.projects.tasks import TaskRow, add_tasks

if TYPE_CHECKING:
    from palate.server.projects.specs import ChecksSpec

__all__ = ["AddedChecks", "add_checks", "takes_checks"]

_WORSE_A_QUERY = 3
_SIDES = ("left", "right")


@dataclass(frozen=True)
class AddedChecks:
    """How many checks were added."""

    attention_pairs: int
    swapped_repeats: int


def takes_checks(pool: Pool) -> bool:
    """Return whether checks can be made for a pool: a draft of pairs."""
    return pool.status == "draft" and pool.kind == "main" and template_of(pool.project).family == "pairs"


def add_checks(pool: Pool, wanted: ChecksSpec) -> AddedChecks:
    """Add as many checks as are missing from the shares that are wanted; return how many.

    The shares are of the pool's pairs, rounded up. What is added depends on the pool's tasks and the seed only.

    Raises:
        PalateError: The pool is no draft, asks for no pairs or shows no golden tasks; or its pairs do not yield so
            many checks. Nothing is stored.
    """
    if not takes_checks(pool):
        raise PalateError(
            "Attention pairs and swapped repeats can be added to drafts of main pools that show two sides; this is"
            f" {'a ' + pool.status if pool.status == 'draft' else pool.status}, a {pool.kind} pool of"
            f" {pool.project.template}."
        )
    with transaction.atomic():
        Tally.objects.select_for_update().get(pool=pool)  # one upload at a time
        source = _Source(pool)
        rows = [*source.attention(wanted), *source.repeats(wanted)]
        if rows:
            add_tasks(pool, rows)
    n_attention = sum(row.attention for row in rows)
    return AddedChecks(n_attention, len(rows) - n_attention)


class _Source:
    """The pairs of a pool, with what each side shows by its hash."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._shown: dict[str, dict[str, Any]] = {}
        tasks = list(pool.tasks.order_by("key"))
        self._pairs = [self._pair(task) for task in tasks if task.kind == "real" and task.repeats_id is None]
        self._n_attention = sum(task.attention for task in tasks)
        again = {task.repeats_id for task in tasks if task.repeats_id is not None}
        self._repeated = {task.key for task in tasks if task.pk in again}

    def attention(self, wanted: ChecksSpec) -> list[TaskRow]:
        """Return the attention pairs that are missing."""
        n = self._missing(wanted.attention_pairs, self._n_attention)
        if not n:
            return []
        mix = mix_of(self._pool)
        if not (mix.golden or mix.golden_rate):
            raise PalateError(
                "Attention pairs are shown as golden tasks, and the pages of this pool hold none. Set golden tasks a"
                " page in its settings first."
            )
        seed = wanted.seed + self._n_attention
        made = attention_pairs(self._pairs, self._worse_items(seed), n, seed)
        return [
            TaskRow(self._input(pair), key=pair.task, kind="golden", golden=pair.better, attention=True)
            for pair in made
        ]

    def repeats(self, wanted: ChecksSpec) -> list[TaskRow]:
        """Return the repeats that are missing."""
        n = self._missing(wanted.swapped_repeats, len(self._repeated))
        left = [pair for pair in self._pairs if pair.task not in self._repeated]
        made = swapped_repeats(left, n, wanted.seed + len(self._repeated)) if n else []
        return [
            TaskRow(self._input(pair), key=pair.task, kind="real", repeats=str(pair.repeats)) for pair in made
        ]

    def _missing(self, percent: float, there: int) -> int:
        return max(0, math.ceil(len(self._pairs) * percent / 100 - 1e-9) - there)

    def _pair(self, task: Task) -> Pair:
        """Return a task as a pair of hashes."""
        query, left, right = (self._named(task.input, part) for part in ("", *_SIDES))
        return Pair(task.key, query, left, right)

    def _named(self, task_input: Mapping[str, Any], part: str) -> str:
        """Return the hash of one part of a task: what stands left or right, or (empty) what both answer."""
        if part:
            shown = {
                name.removeprefix(part): value for name, value in task_input.items() if _side_of(name) == part
            }
        else:
            shown = {name: value for name, value in task_input.items() if not _side_of(name)}
        key = hash_json(shown)
        self._shown[key] = shown
        return key

    def _input(self, pair: Pair) -> dict[str, Any]:
        sides = ((side, self._shown[getattr(pair, side)]) for side in _SIDES)
        return {
            **self._shown[pair.query],
            **{f"{side}{name}": value for side, shown in sides for name, value in shown.items()},
        }

    def _worse_items(self, seed: int) -> dict[str, list[str]]:
        """Return, by query, some items that stand only beside other queries and are not the query itself."""
        own: dict[str, set[str]] = {}
        for pair in self._pairs:
            own.setdefault(pair.query, set()).update((pair.left, pair.right))
        if len(own) < 2:
            raise PalateError(
                "All pairs of this pool answer the same query, so that no item is plainly worse. Attention pairs need"
                " pairs of several queries."
            )
        items = sorted({item for group in own.values() for item in group}, key=lambda item: _lot(seed, item))
        return {query: self._strangers(query, group, items, seed) for query, group in own.items()}

    def _strangers(self, query: str, own: set[str], items: Sequence[str], seed: int) -> list[str]:
        start = int(_lot(seed, query)[:12], 16) % len(items)
        asked = {_plain(self._shown[query].get(name)) for name in ("query", "query_title")} - {""}
        found: list[str] = []
        for number in range(len(items)):
            item = items[(start + number) % len(items)]
            if item not in own and _plain(self._shown[item].get("_title")) not in asked:
                found.append(item)
            if len(found) == _WORSE_A_QUERY:
                break
        return found


def _side_of(name: str) -> str:
    return next((side for side in _SIDES if name == side or name.startswith(f"{side}_")), "")


def _plain(text: object) -> str:
    return " ".join(str(text or "").casefold().split())


def _lot(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}\n{name}".encode()).hexdigest()
