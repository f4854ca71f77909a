from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import entropy
from shown_items import FEATURES, shown

from palate.core.errors import InputError, SettingsError
from palate.measures.catalogue import Miscalibration


def known(*items):
    return tuple(np.array(of_user, dtype=np.int32) for of_user in items)


def test_divergence_by_hand():
    # took 0 and 2: half and half. Shown 0, 1: all of the first; smoothed 0.995 and 0.005
    found = replace(shown([[0, 1]]), known=known([0, 2]))
    assert Miscalibration(2).value(found) == pytest.approx(
        0.5 * np.log(0.5 / 0.995) + 0.5 * np.log(0.5 / 0.005)
    )


def test_divergence_is_scipys():
    # took 3, 0: 3/4 and 1/4. Shown 2, 3: 1/4 and 3/4
    found = replace(shown([[2, 3]]), known=known([3, 0]))
    p, q = np.array([0.75, 0.25]), np.array([0.25, 0.75])
    assert Miscalibration(2, alpha=0.1).value(found) == pytest.approx(entropy(p, 0.9 * q + 0.1 * p))


def test_what_is_shown_as_it_was_taken_is_calibrated():
    assert Miscalibration(2).value(replace(shown([[0, 2]]), known=known([2, 1]))) == 0.0


def test_queries_without_a_history_or_without_features_do_not_count():
    # item 4 has no features
    found = replace(shown([[0, 1], [0], [4], [0]]), known=known([0, 2], [], [0], [4]))
    assert Miscalibration(2).value(found) == Miscalibration(2).value(
        replace(shown([[0, 1]]), known=known([0, 2]))
    )
    with pytest.raises(InputError, match="needs a query whose user has interactions"):
        Miscalibration(2).value(replace(shown([[0]]), known=known([])))


def test_what_it_cannot_be_reckoned_from_is_refused():
    with pytest.raises(InputError, match="needs features of the items and interactions"):
        Miscalibration(2).value(shown([[0]]))
    with pytest.raises(InputError, match="needs features from 0"):
        Miscalibration(2).value(replace(shown([[0]]), known=known([0]), features=-FEATURES))
    with pytest.raises(SettingsError, match="alpha of Miscalibration must be a number"):
        Miscalibration(2, alpha=0)
