from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, OutputError
from palate.learning import LambdaMART, learn, rerank


@pytest.fixture(scope="module")
def tables() -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(8)
    features = pl.DataFrame(
        {
            "query": np.repeat(np.arange(30), 12),
            "item": np.tile(np.arange(12), 30),
            "noise": rng.normal(size=360),
            'score([odd] "system")': rng.normal(size=360),
        }
    )
    signal = features[features.columns[3]].to_numpy()
    judgments = features.select("query", "item").with_columns(grade=np.digitize(signal, [-0.5, 0.5]))
    return features, judgments.filter(pl.col("item") != 3)


def test_saved_ranker_ranks_like_the_fitted_one(
    tables: tuple[pl.DataFrame, pl.DataFrame], tmp_path: Path
) -> None:
    features, judgments = tables
    fitted = learn(LambdaMART(), features, judgments, seed=3, path=tmp_path / "ranker.json")
    runs = rerank(LambdaMART().load(tmp_path / "ranker.json"), features, "learned")
    assert runs.equals(rerank(fitted, features, "learned"))
    assert runs["system"].unique().to_list() == ["learned"]
    # Where it learned, the first item of a query has the highest grade of the query.
    first = runs.filter(pl.col("rank") == 1).join(judgments, on=["query", "item"])
    best = judgments.group_by("query").agg(best=pl.col("grade").max())
    assert (first.join(best, on="query").select(pl.col("grade") == pl.col("best"))["grade"]).mean() > 0.95


def test_order_of_columns_does_not_matter(tables: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    features, judgments = tables
    fitted = learn(LambdaMART(trees=10), features, judgments)
    turned = features.select(*reversed(features.columns)).with_columns(extra=pl.lit(5.0))
    assert rerank(fitted, turned).equals(rerank(fitted, features))


def test_missing_feature_is_refused(tables: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    features, judgments = tables
    fitted = learn(LambdaMART(trees=1), features, judgments)
    with pytest.raises(InputError, match="needs the features noise"):
        rerank(fitted, features.drop("noise"))


def test_folder_that_is_not_there_is_refused(
    tables: tuple[pl.DataFrame, pl.DataFrame], tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="Cannot write"):
        learn(LambdaMART(trees=1), *tables, path=tmp_path / "none" / "ranker.json")
