"""``palate learn`` from clicks: how probably people look at a rank is found first, and clicks are counted by it."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

QUERIES, ITEMS, RANKS, SHOWN = 40, 8, 5, 60
LOOKED = 1.0 / np.arange(1, RANKS + 1)


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """Two systems that rank by a feature that says nothing of relevance, and clicks of people who look at rank k with probability 1 / k."""
    folder = tmp_path_factory.mktemp("clicks")
    rng = np.random.default_rng(1)
    useful, useless = rng.normal(size=(2, QUERIES, ITEMS))
    relevance = 1 / (1 + np.exp(1 - 2 * useful))
    lists = np.argsort(-(useless + 0.7 * rng.normal(size=(2, QUERIES, ITEMS))), axis=2)[:, :, :RANKS]
    pairs = {"query": np.repeat(np.arange(QUERIES), ITEMS), "item": np.tile(np.arange(ITEMS), QUERIES)}
    known = {"useful": useful.ravel(), "useless": useless.ravel()}
    pl.DataFrame(pairs | known).write_csv(folder / "features.csv")
    pl.DataFrame(pairs | {"grade": (relevance > 0.5).astype(int).ravel()}).write_csv(folder / "judged.csv")
    for system in range(2):
        rows = [
            f"{q} Q0 {i} {r + 1} {-r} s{system}\n"
            for q in range(QUERIES)
            for r, i in enumerate(lists[system, q])
        ]
        (folder / f"s{system}.trec").write_text("".join(rows))
    queries, shown = np.repeat(np.arange(QUERIES), SHOWN), rng.integers(0, 2, QUERIES * SHOWN)
    items = lists[shown, queries]
    clicks = rng.random(items.shape) < LOOKED * relevance[queries[:, None], items]
    ranks = np.tile(np.arange(1, RANKS + 1), len(queries))
    log = {
        "query": np.repeat(queries, RANKS),
        "item": items.ravel(),
        "rank": ranks,
        "clicks": clicks.ravel().astype(int),
    }
    pl.DataFrame(log).write_csv(folder / "clicks.csv")
    rows = [
        (2 * q + s, q, r + 1, int(i))
        for s in range(2)
        for q in range(QUERIES)
        for r, i in enumerate(lists[s, q])
    ]
    pl.DataFrame(rows, schema=["list", "query", "rank", "item"], orient="row").write_csv(folder / "lists.csv")
    number = np.repeat(np.arange(len(queries)), RANKS)
    whole = pl.DataFrame({"impression": number, "list": np.repeat(2 * queries + shown, RANKS), **log})
    # Items without a click are left out, but for one of each impression.
    kept = whole.filter((pl.col("clicks") > 0) | (pl.col("rank") == 1))
    kept.select("impression", "list", "item", "clicks").write_csv(folder / "impressions.csv")
    lots = np.argsort(rng.random((4000, ITEMS)), axis=1)[:, :RANKS]
    asked = rng.integers(0, QUERIES, len(lots))
    chance = LOOKED * relevance[asked[:, None], lots]
    drawn = {
        "query": np.repeat(asked, RANKS),
        "item": lots.ravel(),
        "rank": np.tile(np.arange(1, RANKS + 1), len(lots)),
    }
    drawn |= {"clicks": (rng.random(chance.shape) < chance).astype(int).ravel()}
    pl.DataFrame(drawn).write_csv(folder / "lots.csv")
    return folder


def arguments(folder, *more, log="clicks.csv"):
    runs = ("-r", folder / "s0.trec", "-r", folder / "s1.trec")
    features = ("--features", folder / "features.csv", "--set", "min_rows=5")
    return ("learn", *runs, "--clicks", folder / log, *features, *more, "--json")


def test_clicks_counted_by_where_people_look_teach_more_than_clicks_as_they_are(palate, logged, tmp_path):
    judged = ("-j", logged / "judged.csv")
    said = palate(*arguments(logged, *judged, "-o", tmp_path / "model"))
    assert said.code == 0, said.err
    found = json.loads(said.out)
    looked = [row["propensity"] for row in found["propensities"]]
    assert looked == pytest.approx(LOOKED.tolist(), abs=0.12)
    as_they_are = palate(*arguments(logged, *judged, "--position-bias", "none"))
    assert as_they_are.code == 0, as_they_are.err
    plain = json.loads(as_they_are.out)
    assert "propensities" not in plain
    values = [next(r["value"] for r in f["summary"] if r["system"] == "lambdamart") for f in (found, plain)]
    assert values[0] > values[1] + 0.03
    assert "which favours what was on top" in as_they_are.err
    assert "clicks on 12,000 shown items" in said.err
    assert "nobody was asked" not in said.err
    card = json.loads((tmp_path / "model" / "card.json").read_text())
    assert "clicks clicks.csv" in card["data"]
    assert any("counted by how probably people look" in note for note in card["notes"])


def test_without_judgments_values_are_by_the_clicks_and_a_note_says_so(palate, logged):
    said = palate(*arguments(logged))
    assert said.code == 0, said.err
    assert "nobody was asked" in said.err
    assert {row["system"] for row in json.loads(said.out)["summary"]} == {"s0", "s1", "lambdamart"}


def test_impressions_of_interleaved_lists_are_the_same_log(palate, logged):
    whole = json.loads(palate(*arguments(logged)).out)
    said = palate(*arguments(logged, "--lists", logged / "lists.csv", log="impressions.csv"))
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert found["propensities"] == whole["propensities"]
    assert found["summary"] == whole["summary"]


def test_another_log_with_ranks_by_lot_tells_where_people_look(palate, logged):
    lots = ("--position-bias", "randomized", "--propensity-log", logged / "lots.csv")
    said = palate(*arguments(logged, *lots))
    assert said.code == 0, said.err
    found = json.loads(said.out)["propensities"]
    assert [row["impressions"] for row in found] == [4000] * RANKS
    assert [row["propensity"] for row in found] == pytest.approx(LOOKED.tolist(), abs=0.06)
    assert "(randomized)" in said.err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.with_columns(clicks=0), "clicks.csv: Nothing was clicked"),
        (lambda t: t.with_columns(clicks=-1), "clicks.csv, row 1, column 'clicks'"),
        (lambda t: t.with_columns(rank=0), "clicks.csv, row 1, column 'rank'"),
        (lambda t: t.drop("rank"), "clicks.csv"),
        (lambda t: t.unique(["query", "item"], maintain_order=True), "No item was shown at two ranks"),
        (lambda t: t.with_columns(query=pl.col("query") + 1000), "clicks.csv"),
    ],
)
def test_logs_that_cannot_teach_are_refused_by_file(palate, logged, tmp_path, change, message):
    change(pl.read_csv(logged / "clicks.csv")).write_csv(tmp_path / "clicks.csv")
    runs = ("-r", logged / "s0.trec", "--features", logged / "features.csv")
    said = palate("learn", *runs, "--clicks", tmp_path / "clicks.csv")
    assert said.code == 2
    assert message in " ".join(said.err.split())
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--position-bias", "swap"), "must be one of swaps, randomized, none; it is 'swap'"),
        (("--position-bias", "none", "--propensity-log", "lots.csv"), "leave out --propensity-log"),
        (("--clip", "2"), "'clip' must be above 0 and at most 1"),
        (("--propensity-log", "short.csv"), "No propensity is known of the ranks 3, 4, 5"),
        (("--lists", "other.csv"), "an item that its list does not have"),
    ],
)
def test_settings_that_do_not_fit_are_one_message(palate, logged, more, message):
    log = pl.read_csv(logged / "clicks.csv")
    log.filter(pl.col("rank") <= 2).write_csv(logged / "short.csv")
    lists = pl.read_csv(logged / "lists.csv")
    lists.with_columns(item=pl.col("item") + 100).write_csv(logged / "other.csv")
    named = [logged / value if value.endswith(".csv") else value for value in more]
    said = palate(*arguments(logged, *named, log="impressions.csv" if "--lists" in more else "clicks.csv"))
    assert said.code == 2
    assert message in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_lists_and_a_log_of_propensities_need_clicks(palate, logged):
    said = palate(
        "learn", "-r", logged / "s0.trec", "-j", logged / "judged.csv", "--lists", logged / "lists.csv"
    )
    assert said.code == 2
    assert "--lists needs a log of clicks: --clicks FILE" in said.err
