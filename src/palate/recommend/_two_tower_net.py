"""Two towers in torch: how they learn to tell what a user chose next from what others choose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from palate.core.errors import PalateError
from palate.core.progress import Progress
from palate.recommend._categories import Categories
from palate.recommend._histories import Histories
from palate.recommend._two_tower import Lesson, TowerArrays

__all__ = ["corrected_loss", "learn_towers", "one_thread"]

_START_SPREAD = 0.1
"""Standard deviation of embeddings at the start."""

_LEAST_NORM = 1e-6
"""Keeps the direction of a vector of zeros a vector of zeros."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch run in one thread, so that sums come out the same, and give it back its threads afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        # Said outright, for torch warns of sparse gradients where nobody has said it.
        with torch.sparse.check_sparse_tensor_invariants(enable=False):  # type: ignore[no-untyped-call]  # torch's
            yield
    finally:
        torch.set_num_threads(before)


def learn_towers(
    histories: Histories,
    item_columns: list[Categories],
    user_columns: list[Categories],
    lesson: Lesson,
    *,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[TowerArrays, npt.NDArray[np.float64]]:
    """Return what was learned, and the mean loss of each epoch.

    Raises:
        PalateError: The steps were too long, and the loss grew without bound.
    """
    with one_thread():
        school = _School(histories, item_columns, user_columns, lesson, rng)
        losses = np.empty(lesson.epochs)
        for epoch in range(lesson.epochs):
            losses[epoch] = school.epoch()
            if not np.isfinite(losses[epoch]):
                raise PalateError(
                    f"The loss of the towers grew without bound in epoch {epoch + 1}. Choose a smaller"
                    f" 'learning_rate' than {lesson.learning_rate:g}."
                )
            progress(epoch + 1, lesson.epochs)
        return school.towers.arrays(), losses


def corrected_loss(
    own: Tensor, others: Tensor, own_inclusion: Tensor, inclusion: Tensor, same: Tensor
) -> Tensor:
    """Return minus the log of the softmax of each example's own item among the drawn ones.

    Each item j is drawn with its inclusion probability Q_j, and log Q_j is taken from its logit. Given the
    drawn items and the own one, the probability that it is the own one is then exactly that of the softmax
    over all items (Bengio and Senécal, 2008; Yi and others, 2019, take the same from in-batch logits).

    Args:
        own: Logits of the examples' own items, shape (n_examples,).
        others: Logits of the drawn items, shape (n_examples, n_drawn).
        own_inclusion: Inclusion probabilities of the own items, shape (n_examples,).
        inclusion: Those of the drawn items, shape (n_drawn,).
        same: Where a drawn item is the own one, and is not counted twice, shape of ``others``.
    """
    own = own - own_inclusion.log()
    others = (others - inclusion.log()).masked_fill(same, -torch.inf)
    return torch.logsumexp(torch.cat([own[:, None], others], dim=1), dim=1) - own


class _Towers:
    """Parameters, and the vectors that they make of users and items."""

    def __init__(
        self, item_columns: list[Categories], user_columns: list[Categories], lesson: Lesson, seed: int
    ) -> None:
        self._random = torch.Generator().manual_seed(seed)
        self._lesson = lesson
        self._item_rows = [torch.from_numpy(part.rows).long() for part in item_columns]
        self._user_rows = [torch.from_numpy(part.rows).long() for part in user_columns]
        width = lesson.factors + lesson.with_bias
        self.item_tables = [self._table(part.n_rows, width) for part in item_columns]
        self.user_tables = [self._table(part.n_rows, lesson.factors) for part in user_columns]
        n_inputs = lesson.factors * (1 + bool(user_columns)) + 3 * lesson.example_age
        self.layers: list[Tensor] = []
        for n_outputs in (*lesson.hidden, lesson.factors):
            weights = torch.randn(n_inputs, n_outputs, generator=self._random) / n_inputs**0.5
            self.layers += [weights, torch.zeros(n_outputs)]
            n_inputs = n_outputs
        for parameter in self.parameters():
            parameter.requires_grad_()

    def parameters(self) -> list[Tensor]:
        """Return all that is learned."""
        return [*self.item_tables, *self.user_tables, *self.layers]

    def items(self, codes: Tensor) -> Tensor:
        """Return items' vectors, with the bias as the last number if there is one."""
        vectors = _embedded(self._item_rows, self.item_tables, codes)
        return vectors if self._lesson.with_bias else _directions(vectors)

    def users(self, codes: Tensor, histories: Tensor, offsets: Tensor, ages: Tensor) -> Tensor:
        """Return users' vectors, with 1 as the last number if items have a bias.

        Args:
            codes: Who, shape (n,).
            histories: The items of all histories, one after another.
            offsets: Where each begins, shape (n,).
            ages: Of the examples, shape (n,).
        """
        met, place = torch.unique(histories, return_inverse=True)
        vectors = self.items(met)[:, : self._lesson.factors]
        inputs = [functional.embedding_bag(place, vectors, offsets, mode="mean")]
        if self.user_tables:
            inputs.append(_embedded(self._user_rows, self.user_tables, codes))
        hidden = self._dropped(torch.cat(inputs, dim=1))
        if self._lesson.example_age:
            # Squares and roots let the first layer bend (Covington and others, section 4.1). All are 0 in serving.
            hidden = torch.cat([hidden, torch.stack([ages, ages**2, ages**0.5], dim=1)], dim=1)
        for place_of, (weights, constants) in enumerate(
            zip(self.layers[::2], self.layers[1::2], strict=True)
        ):
            hidden = torch.relu(hidden) if place_of else hidden
            hidden = hidden @ weights + constants
        if self._lesson.with_bias:
            return torch.cat([hidden, torch.ones(len(hidden), 1)], dim=1)
        return _directions(hidden) / self._lesson.temperature

    def arrays(self) -> TowerArrays:
        """Return what was learned in numpy."""
        return TowerArrays(
            [_plain(table) for table in self.item_tables],
            [_plain(table) for table in self.user_tables],
            [_plain(layer) for layer in self.layers],
        )

    def _dropped(self, inputs: Tensor) -> Tensor:
        share = self._lesson.dropout
        if not share:
            return inputs
        kept = torch.rand(inputs.shape, generator=self._random) >= share
        return inputs * kept / (1 - share)

    def _table(self, n_rows: int, width: int) -> Tensor:
        table = torch.randn(n_rows, width, generator=self._random) * _START_SPREAD
        table[:, self._lesson.factors :] = 0.0  # biases
        table[0] = 0.0
        return table


class _School:
    """Examples, towers and the optimizer, an epoch at a time."""

    def __init__(
        self,
        histories: Histories,
        item_columns: list[Categories],
        user_columns: list[Categories],
        lesson: Lesson,
        rng: np.random.Generator,
    ) -> None:
        self._histories, self._lesson, self._rng = histories, lesson, rng
        self.towers = _Towers(item_columns, user_columns, lesson, int(rng.integers(2**62)))
        self._optimizer = torch.optim.Adagrad(self.towers.parameters(), lr=lesson.learning_rate)
        counts = np.bincount(histories.items, minlength=len(item_columns[0].rows))
        shares = np.maximum(counts, 1.0) ** lesson.popularity
        self._inclusion = np.minimum(1.0, lesson.samples * shares / shares.sum())

    def epoch(self) -> float:
        """Take a step for each batch of newly drawn examples, and return the mean loss."""
        places = self._histories.draw(self._lesson.examples, self._rng)
        total = 0.0
        for start in range(0, len(places), self._lesson.batch):
            chosen = places[start : start + self._lesson.batch]
            losses = self._losses(chosen) * torch.from_numpy(self._histories.weights[chosen])
            self._optimizer.zero_grad()
            losses.mean().backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            self._optimizer.step()
            total += float(losses.detach().sum())
        return total / len(places)

    def _losses(self, places: npt.NDArray[np.int64]) -> Tensor:
        users = self._histories.users_at(places)
        items, offsets = self._histories.before(users, places, self._lesson.history)
        vectors = self.towers.users(
            torch.from_numpy(users).long(),
            torch.from_numpy(items).long(),
            torch.from_numpy(offsets[:-1]),
            torch.from_numpy(self._histories.ages[places]),
        )
        own = self._histories.items[places]
        drawn = np.flatnonzero(self._rng.random(len(self._inclusion)) < self._inclusion).astype(np.int32)
        own_vectors = self.towers.items(torch.from_numpy(own).long())
        drawn_vectors = self.towers.items(torch.from_numpy(drawn).long())
        inclusion = torch.from_numpy(self._inclusion.astype(np.float32))
        return corrected_loss(
            (vectors * own_vectors).sum(dim=1),
            vectors @ drawn_vectors.T,
            inclusion[torch.from_numpy(own).long()],
            inclusion[torch.from_numpy(drawn).long()],
            torch.from_numpy(own[:, None] == drawn[None, :]),
        )


def _embedded(rows: list[Tensor], tables: list[Tensor], codes: Tensor) -> Tensor:
    """Return the sum over columns of the mean embedding of each thing's values; only rows used have a gradient."""
    parts = [
        functional.embedding_bag(row[codes], table, mode="mean", sparse=True, padding_idx=0)
        for row, table in zip(rows, tables, strict=True)
    ]
    return torch.stack(parts).sum(dim=0)


def _directions(vectors: Tensor) -> Tensor:
    lengths: Tensor = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
    return vectors / lengths.clamp_min(_LEAST_NORM)


def _plain(tensor: Tensor) -> npt.NDArray[np.float32]:
    array: npt.NDArray[np.float32] = tensor.detach().numpy()
    return array
