"""Ask annotators drawn from a model: for rehearsals, tests and planning, never for a verdict on people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import IntArray, encode_like
from palate.core.errors import InputError, SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts
from palate.platforms._crowd import KINDS, Crowd, confusions, draw_crowd
from palate.platforms._desk import Desk, Page
from palate.platforms.base import Collected, Platform, Pool

__all__ = ["Simulated"]

_SECONDS_SPREAD = 0.5
"""Of the logarithm of the seconds between one annotator's tasks."""


@dataclass(frozen=True)
class Simulated(Platform):
    """Annotators who err as the model of Dawid and Skene (1979) says: each by a confusion of their own.

    Half of the spammers answer at random, half nearly always give one label. The annotators depend on
    the seed alone: the same seed asks the same people in every pool, each as good as they are; how they
    confuse labels is drawn for each set of labels, and where they err for each round, too. (A random
    generator given as the seed draws new ones.)

    Args:
        annotators: How many there are.
        expert_share: Share of experts.
        spammer_share: Share of spammers; those who are neither are average.
        expert_accuracy: Mean probability that an expert's answer is right.
        average_accuracy: The same of the average ones.
        seconds: Median time a task takes.
    """

    simulated: ClassVar[bool] = True

    annotators: int = 30
    expert_share: float = 0.3
    spammer_share: float = 0.2
    expert_accuracy: float = 0.9
    average_accuracy: float = 0.75
    seconds: float = 8.0

    def __post_init__(self) -> None:
        check_counts(annotators=self.annotators)
        if min(self.expert_share, self.spammer_share) < 0 or self.expert_share + self.spammer_share > 1:
            raise SettingsError(
                "'expert_share' and 'spammer_share' must be from 0 and add up to 1 at most; they are"
                f" {self.expert_share:g} and {self.spammer_share:g}."
            )
        for name in ("expert_accuracy", "average_accuracy"):
            if not 0 < getattr(self, name) <= 1:
                raise SettingsError(f"'{name}' must be above 0 and at most 1; it is {getattr(self, name):g}.")
        if self.seconds <= 0:
            raise SettingsError(f"'seconds' must be above 0; it is {self.seconds:g}.")

    def ask(
        self, pool: Pool, *, seed: Seed = 0, now: float = 0.0, progress: Progress = no_progress
    ) -> Collected:
        """Return simulated answers to all tasks of a pool; ``pool.tasks`` holds their ``truth``.

        Raises:
            InputError: A task has no truth, or one that is none of the labels.
            SettingsError: There are fewer annotators than answers that a task may need.
        """
        truth = _truth(pool)
        if self.annotators < pool.overlap_max:
            raise SettingsError(
                f"A task may need {pool.overlap_max} answers ('overlap_max') and nobody answers twice, but there"
                f" are only {self.annotators} annotators. Raise 'annotators' or lower 'overlap_max'."
            )
        average_share = 1.0 - self.expert_share - self.spammer_share
        crowd = draw_crowd(
            self.annotators,
            (self.expert_share, average_share, self.spammer_share),
            (self.expert_accuracy, self.average_accuracy),
            generator(seed, "simulated", "crowd"),
        )
        labels = pool.labels
        confusion = confusions(
            crowd, len(labels), generator(seed, "simulated", "confusion", *labels), ordered=pool.ordered
        )
        known = pool.golden["task"] if pool.golden is not None else pool.tasks["task"].clear()
        golden = pool.tasks["task"].is_in(known.implode()).to_numpy()
        drawn_for = (*labels, *(() if pool.round == 1 else (f"round {pool.round}",)))
        answering = generator(seed, "simulated", "answers", *drawn_for)
        desk = Desk(pool, truth, golden, confusion, activity=crowd.activity, rng=answering)
        pages = desk.pages(progress)
        return Collected(
            answers=self._answers(pool, crowd, pages, now, generator(seed, "simulated", "times", *drawn_for)),
            annotators=_annotators(crowd, confusion, truth),
            pages=len(pages),
            cost=len(pages) * pool.reward,
        )

    def _answers(
        self, pool: Pool, crowd: Crowd, pages: list[Page], now: float, rng: np.random.Generator
    ) -> pl.DataFrame:
        """Return one row an answer, in the order of their times; a page is submitted when its last task is done."""
        sizes = np.array([len(page.tasks) for page in pages])
        of_page = np.array([page.annotator for page in pages], dtype=np.int64)
        number = np.repeat(np.arange(len(pages)), sizes)
        annotators = of_page[number]
        seconds = (
            self.seconds * crowd.pace[annotators] * rng.lognormal(sigma=_SECONDS_SPREAD, size=len(number))
        )
        taken = np.add.reduceat(seconds, np.cumsum(sizes) - sizes)
        submitted = now + _clock(of_page, taken)
        tasks = np.concatenate([page.tasks for page in pages])
        given = np.concatenate([page.labels for page in pages])
        return pl.DataFrame(
            {
                "task": pool.tasks["task"].gather(tasks),
                "annotator": pl.Series(crowd.names).gather(annotators),
                "label": pl.Series(pool.labels).gather(given),
                "seconds": seconds,
                "submitted_at": submitted[number],
                "page": number + 1,
            }
        ).sort("submitted_at", "page", maintain_order=True)


def _truth(pool: Pool) -> IntArray:
    if "truth" not in pool.tasks.columns:
        raise InputError(
            "Simulated annotators need the column 'truth': the right label of each task, around which they err.",
            where="tasks",
        )
    codes = encode_like(pool.tasks["truth"].cast(pl.String), pl.Series(pool.labels))
    strange = np.flatnonzero(codes < 0)
    if len(strange):
        row = int(strange[0])
        raise InputError(
            f"The truth must be one of the labels {', '.join(pool.labels)}; it is {pool.tasks['truth'][row]!r}.",
            where="tasks",
            row=row + 1,
            column="truth",
        )
    return codes


def _clock(annotators: npt.NDArray[np.int64], taken: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return when each page is done, seconds from the start: annotators work side by side, page after page."""
    order = np.argsort(annotators, kind="stable")
    running = np.cumsum(taken[order])
    first = np.flatnonzero(np.diff(annotators[order], prepend=-1))
    before = np.concatenate([[0.0], running])[first]
    done = np.empty(len(taken))
    done[order] = running - np.repeat(before, np.diff(first, append=len(taken)))
    return done


def _annotators(crowd: Crowd, confusion: npt.NDArray[np.float64], truth: IntArray) -> pl.DataFrame:
    n_labels = confusion.shape[1]
    shares = np.bincount(truth, minlength=n_labels) / len(truth)
    right = np.diagonal(confusion, axis1=1, axis2=2) @ shares
    return pl.DataFrame(
        {"annotator": crowd.names, "kind": [KINDS[kind] for kind in crowd.kinds], "true_skill": right}
    )
