"""Networks as users bring them, and the small one that is taken where they bring none."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from palate.core.errors import SettingsError
from palate.core.extras import needed
from palate.learning.crowds._data import FloatArray

if TYPE_CHECKING:
    import torch

__all__ = ["SmallNetwork", "logits_of", "made_network", "means_and_spreads", "quiet_torch", "tensor_of"]

_BLOCK = 4096
"""Tasks that a network sees at a time where it only foretells."""


@dataclass(frozen=True)
class SmallNetwork:
    """A small network of fully connected layers; features are brought to mean 0 and variance 1 first.

    Args:
        hidden: Units of each layer between features and labels; () is logistic regression.
        dropout: Share of units left out at random in each step of learning.
    """

    hidden: tuple[int, ...] = (64,)
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if any(units < 1 for units in self.hidden):
            raise SettingsError(f"'hidden' must be whole numbers from 1 on; it is {self.hidden}.")
        if not 0 <= self.dropout < 1:
            raise SettingsError(f"'dropout' must be from 0 up to but not 1; it is {self.dropout}.")

    def __call__(self, values: FloatArray, n_labels: int) -> torch.nn.Module:
        """Return a network for features like ``values``, shape (n_tasks, …), and so many labels."""
        import torch

        mean, spread = (torch.from_numpy(numbers).float() for numbers in means_and_spreads(values))

        class Standardized(torch.nn.Module):
            """Features less their mean, in standard deviations."""

            mean: torch.Tensor
            spread: torch.Tensor

            def __init__(self) -> None:
                super().__init__()
                self.register_buffer("mean", mean)
                self.register_buffer("spread", spread)

            def forward(self, features: torch.Tensor) -> torch.Tensor:
                standardized: torch.Tensor = (features.flatten(1) - self.mean) / self.spread
                return standardized

        layers: list[torch.nn.Module] = [Standardized()]
        width = len(mean)
        for units in self.hidden:
            layers += [torch.nn.Linear(width, units), torch.nn.ReLU(), torch.nn.Dropout(self.dropout)]
            width = units
        return torch.nn.Sequential(*layers, torch.nn.Linear(width, n_labels))

    def to_dict(self) -> dict[str, Any]:
        """Return the settings."""
        return asdict(self)


def means_and_spreads(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the standard deviation of each feature, shape (n_features,); 1 for what does not vary."""
    flat = values.reshape(len(values), -1)
    mean, spread = flat.mean(axis=0), flat.std(axis=0)
    varies = spread > 1e-12 * np.abs(flat).max(
        axis=0
    )  # a mean is rounded, so that equal numbers may seem to vary
    return mean, np.where(varies, spread, 1.0)


@contextmanager
def quiet_torch(seed: int, threads: int, what: str) -> Iterator[None]:
    """Seed torch and bound its threads for a while; afterwards both are as before.

    Raises:
        PalateError: torch is not installed; ``what`` needs it.
    """
    torch = needed("torch", extra="deep", for_=what)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(before)


def made_network(
    given: torch.nn.Module | Callable[[FloatArray, int], torch.nn.Module], values: FloatArray, n_labels: int
) -> torch.nn.Module:
    """Return a network of our own, on the processor: a copy of the one given, or what is made for these features.

    Raises:
        SettingsError: It is no network, or does not return a number for each label.
    """
    import torch

    network = copy.deepcopy(given) if isinstance(given, torch.nn.Module) else given(values, n_labels)
    if not isinstance(network, torch.nn.Module):
        raise SettingsError(
            "Expected a torch module (features -> one number a label), a function of (values, n_labels) that makes"
            f" one, or a classifier with fit and predict_proba; got {type(network).__name__}."
        )
    network = network.cpu()
    network.eval()
    with torch.no_grad():
        shape = tuple(network(tensor_of(values[:2], network)).shape)
    wanted = (len(values[:2]), n_labels)
    if shape != wanted:
        raise SettingsError(
            f"The network must return one number for each of the {n_labels} labels, in their sorted order: shape"
            f" {wanted} for {wanted[0]} tasks; it returned {shape}."
        )
    return network


def tensor_of(values: npt.NDArray[Any], network: torch.nn.Module) -> torch.Tensor:
    """Return features in the precision that the network computes in."""
    import torch

    weights = next((p for p in network.parameters() if p.is_floating_point()), torch.zeros(1))
    return torch.from_numpy(np.ascontiguousarray(values)).to(weights.dtype)


def logits_of(network: torch.nn.Module, values: FloatArray) -> torch.Tensor:
    """Return what the network says of each task, shape (n_tasks, n_labels), in double precision."""
    import torch

    network.eval()
    with torch.no_grad():
        parts = [
            network(tensor_of(values[start : start + _BLOCK], network))
            for start in range(0, len(values), _BLOCK)
        ]
    return torch.cat(parts).double()
