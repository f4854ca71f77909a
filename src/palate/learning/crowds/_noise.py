"""What stands between the true label and an annotator's answer, learned together with the network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.randomness import generator
from palate.learning.crowds._classifiers import TrainedNetwork
from palate.learning.crowds._data import CrowdData, FloatArray, IntArray
from palate.learning.crowds._descent import Batch, Batches, KnownLabels, Objective, Targets, descend, hold_out
from palate.learning.crowds._networks import SmallNetwork, logits_of, made_network, quiet_torch
from palate.learning.crowds.base import CrowdFit, CrowdLearner

if TYPE_CHECKING:
    import torch

__all__ = ["Noise", "NoiseLearner", "spread_identity"]

_BLOCK = 1 << 22
"""Numbers of matrices that are made at a time where confusions are counted."""


class Noise(ABC):
    """A matrix of each answer, ``[truth, label]``, and how it makes probabilities of labels.

    Args:
        tensors: What is learned, by name.
    """

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        self._tensors = {name: tensor.requires_grad_() for name, tensor in tensors.items()}

    @property
    def tensors(self) -> Mapping[str, torch.Tensor]:
        """What is learned, by name."""
        return self._tensors

    @abstractmethod
    def matrices(self, batch: Batch) -> torch.Tensor:
        """Return each answer's matrix, shape (n_answers, n_labels, n_labels)."""

    def losses(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return minus the log-probability of each answer: the softmax of the network's probabilities times its matrix."""
        import torch

        truth = logits.softmax(dim=1)[batch.rows]
        matrices = self.matrices(batch).to(truth.dtype)
        activations = torch.einsum("nt,ntl->nl", truth, matrices)
        return torch.nn.functional.cross_entropy(activations, batch.labels, reduction="none")

    def penalty(self) -> torch.Tensor | float:
        """Return what is added to the mean loss."""
        return 0.0

    def log_confusion(self, batch: Batch) -> torch.Tensor:
        """Return the log-probability of each label given each true one, for each answer: (n_answers, n_labels, n_labels)."""
        return self.matrices(batch).log_softmax(dim=2)


@dataclass(frozen=True)
class NoiseLearner(CrowdLearner):
    """A network that foretells the true label, and noise that foretells answers from it, learned together.

    Args:
        warm_start: Epochs at the start in which the network learns from shares of votes alone. What it knows by then is
            what its outputs mean; noise that may permute labels begins from there.
    """

    networks_only: ClassVar[bool] = True

    warm_start: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warm_start < 0:
            raise SettingsError(f"'warm_start' must be a whole number from 0 on; it is {self.warm_start}.")

    @abstractmethod
    def noise(self, data: CrowdData) -> Noise:
        """Return the noise as it starts; torch is seeded."""

    def fit_coded(
        self,
        data: CrowdData,
        classifier: Any,
        known: KnownLabels | None = None,
        seed: int = 0,
        progress: Progress = no_progress,
    ) -> CrowdFit:
        """Descend the mean loss of answers by network and noise at once."""
        given = SmallNetwork() if classifier is None else classifier
        draw = int(generator(seed, "crowds", "weights").integers(2**62))
        with quiet_torch(draw, self.threads, type(self).__name__):
            network = made_network(given, data.values[data.answered], data.n_labels)
            noise, batches = self.noise(data), Batches(data, network)
            learn, held = hold_out(data.answered, self.held_out, known, seed)
            watched: Objective = noise
            if known is not None:
                certain = np.zeros_like(data.vote_shares)
                certain[known.tasks, known.labels] = 1.0
                watched = Targets(certain)
            batch_held = batches.of(held)

            def watch() -> float:
                losses = watched.losses(logits_of(network, data.values[held]), batch_held)
                return float(losses.detach().mean())

            history = descend(
                network,
                [(Targets(data.vote_shares), self.warm_start), (noise, self.epochs)],
                batches,
                learn,
                watch if len(held) else None,
                learner=self,
                seed=seed,
                progress=progress,
            )
            judged, confusion = _looked_back(network, noise, batches, data)
        trained = TrainedNetwork(network, given if isinstance(given, SmallNetwork) else None)
        return CrowdFit(trained, judged, confusion, history, notes=_notes(data, learn))


def spread_identity(n_matrices: int, n_labels: int, height: float) -> torch.Tensor:
    """Return identity matrices times ``height``, shape (n_matrices, n_labels, n_labels)."""
    import torch

    return height * torch.eye(n_labels).repeat(n_matrices, 1, 1)


def _looked_back(
    network: torch.nn.Module, noise: Noise, batches: Batches, data: CrowdData
) -> tuple[FloatArray, FloatArray]:
    """Return what network and answers together say of each task, by Bayes' rule, and each annotator's mean confusion.

    The mean is over the tasks that the annotator answered, each counted by the network's probability of the true label.
    """
    import torch

    logs = logits_of(network, data.values).log_softmax(dim=1)
    judged = logs.clone()
    n_labels = data.n_labels
    sums = torch.zeros((len(data.annotator_ids), n_labels, n_labels), dtype=torch.float64)
    weights = torch.zeros((len(data.annotator_ids), n_labels, 1), dtype=torch.float64)
    answers_a_task = max(1, len(data.labels) // len(data.answered))
    block = max(1, _BLOCK // (n_labels**2 * answers_a_task))
    with torch.no_grad():
        for start in range(0, len(data.answered), block):
            batch = batches.of(data.answered[start : start + block])
            tasks = batch.tasks[batch.rows]
            log_confusion = noise.log_confusion(batch).double()
            chosen = batch.labels[:, None, None].expand(-1, n_labels, 1)
            judged.index_add_(0, tasks, log_confusion.gather(2, chosen)[:, :, 0])
            # A true label that the network all but excludes everywhere still has a mean.
            weight = logs[tasks].exp().clamp_min(1e-12)[:, :, None]
            sums.index_add_(0, batch.annotators, weight * log_confusion.exp())
            weights.index_add_(0, batch.annotators, weight)
    return judged.softmax(dim=1).numpy(), (sums / weights).numpy()


def _notes(data: CrowdData, learn: IntArray) -> tuple[str, ...]:
    """Say whose answers were all held out."""
    met = np.zeros(len(data.annotator_ids), dtype=np.bool_)
    met[data.annotators[np.isin(data.tasks, learn)]] = True
    if met.all():
        return ()
    whose = data.annotator_ids[int(np.flatnonzero(~met)[0])]
    note = (
        f"{(~met).sum():,} of {len(met):,} annotators answered only tasks that were held out to tell when to stop, such"
        f" as {whose!r}: their confusion is what it started from."
    )
    return (note,)
