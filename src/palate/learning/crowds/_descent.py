"""Gradient descent on what annotators answered, until tasks that were held out are foretold no better."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from palate.core.errors import InputError
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.learning.crowds._data import CrowdData, FloatArray, IntArray
from palate.learning.crowds._networks import tensor_of

if TYPE_CHECKING:
    import torch

    from palate.learning.crowds.base import CrowdLearner

__all__ = ["Batch", "Batches", "History", "KnownLabels", "Objective", "Targets", "descend", "hold_out"]


@dataclass(frozen=True)
class History:
    """How learning went, one value an epoch.

    Args:
        loss: The mean loss that was descended, over the tasks learned from.
        held_out_loss: The mean loss on what was held out; empty where nothing was.
        warm_start: How many epochs at the start learned from shares of votes.
        best: Which epoch's weights were kept, from 1; 0 where nothing was learned by descent.
    """

    loss: tuple[float, ...] = ()
    held_out_loss: tuple[float, ...] = ()
    warm_start: int = 0
    best: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, lists for tuples."""
        return {
            "loss": list(self.loss),
            "held_out_loss": list(self.held_out_loss),
            "warm_start": self.warm_start,
            "best": self.best,
        }


@dataclass(frozen=True)
class Batch:
    """Some tasks and their answers.

    Args:
        tasks: Their codes, shape (n,).
        values: Their features, shape (n, …).
        rows: The place in ``tasks`` of each answer's task, shape (n_answers,).
        annotators: Of each answer.
        labels: Of each answer.
    """

    tasks: torch.Tensor
    values: torch.Tensor
    rows: torch.Tensor
    annotators: torch.Tensor
    labels: torch.Tensor


class Batches:
    """Makes batches of any tasks.

    Args:
        data: Features and answers.
        network: In whose precision features are.
    """

    def __init__(self, data: CrowdData, network: torch.nn.Module) -> None:
        self._data = data
        self._values = tensor_of(data.values, network)

    def of(self, tasks: IntArray) -> Batch:
        """Return the batch of these tasks."""
        import torch

        starts, counts = self._data.offsets[tasks], np.diff(self._data.offsets)[tasks]
        rows = np.repeat(np.arange(len(tasks)), counts)
        answers = np.arange(len(rows)) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
        chosen = torch.from_numpy(tasks)
        return Batch(
            chosen,
            self._values[chosen],
            torch.from_numpy(rows),
            torch.from_numpy(self._data.annotators[answers]),
            torch.from_numpy(self._data.labels[answers]),
        )


class Objective(Protocol):
    """What is descended."""

    @property
    def tensors(self) -> Mapping[str, torch.Tensor]:
        """What is learned beside the network's weights."""

    def losses(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return one loss an answer, or one a task."""

    def penalty(self) -> torch.Tensor | float:
        """Return what is added to the mean loss."""


class Targets:
    """Cross entropy between shares of labels and the network's probabilities, one a task.

    Args:
        shares: float64, shape (n_tasks, n_labels).
    """

    def __init__(self, shares: FloatArray) -> None:
        import torch

        self._shares = torch.from_numpy(shares)

    @property
    def tensors(self) -> Mapping[str, torch.Tensor]:
        """Nothing."""
        return {}

    def losses(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return one loss a task."""
        return -(self._shares[batch.tasks] * logits.log_softmax(dim=1)).sum(dim=1)

    def penalty(self) -> float:
        """Return 0."""
        return 0.0


@dataclass(frozen=True)
class KnownLabels:
    """Tasks whose label is known, and that label, in codes."""

    tasks: IntArray
    labels: IntArray


def hold_out(
    answered: IntArray, share: float, known: KnownLabels | None, seed: int
) -> tuple[IntArray, IntArray]:
    """Return the answered tasks to learn from, and the tasks by which to tell when to stop.

    The latter are those of known labels, or a share of the answered ones at random, one at least; none if it is 0.

    Raises:
        InputError: Nothing is left to learn from.
    """
    if known is not None:
        learn, held = np.setdiff1d(answered, known.tasks), known.tasks
    elif share > 0:
        count = max(1, round(share * len(answered)))
        order = generator(seed, "crowds", "held out").permutation(len(answered))
        learn, held = np.sort(answered[order[count:]]), np.sort(answered[order[:count]])
    else:
        learn, held = answered, answered[:0]
    if len(learn) == 0:
        raise InputError(
            f"Of {len(answered):,} answered tasks, none is left to learn from once those are held out that tell when"
            " to stop. Give more answers, or hold out none (held_out=0).",
            where="answers",
        )
    return learn, held


def descend(
    network: torch.nn.Module,
    stages: Sequence[tuple[Objective, int]],
    batches: Batches,
    learn: IntArray,
    watch: Callable[[], float] | None,
    *,
    learner: CrowdLearner,
    seed: int,
    progress: Progress = no_progress,
) -> History:
    """Descend by Adam (Kingma and Ba, 2015) and leave network and objective at the best epoch of the last stage.

    Args:
        network: Whose weights are learned.
        stages: What is descended, for how many epochs at most; the stages but the last are gone through in full.
        batches: Of tasks and answers.
        learn: The tasks to learn from.
        watch: Returns the loss on what is held out; None keeps the last epoch.
        learner: Its settings.
        seed: Of the batches.
        progress: Called with (epochs done, most epochs).

    Raises:
        InputError: The loss or its slope is no longer finite.
    """
    import torch

    last, last_epochs = stages[-1]
    optimizer = torch.optim.Adam(
        [p for p in network.parameters() if p.requires_grad] + list(last.tensors.values()),
        lr=learner.learning_rate,
    )
    rng = generator(seed, "crowds", "batches")
    plan = [stage for stage, epochs in stages for _ in range(epochs)]
    warm = len(plan) - last_epochs
    losses, held = list[float](), list[float]()
    kept, best = _Kept(network, last), warm
    for epoch, stage in enumerate(plan):
        order = rng.permutation(learn)
        losses.append(_epoch(network, stage, batches, order, size=learner.batch, optimizer=optimizer))
        progress(epoch + 1, len(plan))
        if not (np.isfinite(losses[-1]) and _moves(optimizer)):
            raise InputError(
                f"The loss or its slope is no longer finite in epoch {epoch + 1}. Lower 'learning_rate' (it is"
                f" {learner.learning_rate:g}), or bring features to a like scale.",
                where="features",
            )
        if watch is None:
            best = epoch
            continue
        held.append(watch())
        if epoch == warm or (epoch > warm and held[-1] < held[best]):
            best = epoch
            kept.take()
        if epoch - best >= learner.patience and epoch > warm:
            break
    if watch is not None:
        kept.put_back()
    progress(len(plan), len(plan))
    return History(tuple(losses), tuple(held), warm, best + 1)


def _epoch(
    network: torch.nn.Module,
    objective: Objective,
    batches: Batches,
    tasks: IntArray,
    *,
    size: int,
    optimizer: torch.optim.Optimizer,
) -> float:
    """Go through the tasks once and return the mean loss."""
    network.train()
    total, count = 0.0, 0
    # Parts of nearly equal size: a last batch of one task would be no batch to a layer that normalizes batches.
    for part in np.array_split(tasks, -(-len(tasks) // size)):
        batch = batches.of(part)
        losses = objective.losses(network(batch.values), batch)
        loss = losses.mean() + objective.penalty()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
        total, count = total + float(loss.detach()) * len(losses), count + len(losses)
    return total / count


def _moves(optimizer: torch.optim.Optimizer) -> bool:
    """Return whether Adam still takes steps: none where the square of a slope was too large for a number."""
    import torch

    squares = (state["exp_avg_sq"] for state in optimizer.state.values())
    return all(bool(torch.isfinite(square).all()) for square in squares)


class _Kept:
    """The weights of the best epoch."""

    def __init__(self, network: torch.nn.Module, objective: Objective) -> None:
        self._network, self._tensors = network, objective.tensors
        self.take()

    def take(self) -> None:
        self._weights = {name: value.clone() for name, value in self._network.state_dict().items()}
        self._beside = {name: value.detach().clone() for name, value in self._tensors.items()}

    def put_back(self) -> None:
        import torch

        self._network.load_state_dict(self._weights)
        with torch.no_grad():
            for name, value in self._tensors.items():
                value.copy_(self._beside[name])
