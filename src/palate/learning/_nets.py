"""Rankers that are linear in the features or have one hidden layer: learned by torch, used by numpy."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from palate.core.atomic import replace_file
from palate.core.errors import InputError, SettingsError
from palate.core.extras import needed
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.learning._inputs import Inputs
from palate.learning.base import FittedRanker, FloatArray, LearningData, Ranker

__all__ = ["Loss", "Net"]

Loss = Callable[[Any], Any]
"""From a tensor of scores, shape (n_rows,), to the mean loss of a query."""


@dataclass(frozen=True)
class Net(Ranker):
    """A score that is linear in the standardized features, or a layer of tanh units over them, by Adam from a seeded start.

    A missing feature counts as its mean, and whether it is missing is a feature of its own.

    Args:
        hidden: Units of a hidden layer; 0 for a linear score.
        epochs: Steps, each over all queries.
        learning_rate: Of Adam (Kingma and Ba, 2015).
        weight_decay: What is added to the loss for each squared weight.
        confidence: Whether the ``expected`` loss over the grades' posterior is minimized, where judgments have one, or grades
            are taken as certain: ``ignore``.
    """

    teaches_by_order: ClassVar[bool] = True

    hidden: int = 0
    epochs: int = 300
    learning_rate: float = 0.05
    weight_decay: float = 0.001
    confidence: Literal["expected", "ignore"] = "expected"

    def __post_init__(self) -> None:
        for name, lowest in (("hidden", 0), ("epochs", 1)):
            if getattr(self, name) < lowest:
                raise SettingsError(f"'{name}' must be at least {lowest}; it is {getattr(self, name)}.")
        if not 0 < self.learning_rate < np.inf:
            raise SettingsError(f"'learning_rate' must be above 0; it is {self.learning_rate:g}.")
        if not 0 <= self.weight_decay < np.inf:
            raise SettingsError(f"'weight_decay' must be at least 0; it is {self.weight_decay:g}.")
        if self.confidence not in {"expected", "ignore"}:
            raise SettingsError(f"'confidence' must be expected or ignore; it is {self.confidence!r}.")

    @abstractmethod
    def _loss(self, data: LearningData, seed: int, torch: Any) -> Loss:
        """Return the loss of scores of the rows."""

    def fit(self, data: LearningData, seed: int = 0, progress: Progress = no_progress) -> FittedRanker:
        """Learn to rank the rows of each query by grade.

        Raises:
            PalateError: torch, of the extra ``deep``, is not installed.
            InputError: Grades are not what the objective takes.
        """
        torch = needed("torch", extra="deep", for_=type(self).__name__)
        known = replace(data, beliefs=None) if self.confidence == "ignore" else data
        inputs = Inputs.of(data)
        matrix = inputs.matrix(data.features)
        start = self._start(matrix.shape[1], seed)
        if not matrix.shape[1]:
            progress(1, 1)
            return _FittedNet(self, inputs, data.names, start, np.zeros(0))
        with _one_thread(torch):
            weights = [torch.tensor(part, requires_grad=True) for part in start]
            loss, rows = self._loss(known, seed, torch), torch.tensor(matrix)
            optimizer = torch.optim.Adam(weights, lr=self.learning_rate)
            for epoch in range(self.epochs):
                optimizer.zero_grad()
                total = loss(_forward(rows, weights, torch.tanh))
                total = total + self.weight_decay * sum((part**2).sum() for part in weights)
                total.backward()
                optimizer.step()
                progress(epoch + 1, self.epochs)
            learned = tuple(part.detach().numpy() for part in weights)
        return _FittedNet(self, inputs, data.names, learned, _slopes(matrix, learned))

    def _start(self, width: int, seed: int) -> tuple[FloatArray, ...]:
        """Return the weights before learning: of the scores alone, or of the layer, its thresholds and the scores."""
        if not self.hidden:
            return (np.zeros(width),)
        rng = generator(seed, "learn", "net")
        layer = rng.normal(0.0, 1.0 / np.sqrt(max(width, 1)), (width, self.hidden))
        return layer, np.zeros(self.hidden), rng.normal(0.0, 1.0 / np.sqrt(self.hidden), self.hidden)

    def load(self, path: Path) -> FittedRanker:
        """Return the ranker in a file that ``save`` wrote; this needs no torch.

        Raises:
            InputError: The file cannot be read or is none of these.
        """
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            ours = saved["format"] == self._format
            weights = tuple(np.array(part, dtype=np.float64) for part in saved["weights"])
            inputs = Inputs.from_dict(saved["inputs"])
            slopes = np.array(saved["slopes"], dtype=np.float64)
        except OSError as error:
            raise InputError(f"The ranker cannot be read: {error.strerror}.", where=str(path)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise self._not_ours(path) from error
        if not ours:
            raise self._not_ours(path)
        return _FittedNet(self, inputs, tuple(saved["features"]), weights, slopes)

    def _not_ours(self, path: Path) -> InputError:
        return InputError(f"The file holds no ranker saved by {type(self).__name__}.", where=str(path))

    @property
    def _format(self) -> str:
        return f"palate {type(self).__name__} 1"


@dataclass(frozen=True, eq=False)
class _FittedNet(FittedRanker):
    """``slopes``: the mean size of each input's slope over the rows learned from."""

    method: Net
    inputs: Inputs
    features: tuple[str, ...]
    weights: tuple[FloatArray, ...]
    slopes: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        return self.features

    def score(self, features: FloatArray) -> FloatArray:
        matrix = self.inputs.matrix(features)
        if not matrix.shape[1]:
            return np.zeros(len(features))
        scores: FloatArray = _forward(matrix, self.weights, np.tanh)
        return scores

    def importance(self) -> dict[str, float]:
        """Return each feature's share of the mean slopes of the score by what is standardized."""
        shares = self.inputs.of_features(self.slopes)
        total = float(shares.sum()) or 1.0
        return {name: float(share) / total for name, share in zip(self.features, shares, strict=True)}

    def contributions(self, features: FloatArray) -> FloatArray | None:
        """Return weight times distance from the mean, which is Shapley's value of a linear score; None with a layer."""
        if self.method.hidden:
            return None
        matrix = self.inputs.matrix(features)
        parts = matrix * self.weights[0]
        return np.column_stack([self.inputs.of_features(parts), np.zeros(len(features))])

    def save(self, path: Path) -> None:
        saved = {
            "format": self.method._format,  # noqa: SLF001 (its own result)
            "features": self.features,
            "inputs": self.inputs.to_dict(),
            "weights": [part.tolist() for part in self.weights],
            "slopes": self.slopes.tolist(),
        }
        with replace_file(path) as temporary:
            temporary.write_text(json.dumps(saved, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _forward(rows: Any, weights: Any, tanh: Callable[[Any], Any]) -> Any:
    """Return the scores of rows, by numpy's arrays or torch's tensors alike."""
    if len(weights) == 1:
        return rows @ weights[0]
    layer, thresholds, last = weights
    return tanh(rows @ layer + thresholds) @ last


def _slopes(matrix: FloatArray, weights: tuple[FloatArray, ...]) -> FloatArray:
    spread = matrix.std(axis=0)
    sizes: FloatArray
    if len(weights) == 1:
        sizes = np.abs(weights[0]) * spread
        return sizes
    layer, thresholds, last = weights
    bend = (1.0 - np.tanh(matrix @ layer + thresholds) ** 2) * last
    sizes = np.abs(bend @ layer.T).mean(axis=0) * spread
    return sizes


@contextmanager
def _one_thread(torch: Any) -> Iterator[None]:
    """Sums over threads are in no fixed order; one thread gives the same bits again."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
