"""Has a model judge changed? Golden tasks are sent to it again and again, and each round is held against the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, read_table
from palate.core.randomness import Seed, generator
from palate.core.tables import ANSWERS, GOLDEN
from palate.inference import ConfidenceSequence, Interval

__all__ = ["DriftRound", "JudgeDrift", "drift_of_judge"]

_FEWEST = 20
_SAID = {
    "answered": "the share of golden tasks that it answers",
    "right": "the share of right answers",
    "grade": "its mean grade, as a share of the scale",
}
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DriftRound:
    """What changed from the first round to a later one.

    Args:
        round: Its name.
        what: ``answered``, ``right`` or ``grade`` (as a share of the scale).
        tasks: Golden tasks that it rests on.
        first: The mean in the first round.
        change: The mean change, with an interval that holds for all rounds and all three together.
    """

    round: str
    what: str
    tasks: int
    first: float
    change: Interval

    @property
    def alarming(self) -> bool:
        """Whether it changed by more than chance."""
        return 0.0 not in self.change


@dataclass(frozen=True)
class JudgeDrift:
    """Whether a judge has changed.

    Args:
        rounds: Three (or two, where labels are no numbers) for each round but the first, in order.
        first: The name of the first round.
        confidence: That no alarm is false, however many rounds there will be.
    """

    rounds: tuple[DriftRound, ...]
    first: str
    confidence: float

    @property
    def alarms(self) -> tuple[DriftRound, ...]:
        """What changed by more than chance."""
        return tuple(one for one in self.rounds if one.alarming)

    @property
    def sentences(self) -> list[str]:
        """The alarms, or that there is none, as people read it."""
        if not self.rounds:
            return [f"There is one round, {self.first}; ask again to see whether the judge changes."]
        if not self.alarms:
            return [f"No sign that the judge has changed since {self.first}."]
        return [
            f"Alarm: in {one.round}, {_SAID[one.what]} has changed by {one.change.estimate:+.3f} since {self.first}"
            f" ({100 * self.confidence:g}% CI {one.change.low:+.3f} … {one.change.high:+.3f}, {one.tasks:,} tasks)."
            for one in self.alarms
        ]

    def table(self) -> pl.DataFrame:
        """Return a row a round and number: ``round, what, tasks, first, change, low, high, alarm``."""
        rows = [
            (
                one.round,
                one.what,
                one.tasks,
                one.first,
                one.change.estimate,
                one.change.low,
                one.change.high,
                one.alarming,
            )
            for one in self.rounds
        ]
        names = ["round", "what", "tasks", "first", "change", "low", "high", "alarm"]
        return pl.DataFrame(rows, schema=names, orient="row")

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        rounds = [{**asdict(one), "alarming": one.alarming} for one in self.rounds]
        return {
            "rounds": rounds,
            "first": self.first,
            "confidence": self.confidence,
            "sentences": self.sentences,
        }


def drift_of_judge(
    rounds: Sequence[tuple[str, IntoTable]],
    golden: IntoTable,
    *,
    confidence: float = 0.95,
    seed: Seed = 0,
) -> JudgeDrift:
    """Return what changed since the first round in what a judge says of golden tasks.

    Each round is held against the first, task by task: without a change, the two answers to a task are exchangeable, so that the
    mean difference is 0, and tasks are independent. The interval is a confidence sequence over the tasks in
    random order (Waudby-Smith and Ramdas, 2024), so a round may be looked at while it runs; the t-th comparison gets α / (t (t + 1)) of
    the error, of which the sum is α for rounds without end. A judge that always answers alike leaves no difference; one that
    varies, the same variation in both rounds.

    Args:
        rounds: A name and the answers of each (``task, annotator, label``), the first first; one judge only. A golden task without an answer
            counts as not answered.
        golden: ``task, label``: the right answers.
        confidence: That no alarm is false, in (0, 1).
        seed: Of the order of tasks.

    Raises:
        InputError: A table is not what it should be, holds answers of several annotators, or golden tasks are fewer than 20.
        SettingsError: There is no round, two have one name, or the confidence is out of range.
    """
    if not 0 < confidence < 1:
        raise SettingsError(f"The confidence must be between 0 and 1, such as 0.95; it is {confidence!r}.")
    names = [name for name, _ in rounds]
    if not names or len(set(names)) < len(names):
        raise SettingsError(f"Rounds need names of their own; they are {', '.join(names) or 'none'}.")
    known = read_table(golden, GOLDEN, where=_where(golden, "golden"))
    if len(known) < _FEWEST:
        raise InputError(
            f"{len(known)} golden tasks are too few to see a change; give at least {_FEWEST}.", where="golden"
        )
    order = generator(seed, "drift").permutation(len(known))
    tasks = [str(task) for task in known["task"].gather(order)]
    truth = [str(label) for label in known["label"].gather(order)]
    said = [_said(name, table, tasks) for name, table in rounds]
    numbers = _numbers([*truth, *(label for one in said for label in one if label is not None)])
    scores = [_scores(one, truth, numbers) for one in said]
    found: list[DriftRound] = []
    for place in range(1, len(scores)):
        shared = [what for what in scores[0] if what in scores[place]]
        level = (1 - confidence) / len(_SAID) / (place * (place + 1))
        found += [
            drifted
            for what in shared
            if (
                drifted := _compared(
                    names[place],
                    what,
                    first=scores[0][what],
                    later=scores[place][what],
                    level=level,
                    confidence=confidence,
                )
            )
        ]
    return JudgeDrift(tuple(found), names[0], confidence)


def _compared(
    name: str, what: str, *, first: FloatArray, later: FloatArray, level: float, confidence: float
) -> DriftRound | None:
    """Return the change of one number; None where no task has it in both rounds."""
    both = ~np.isnan(first) & ~np.isnan(later)
    if not both.any():
        return None
    state = ConfidenceSequence(confidence=1 - level).start()
    state.add(later[both] - first[both])
    low, high = state.interval.low, state.interval.high
    change = Interval(state.estimate, low, high, confidence)
    return DriftRound(name, what, int(both.sum()), float(first[both].mean()), change)


def _said(name: str, table: IntoTable, tasks: Sequence[str]) -> list[str | None]:
    answers = read_table(table, ANSWERS, where=_where(table, f"round {name}"))
    if answers["annotator"].n_unique() > 1:
        raise InputError(
            f"A round holds the answers of one judge; these are of {answers['annotator'].n_unique():,}. Keep one: another prompt"
            " is another judge.",
            where=_where(table, f"round {name}"),
            column="annotator",
        )
    given = {str(task): str(label) for task, label in answers.select("task", "label").iter_rows()}
    found = [given.get(task) for task in tasks]
    if not any(one is not None for one in found) and given:
        raise InputError("The round holds no answer to a golden task.", where=_where(table, f"round {name}"))
    return found


def _scores(
    said: Sequence[str | None], truth: Sequence[str], numbers: dict[str, float] | None
) -> dict[str, FloatArray]:
    """Return what is compared of each task, from 0 to 1; NaN where there is no answer."""
    missing = np.array([one is None for one in said])
    right = np.array([one == known for one, known in zip(said, truth, strict=True)], dtype=np.float64)
    found = {"answered": 1.0 - missing, "right": np.where(missing, np.nan, right)}
    if numbers is not None:
        low, high = min(numbers.values()), max(numbers.values())
        reach = (high - low) or 1.0
        grades = [np.nan if one is None else (numbers[one] - low) / reach for one in said]
        found["grade"] = np.array(grades)
    return found


def _numbers(labels: Sequence[str]) -> dict[str, float] | None:
    try:
        found = {label: float(label) for label in set(labels)}
    except ValueError:
        return None
    return found if np.isfinite(list(found.values())).all() else None


def _where(source: IntoTable, otherwise: str) -> str:
    return str(source) if isinstance(source, str | Path) else otherwise
