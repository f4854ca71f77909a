"""Recommend by latent features of users and items, learned by gradient descent from a random start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from palate.core.errors import PalateError, SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.core.settings import check_counts, check_positive
from palate.recommend._descent import Entries, FittedMatrixFactorization, State
from palate.recommend._factors import factors_from
from palate.recommend._interactions import Likes, check_likes, like_counts, pair_starts
from palate.recommend._search import LIKES_SEARCH, NumberRange, SearchRange, WholeRange
from palate.recommend.base import Arrays, CodedInteractions, Recommender

__all__ = ["MatrixFactorization"]

_BLOCK_ENTRIES = 1 << 22
"""Most entries in memory at once: about 150 MiB with all that belongs to them."""

_START_SPREAD = 0.1
"""Standard deviation of the products of factors at the start, whatever their number."""


@dataclass(frozen=True)
class MatrixFactorization(Recommender):
    """Predict a value as mean + user's bias + item's bias + the product of their latent features.

    Funk, 2006; Koren, Bell and Volinsky, 2009, equation 5. Features start at random. Stochastic gradient
    descent lowers the squared error over known entries plus ``regularization`` times the squared length
    of what the prediction is made of. With ``implicit`` feedback an entry is 1 for each like and 0 for
    ``unknowns`` items drawn anew in every epoch among those that the user does not like; with
    ``explicit`` it is the user's value of the item (the mean, if there are several).

    A share of the known entries is held out. Learning stops when the loss there has not improved for
    ``patience`` epochs, and is then done again, on all entries, for as many epochs as were best.

    Args:
        factors: How many latent features a user and an item have.
        feedback: ``implicit`` or ``explicit``.
        learning_rate: How far a step goes.
        regularization: Weight of the squared features and biases in what is minimized.
        epochs: Most passes over the entries.
        unknowns: Items drawn for each like; ``implicit`` only.
        held_out: Share of the known entries to stop by, in [0, 1); with 0 every epoch is run.
        patience: Epochs to wait for an improvement.
        likes: Which interactions count as likes; ``implicit`` only.
    """

    factors: int = 32
    feedback: Literal["implicit", "explicit"] = "implicit"
    learning_rate: float = 0.05
    regularization: float = 0.015
    epochs: int = 60
    unknowns: int = 10
    held_out: float = 0.1
    patience: int = 3
    likes: Likes = "above_user_mean"

    search: ClassVar[Mapping[str, SearchRange]] = {
        "factors": WholeRange(8, 64, log=True),
        "learning_rate": NumberRange(0.01, 0.1, log=True),
        "regularization": NumberRange(0.001, 0.1, log=True),
        "unknowns": WholeRange(2, 20, log=True),
        "likes": LIKES_SEARCH,
    }

    def __post_init__(self) -> None:
        check_likes(self.likes)
        check_counts(factors=self.factors, epochs=self.epochs, unknowns=self.unknowns, patience=self.patience)
        check_positive(learning_rate=self.learning_rate)
        if self.feedback not in {"implicit", "explicit"}:
            raise SettingsError(f"'feedback' must be implicit or explicit; it is {self.feedback!r}.")
        if not self.regularization >= 0:
            raise SettingsError(f"'regularization' must be at least 0; it is {self.regularization:g}.")
        if not 0 <= self.held_out < 1:
            raise SettingsError(f"'held_out' must be at least 0 and below 1; it is {self.held_out:g}.")

    def fit(
        self, interactions: CodedInteractions, seed: int = 0, progress: Progress = no_progress
    ) -> FittedMatrixFactorization:
        """Learn the features.

        Raises:
            PalateError: The steps were too long, and the loss grew without bound.
        """
        known = self._known(interactions)
        rng = generator(seed, "recommend", "matrix_factorization", "held_out")
        n_held = int(len(known) * self.held_out)
        total = self.epochs * (2 if n_held else 1)
        if not n_held:
            return self._learn(known, None, self.epochs, seed, lambda done, _: progress(done, total))
        chosen = np.zeros(len(known), dtype=np.bool_)
        chosen[rng.permutation(len(known))[:n_held]] = True
        held = known.take(chosen)
        if self.feedback == "implicit":
            held = held.with_unknowns(self.unknowns, known.cells(), rng)
        trial = self._learn(
            known.take(~chosen), held, self.epochs, seed, lambda done, _: progress(done, total)
        )
        best = int(trial.held_out_losses.argmin()) + 1
        final = self._learn(known, None, best, seed, lambda done, _: progress(self.epochs + done, total))
        progress(total, total)
        return replace(final, training_losses=trial.training_losses, held_out_losses=trial.held_out_losses)

    def restore(self, arrays: Arrays) -> FittedMatrixFactorization:
        """Take the features and the losses back."""
        return FittedMatrixFactorization(
            *factors_from(arrays), arrays["training_losses"], arrays["held_out_losses"]
        )

    def _known(self, interactions: CodedInteractions) -> Entries:
        """Return each user's items with what is to be predicted of them."""
        shape = (len(interactions.user_ids), len(interactions.item_ids))
        if self.feedback == "implicit":
            likes = like_counts(interactions, self.likes).tocoo()
            users, items = likes.coords
            return Entries(
                users.astype(np.int32), items.astype(np.int32), np.ones(likes.nnz, np.float32), shape
            )
        order = np.lexsort((interactions.values, interactions.items, interactions.users))
        users, items = interactions.users[order], interactions.items[order]
        starts = pair_starts(users, items)
        counts = np.diff(np.append(starts, len(users)))
        means = np.add.reduceat(interactions.values[order].astype(np.float64), starts) / counts
        return Entries(users[starts], items[starts], means.astype(np.float32), shape)

    def _learn(
        self, known: Entries, held: Entries | None, epochs: int, seed: int, progress: Progress
    ) -> FittedMatrixFactorization:
        """Return the features after the last epoch, with the losses of all."""
        rng = generator(seed, "recommend", "matrix_factorization", "learn")
        state = self._start(known, rng)
        taken = known.cells()
        training, validation = [], []
        for epoch in range(1, epochs + 1):
            training.append(self._descend(state, known, taken, rng))
            if not np.isfinite(training[-1]):
                raise PalateError(
                    f"The loss of matrix_factorization grew without bound in epoch {epoch}. Lower 'learning_rate'"
                    f" (now {self.learning_rate:g}), or the values' scale if they are large."
                )
            progress(epoch, epochs)
            if held is not None:
                validation.append(state.loss(held))
                if epoch - 1 - int(np.argmin(validation)) >= self.patience:
                    break
        return FittedMatrixFactorization(*state.joined(), np.array(training), np.array(validation))

    def _descend(
        self, state: State, known: Entries, taken: npt.NDArray[np.int64], rng: np.random.Generator
    ) -> float:
        """Go once over the entries; return the mean loss over them."""
        implicit = self.feedback == "implicit"
        size = _BLOCK_ENTRIES // (1 + self.unknowns) if implicit else _BLOCK_ENTRIES
        lost, seen = 0.0, 0
        for block in known.blocks(max(1, size), rng):
            entries = block.with_unknowns(self.unknowns, taken, rng) if implicit else block
            shuffled = entries.take(
                rng.permutation(len(entries))
            )  # the steps would wait for entries here and there
            state.descend(shuffled, self.learning_rate, self.regularization)
            lost += state.loss(entries) * len(entries)
            seen += len(entries)
        return lost / seen

    def _start(self, known: Entries, rng: np.random.Generator) -> State:
        spread = (_START_SPREAD / np.sqrt(self.factors)) ** 0.5
        n_users, n_items = known.shape
        mean = float(known.targets.mean(dtype=np.float64))
        if self.feedback == "implicit":
            mean /= 1 + self.unknowns
        return State(
            (spread * rng.standard_normal((n_users, self.factors))).astype(np.float32),
            (spread * rng.standard_normal((n_items, self.factors))).astype(np.float32),
            np.zeros(n_users, dtype=np.float32),
            np.zeros(n_items, dtype=np.float32),
            mean,
        )
