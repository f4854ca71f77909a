"""Read the filled files of annotators: every cell that cannot be read is named, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from palate.core.errors import InputError
from palate.platforms._questions import Questions
from palate.platforms._sheets import Sheet, read_sheet

__all__ = ["Filled", "Slot", "filled_in"]

_TOLD = 20


@dataclass(frozen=True)
class Slot:
    """One row that an annotator was given.

    Args:
        annotator: Whose.
        task: Which task.
        page: On which page of the annotator's.
    """

    annotator: str
    task: str
    page: int


@dataclass(frozen=True)
class Filled:
    """What files hold.

    Args:
        labels: The answers, by the row's id.
        times: When the file with each was saved, seconds since 1970 UTC, likewise.
        seen: Annotators of whom there are rows, filled in or not.
    """

    labels: Mapping[str, str]
    times: Mapping[str, float]
    seen: frozenset[str]


def filled_in(paths: Sequence[Path], slots: Mapping[str, Slot], questions: Questions) -> Filled:
    """Return the answers in files.

    A row that stands in several files counts once, empty ones not at all.

    Raises:
        InputError: A column is missing, an id or a label is unknown, or one row has two different answers.
    """
    values = {option.value.casefold(): option.value for option in questions.options}
    values |= {option.text.casefold(): option.value for option in questions.options}
    chosen: dict[str, tuple[str, str]] = {}
    times: dict[str, float] = {}
    seen, problems = set(), []
    for path in paths:
        try:
            rows = _rows(read_sheet(path), path.name)
        except InputError as error:
            problems.append(str(error))
            continue
        for number, name, given in rows:
            place = f"{path.name}, row {number:,}"
            slot = slots.get(name)
            if slot is None:
                problems.append(
                    f"{place}: the id {name!r} is none of those given out. Copy it from the first file."
                )
                continue
            seen.add(slot.annotator)
            if not given:
                continue
            value = values.get(given.casefold())
            if value is None:
                allowed = ", ".join(option.text for option in questions.options)
                problems.append(f"{place}: {given!r} is none of the labels: {allowed}.")
            elif name in chosen and chosen[name][0] != value:
                problems.append(
                    f"{place}: the answer {given!r} differs from that in {chosen[name][1]}. Keep one of the two."
                )
            elif name not in chosen:
                chosen[name] = (value, place)
                times[name] = path.stat().st_mtime
    _raise(problems)
    labels = {
        name: questions.label(slots[name].task, value, slots[name].annotator)
        for name, (value, _) in chosen.items()
    }
    return Filled(labels, times, frozenset(seen))


def _rows(sheet: Sheet, where: str) -> Iterable[tuple[int, str, str]]:
    """Return the number, the id and the answer of each row; rows without an id or an answer are passed over."""
    names = [column.casefold() for column in sheet.columns]
    for needed in ("id", "answer"):
        if names.count(needed) != 1:
            times = "twice" if needed in names else "missing"
            raise InputError(
                f"The column is {times}; there are {', '.join(filter(None, sheet.columns))}. Name it '{needed}' again.",
                where=where,
                column=needed,
            )
    at_id, at_answer = names.index("id"), names.index("answer")
    found = [(number, row[at_id], row[at_answer]) for number, row in sheet.rows]
    return [(number, name, given) for number, name, given in found if name or given]


def _raise(problems: Sequence[str]) -> None:
    if not problems:
        return
    more = f"\n…and {len(problems) - _TOLD:,} more." if len(problems) > _TOLD else ""
    listed = "\n".join(problems[:_TOLD])
    raise InputError(
        f"{len(problems):,} {'places' if len(problems) > 1 else 'place'} in the filled files cannot be read. The files"
        f" stay as they are; mend them and run again.\n{listed}{more}"
    )
