"""Every recommender, today's and tomorrow's, is the same after it was saved and loaded."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from interaction_strategies import interaction_tables
from recommender_extras import recommender_names

from palate.recommend import (
    CodedInteractions,
    FittedRecommender,
    code_interactions,
    hash_interactions,
    load_recommender,
    recommend_top,
    recommenders,
    save_recommender,
)

_TEXTS = pl.DataFrame({"item": range(1, 10), "title": [f"part {n} of {n % 3}" for n in range(1, 10)]})


def _scores(fitted: FittedRecommender, coded: CodedInteractions) -> np.ndarray:
    users = np.arange(-1, len(coded.user_ids), dtype=np.int32)
    return fitted.score_many(users, np.arange(len(coded.item_ids), dtype=np.int32))


@pytest.mark.parametrize("name", recommender_names())
@given(table=interaction_tables())
@settings(max_examples=5, deadline=None)
def test_loaded_recommender_scores_to_the_same_bits(name: str, table: pl.DataFrame) -> None:
    recommender = recommenders.create(name)
    coded = code_interactions(table, _TEXTS) if recommender.needs_items else code_interactions(table)
    fitted = recommender.fit(coded, seed=5)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.palate"
        save_recommender(fitted, path, recommender, coded)
        loaded = load_recommender(path)
    assert loaded.recommender == recommender
    assert loaded.data_hash == hash_interactions(coded) == hash_interactions(loaded.interactions)
    assert _scores(loaded.fitted, loaded.interactions).tobytes() == _scores(fitted, coded).tobytes()
    before = recommend_top(fitted, coded, 3, system=name)
    assert recommend_top(loaded.fitted, loaded.interactions, 3, system=name).equals(before)
