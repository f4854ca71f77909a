"""Rao–Kupper: ties are what falls between two thresholds."""

from __future__ import annotations

from dataclasses import dataclass

from palate.aggregation.pairs._maximum_likelihood import MaximumLikelihood
from palate.aggregation.pairs._pair_model import Link

__all__ = ["RaoKupper"]


@dataclass(frozen=True)
class RaoKupper(MaximumLikelihood):
    """Maximum likelihood of Rao and Kupper's model of ties, 1967.

    A thing with score s is preferred to one with score r with the probability F(s - r - c), F logistic; the other
    one with F(r - s - c); what remains is a tie. The effect ``tie`` is c, the logarithm of their theta. Where
    nothing ties c is 0 and this is Bradley and Terry's model. Settings, intervals and what is refused are those of
    ``BradleyTerry``.
    """

    @property
    def link(self) -> Link:
        """Logistic, with a threshold."""
        return "rao_kupper"
