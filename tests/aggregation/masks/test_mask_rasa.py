from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mask_strategies import disc_crowd, mask_sets
from scipy.stats import chi2

from palate.aggregation.masks import RASA, MajorityVote
from palate.core.errors import SettingsError


def _overlap(first: np.ndarray, second: np.ndarray) -> float:
    union = (first | second).sum()
    return (first & second).sum() / union if union else 1.0


def _outvoted(masks: dict, weights: dict) -> np.ndarray:
    """Return the pixels of more than half the weight."""
    total = sum(weights[who] for who in masks)
    return sum(mask * (weights[who] / total) for who, mask in masks.items()) > 0.5 + 1e-9


def _plain_rasa(masks: dict, passes: int) -> tuple[dict, dict]:
    """The yardstick: pixel by pixel, mask by mask."""
    who = sorted({name for own in masks.values() for name in own})
    several = {task: own for task, own in masks.items() if len(own) > 1}
    n_masks = {name: sum(name in own for own in several.values()) for name in who}
    weights = dict.fromkeys(who, 1.0)
    for _ in range(passes):
        total = {name: 0.01 * n_masks[name] for name in who}
        for own in several.values():
            for name, mask in own.items():
                others = {other: m for other, m in own.items() if other != name}
                total[name] += (1 - _overlap(mask, _outvoted(others, weights))) ** 2
        weights = {n: chi2.ppf(0.025, n_masks[n]) / total[n] if n_masks[n] else 1.0 for n in who}
    known = [name for name in who if n_masks[name]]
    mean = sum(weights[name] for name in known) / max(len(known), 1)
    scaled = {name: weights[name] / mean if name in known else None for name in who}
    return {task: _outvoted(own, weights) for task, own in masks.items()}, scaled


@settings(max_examples=40, deadline=None)
@given(masks=mask_sets(), passes=st.integers(1, 3))
def test_fast_version_equals_the_plain_one(masks: dict, passes: int) -> None:
    found = RASA(max_iter=passes, tolerance=0).aggregate(masks)
    expected, weights = _plain_rasa(masks, passes if not found.converged else found.iterations)
    for task, mask in expected.items():
        np.testing.assert_array_equal(found.masks[task], mask)
    assert dict(found.annotators.select("annotator", "weight").iter_rows()) == pytest.approx(weights)


def test_weights_of_one_pass_by_hand() -> None:
    # a and b share 1 of 2 pixels, c none with anyone. Without themselves, a meets b and c, of whom neither has
    # more than half: nothing is marked, the distance is 1; so it is for all.
    masks = {"t": {"a": np.array([1, 1, 0]), "b": np.array([1, 0, 0]), "c": np.array([0, 0, 1])}}
    found = RASA(max_iter=1).aggregate(masks)
    assert found.annotators["weight"].to_list() == pytest.approx([1, 1, 1])
    assert found.masks["t"].tolist() == [True, False, False]


def test_careful_annotators_weigh_more_and_the_result_is_better_than_a_vote() -> None:
    rates = [0.98, 0.95, 0.75, 0.7, 0.65]
    masks, truth = disc_crowd(0, rates, rates)
    found, voted = RASA().aggregate(masks), MajorityVote().aggregate(masks)
    weights = found.annotators["weight"].to_list()
    assert weights == sorted(weights, reverse=True)
    ours, theirs = (
        np.mean([_overlap(disc, result.masks[task]) for task, disc in truth.items()])
        for result in (found, voted)
    )
    assert ours > theirs + 0.05


def test_one_annotator_alone_has_no_weight() -> None:
    mask = np.array([True, False])
    found = RASA().aggregate({"t": {"a": mask, "b": mask}, "u": {"c": mask}})
    assert found.annotators["weight"].to_list() == [1.0, 1.0, None]
    assert RASA().aggregate({"u": {"c": mask}}).annotators["weight"].to_list() == [None]


@pytest.mark.parametrize(
    "setting", [{"alpha": 0.0}, {"alpha": 1.0}, {"regularization": 0.0}, {"max_iter": 0}, {"tolerance": -1.0}]
)
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        RASA(**setting)
