"""Expected watch time by weighted logistic regression, or by a network with that loss; gradients by torch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import OptimizeResult, minimize
from torch import Tensor
from torch.nn import functional

from palate.recommend._two_tower_net import one_thread

__all__ = ["learn_odds"]

FloatArray = npt.NDArray[np.float64]


def learn_odds(
    inputs: FloatArray,
    values: FloatArray,
    *,
    hidden: tuple[int, ...],
    regularization: float,
    iterations: int,
    rng: np.random.Generator,
) -> tuple[tuple[FloatArray, ...], FloatArray]:
    """Return layers whose output is the log of the expected value, and the loss after each iteration.

    L-BFGS is scipy's: torch's own comes to a halt on layers of rectified linear units.

    Args:
        inputs: Shape (n_examples, n_inputs).
        values: At least 0, about 1 on average, shape (n_examples,).
        hidden: Widths of the layers before the last.
        regularization: Weight of the squared weights (constants are free).
        iterations: Most iterations of L-BFGS.
        rng: For random starts.
    """
    examples, wanted = torch.from_numpy(inputs), torch.from_numpy(values)
    start = _start(inputs.shape[1], hidden, float(values.mean()), rng)
    shapes = [layer.shape for layer in start]

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        parameters = torch.from_numpy(flat.copy()).requires_grad_()
        layers = _layers(parameters, shapes)
        logits = _logits(examples, layers)
        # Every example is a negative of weight 1, and a positive with its value as weight.
        total = (wanted * functional.softplus(-logits) + functional.softplus(logits)).mean()
        for weights in layers[::2]:
            total = total + regularization * (weights**2).sum()
        (slope,) = torch.autograd.grad(total, parameters)
        return float(total.detach()), slope.numpy()

    losses: list[float] = []

    def keep(intermediate_result: OptimizeResult) -> None:
        losses.append(float(intermediate_result.fun))

    with one_thread():
        flat = np.concatenate([layer.ravel() for layer in start])
        found = minimize(
            loss, flat, jac=True, method="L-BFGS-B", callback=keep, options={"maxiter": iterations}
        )
    layers = tuple(layer.numpy() for layer in _layers(torch.from_numpy(found.x), shapes))
    return layers, np.array(losses)


def _start(n_inputs: int, hidden: tuple[int, ...], mean: float, rng: np.random.Generator) -> list[FloatArray]:
    """Return layers that expect the mean of everything; those before the last are random."""
    layers: list[FloatArray] = []
    for n_outputs in hidden:
        layers += [rng.normal(0, np.sqrt(2 / n_inputs), (n_inputs, n_outputs)), np.zeros(n_outputs)]
        n_inputs = n_outputs
    return [*layers, np.zeros((n_inputs, 1)), np.full(1, np.log(mean))]


def _layers(parameters: Tensor, shapes: list[tuple[int, ...]]) -> list[Tensor]:
    sizes = [int(np.prod(shape)) for shape in shapes]
    parts = torch.split(parameters, sizes)
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _logits(inputs: Tensor, layers: list[Tensor]) -> Tensor:
    hidden = inputs
    for place in range(0, len(layers), 2):
        hidden = torch.relu(hidden) if place else hidden
        hidden = hidden @ layers[place] + layers[place + 1]
    return hidden[:, 0]
