"""Confusion matrices behind the network's output, kept as noisy as the answers allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from palate.core.errors import SettingsError
from palate.learning.crowds._data import CrowdData
from palate.learning.crowds._descent import Batch
from palate.learning.crowds._noise import Noise, NoiseLearner, spread_identity

if TYPE_CHECKING:
    import torch

__all__ = ["TraceRegularized"]


@dataclass(frozen=True)
class TraceRegularized(NoiseLearner):
    """A confusion matrix of each annotator behind the network, with a penalty on its trace. Tanno et al., 2019.

    With the network's probabilities p, annotator r gives label l with probability ``sum over t of p[t] A_r[t, l]``, each
    row of A_r a distribution. What is descended is the cross entropy of the answers plus ``trace`` times the mean trace
    of the A_r (their equation 4). Network and matrices are determined by answers only up to an exchange between them;
    of all that explain the answers alike, the penalty takes the most noisy annotators, and so the most certain network.
    Theorem 1 there says that these are the true ones, where the mean of true and of estimated matrices is
    diagonally dominant.

    A row of A_r is softplus of what is learned, divided by its sum, as in their listing. There it starts close to the identity;
    then the network learns mistakes by heart before the matrices find them. We start from noisy annotators.

    Args:
        start: How far all A_r start from chance (0) towards the identity (1), between the two.
        trace: How much the mean trace counts beside the mean cross entropy of an answer.
    """

    start: float = 0.25
    trace: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.start < 1:
            raise SettingsError(f"'start' must be between 0 and 1; it is {self.start}.")
        if not 0 <= self.trace < np.inf:
            raise SettingsError(f"'trace' must be a number from 0 on; it is {self.trace}.")

    def noise(self, data: CrowdData) -> Noise:
        """Return matrices between chance and the identity."""
        other = (1 - self.start) / data.n_labels
        wrong, right = (float(np.log(np.expm1(share))) for share in (other, self.start + other))
        heights = spread_identity(len(data.annotator_ids), data.n_labels, right - wrong) + wrong
        return _Confusions({"heights": heights}, self.trace)


class _Confusions(Noise):
    def __init__(self, tensors: dict[str, torch.Tensor], trace: float) -> None:
        super().__init__(tensors)
        self._trace = trace

    def matrices(self, batch: Batch) -> torch.Tensor:
        """Return A_r."""
        return self._all()[batch.annotators]

    def losses(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return minus the log-probability of each answer, summed over true labels in logarithms."""
        both = logits.log_softmax(dim=1)[batch.rows, :, None] + self.log_confusion(batch).to(logits.dtype)
        chosen = batch.labels[:, None, None].expand(-1, both.shape[1], 1)
        return -both.gather(2, chosen)[:, :, 0].logsumexp(dim=1)

    def penalty(self) -> torch.Tensor:
        """Return ``trace`` times the mean trace."""
        return self._trace * self._all().diagonal(dim1=1, dim2=2).sum(dim=1).mean()

    def log_confusion(self, batch: Batch) -> torch.Tensor:
        """Return the logarithm of A_r."""
        return self.matrices(batch).log()

    def _all(self) -> torch.Tensor:
        import torch

        positive = torch.nn.functional.softplus(self.tensors["heights"])
        return positive / positive.sum(dim=2, keepdim=True)
