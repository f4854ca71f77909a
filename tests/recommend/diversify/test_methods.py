from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import InputError, SettingsError
from palate.recommend.diversify import MMR, Calibrated, Candidates, XQuAD, diversify_run

RUN = pl.DataFrame({"system": "s", "query": 1, "item": list("abcde"), "score": [5.0, 4.0, 3.0, 2.0, 1.0]})
KINDS = pl.DataFrame({"item": list("abcde"), "category": ["drama", "drama", "drama", "comedy", "comedy"]})


def order(method, **more):
    return "".join(diversify_run(RUN, KINDS, method, **more).runs["item"])


def test_mmr_by_hand():
    # Relevance 1, .75, .5, .25, 0. After a, at diversity .5: b .375 - .5, c .25 - .5, d .125, e 0: d.
    # Then b -.125, c -.25, e 0 - .5: b.
    assert order(MMR(), cutoff=3) == "adb"


def test_mmr_with_numbers_as_features():
    features = pl.DataFrame({"item": list("abcde"), "x": [1, 2, 0, 3, 1], "y": [0, 0, 1, 3, -1]})
    # Cosine with a: b 1, c 0, d .7071, e .7071. b .375-.5, c .25, d .125-.354, e 0-.354: c; it is not near e (-.707).
    # Then the most similar of a and c: b 1, d .7071, e .7071: b -.125, d -.229, e -.354.
    found = diversify_run(RUN, features, MMR(), cutoff=3).runs
    assert "".join(found["item"]) == "acb"


def test_xquad_by_hand():
    # P(c) is 1/2 each. Diversity .9. a: .1 + .9·.5·1. Drama is then covered for sure: b .075, c .05; d .025 + .9·.5·.25.
    # Then comedy is left by .75: e 0; b .075.
    assert order(XQuAD(0.9), cutoff=4) == "adbc"


def test_xquad_follows_what_the_user_is_after():
    past = pl.DataFrame({"user": [1] * 10, "item": ["e"] * 10})
    # Only comedy counts: a .1·1; d .025 + .9·.25 is more.
    assert order(XQuAD(0.9), cutoff=2, past=past) == "da"


def test_calibrated_by_hand():
    past = pl.DataFrame({"user": [1, 1], "item": ["a", "d"]})
    # Half and half is wanted. After a, at diversity .9: b gains .075 - .9·KL(drama only), d .025 - .9·0.
    assert order(Calibrated(0.9), cutoff=2, past=past) == "ad"
    # With comedy only in the past, d and e come first.
    comedy = pl.DataFrame({"user": [1], "item": ["e"]})
    assert order(Calibrated(0.9), cutoff=3, past=comedy) == "dea"


def _plain_objective(places, candidates, method):
    vectors = candidates.vectors[places]
    size = sum(vectors.sum(axis=1))
    q = vectors.sum(axis=0) / size if size else np.zeros(vectors.shape[1])
    total = 0.0
    for p_c, q_c in zip(candidates.target, q, strict=True):
        if p_c > 0:
            total += p_c * np.log(p_c / ((1 - method.mixed) * q_c + method.mixed * p_c))
    return (1 - method.diversity) * candidates.relevance[places].sum() - method.diversity * total


@given(seed=st.integers(0, 10_000), diversity=st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_calibrated_takes_what_raises_its_objective_most(seed, diversity):
    rng = np.random.default_rng(seed)
    vectors = rng.dirichlet(np.ones(4), 7) * (rng.random((7, 1)) < 0.8)
    candidates = Candidates(np.sort(rng.random(7))[::-1], vectors, rng.dirichlet(np.ones(4)))
    method = Calibrated(diversity)
    chosen: list[int] = []
    for place in method.pick(candidates, 5):
        values = {i: _plain_objective([*chosen, i], candidates, method) for i in range(7) if i not in chosen}
        assert values[place] == pytest.approx(max(values.values()), abs=1e-9)
        chosen.append(int(place))


@given(seed=st.integers(0, 10_000), method=st.sampled_from([MMR(0.7), XQuAD(0.7)]))
@settings(max_examples=25, deadline=None)
def test_gains_never_rise(seed, method):
    rng = np.random.default_rng(seed)
    candidates = Candidates(np.sort(rng.random(7))[::-1], rng.dirichlet(np.ones(3), 7))
    chosen = method.pick(candidates, 7)
    gains = [method.gains(candidates, chosen[:place])[item] for place, item in enumerate(chosen)]
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(gains))


def test_what_was_before_is_kept_beside():
    found = diversify_run(RUN, KINDS, MMR(), cutoff=2)
    assert found.runs.rows() == [("s+mmr", 1, "a", 1, 1.0, 1, 5.0), ("s+mmr", 1, "d", 2, 0.5, 4, 2.0)]
    assert found.moved == 0.5
    assert diversify_run(RUN, KINDS, "mmr", system="new").runs["system"][0] == "new"


def test_depth_limits_what_is_chosen_from():
    assert order(MMR(0.9), depth=2, cutoff=5) == "ab"


def test_items_without_category_are_said():
    found = diversify_run(RUN, KINDS.filter(pl.col("item") != "b"), MMR())
    assert found.notes == ("1 of 5 items have no category: they are similar to none and cover none.",)


def test_a_user_without_past_is_taken_for_the_mean():
    both = pl.concat([RUN, RUN.with_columns(query=pl.lit(2))])
    past = pl.DataFrame({"user": [1, 3], "item": ["a", "d"]})
    found = diversify_run(both, KINDS, Calibrated(0.9), past=past, cutoff=2)
    assert found.notes[0].startswith("1 of 2 users have no past with a category")
    assert found.runs.filter(query=2)["item"].to_list() == ["a", "d"]
    assert found.runs.filter(query=1)["item"].to_list() == ["a", "b"]


def test_one_row_may_name_several_categories():
    kinds = pl.DataFrame({"item": list("abcde"), "genres": ["A|B", "A", "B | C", "", "A|A"]})
    run = diversify_run(RUN, kinds, MMR(), separator="|")
    assert run.notes == ("1 of 5 items have no category: they are similar to none and cover none.",)


def test_ids_of_other_types_meet_as_text():
    run = RUN.with_columns(item=pl.Series([1, 2, 3, 4, 5]))
    kinds = KINDS.with_columns(item=pl.Series(["1", "2", "3", "4", "5"]))
    assert diversify_run(run, kinds, MMR(), cutoff=3).runs["item"].to_list() == [1, 4, 2]


def test_weights_count_and_must_be_whole():
    weighted = KINDS.with_columns(weight=pl.Series([1.0, 1.0, 1.0, 1.0, 2.0]))
    assert order(XQuAD(0.9), cutoff=4) == "".join(
        diversify_run(RUN, weighted, XQuAD(0.9), cutoff=4).runs["item"]
    )
    with pytest.raises(InputError, match="Some categories have a weight and others none"):
        diversify_run(RUN, weighted.with_columns(weight=pl.Series([1.0, None, 1.0, 1.0, 2.0])), XQuAD())


def test_scores_are_needed():
    ranks = RUN.drop("score").with_columns(rank=pl.Series([1, 2, 3, 4, 5]))
    with pytest.raises(InputError, match="mmr needs the scores of all systems; 's' has none"):
        diversify_run(ranks, KINDS, MMR())


def test_bad_tables_are_refused():
    features = pl.DataFrame({"item": list("abcde"), "x": range(5)})
    with pytest.raises(InputError, match="'xquad' needs the categories of items.*only features: x"):
        diversify_run(RUN, features, XQuAD())
    with pytest.raises(InputError, match="Expected the column 'category', or columns of numbers"):
        diversify_run(RUN, features.select("item", name=pl.lit("n")), MMR())
    with pytest.raises(InputError, match="'x' of item c is missing or not finite"):
        diversify_run(RUN, features.with_columns(x=pl.Series([0, 1, None, 3, 4])), MMR())
    with pytest.raises(InputError, match="None of the 5 items in the runs is in this table"):
        diversify_run(RUN, KINDS.with_columns(item=pl.col("item") + "0"), MMR())
    with pytest.raises(InputError, match="'calibrated' compares with what users liked"):
        diversify_run(RUN, KINDS, Calibrated())
    with pytest.raises(InputError, match="None of the items in the past has a category"):
        diversify_run(RUN, KINDS, Calibrated(), past=pl.DataFrame({"user": [1], "item": ["zz"]}))
    with pytest.raises(InputError, match="The separator of categories is empty"):
        diversify_run(RUN, KINDS, MMR(), separator="")
    with pytest.raises(InputError, match="needs to know which categories"):
        Calibrated().pick(Candidates(np.ones(1), np.ones((1, 1))), 1)


def test_bad_settings_are_refused():
    with pytest.raises(SettingsError, match="'diversity' must be between 0 and 1"):
        MMR(1.5)
    with pytest.raises(SettingsError, match="'mixed' must be between 0 and 1"):
        Calibrated(mixed=0)
    with pytest.raises(SettingsError, match="'cutoff' must be at least 1"):
        diversify_run(RUN, KINDS, cutoff=0)
