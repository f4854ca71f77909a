"""A model's labels shown to people, or hidden: which it was is recorded, and whether showing them sways people is measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, like, read_table
from palate.core.randomness import Seed, generator
from palate.core.tables import ANSWERS, TASK, Column, Table
from palate.inference import Interval

__all__ = ["PrelabelPull", "prelabel_pull", "with_prelabels"]

_TASKS = Table("tasks", (TASK,), key=("task",))
_PRELABELLED = Table(
    "tasks",
    (
        TASK,
        Column("prelabel", "label", "a model's label"),
        Column("prelabel_shown", "text", "whether people saw it"),
    ),
    key=("task",),
)
_FEWEST = 10


@dataclass(frozen=True)
class PrelabelPull:
    """How far people follow a label because they see it.

    Args:
        shown: The share of answers that are the model's label, where it was shown; a mean over tasks.
        hidden: The same where it was hidden.
        pull: Their difference, with its interval.
        tasks: How many tasks of each.
    """

    shown: float
    hidden: float
    pull: Interval
    tasks: tuple[int, int]

    @property
    def sentence(self) -> str:
        """What it says, as people read it."""
        p = self.pull
        what = (
            "Showing the model's labels sways people: take only answers that were given without them"
            if p.low > 0
            else "No sign that showing the model's labels sways people"
        )
        return (
            f"{what}. They say what the model says in {self.shown:.1%} of answers with it and {self.hidden:.1%} without"
            f" ({p.estimate:+.1%}, {100 * p.confidence:g}% CI {p.low:+.1%} … {p.high:+.1%})."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {**asdict(self), "sentence": self.sentence}


def with_prelabels(
    tasks: IntoTable,
    model: IntoTable,
    *,
    share: float,
    words: Mapping[str, str] | None = None,
    suggestion: str = "A model suggests: {label}",
    seed: Seed = 0,
) -> Any:
    """Return tasks with a model's labels, shown to people in a random share of them.

    The columns ``prelabel`` and ``prelabel_shown`` stay with the tasks, and record it; in the column ``shown``, the suggestion
    stands at the end of the item's text. Tasks that the model did not answer have none.

    Args:
        tasks: ``task`` and ``shown`` (a JSON object by the fields of a template that has ``text``).
        model: ``task, annotator, label`` of one model.
        share: Of the tasks in which people see it: 0 hides it in all; 0.5 lets :func:`prelabel_pull` say whether it sways.
        words: What people call the labels; the labels themselves by default.
        suggestion: What is shown, with ``{label}``.
        seed: Of the lot.

    Raises:
        InputError: A table is not what it should be, or several models answered.
        SettingsError: ``share`` is no share, or ``suggestion`` has no place for the label.
    """
    if not 0 <= share <= 1:
        raise SettingsError(f"'share' must be from 0 to 1; it is {share!r}.")
    if "{label}" not in suggestion:
        raise SettingsError("'suggestion' must hold {label} where the label goes.")
    table, answers = read_table(tasks, _TASKS), read_table(model, ANSWERS)
    if answers["annotator"].n_unique() > 1:
        raise InputError("Labels of one model are wanted; several answered.", column="annotator")
    given = {str(task): str(label) for task, label in answers.select("task", "label").iter_rows()}
    labels = [given.get(str(task)) for task in table["task"]]
    known = np.array([label is not None for label in labels])
    seen = np.zeros(len(labels), dtype=bool)
    drawn = generator(seed, "prelabels").permutation(np.flatnonzero(known))
    seen[drawn[: round(share * len(drawn))]] = True
    found = table.with_columns(
        pl.Series("prelabel", labels, dtype=pl.String), pl.Series("prelabel_shown", seen & known)
    )
    if seen.any():
        if "shown" not in table.columns:
            raise InputError("To show labels, tasks need the column 'shown'.", where="tasks", column="shown")
        texts = [
            _suggested(shown, suggestion.replace("{label}", (words or {}).get(str(label), str(label))))
            if is_seen
            else shown
            for shown, label, is_seen in zip(table["shown"], labels, seen, strict=True)
        ]
        found = found.with_columns(pl.Series("shown", texts, dtype=pl.String))
    return like(tasks, found)


def prelabel_pull(answers: IntoTable, tasks: IntoTable, *, confidence: float = 0.95) -> PrelabelPull:
    """Return how far people follow a model's labels because they see them: tasks were drawn by lot, so the difference is due to that.

    Welch's interval (Biometrika 1947) over the tasks' shares of answers that are the model's label.

    Args:
        answers: People's, ``task, annotator, label``.
        tasks: As :func:`with_prelabels` returned them: ``task, prelabel, prelabel_shown``.
        confidence: Of the interval, in (0, 1).

    Raises:
        InputError: A table is not what it should be, or fewer than 10 answered tasks were shown, or hidden.
        SettingsError: The confidence is out of range.
    """
    if not 0 < confidence < 1:
        raise SettingsError(f"The confidence must be between 0 and 1, such as 0.95; it is {confidence!r}.")
    given = read_table(answers, ANSWERS).select(pl.col("task", "label").cast(pl.String))
    table = read_table(_spelled(tasks), _PRELABELLED).with_columns(pl.col("task").cast(pl.String))
    joined = given.join(table.select("task", "prelabel", "prelabel_shown"), on="task", how="inner")
    same = (pl.col("label") == pl.col("prelabel").cast(pl.String)).mean().alias("same")
    by_task = joined.group_by("task", "prelabel_shown", maintain_order=True).agg(same)
    sides = [by_task.filter(prelabel_shown=word)["same"].to_numpy() for word in ("true", "false")]
    if min(map(len, sides)) < _FEWEST:
        raise InputError(
            f"People answered {len(sides[0]):,} tasks with the label and {len(sides[1]):,} without; at least {_FEWEST} of each"
            " are needed to compare.",
            where="answers",
        )
    means = [float(side.mean()) for side in sides]
    pull = _welch(sides[0], sides[1], confidence)
    return PrelabelPull(means[0], means[1], pull, (len(sides[0]), len(sides[1])))


def _suggested(shown: str, suggestion: str) -> str:
    found = json.loads(shown)
    text = str(found.get("text", "")).strip()
    return json.dumps({**found, "text": f"{text}\n\n{suggestion}".strip()}, ensure_ascii=False)


def _spelled(tasks: IntoTable) -> pl.DataFrame:
    """Return the tasks that have a label of the model, with what was shown as text."""
    table = read_table(tasks, _TASKS)
    if "prelabel_shown" not in table.columns or "prelabel" not in table.columns:
        raise InputError("Expected the columns 'prelabel' and 'prelabel_shown'.", where="tasks")
    shown = pl.col("prelabel_shown").cast(pl.String).str.to_lowercase()
    return table.filter(pl.col("prelabel").is_not_null()).with_columns(shown)


def _welch(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64], confidence: float) -> Interval:
    from scipy.special import stdtrit

    parts = [float(side.var(ddof=1)) / len(side) for side in (one, other)]
    estimate, variance = float(one.mean() - other.mean()), sum(parts)
    if not variance:
        return Interval(estimate, estimate, estimate, confidence)
    freedom = variance**2 / sum(
        part**2 / (len(side) - 1) for part, side in zip(parts, (one, other), strict=True)
    )
    reach = float(stdtrit(freedom, (1 + confidence) / 2)) * variance**0.5
    return Interval(estimate, estimate - reach, estimate + reach, confidence)
