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

    Args:
        regularization: Virtual comparisons a thing; 0 gives plain maximum likelihood.
        side_bias: Whether to estimate by how much being shown on the left helps: the effect ``left``.
        intervals: ``fisher``, ``sandwich``, ``clustered`` (by annotator) or ``none``.
        tolerance: Stop when no parameter moves by more than this.
        max_iter: Most steps of Newton's method.
    """

    @property
    def link(self) -> Link:
        """Normal, with a threshold."""
        return "thurstone"
