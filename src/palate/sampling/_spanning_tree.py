"""Which pairs to ask about in one go: those that tell most while they connect everything."""

from __future__ import annotations

import numpy as np

from palate.sampling._drawing import FloatArray
from palate.sampling._item_pairs import Pairs

__all__ = ["greatest_tree"]


def greatest_tree(pairs: Pairs, gains: FloatArray, n_items: int) -> Pairs:
    """Return the places of the pairs that connect all items and have the greatest gain together, greatest first.

    A maximum spanning tree (Li, Mantiuk et al., Hybrid-MST: A hybrid active sampling strategy for pairwise preference
    aggregation, NeurIPS 2018). Of equal gains, those earlier in ``pairs`` go first.

    Args:
        pairs: Every two items, lower number first.
        gains: One a pair.
        n_items: How many items there are.
    """
    joined = np.arange(n_items)
    order = np.argsort(-gains, kind="stable")
    places = []
    for place, (first, second) in zip(order.tolist(), pairs[order].tolist(), strict=True):
        if joined[first] != joined[second]:
            joined[joined == joined[second]] = joined[first]
            places.append(place)
            if len(places) == n_items - 1:
                break
    return np.array(places, dtype=np.int64)
