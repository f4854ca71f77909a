"""Sums of regression trees by LightGBM: what all objectives have in common."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from palate.core.atomic import replace_file
from palate.core.errors import InputError, SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.learning._lesson import Lesson
from palate.learning.base import FittedRanker, FloatArray, LearningData, Ranker

__all__ = ["BoostedTrees", "Confidence", "check_grades", "check_rows"]

Confidence = Literal["expected", "weights", "ignore"]

_MOST_ROWS = 10_000
"""Rows of a query that LightGBM's gradients take."""


@dataclass(frozen=True)
class BoostedTrees(Ranker):
    """Boosted regression trees (Friedman, 2001), by LightGBM, in one thread and its deterministic mode.

    The defaults suit some thousand judged rows: few leaves, many rows a leaf, small steps, random
    thresholds.

    Args:
        trees: How many trees are added up, or the most if learning may stop early.
        leaves: Most leaves of a tree.
        learning_rate: Share of each tree that is added.
        min_rows: Fewest rows in a leaf.
        random_thresholds: Whether a split tries one random threshold a feature (Geurts, Ernst and
            Wehenkel, 2006) instead of all: more even trees from few or noisy judgments.
        confidence: How what is not known of grades counts. ``expected``: by the mean of the objective over the
            posterior of the grades, where judgments have one; ``weights``: rows count by the probability
            that their grade is right; ``ignore``: not at all.
        patience: Stop after so many trees that do not better the ranking of held-out queries, then learn as many
            trees as were best from all queries; 0 never stops.
        held_out: Share of the queries that are held out for that.
    """

    trees: int = 100
    leaves: int = 4
    learning_rate: float = 0.05
    min_rows: int = 50
    random_thresholds: bool = True
    confidence: Confidence = "expected"
    patience: int = 0
    held_out: float = 0.2

    def __post_init__(self) -> None:
        for name, lowest in (("trees", 1), ("leaves", 2), ("min_rows", 1), ("patience", 0)):
            if getattr(self, name) < lowest:
                raise SettingsError(f"'{name}' must be at least {lowest}; it is {getattr(self, name)}.")
        if not 0 < self.learning_rate <= 1:
            raise SettingsError(
                f"'learning_rate' must be above 0 and at most 1; it is {self.learning_rate:g}."
            )
        if not 0 < self.held_out < 1:
            raise SettingsError(f"'held_out' must be above 0 and below 1; it is {self.held_out:g}.")
        if self.confidence not in get_args(Confidence):
            raise SettingsError(
                f"'confidence' must be one of {', '.join(get_args(Confidence))}; it is {self.confidence!r}."
            )

    @abstractmethod
    def _lessons(self, data: LearningData, seed: int) -> list[Lesson]:
        """Return what each sum of trees learns: as many for part of the queries as for all."""

    def _combined(self, scores: FloatArray, grades: FloatArray) -> FloatArray:  # noqa: ARG002 (ordinal needs them)
        """Return one score a row from those of each sum of trees, shape (n_lessons, n_rows)."""
        first: FloatArray = scores[0]
        return first

    def _steps(self, grades: FloatArray) -> FloatArray:  # noqa: ARG002 (ordinal needs them)
        """Return what each sum of trees counts in the score."""
        return np.ones(1)

    def _grades(self, data: LearningData) -> FloatArray:  # noqa: ARG002 (ordinal needs it)
        """Return the grades that ``_combined`` must know."""
        return np.empty(0)

    def fit(self, data: LearningData, seed: int = 0, progress: Progress = no_progress) -> FittedRanker:
        """Learn to rank the rows of each query by grade.

        Raises:
            InputError: Grades are not what the objective takes, ``confidence`` is ``weights`` but no probabilities
                are known, or learning may stop early but held-out queries cannot tell when.
        """
        known = self._known(data)
        lessons = self._lessons(known, seed)
        total = self.trees * len(lessons) * (2 if self.patience else 1)
        counts, done = [self.trees] * len(lessons), 0
        if self.patience:
            learned, held = _held_out(known, self.held_out, seed)
            pairs = zip(self._lessons(learned, seed), self._lessons(held, seed), strict=True)
            for number, (lesson, other) in enumerate(pairs):
                counts[number] = self._best_count(learned, lesson, held, other, seed)
                done += self.trees
                progress(done, total)
        boosters = []
        for lesson, count in zip(lessons, counts, strict=True):
            stepped = _Steps(progress, done, total)
            boosters.append(self._train(known, lesson, count, seed, callbacks=[stepped]))
            done += self.trees
            progress(done, total)
        if not lessons:
            progress(1, 1)
        return _FittedTrees(self, tuple(boosters), data.names, self._grades(known))

    def load(self, path: Path) -> FittedRanker:
        """Return the ranker in a file that ``save`` wrote.

        Raises:
            InputError: The file cannot be read or is none of these.
        """
        import lightgbm

        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(f"The ranker cannot be read: {error.strerror}.", where=str(path)) from error
        except ValueError as error:
            raise self._not_ours(path) from error
        if not isinstance(saved, dict) or saved.get("format") != self._format:
            raise self._not_ours(path)
        boosters = tuple(lightgbm.Booster(model_str=text) for text in saved["trees"])
        return _FittedTrees(self, boosters, tuple(saved["features"]), np.array(saved["grades"], dtype=float))

    @property
    def _format(self) -> str:
        return f"palate {type(self).__name__} 2"

    def _not_ours(self, path: Path) -> InputError:
        return InputError(f"The file holds no ranker saved by {type(self).__name__}.", where=str(path))

    def _known(self, data: LearningData) -> LearningData:
        """Return the data with what ``confidence`` lets be known of the grades."""
        if self.confidence == "expected":
            return replace(data, probability=None)
        if self.confidence == "ignore":
            return replace(data, probability=None, beliefs=None)
        if data.probability is None:
            raise InputError(
                "confidence='weights' needs to know how probable the grades are: a column 'probability', or one a"
                " grade (p_0, p_1, …), as 'palate study' and 'palate aggregate' write. Add them, or choose another"
                " confidence.",
                where="judgments",
            )
        return replace(data, beliefs=None)

    def _best_count(
        self, learned: LearningData, lesson: Lesson, held: LearningData, other: Lesson, seed: int
    ) -> int:
        """Return how many trees rank the held-out queries best."""
        import lightgbm

        if np.isnan(other.quality(np.zeros(len(other.labels)))):
            raise InputError(
                "Learning cannot stop early: no held-out query has judged items of different grades. Hold out more"
                " queries, judge more, or set patience to 0.",
                where="judgments",
            )
        booster = self._train(
            learned,
            lesson,
            self.trees,
            seed,
            valid_sets=[_dataset(held, other, self.min_rows)],
            feval=lambda scores, _: ("quality", other.quality(scores), True),
            callbacks=[lightgbm.early_stopping(self.patience, verbose=False)],
        )
        return int(booster.best_iteration) or self.trees

    def _train(self, data: LearningData, lesson: Lesson, trees: int, seed: int, **more: Any) -> Any:
        import lightgbm

        parameters = {**self._parameters(seed), **lesson.parameters}
        table = _dataset(data, lesson, self.min_rows)
        gradients = lesson.gradients
        if gradients is not None:
            # With a loss of ours LightGBM fails where no feature can be split; with its own it learns a constant.
            own = _can_be_split(table, len(data.names))
            parameters["objective"] = (lambda scores, _: gradients(scores)) if own else "regression"
        if "feval" in more:
            parameters["metric"] = "None"
        return lightgbm.train(parameters, table, num_boost_round=trees, **more)

    def _parameters(self, seed: int) -> dict[str, Any]:
        return {
            "num_leaves": self.leaves,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": self.min_rows,
            "extra_trees": self.random_thresholds,
            "seed": seed % 2**31,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }


@dataclass(frozen=True, eq=False)
class _FittedTrees(FittedRanker):
    method: BoostedTrees
    boosters: tuple[Any, ...]
    features: tuple[str, ...]
    grades: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        return self.features

    @property
    def trees(self) -> tuple[int, ...]:
        """How many trees each sum has."""
        return tuple(int(booster.num_trees()) for booster in self.boosters)

    def score(self, features: FloatArray) -> FloatArray:
        shape = (len(self.boosters), len(features))
        scores = [np.asarray(b.predict(features, num_threads=1), dtype=np.float64) for b in self.boosters]
        return self.method._combined(np.reshape(scores, shape), self.grades)  # noqa: SLF001 (its own result)

    def contributions(self, features: FloatArray) -> FloatArray:
        """Return what each feature adds to each row's raw score, by exact TreeSHAP (Lundberg and others, 2020).

        With the objective ordinal the raw score is not a probability but the sum, over grades, of the log-odds of
        reaching it, each times the step up to it.
        """
        steps = self.method._steps(self.grades)  # noqa: SLF001 (its own result)
        total = np.zeros((len(features), len(self.features) + 1))
        for step, booster in zip(steps, self.boosters, strict=True):
            total += step * np.asarray(booster.predict(features, num_threads=1, pred_contrib=True))
        return total

    def importance(self) -> dict[str, float]:
        """Return each feature's share of the gain of all splits."""
        gains = np.zeros(len(self.features))
        for booster in self.boosters:
            gains += booster.feature_importance(importance_type="gain")
        total = float(gains.sum()) or 1.0
        return {name: float(gain) / total for name, gain in zip(self.features, gains, strict=True)}

    def save(self, path: Path) -> None:
        # LightGBM's own text keeps no names with brackets or spaces, so they stand beside it.
        saved = {
            "format": self.method._format,  # noqa: SLF001 (its own result)
            "features": self.features,
            "grades": self.grades.tolist(),
            "trees": [booster.model_to_string() for booster in self.boosters],
        }
        with replace_file(path) as temporary:
            temporary.write_text(json.dumps(saved, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class _Steps:
    progress: Progress
    done: int
    total: int

    def __call__(self, step: Any) -> None:
        self.progress(self.done + step.iteration + 1, self.total)


def check_grades(data: LearningData, method: str, highest: int | None, hint: str) -> None:
    """Refuse grades below 0 or above ``highest``.

    Raises:
        InputError: There are some; the text ends with the ``hint``.
    """
    grades = data.grades if data.beliefs is None else data.beliefs.grades
    lowest, most = int(grades.min()), int(grades.max())
    if lowest < 0 or (highest is not None and most > highest):
        upward = "from 0" if highest is None else f"0 to {highest}"
        raise InputError(
            f"{method} learns from grades {upward}; here they reach from {lowest} to {most}. {hint}",
            where="judgments",
            column="grade",
        )


def check_rows(data: LearningData, method: str) -> None:
    """Refuse queries with more judged rows than LightGBM's gradients take.

    Raises:
        InputError: There is one.
    """
    most = int(data.group_sizes.max())
    if most > _MOST_ROWS:
        raise InputError(
            f"{method} learns from at most {_MOST_ROWS:,} judged rows a query; one has {most:,}.",
            where="judgments",
        )


def _dataset(data: LearningData, lesson: Lesson, min_rows: int) -> Any:
    import lightgbm

    return lightgbm.Dataset(
        data.features,
        lesson.labels,
        weight=lesson.weights,
        group=data.group_sizes,
        params={"verbosity": -1, "min_data_in_leaf": min_rows},
    )


def _can_be_split(table: Any, n_features: int) -> bool:
    table.construct()
    return any(table.feature_num_bin(feature) > 1 for feature in range(n_features))


def _held_out(data: LearningData, share: float, seed: int) -> tuple[LearningData, LearningData]:
    """Return the queries to learn from and those held out, at least one of each."""
    count = len(data.group_sizes)
    if count < 2:
        raise InputError(
            "Learning can stop early only if there are 2 judged queries or more; there is 1. Set patience to 0.",
            where="judgments",
        )
    held = np.zeros(count, dtype=np.bool_)
    number = min(max(1, round(share * count)), count - 1)
    held[generator(seed, "learn", "held out").permutation(count)[:number]] = True
    return data.of_queries(~held), data.of_queries(held)
