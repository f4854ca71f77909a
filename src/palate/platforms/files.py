"""Ask in-house experts by spreadsheets: one file each goes out, and comes back filled in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from palate.core.errors import PalateError, SettingsError
from palate.core.hashing import hash_json
from palate.core.randomness import Seed, generator
from palate.platforms._estimate import Bonus
from palate.platforms._filled import Filled, Slot, filled_in
from palate.platforms._posted import PostedPlatform, Standing, collected
from palate.platforms._questions import Questions, pool_mark, questions_of
from palate.platforms._sheet_columns import cells_of, columns_of
from palate.platforms._sheets import write_csv, write_workbook
from palate.platforms.base import Pool

__all__ = ["Files"]

_PAYMENTS = "payments.csv"
Plan = Mapping[str, Sequence[Sequence[str]]]
"""The tasks of each page of each annotator."""


@dataclass(frozen=True)
class Files(PostedPlatform):
    """Spreadsheets for experts. The first run writes them and stops; after they are filled in, the next one reads them.

    They may come back under other names, with rows in another order, some twice, some missing: a row is known by its
    ``id``, which says neither the task nor whether it is golden. A file that is there is never written over.

    Args:
        annotators: Who is asked; each gets a file of that name.
        format: ``xlsx`` with drop-downs (needs the extra ``spreadsheets``), or ``csv``.
        wait_for_all: Whether every row must be filled in; else the run goes on with what there is.
    """

    asks_more_where_answers_disagree: ClassVar[bool] = False
    pays_bonuses: ClassVar[bool] = True

    annotators: tuple[str, ...] = ()
    format: Literal["xlsx", "csv"] = "xlsx"
    wait_for_all: bool = True
    hours: float | None = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        names = [_file_name(name) for name in self.annotators]
        if "" in names or len({name.casefold() for name in names}) < len(names):
            raise SettingsError(
                "'annotators' must name who is asked, each differently, in letters and digits;"
                f" they are {', '.join(map(repr, self.annotators))}."
            )

    def publish(self, pool: Pool, *, seed: Seed = 0) -> None:
        """Write everybody's file, unless it was written before.

        Raises:
            SettingsError: There are fewer annotators than answers wanted.
            InputError: The pool cannot be shown.
        """
        questions = questions_of(pool, self.language)
        memory = self.memory(pool)
        if memory.get("plan") is None:
            if len(self.annotators) < pool.overlap:
                raise SettingsError(
                    f"Every task wants {pool.overlap} answers and nobody answers twice, but there are"
                    f" {len(self.annotators)} annotators. Name more in 'annotators', or lower 'overlap'."
                )
            memory.note(plan=_plan(pool, questions, self.annotators, seed), written=[])
        plan = memory.get("plan")
        if set(plan) != set(self.annotators):
            raise SettingsError(
                f"The files of this pool are those of {', '.join(plan)}. Name the same in 'annotators', or, to ask anew,"
                " another 'folder'."
            )
        for annotator, pages in plan.items():
            if annotator not in memory.get("written"):
                self._write(pool, questions, annotator, pages)
                memory.note(written=[*memory.get("written"), annotator])

    def standing(self, pool: Pool) -> Standing:
        """Return what the files in the folder hold.

        Raises:
            InputError: Cells cannot be read; the text names each.
        """
        slots, found = self._read(pool)
        rows = _rows(slots, found)
        pages = len({row[5] for row in rows})
        bonuses = sum(map(Decimal, self.memory(pool).get("bonuses", {}).values()), Decimal(0))
        done = len(rows) == len(slots) or (not self.wait_for_all and bool(rows))
        return Standing(
            collected(rows, pool, pages=pages, cost=pages * pool.reward + bonuses),
            answers=len(rows),
            wanted=len(slots),
            done=done,
            waiting_for=f"Fill in the column 'answer' in {self.home(pool)}: {_left(slots, found)}.",
        )

    def pause(self, pool: Pool) -> None:
        """Raise an error: files that were handed out cannot be called back."""
        raise PalateError(
            f"Files cannot be called back. Tell the annotators to stop; theirs lie in {self.home(pool)}."
        )

    def resume(self, pool: Pool) -> None:
        """Do nothing: files are never paused."""

    def pay(self, pool: Pool, bonuses: Sequence[Bonus]) -> Decimal:
        """Write what everybody is owed to ``payments.csv`` beside the files; return the bonuses that are new in it."""
        memory = self.memory(pool)
        noted = {name: Decimal(amount) for name, amount in memory.get("bonuses", {}).items()}
        new = {one.annotator: one.bonus for one in bonuses if one.bonus and one.annotator not in noted}
        owed = {**noted, **new}
        pages = Counter(annotator for annotator, _ in {row[5] for row in _rows(*self._read(pool))})
        rows = [
            (name, str(count), f"{count * pool.reward:f}", f"{owed.get(name, Decimal(0)):f}")
            for name, count in sorted(pages.items())
        ]
        write_csv(self.home(pool) / _PAYMENTS, ("annotator", "pages", "rewards", "bonus"), rows)
        memory.note_in("bonuses", {name: str(amount) for name, amount in new.items()})
        return sum(new.values(), Decimal(0))

    def shortcomings(self, pool: Pool) -> tuple[str, ...]:
        """Return what files cannot do."""
        found = [
            "Files have no time limit, and how long an answer took is not known.",
            "Files cannot be called back once they are handed out.",
            "Nobody is paid: what is owed is written to payments.csv.",
        ]
        if pool.overlap_max > pool.overlap:
            found.append(
                f"Every task gets {pool.overlap} answers, not up to {pool.overlap_max} where they disagree."
            )
        return tuple(found)

    def _read(self, pool: Pool) -> tuple[dict[str, Slot], Filled]:
        """Return the rows that were given out and what came of them; files that are gone are written anew."""
        questions, plan = questions_of(pool, self.language), self.memory(pool).get("plan")
        slots = _slots(pool, plan)
        found = filled_in(_sheets(self.home(pool)), slots, questions)
        for annotator in {slot.annotator for slot in slots.values()} - found.seen:
            self._write(pool, questions, annotator, plan[annotator])
        return slots, found

    def _write(
        self, pool: Pool, questions: Questions, annotator: str, pages: Sequence[Sequence[str]]
    ) -> None:
        """Write one annotator's file, unless there is one of that name."""
        path = self.home(pool) / f"{_file_name(annotator)}.{self.format}"
        if path.exists():
            return
        named = [
            (
                _row_name(pool_mark(pool), annotator, task),
                str(page),
                cells_of(questions.view(task, annotator)),
            )
            for page, tasks in enumerate(pages, start=1)
            for task in tasks
        ]
        shown = columns_of([cells for _, _, cells in named])
        rows = [[name, page, *(cells.get(column, "") for column in shown), ""] for name, page, cells in named]
        columns = ["id", "page", *(_apart(column) for column in shown), "answer"]
        if self.format == "csv":
            write_csv(path, columns, rows)
            _write_words(path.with_name("instructions.txt"), pool, questions)
        else:
            choices = [option.text for option in questions.options]
            lines = _instructions(pool, questions)
            write_workbook(path, columns, rows, choices=choices, instructions=lines)


def _plan(
    pool: Pool, questions: Questions, annotators: Sequence[str], seed: Seed
) -> dict[str, list[list[str]]]:
    """Return who gets which tasks: each task to those who have fewest, ties by lot, so that all compare with all."""
    rng = generator(seed, "files", pool.title)
    real = [task for task in questions.inputs if task not in questions.golden]
    own: dict[str, list[str]] = {name: [] for name in annotators}
    for place in rng.permutation(len(real)):
        draws = dict(zip(annotators, rng.random(len(annotators)), strict=True))
        for name in sorted(annotators, key=lambda name: (len(own[name]), draws[name]))[: pool.overlap]:
            own[name].append(real[place])
    return {name: _pages(pool, tasks, list(questions.golden), rng) for name, tasks in own.items()}


def _pages(pool: Pool, tasks: list[str], golden: list[str], rng: np.random.Generator) -> list[list[str]]:
    """Return an annotator's pages; nobody sees a golden task twice."""
    unseen = [golden[place] for place in rng.permutation(len(golden))]
    pages = []
    while tasks:
        known, unseen = unseen[: pool.golden_per_page], unseen[pool.golden_per_page :]
        size = pool.page_size - len(known)
        page, tasks = [*known, *tasks[:size]], tasks[size:]
        pages.append([page[place] for place in rng.permutation(len(page))])
    return pages


def _slots(pool: Pool, plan: Plan) -> dict[str, Slot]:
    mark = pool_mark(pool)
    return {
        _row_name(mark, annotator, task): Slot(annotator, task, number)
        for annotator, pages in plan.items()
        for number, page in enumerate(pages, start=1)
        for task in page
    }


def _rows(slots: Mapping[str, Slot], found: Filled) -> list[tuple[Any, ...]]:
    """Return the answers: task, annotator, label, seconds (not known), time, page."""
    return [
        (slot.task, slot.annotator, found.labels[name], None, found.times[name], (slot.annotator, slot.page))
        for name, slot in slots.items()
        if name in found.labels
    ]


def _row_name(mark: str, annotator: str, task: str) -> str:
    return f"r{hash_json([mark, annotator, task])[:12]}"


def _sheets(home: Path) -> list[Path]:
    """Return the filled files; not those that a spreadsheet program keeps beside open ones."""
    return sorted(
        path
        for path in home.iterdir()
        if path.suffix.casefold() in {".xlsx", ".csv"}
        and not path.name.startswith((".", "~"))
        and path.name != _PAYMENTS
    )


def _left(slots: Mapping[str, Slot], found: Filled) -> str:
    """Return whose rows are not all filled in."""
    counts: dict[str, list[int]] = {}
    for name, slot in slots.items():
        count = counts.setdefault(slot.annotator, [0, 0])
        count[0] += name in found.labels
        count[1] += 1
    return ", ".join(f"{name} {had:,} of {all_:,}" for name, (had, all_) in counts.items() if had < all_)


def _instructions(pool: Pool, questions: Questions) -> list[str]:
    wording = questions.template.wording(questions.language)
    meanings = [
        f"{option.text}: {option.description}" if option.description else option.text
        for option in questions.options
    ]
    how = "Fill in the column “answer” of the sheet of tasks with one of the following. Leave “id” as it is."
    return [
        pool.title,
        *pool.instructions.splitlines(),
        "",
        wording.question,
        *wording.note.splitlines(),
        "",
        how,
        *meanings,
    ]


def _write_words(path: Path, pool: Pool, questions: Questions) -> None:
    if not path.exists():
        path.write_text("\n".join(_instructions(pool, questions)) + "\n", encoding="utf-8")


def _apart(column: str) -> str:
    """Return a shown column's name, other than those that are read back."""
    return f"{column} (shown)" if column.casefold() in {"id", "page", "answer"} else column


def _file_name(annotator: str) -> str:
    return re.sub(r"[^\w.@+-]+", "_", annotator).strip("._@+-")
