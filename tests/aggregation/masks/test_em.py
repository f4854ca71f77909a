from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mask_strategies import disc_crowd, mask_sets

from palate.aggregation.masks import EM, MajorityVote
from palate.core.errors import SettingsError

PSEUDO = st.sampled_from([(1.0, 0.01), (0.0, 0.0), (2.0, 1.0), (0.0, 0.5)])
PRIOR = st.sampled_from([None, 0.2, 0.5])


def _plain_em(masks: dict, prior: float | None, right: float, wrong: float, passes: int):
    """The yardstick: pixel by pixel. Returns the posteriors, the rates by annotator and the objectives."""
    who = sorted({name for own in masks.values() for name in own})
    truth = {task: np.mean(list(own.values()), axis=0) for task, own in masks.items()}
    objectives = []
    for _ in range(passes):
        rates = {}
        for name in who:
            hits, inside, quiet, outside = right, right + wrong, right, right + wrong
            for task, own in masks.items():
                for pixel in np.ndindex(truth[task].shape) if name in own else ():
                    inside += truth[task][pixel]
                    hits += truth[task][pixel] * own[name][pixel]
                    outside += 1 - truth[task][pixel]
                    quiet += (1 - truth[task][pixel]) * (not own[name][pixel])
            rates[name] = hits / inside if inside else 0.5, quiet / outside if outside else 0.5
        objective = sum(
            weight * np.log(rate)
            for pair in rates.values()
            for p in pair
            for weight, rate in ((right, p), (wrong, 1 - p))
            if weight
        )
        for task, own in masks.items():
            share = truth[task].mean() if prior is None else prior
            for pixel in np.ndindex(truth[task].shape):
                yes, no = share, 1 - share
                for name, mask in own.items():
                    yes *= rates[name][0] if mask[pixel] else 1 - rates[name][0]
                    no *= 1 - rates[name][1] if mask[pixel] else rates[name][1]
                truth[task][pixel] = yes / (yes + no)
                objective += np.log(yes + no)
        objectives.append(objective)
    return truth, rates, objectives


@settings(max_examples=40, deadline=None)
@given(masks=mask_sets(), pseudo=PSEUDO, prior=PRIOR, passes=st.integers(1, 4))
def test_fast_version_equals_the_plain_one(
    masks: dict, pseudo: tuple, prior: float | None, passes: int
) -> None:
    method = EM(prior=prior, right=pseudo[0], wrong=pseudo[1], max_iter=passes, tolerance=0)
    found = method.aggregate(masks)
    posterior, rates, objectives = _plain_em(masks, prior, *pseudo, found.iterations)
    np.testing.assert_allclose(found.log_likelihood, objectives, atol=1e-9)
    for row in found.annotators.to_dicts():
        expected = rates[row["annotator"]]
        assert (row["sensitivity"], row["specificity"]) == pytest.approx(expected, abs=1e-9)
    for task, values in posterior.items():
        clear = np.abs(values - 0.5) > 1e-6
        np.testing.assert_array_equal(found.masks[task][clear], (values > 0.5)[clear])


@settings(max_examples=40, deadline=None)
@given(masks=mask_sets(), pseudo=PSEUDO, prior=PRIOR)
def test_what_is_maximized_never_falls(masks: dict, pseudo: tuple, prior: float | None) -> None:
    found = EM(prior=prior, right=pseudo[0], wrong=pseudo[1], tolerance=0).aggregate(masks)
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(found.log_likelihood))


def test_first_pass_by_hand() -> None:
    # Shares of votes 1, 1/2, 0, 0: a marks 1 and 1/2 of 3/2, leaves 2 of 5/2 and so does not err; b marks 1 of 3/2 and
    # leaves all.
    masks = {"t": {"a": np.array([1, 1, 0, 0]), "b": np.array([1, 0, 0, 0])}}
    found = EM(right=0, wrong=0, max_iter=1).aggregate(masks)
    assert found.annotators["sensitivity"].to_list() == pytest.approx([1, 2 / 3])
    assert found.annotators["specificity"].to_list() == pytest.approx([4 / 5, 1])
    # The share is 3/8. Pixel 1: 3/8 * 2/3. Pixel 2: 3/8 * 1/3 against 5/8 * 1/5, a tie. The rest: 5/8 * 4/5.
    assert found.log_likelihood == pytest.approx([np.log(1 / 4) + np.log(1 / 4) + 2 * np.log(1 / 2)])
    assert found.masks["t"].tolist() == [True, False, False, False]
    assert not found.converged


def test_annotators_are_known_from_many_pixels() -> None:
    sensitivity, specificity = [0.95, 0.8, 0.7, 0.6], [0.9, 0.97, 0.8, 0.85]
    masks, truth = disc_crowd(1, sensitivity, specificity)
    found = EM().aggregate(masks)
    assert found.converged
    np.testing.assert_allclose(found.annotators["sensitivity"], sensitivity, atol=0.04)
    np.testing.assert_allclose(found.annotators["specificity"], specificity, atol=0.04)
    voted = MajorityVote().aggregate(masks)
    wrong, wrong_votes = (
        np.mean([(result.masks[task] != disc).mean() for task, disc in truth.items()])
        for result in (found, voted)
    )
    assert wrong < wrong_votes


def test_thousands_of_masks_do_not_underflow() -> None:
    rng = np.random.default_rng(0)
    masks = {"t": {n: rng.random(20) < np.repeat([0.4, 0.6], 10) for n in range(3000)}}
    found = EM().aggregate(masks)
    assert np.isfinite(found.log_likelihood).all()
    assert found.masks["t"].tolist() == [False] * 10 + [True] * 10


@pytest.mark.parametrize(
    "setting",
    [
        {"prior": 0.0},
        {"prior": 1.0},
        {"right": -1.0},
        {"wrong": np.inf},
        {"max_iter": 0},
        {"tolerance": -1.0},
    ],
)
def test_impossible_settings_are_refused(setting: dict) -> None:
    with pytest.raises(SettingsError, match=f"'{next(iter(setting))}' must be"):
        EM(**setting)
