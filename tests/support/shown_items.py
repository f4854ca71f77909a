"""Small recommendations with everything that measures of a catalogue ask for."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from palate.measures.catalogue import Recommendations

FEATURES = np.array([[1.0, 0], [1, 0], [0, 1], [1, 1], [0, 0]])


def shown(rankings: list[list[int]], users=(4, 3, 2, 1, 0), n_users: int = 4) -> Recommendations:
    """Return each query's items, best first, of a catalogue of as many items as there are numbers of users."""
    return Recommendations(
        np.cumsum([0, *map(len, rankings)]),
        np.array([item for ranking in rankings for item in ranking], dtype=np.int32),
        np.array(users, dtype=float),
        n_users,
        FEATURES[: len(users)],
    )


rankings_of_five = st.lists(
    st.lists(st.integers(0, 4), min_size=1, max_size=5, unique=True), min_size=1, max_size=6
)
