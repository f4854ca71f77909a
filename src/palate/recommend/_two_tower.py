"""What two towers have learned: vectors of users and items, in numpy alone, so that serving needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.core.errors import InputError
from palate.recommend._categories import Categories
from palate.recommend._factors import Factors, FittedFactors, factors_from
from palate.recommend._histories import Histories
from palate.recommend.base import Arrays

__all__ = ["FittedTwoTower", "Lesson", "TowerArrays", "restored_towers", "serve_towers"]

FloatArray = npt.NDArray[np.float64]

_LEAST_NORM = 1e-6
"""As in learning: the direction of a vector of zeros is a vector of zeros."""


@dataclass(frozen=True)
class Lesson:
    """The settings of ``TwoTower`` that the towers are learned by, under the same names."""

    factors: int
    hidden: tuple[int, ...]
    history: int
    examples: int
    samples: int
    popularity: float
    example_age: bool
    product: str
    temperature: float
    dropout: float
    learning_rate: float
    epochs: int
    batch: int

    @property
    def with_bias(self) -> bool:
        """Whether items have a bias: with cosines they have none."""
        return self.product == "dot"


@dataclass(frozen=True)
class TowerArrays:
    """Parameters: a table of embeddings a column, and the user tower's layers: weights, constants, weights, …."""

    item_tables: list[Factors]
    user_tables: list[Factors]
    layers: list[Factors]


@dataclass(frozen=True)
class FittedTwoTower(FittedFactors):
    """Vectors of users and items, and the user tower, which makes vectors of new histories.

    With ``product="dot"`` an item's last number is its bias, and a user's is 1.

    Args:
        training_losses: The mean loss of each epoch, shape (n_epochs,): minus the log-probability of the next
            item among those drawn.
        layers: The user tower's weights and constants in turn.
        longest: Items of a history that count.
        temperature: What cosines are divided by; 0 for a plain product.
        notes: What is to be said of the features.
    """

    training_losses: FloatArray
    layers: tuple[Factors, ...]
    longest: int
    temperature: float
    notes: tuple[str, ...] = ()

    def embed_histories(self, histories: Sequence[IntArray]) -> Factors:
        """Return vectors of users with these histories, shape (n, n_factors), as of today and without features.

        Nobody needs to have been there in learning: what a user has just liked counts at once.

        Args:
            histories: Codes of the items that each liked, in the order of time; an empty one is a user of
                whom nothing is known.

        Raises:
            InputError: A code is none of an item.
        """
        lasts = [np.asarray(items, dtype=np.int32)[-self.longest :] for items in histories]
        flat = np.concatenate([np.empty(0, dtype=np.int32), *lasts])
        if len(flat) and not 0 <= flat.min() <= flat.max() < len(self.item_factors):
            raise InputError(f"Histories must hold codes of items, from 0 to {len(self.item_factors) - 1}.")
        offsets = np.concatenate([[0], np.cumsum([len(items) for items in lasts])]).astype(np.int64)
        n_factors = self.layers[-1].shape[0]
        inputs = np.zeros((len(lasts), self.layers[0].shape[0]))
        inputs[:, :n_factors] = _means(self.item_factors[:, :n_factors], flat, offsets)
        return _user_vectors(inputs, self.layers, self.temperature)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {
            **super().arrays(),
            "training_losses": self.training_losses,
            "longest": np.array(self.longest),
            "temperature": np.array(self.temperature),
            "notes": np.array(self.notes, dtype=np.str_),
            **{f"layers/{place}": layer for place, layer in enumerate(self.layers)},
        }


def restored_towers(arrays: Arrays) -> FittedTwoTower:
    """Return the recommender of these arrays.

    Raises:
        KeyError: An array is missing.
        ValueError: They do not fit one another.
    """
    n_layers = sum(name.startswith("layers/") for name in arrays)
    layers = tuple(arrays[f"layers/{place}"] for place in range(n_layers))
    if n_layers < 2 or n_layers % 2:
        raise ValueError("its layers are not pairs of weights and constants")
    return FittedTwoTower(
        *factors_from(arrays),
        arrays["training_losses"],
        layers,
        int(arrays["longest"]),
        float(arrays["temperature"]),
        tuple(arrays["notes"].tolist()),
    )


def serve_towers(
    learned: TowerArrays,
    histories: Histories,
    item_columns: list[Categories],
    user_columns: list[Categories],
    lesson: Lesson,
) -> tuple[Factors, Factors]:
    """Return the vectors of all users, as of today (example age 0), and of all items."""
    embedded = _sum_of_columns(item_columns, learned.item_tables)
    items = (embedded if lesson.with_bias else _directions(embedded)).astype(np.float32)
    n_users = len(histories.starts) - 1
    inputs = np.zeros((n_users, learned.layers[0].shape[0]))
    everybody = np.arange(n_users, dtype=np.int32)
    flat, offsets = histories.before(everybody, histories.starts[1:], lesson.history)
    inputs[:, : lesson.factors] = _means(items[:, : lesson.factors], flat, offsets)
    if user_columns:
        inputs[:, lesson.factors : 2 * lesson.factors] = _sum_of_columns(user_columns, learned.user_tables)
    temperature = 0.0 if lesson.with_bias else lesson.temperature
    return _user_vectors(inputs, tuple(learned.layers), temperature), items


def _user_vectors(inputs: FloatArray, layers: tuple[Factors, ...], temperature: float) -> Factors:
    """Return what the user tower makes of its inputs; a temperature of 0 means a plain product."""
    hidden = inputs
    for place in range(0, len(layers), 2):
        hidden = np.maximum(hidden, 0.0) if place else hidden
        hidden = hidden @ layers[place].astype(np.float64) + layers[place + 1]
    if temperature:
        return (_directions(hidden) / temperature).astype(np.float32)
    return np.concatenate([hidden, np.ones((len(hidden), 1))], axis=1).astype(np.float32)


def _sum_of_columns(columns: list[Categories], tables: list[Factors]) -> FloatArray:
    """Return the sum over columns of the mean embedding of each thing's values; 0 for those without a value."""
    total = np.zeros((len(columns[0].rows), tables[0].shape[1]))
    for column, table in zip(columns, tables, strict=True):
        present = column.rows > 0
        for place in range(column.rows.shape[1]):
            total += (
                table[column.rows[:, place]]
                * (present[:, place] / np.maximum(present.sum(axis=1), 1))[:, None]
            )
    return total


def _means(vectors: Factors, items: IntArray, offsets: npt.NDArray[np.int64]) -> FloatArray:
    """Return the mean vector of each history, 0 for an empty one."""
    from scipy import sparse

    shape = (len(offsets) - 1, len(vectors))
    counts = sparse.csr_array((np.ones(len(items)), items, offsets), shape=shape)
    means: FloatArray = (counts @ vectors.astype(np.float64)) / np.maximum(np.diff(offsets), 1)[:, None]
    return means


def _directions(vectors: FloatArray) -> FloatArray:
    lengths: FloatArray = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, _LEAST_NORM)
