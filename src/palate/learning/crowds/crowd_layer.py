"""A layer of each annotator's own behind the network's output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from palate.core.errors import SettingsError
from palate.learning.crowds._data import CrowdData
from palate.learning.crowds._descent import Batch
from palate.learning.crowds._noise import Noise, NoiseLearner, spread_identity

if TYPE_CHECKING:
    import torch

__all__ = ["CrowdLayer"]

Variant = Literal["MW", "VW", "VW+B"]


@dataclass(frozen=True)
class CrowdLayer(NoiseLearner):
    """A linear layer of each annotator behind the network's softmax. Rodrigues and Pereira, 2018, section 4.

    With the network's probabilities p, annotator r gives the answers ``softmax(p W_r)``, W_r a matrix (``MW``); or
    ``softmax(w_r * p)``, a weight a label (``VW``); or ``softmax(w_r * p + b_r)`` (``VW+B``). All start at the identity,
    b_r at 0, and are learned with the network from the cross entropy of the answers. Where the authors leave missing
    answers out of a batch of tasks, so do we.

    The confusion of an annotator is what the layer says where the network is certain: ``[t, l]`` is
    ``softmax(row t of W_r)[l]``. Of ``VW`` and ``VW+B``, its wrong labels are all equally probable but for b_r. Nothing
    but the start keeps W_r from permuting labels; ``warm_start``, which is ours, makes it firmer. Rodrigues and Pereira
    learn without: ``warm_start=0``.

    Args:
        variant: ``MW``, ``VW`` or ``VW+B``.
    """

    variant: Variant = "MW"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.variant not in get_args(Variant):
            raise SettingsError(
                f"'variant' must be one of {', '.join(get_args(Variant))}; it is {self.variant!r}."
            )

    def noise(self, data: CrowdData) -> Noise:
        """Return the layer as it starts."""
        import torch

        n_annotators, n_labels = len(data.annotator_ids), data.n_labels
        if self.variant == "MW":
            return _Matrices({"matrices": spread_identity(n_annotators, n_labels, 1.0)})
        tensors = {"weights": torch.ones(n_annotators, n_labels)}
        if self.variant == "VW+B":
            tensors["biases"] = torch.zeros(n_annotators, n_labels)
        return _Vectors(tensors)


class _Matrices(Noise):
    def matrices(self, batch: Batch) -> torch.Tensor:
        """Return W_r."""
        return self.tensors["matrices"][batch.annotators]


class _Vectors(Noise):
    def matrices(self, batch: Batch) -> torch.Tensor:
        """Return diag(w_r), b_r added to each row: p times it is w_r * p + b_r, because p sums to 1."""
        import torch

        diagonal = torch.diag_embed(self.tensors["weights"][batch.annotators])
        if "biases" not in self.tensors:
            return diagonal
        return diagonal + self.tensors["biases"][batch.annotators][:, None, :]
