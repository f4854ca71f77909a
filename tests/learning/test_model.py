"""Models as folders: written whole, read back the same, refused where they are damaged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, OutputError, UnknownNameError
from palate.learning import (
    LambdaMART,
    ModelCard,
    contributions_of,
    cross_fit,
    feature_table,
    features_for,
    load_model,
    read_card,
    rerank,
    save_model,
)


@pytest.fixture(scope="module")
def world() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return runs of a system, the items' table, and judgments by the items' colour and price."""
    rng = np.random.default_rng(4)
    items = pl.DataFrame(
        {
            "item": [f"i{n}" for n in range(40)],
            "price": rng.normal(size=40),
            "colour": rng.choice(["red", "blue"], 40),
        }
    )
    rows = [
        (q, i, r + 1) for q in range(20) for r, i in enumerate(rng.choice(items["item"], 12, replace=False))
    ]
    runs = pl.DataFrame(rows, schema=["query", "item", "rank"], orient="row").with_columns(system=pl.lit("a"))
    good = pl.col("price") + pl.when(pl.col("colour") == "red").then(1.0).otherwise(0.0)
    judgments = runs.join(items, on="item").select("query", "item", grade=(good > 0.5).cast(pl.Int64))
    return runs, items, judgments


@pytest.fixture(scope="module")
def saved(world: tuple[pl.DataFrame, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs, items, judgments = world
    table = feature_table(runs, items=items)
    fit = cross_fit(LambdaMART(trees=30, min_rows=5), table, judgments, seed=2)
    measured = pl.DataFrame(
        {
            "system": ["reranked", "a"],
            "measure": "nDCG@10",
            "value": [0.9, 0.5],
            "low": 0.4,
            "high": 0.95,
            "queries": 20,
        }
    )
    card = ModelCard.of(
        fit,
        table,
        seed=2,
        data={"runs a.trec": "f" * 32},
        measured=measured,
        verdict="It is better.",
        contributions=contributions_of(fit.ranker, table),
    )
    folder = tmp_path_factory.mktemp("models") / "model"
    save_model(fit.ranker, card, folder)
    return folder


def test_model_ranks_new_runs_as_before_it_was_saved(world: tuple[pl.DataFrame, ...], saved: Path) -> None:
    runs, items, judgments = world
    fit = cross_fit(LambdaMART(trees=30, min_rows=5), feature_table(runs, items=items), judgments, seed=2)
    model = load_model(saved)
    features = features_for(model.ranker, runs, items=items)
    assert rerank(model.ranker, features).equals(rerank(fit.ranker, feature_table(runs, items=items)))


def test_categories_are_coded_as_when_it_learned(world: tuple[pl.DataFrame, ...], saved: Path) -> None:
    runs, items, _ = world
    other = items.with_columns(colour=pl.lit("green"))
    features = features_for(load_model(saved).ranker, runs, items=other)
    assert features["item(colour=red)"].unique().to_list() == [0.0]
    assert "item(colour=green)" not in features.columns


def test_card_says_what_it_is(saved: Path) -> None:
    assert sorted(file.name for file in saved.iterdir()) == ["card.json", "card.md", "model.txt"]
    card = load_model(saved).card
    assert (card.objective, card.seed, card.folds, card.judged_rows) == ("lambdamart", 2, 5, 240)
    assert card.settings["trees"] == 30
    by_name = {f["feature"]: f for f in card.features}
    assert by_name["item(price)"]["source"] == "items"
    assert by_name["item(price)"]["meaning"] == "the item's price"
    assert by_name["item(price)"]["mean_contribution"] > by_name["reciprocal_rank(a)"]["mean_contribution"]
    assert sum(f["importance"] for f in card.features) == pytest.approx(1.0)
    assert {"lightgbm", "numpy"} <= card.versions.keys()
    text = (saved / "card.md").read_text()
    for part in (
        "It is better.",
        "`item(colour=red)`",
        "0.9000",
        "0.4000 … 0.9500",
        "f" * 32,
        "`trees` | 30",
    ):
        assert part in text


def test_card_is_read_without_the_ranker(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_bytes((saved / "card.json").read_bytes())
    assert read_card(tmp_path) == load_model(saved).card


def test_missing_features_are_named_with_their_sources(world: tuple[pl.DataFrame, ...], saved: Path) -> None:
    runs, items, _ = world
    model = load_model(saved)
    with pytest.raises(InputError, match=r"item\(price\).* \(from the items table\)"):
        rerank(model.ranker, features_for(model.ranker, runs))
    renamed = runs.with_columns(system=pl.lit("b"))
    with pytest.raises(InputError, match=r"reciprocal_rank\(a\) \(from that system's runs\)"):
        rerank(model.ranker, features_for(model.ranker, renamed, items=items))


def test_a_folder_with_other_files_is_left_alone(saved: Path, tmp_path: Path) -> None:
    model = load_model(saved)
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="holds other files"):
        save_model(model.ranker, model.card, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    save_model(model.ranker, model.card, tmp_path / "new")
    save_model(model.ranker, model.card, tmp_path / "new")
    assert load_model(tmp_path / "new").card == model.card


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "palate model 1"}', '{"format": "other"}'])
def test_damaged_cards_are_refused(saved: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(InputError, match="no model's card"):
        load_model(tmp_path)


def test_missing_parts_and_unknown_objectives_are_refused(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no model here"):
        load_model(tmp_path / "none")
    card = json.loads((saved / "card.json").read_text())
    (tmp_path / "card.json").write_text(json.dumps(card))
    with pytest.raises(InputError, match=r"model\.txt"):
        load_model(tmp_path)
    (tmp_path / "card.json").write_text(json.dumps({**card, "objective": "lambdamarts"}))
    with pytest.raises(UnknownNameError, match="lambdamart"):
        load_model(tmp_path)
    (tmp_path / "card.json").write_text(json.dumps({**card, "settings": 5}))
    with pytest.raises(InputError, match="no model's card"):
        load_model(tmp_path)


def test_a_note_says_of_how_many_rows_tables_say_nothing(world: tuple[pl.DataFrame, ...]) -> None:
    runs, items, judgments = world
    some = items.with_columns(price=pl.when(pl.int_range(pl.len()) < 10).then(None).otherwise("price"))
    table = feature_table(runs, items=some)
    fit = cross_fit(LambdaMART(trees=2), table, judgments)
    share = table["item(price)"].null_count() / len(table)
    [note] = ModelCard.of(fit, table, seed=0).notes
    assert f"item(price) of {share:.1%}" in note
    assert ModelCard.of(fit, table.with_columns(pl.col("item(price)").fill_null(0.0)), seed=0).notes == ()
