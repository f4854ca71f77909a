from __future__ import annotations

import json
from collections import Counter
from itertools import permutations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import InputError, SettingsError, UnknownNameError
from palate.experiments.interleaving import multileave, multileave_runs, score_clicks, score_teams

RANKINGS = {"a": "pqrst", "b": "qpuvw", "c": "xyqpz"}


def runs(rankings=None, queries=3):
    rows = [
        (system, query, item, rank)
        for system, items in (rankings or RANKINGS).items()
        for query in range(queries)
        for rank, item in enumerate(items, 1)
    ]
    return pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row")


def shown(lists, impressions, rng, clicks):
    """Return a log of lists shown by chance; ``clicks`` says of rank and item how likely a click is."""
    chosen = rng.choice(lists["list"].unique().sort().to_numpy(), impressions)
    table = pl.DataFrame({"impression": range(impressions), "list": chosen}).join(
        lists, on="list", maintain_order="left"
    )
    chance = np.array([clicks(rank, item) for rank, item in table.select("rank", "item").iter_rows()])
    clicked = (rng.random(len(table)) < chance).astype(int)
    return table.select("impression", "list", "item", pl.Series("clicks", clicked), user="impression")


def test_teams_pick_in_rounds_whose_order_is_drawn_by_lot():
    # One round of ab, bc, ca: whoever is first takes the best item, and so on; by hand, a list an order.
    rankings, wanted = ["ab", "bc", "ca"], set()
    for order in permutations(range(3)):
        items: list[str] = []
        for team in order:
            items.append(next(item for item in rankings[team] if item not in items))
        wanted.add((tuple(items), order))
    drawn = Counter((f.items, f.teams) for f in (multileave(rankings, 3, seed) for seed in range(3000)))
    # With two items a ranking can run out before it is its turn, so the round counts for nobody.
    assert {items for items, _ in drawn} == {items for items, _ in wanted}
    assert {teams for _, teams in drawn} == {(None, None, None)}
    longer = [ranking + "xyz"[i] for i, ranking in enumerate(rankings)]
    drawn = Counter((f.items, f.teams) for f in (multileave(longer, 3, seed) for seed in range(3000)))
    assert set(drawn) == wanted
    assert all(abs(count - 500) < 5 * (3000 * 5 / 36) ** 0.5 for count in drawn.values())


some_rankings = st.lists(st.permutations("abcdefg").map(lambda p: p[:5]), min_size=2, max_size=4)


@settings(max_examples=15, deadline=None)
@given(some_rankings, st.integers(1, 8))
def test_at_each_rank_a_click_counts_as_often_for_each_system(rankings, length):
    n = 600
    drawn = [multileave(rankings, length, seed) for seed in range(n)]
    for rank in range(len(drawn[0].items)):
        teams = Counter(found.teams[rank] for found in drawn)
        named = n - teams[None]
        share = 1 / len(rankings)
        for team in range(len(rankings)):
            assert abs(teams[team] - named * share) <= 5 * (named * share * (1 - share)) ** 0.5


@settings(max_examples=40, deadline=None)
@given(some_rankings, st.integers(1, 9), st.integers(0, 99))
def test_every_item_is_shown_once_and_comes_from_its_team(rankings, length, seed):
    found = multileave(rankings, length, seed)
    assert len(set(found.items)) == len(found.items) == min(length, len(set().union(*rankings)))
    for place, (item, team) in enumerate(zip(found.items, found.teams, strict=True)):
        if team is not None:
            assert item == next(i for i in rankings[team] if i not in found.items[:place])


def test_clicks_on_ranks_alone_prefer_nobody():
    lists = multileave_runs(runs(), length=5, lists=6, seed=2).table
    each_once = lists.select(
        "list", "item", impression="list", clicks=(pl.col("rank") <= 2).cast(int), user="list"
    )
    found = score_teams(each_once, lists)
    assert len(found.pairs) == 3
    assert all(pair.credit.estimate == pytest.approx(0, abs=1e-12) for pair in found.pairs)


@pytest.mark.parametrize("query", range(3))
def test_systems_with_the_same_ranking_get_the_same_clicks_whatever_is_clicked(query):
    twins = {"a": "pqrst", "b": "qpuvw", "c": "qpuvw"}
    lists = multileave_runs(runs(twins), length=4, lists=6, seed=8).table.filter(pl.col("query") == query)
    each_once = lists.select(
        "list", "item", impression="list", clicks=pl.col("item").is_in(["q", "v"]).cast(int), user="list"
    )
    pairs = {(pair.system, pair.other): pair for pair in score_teams(each_once, lists).pairs}
    assert pairs["b", "c"].credit.estimate == pytest.approx(0, abs=1e-12)


def test_false_winners_by_random_clicks_are_as_rare_as_stated():
    lists = multileave_runs(runs(), length=5, lists=10, seed=1).table
    rng = np.random.default_rng(3)
    logs = [shown(lists, 150, rng, lambda rank, _: 0.5 / rank) for _ in range(100)]
    wrong = sum(any(pair.winner for pair in score_teams(log, lists).pairs) for log in logs)
    assert wrong / 100 <= 0.05 + 4 * (0.05 * 0.95 / 100) ** 0.5


def test_the_system_with_the_items_people_click_wins_each_pair():
    lists = multileave_runs(runs(), length=5, lists=20, seed=1).table
    log = shown(lists, 1500, np.random.default_rng(4), lambda _, item: 0.8 if item in "xyz" else 0.1)
    found = score_teams(log, lists)
    winners = {(pair.system, pair.other): pair.winner for pair in found.pairs}
    assert winners["c", "a"] == winners["c", "b"] == "c"
    assert found.sentences[0].startswith(("People prefer", "No winner yet"))
    json.dumps(found.to_dict())


def test_pairs_count_each_other():
    lists = multileave_runs(runs(), length=5, lists=10, seed=1).table
    log = shown(lists, 300, np.random.default_rng(5), lambda _, item: 0.4 if item in "xpq" else 0.3)
    alone, holm = (score_teams(log, lists, correction=c) for c in ("none", "holm"))
    p_values = sorted(pair.p_value for pair in alone.pairs)
    stepped = np.minimum(np.maximum.accumulate(np.array(p_values) * [3, 2, 1]), 1)
    assert sorted(holm.adjusted_p_values) == pytest.approx(stepped)  # Holm, by hand
    for narrow, wide in zip(alone.pairs, holm.pairs, strict=True):
        assert wide.credit.high - wide.credit.low > narrow.credit.high - narrow.credit.low
    assert all(p >= pair.p_value for p, pair in zip(holm.adjusted_p_values, holm.pairs, strict=True))


def test_of_two_systems_credit_is_that_of_two():
    two = {name: RANKINGS[name] for name in "ab"}
    lists = multileave_runs(runs(two), length=4, lists=30, seed=1).table
    log = shown(lists, 300, np.random.default_rng(6), lambda _, item: 0.5 if item == "p" else 0.2)
    found = score_teams(log, lists).pairs[0]
    sign = {"a": 1.0, "b": -1.0, None: 0.0}
    plain = lists.with_columns(credit=pl.Series([sign[team] for team in lists["team"]]))
    mean = plain.group_by("query", "rank").agg(pl.col("credit").mean().alias("mean"))
    centred = plain.join(mean, on=["query", "rank"]).select("list", "item", pl.col("credit") - pl.col("mean"))
    other = score_clicks(log.join(centred, on=["list", "item"]).drop("list"))
    assert abs(found.credit.estimate) == pytest.approx(abs(other.credit.estimate))
    assert found.p_value == pytest.approx(other.p_value)


def test_what_cannot_be_mixed_is_refused():
    with pytest.raises(InputError, match="two rankings or more; there is 1"):
        multileave(["abc"])
    with pytest.raises(InputError, match="Ranking 2 of 2 is empty"):
        multileave(["abc", ""])
    with pytest.raises(InputError, match="Ranking 2 of 2 holds an item more than once"):
        multileave(["abc", "aa"])
    with pytest.raises(SettingsError, match="lists"):
        multileave_runs(runs(), lists=0)
    with pytest.raises(InputError, match="5 systems at most; there are 6"):
        multileave_runs(runs(dict.fromkeys("abcdef", "pq")))
    with pytest.raises(InputError, match="two systems or more; there is one"):
        multileave_runs(runs({"a": "pq"}))
    apart = pl.concat([runs({"a": "pq", "b": "pq"}, 1), runs({"c": "pq"}, 2).filter(pl.col("query") == 1)])
    with pytest.raises(InputError, match="No query is ranked by all of a, b, c"):
        multileave_runs(apart)


def test_queries_that_some_system_lacks_are_said():
    table = runs().filter((pl.col("system") != "c") | (pl.col("query") > 0))
    found = multileave_runs(table, lists=2)
    assert found.notes == ("1 of 3 queries are not ranked by all systems; they have no lists.",)
    assert set(found.table["query"]) == {1, 2}


def test_lists_and_corrections_that_do_not_fit_are_refused():
    lists = multileave_runs(runs(), lists=2).table
    log = shown(lists, 20, np.random.default_rng(7), lambda *_: 0.5)
    with pytest.raises(InputError, match="no column 'team'"):
        score_teams(log, lists.drop("team"))
    with pytest.raises(InputError, match="are of 1 team"):
        score_teams(log, lists.with_columns(team=pl.lit("a")))
    with pytest.raises(UnknownNameError):
        score_teams(log, lists, correction="bonferoni")
