"""What gradient descent of factors works on: entries to predict, factors and biases so far, losses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from palate.core.coding import IntArray
from palate.recommend._factors import Factors, FittedFactors

__all__ = ["Entries", "FittedMatrixFactorization", "State"]

FloatArray = npt.NDArray[np.float64]
OrderArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Entries:
    """Cells of the matrix of users by items that are to be predicted.

    Args:
        users: int32, shape (n_entries,).
        items: int32, likewise.
        targets: float32, likewise.
        shape: (n_users, n_items).
    """

    users: IntArray
    items: IntArray
    targets: npt.NDArray[np.float32]
    shape: tuple[int, int]

    def __len__(self) -> int:
        """Return how many entries there are."""
        return len(self.users)

    def take(self, chosen: npt.NDArray[np.bool_] | OrderArray) -> Entries:
        """Return the entries that are marked, or those at these positions."""
        return replace(self, users=self.users[chosen], items=self.items[chosen], targets=self.targets[chosen])

    def blocks(self, size: int, rng: np.random.Generator) -> Iterator[Entries]:
        """Yield all entries, at most ``size`` at a time, so that what is made of them fits in memory.

        They are shuffled first, unless all fit in one block.
        """
        if len(self) <= size:
            yield self
            return
        order = rng.permutation(len(self))
        for start in range(0, len(order), size):
            yield self.take(order[start : start + size])

    def cells(self) -> OrderArray:
        """Return each entry's place in the matrix, counted row by row."""
        return self.users.astype(np.int64) * self.shape[1] + self.items

    def with_unknowns(self, each: int, taken: OrderArray, rng: np.random.Generator) -> Entries:
        """Add entries with target 0: ``each`` items drawn for every entry, less those that are taken.

        Args:
            each: Draws an entry.
            taken: Cells that may not be drawn; sorted.
            rng: For the draws.
        """
        n_items = self.shape[1]
        users = np.repeat(self.users, each)
        items = rng.integers(0, n_items, len(users), dtype=np.int32)
        drawn = users.astype(np.int64) * n_items + items
        place = np.minimum(np.searchsorted(taken, drawn), len(taken) - 1)
        free = taken[place] != drawn
        return replace(
            self,
            users=np.concatenate([self.users, users[free]]),
            items=np.concatenate([self.items, items[free]]),
            targets=np.concatenate([self.targets, np.zeros(int(free.sum()), dtype=np.float32)]),
        )


@dataclass(frozen=True)
class State:
    """Factors and biases, which descent changes in place, and the constant that it does not.

    Args:
        user_factors: float32, shape (n_users, n_factors).
        item_factors: float32, shape (n_items, n_factors).
        user_biases: float32, shape (n_users,).
        item_biases: float32, shape (n_items,).
        mean: The prediction before factors and biases.
    """

    user_factors: Factors
    item_factors: Factors
    user_biases: Factors
    item_biases: Factors
    mean: float

    def descend(self, entries: Entries, rate: float, shrink: float) -> None:
        """Take a step for each entry, one after another."""
        from palate.recommend._factors_kernel import descend

        descend(entries.users, entries.items, entries.targets, *self._parts, self.mean, rate, shrink)

    def loss(self, entries: Entries) -> float:
        """Return the mean squared error over the entries."""
        from palate.recommend._factors_kernel import squared_loss

        return squared_loss(entries.users, entries.items, entries.targets, *self._parts, self.mean)

    def joined(self) -> tuple[Factors, Factors]:
        """Return users' and items' factors whose products are the predictions: biases are factors of 1."""
        one_a_user = np.ones((len(self.user_factors), 1), dtype=np.float32)
        one_an_item = np.ones((len(self.item_factors), 1), dtype=np.float32)
        constant = (self.user_biases + np.float32(self.mean))[:, None]
        users = np.concatenate([self.user_factors, constant, one_a_user], axis=1)
        items = np.concatenate([self.item_factors, one_an_item, self.item_biases[:, None]], axis=1)
        return users, items

    @property
    def _parts(self) -> tuple[Factors, Factors, Factors, Factors]:
        return self.user_factors, self.item_factors, self.user_biases, self.item_biases


@dataclass(frozen=True)
class FittedMatrixFactorization(FittedFactors):
    """Features and how they were learned.

    The last two features of a user are the mean plus the user's bias, and 1; of an item 1, and its bias.

    Args:
        training_losses: Mean squared error over the entries of each epoch, after its steps, shape (n_epochs,);
            of more entries than a block holds, each block after its own. With a held-out part they are
            those of the first pass, which learns from the others.
        held_out_losses: The same over the held-out entries; empty if nothing was held out.
    """

    training_losses: FloatArray
    held_out_losses: FloatArray

    @property
    def epochs(self) -> int:
        """Return after how many epochs the features are as they are: the best ones where some were held out."""
        losses = self.held_out_losses
        return int(losses.argmin()) + 1 if len(losses) else len(self.training_losses)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        losses = {"training_losses": self.training_losses, "held_out_losses": self.held_out_losses}
        return super().arrays() | losses
