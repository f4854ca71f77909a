"""Noise that all annotators share beside each one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from palate.core.errors import SettingsError
from palate.core.settings import check_counts, check_positive
from palate.learning.crowds._data import CrowdData
from palate.learning.crowds._descent import Batch
from palate.learning.crowds._networks import means_and_spreads
from palate.learning.crowds._noise import Noise, NoiseLearner, spread_identity

if TYPE_CHECKING:
    import torch

__all__ = ["CoNAL"]


@dataclass(frozen=True)
class CoNAL(NoiseLearner):
    """Common and individual noise adaptation layers. Chu, Ma and Wang, 2021, section 4.

    With the network's probabilities p, annotator r answers task i with ``softmax(w p G + (1 - w) p W_r)``: G is the
    confusion that all share, as where a picture misleads everybody, W_r their own, and ``w = sigmoid(u_r · v_i)`` says
    which of both a mistake comes from, u_r and v_i vectors of length 1 learned for the annotator and from the task's
    features. So w is between 0.27 and 0.73. The mean cross entropy of answers is descended, less ``difference`` times the sum of
    the Euclidean norms of W_r - G, which keeps them apart. As in the authors' code, v_i is two
    linear layers of the features; we standardize these first.

    The confusion of an annotator is the mean over the tasks they answered of what the layer says where the network is certain.

    Args:
        start: What the identity is multiplied by where matrices start. The authors' code takes 2, from which the network
            learns mistakes by heart before the layers find them.
        difference: How much it counts that own confusions are unlike the common one.
        size: Of the vectors u and v.
        width: Of the layer between features and v.
    """

    start: float = 0.5
    difference: float = 1e-5
    size: int = 20
    width: int = 128

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(start=self.start)
        check_counts(size=self.size, width=self.width)
        if not 0 <= self.difference < np.inf:
            raise SettingsError(f"'difference' must be a number from 0 on; it is {self.difference}.")

    def noise(self, data: CrowdData) -> Noise:
        """Return the layers as they start."""
        import torch

        flat = data.values.reshape(len(data.values), -1)
        mean, spread = means_and_spreads(flat[data.answered])
        standardized = torch.from_numpy((flat - mean) / spread).float()
        into = torch.nn.Linear(flat.shape[1], self.width)
        out = torch.nn.Linear(self.width, self.size)
        annotators = torch.nn.Linear(len(data.annotator_ids), self.size)
        tensors = {
            "own": spread_identity(len(data.annotator_ids), data.n_labels, self.start),
            "common": spread_identity(1, data.n_labels, self.start)[0],
            "annotators": (annotators.weight.T + annotators.bias).detach().contiguous(),
            "into": into.weight.detach(),
            "into_bias": into.bias.detach(),
            "out": out.weight.detach(),
            "out_bias": out.bias.detach(),
        }
        return _Layers(tensors, standardized, self.difference)


class _Layers(Noise):
    def __init__(self, tensors: dict[str, torch.Tensor], features: torch.Tensor, difference: float) -> None:
        super().__init__(tensors)
        self._features, self._difference = features, difference

    def matrices(self, batch: Batch) -> torch.Tensor:
        """Return w G + (1 - w) W_r."""
        common = self._shares(batch)[:, None, None]
        return common * self.tensors["common"] + (1 - common) * self.tensors["own"][batch.annotators]

    def penalty(self) -> torch.Tensor:
        """Return minus ``difference`` times the sum of norms of W_r - G."""
        import torch

        apart = (self.tensors["own"] - self.tensors["common"]).flatten(1)
        # At the start they are equal, where a norm has no gradient; the root of a bit more than the square has 0.
        return -self._difference * torch.sqrt(apart.square().sum(dim=1) + 1e-12).sum()

    def _shares(self, batch: Batch) -> torch.Tensor:
        """Return how much of each answer's noise is the common one, shape (n_answers,)."""
        import torch

        tensors, functional = self.tensors, torch.nn.functional
        hidden = functional.linear(self._features[batch.tasks], tensors["into"], tensors["into_bias"])
        tasks = functional.normalize(functional.linear(hidden, tensors["out"], tensors["out_bias"]))
        annotators = functional.normalize(tensors["annotators"])
        return torch.sigmoid((tasks[batch.rows] * annotators[batch.annotators]).sum(dim=1))
