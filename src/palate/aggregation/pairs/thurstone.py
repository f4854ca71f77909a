"""Thurstone's case V: what is seen of each thing is normal around its score."""

from __future__ import annotations

from dataclasses import dataclass

from palate.aggregation.pairs._maximum_likelihood import MaximumLikelihood
from palate.aggregation.pairs._pair_model import Link

__all__ = ["Thurstone"]


@dataclass(frozen=True)
class Thurstone(MaximumLikelihood):
    """Maximum likelihood of Thurstone's case V, 1927, with ties after Glenn and David, 1960.

    A thing with score s is preferred to one with score r with the probability F(s - r - c), F the standard normal:
    the unit of scores is the standard deviation of a difference. The other one is with F(r - s - c); what remains
    is a tie, and c, the effect ``tie``, is 0 where nothing ties. Settings, intervals and what is refused are those
    of ``BradleyTerry``.
    """

    @property
    def link(self) -> Link:
        """Normal, with a threshold."""
        return "thurstone"
