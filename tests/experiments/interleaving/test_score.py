from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from palate.core.errors import InputError, SettingsError
from palate.experiments.interleaving import Optimized, Probabilistic, TeamDraft, interleave_runs, score_clicks

COLUMNS = ["impression", "item", "clicks", "credit"]


def log_of(rows, *more):
    return pl.DataFrame(rows, schema=[*COLUMNS, *more], orient="row")


@pytest.fixture
def log():
    rng = np.random.default_rng(4)
    rows = [
        (i, item, int(rng.random() < (0.4 if credit > 0 else 0.25)), credit)
        for i in range(300)
        for item, credit in zip("xy", rng.permutation([1.0, -1.0]), strict=True)
    ]
    return log_of(rows)


def test_credit_is_the_mean_an_impression_with_students_interval(log):
    sums = log.group_by("impression").agg((pl.col("clicks") * pl.col("credit")).sum())["clicks"].to_numpy()
    found, wanted = score_clicks(log), stats.ttest_1samp(sums, 0)
    interval = wanted.confidence_interval(0.95)
    assert (found.credit.estimate, found.credit.low, found.credit.high) == pytest.approx(
        (sums.mean(), interval.low, interval.high)
    )
    assert found.p_value == pytest.approx(wanted.pvalue)
    assert (found.wins, found.losses) == ((sums > 0).sum(), (sums < 0).sum())
    assert found.sign_p_value == pytest.approx(stats.binomtest(found.wins, found.wins + found.losses).pvalue)
    assert (found.impressions, found.units, found.unit) == (300, 300, "impression")
    assert found.clicks == log["clicks"].sum()
    assert found.winner == "A"


def test_bootstrap_agrees_with_student_on_many_impressions(log):
    plain, drawn = score_clicks(log), score_clicks(log, interval="bootstrap")
    assert drawn.credit.low == pytest.approx(plain.credit.low, abs=0.02)
    assert drawn.credit.high == pytest.approx(plain.credit.high, abs=0.02)
    assert drawn == score_clicks(log, interval="bootstrap")


def test_users_are_what_varies_independently(log):
    copies = [
        log.with_columns(impression=pl.col("impression") + 1000 * i, user=pl.col("impression"))
        for i in range(4)
    ]
    found, single = score_clicks(pl.concat(copies)), score_clicks(log)
    assert (found.units, found.unit, found.impressions) == (300, "user", 1200)
    assert found.credit.low == pytest.approx(single.credit.low)
    assert (found.wins, found.p_value) == (single.wins, pytest.approx(single.p_value))


def test_the_better_system_leads(log):
    turned = score_clicks(
        log.with_columns(credit=-pl.col("credit"), system=pl.lit("als"), other=pl.lit("bpr"))
    )
    plain = score_clicks(log)
    assert (turned.system, turned.other, turned.winner) == ("bpr", "als", "bpr")
    assert turned.credit == plain.credit
    assert (turned.wins, turned.losses, turned.win_share) == (plain.wins, plain.losses, plain.win_share)
    assert turned.sentence.startswith("People prefer bpr to als: +0.")


def test_a_second_click_counts_nothing(log):
    assert score_clicks(log.with_columns(pl.col("clicks") * 3)).credit == score_clicks(log).credit


def test_no_winner_says_how_many_impressions_would_do(log):
    few = score_clicks(log.filter(pl.col("impression") < 12))
    assert few.winner is None
    assert f"about {few.impressions_needed:,} impressions would be needed" in few.sentence
    se = (few.credit.high - few.credit.low) / 2 / 1.959964
    assert few.impressions_needed == pytest.approx(
        12 * ((1.959964 + 0.841621) * se / few.credit.estimate) ** 2, rel=0.03
    )


def test_looking_often_needs_a_wider_interval(log):
    once, always = score_clicks(log), score_clicks(log, planned_units=300)
    assert always.credit.low < once.credit.low
    assert always.p_value > once.p_value


@pytest.mark.parametrize(
    "method", [TeamDraft(), Probabilistic(), Optimized()], ids=lambda m: type(m).__name__
)
def test_the_system_with_the_clicked_items_wins(method):
    rng = np.random.default_rng(6)
    rows = [
        (s, q, item, r)
        for q in range(8)
        for s, items in (("a", "uvwxy"), ("b", "yxwvu"))
        for r, item in enumerate(items, 1)
    ]
    lists = interleave_runs(
        pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row"),
        method,
        length=3,
        lists=20,
    ).table
    shown = pl.DataFrame({"impression": range(800), "list": rng.integers(1, lists["list"].max() + 1, 800)})
    log = shown.join(lists, on="list").select("impression", "list", "item")
    log = log.with_columns(
        clicks=(pl.Series(rng.random(len(log))) < pl.col("item").is_in(["y"]) * 0.3 + 0.1).cast(int)
    )
    found = score_clicks(log, lists)
    assert found.winner == "b"
    noise = score_clicks(log.with_columns(clicks=pl.Series((rng.random(len(log)) < 0.3).astype(int))), lists)
    assert noise.p_value > 1e-4


def test_rows_of_items_that_were_not_clicked_may_be_left_out(log):
    clicked = log.filter(pl.col("clicks") > 0)
    silent = log.join(clicked, on="impression", how="anti").unique("impression", keep="first")
    short = pl.concat([clicked, silent])
    assert len(short) < len(log)
    assert score_clicks(short).credit == score_clicks(log).credit


def test_notes_say_what_the_log_lacks():
    rows = [(i, "x", 1, (1.0, -1.0)[i % 2]) for i in range(10)]
    assert [note.split(";")[0] for note in score_clicks(log_of(rows)).notes] == [
        "the log names no users",
        "every impression has a click",
    ]
    silent = score_clicks(log_of([(i, "x", 0, 1.0) for i in range(10)]))
    assert "nothing was clicked" in silent.notes[1]
    assert (silent.winner, silent.p_value, silent.win_share, silent.impressions_needed) == (
        None,
        1,
        None,
        None,
    )
    same = score_clicks(log_of([(i, "x", 1, 1.0) for i in range(10)]))
    assert "every impression gives the same credit" in same.notes[1]
    assert silent.to_dict()["winner"] is None


@pytest.mark.parametrize(
    ("rows", "more", "problem"),
    [
        ([(1, "x", 1, 1.0)], (), "needs at least two impressions; there is one"),
        ([(1, "x", 1, 1.0), (1, "x", 1, 1.0)], (), "one row for each"),
        ([(1, "x", -1, 1.0), (2, "x", 1, 1.0)], (), "must be at least 0"),
        ([(1, "x", 1, float("nan")), (2, "x", 1, 1.0)], (), "column 'credit'"),
        ([(1, "x", 1, 1.0, 7), (1, "y", 1, 1.0, 8)], ("user",), "Every impression has one user"),
        ([(1, "x", 1, 1.0, 7), (2, "y", 1, 1.0, None)], ("user",), "Every impression has one user"),
        ([(1, "x", 1, 1.0, "a"), (2, "y", 1, 1.0, "c")], ("system",), "names 2: a, c"),
    ],
)
def test_bad_logs_are_errors(rows, more, problem):
    with pytest.raises(InputError, match=problem):
        score_clicks(log_of(rows, *more))


def test_logs_that_do_not_fit_the_lists_are_errors():
    lists = pl.DataFrame(
        {
            "list": [1, 1, 2],
            "query": 1,
            "rank": [1, 2, 1],
            "item": ["x", "y", "x"],
            "credit": [1.0, -1, 1],
            "system": "a",
            "other": "b",
        }
    )
    log = pl.DataFrame({"impression": [1, 2], "list": [1, 2], "item": ["x", "y"], "clicks": [1, 0]})
    with pytest.raises(
        InputError, match="1 rows of the log show an item that its list does not have, such as item 'y' of"
    ):
        score_clicks(log, lists)
    both = pl.DataFrame({"impression": [1, 1], "list": [1, 2], "item": ["y", "x"], "clicks": [1, 0]})
    with pytest.raises(InputError, match="1 impressions have several, such as '1'"):
        score_clicks(both, lists)
    with pytest.raises(InputError, match="credit"):
        score_clicks(log)


def test_settings_that_do_not_go_together_are_refused(log):
    with pytest.raises(SettingsError, match="student or bootstrap; it is 'bca'"):
        score_clicks(log, interval="bca")
    with pytest.raises(SettingsError, match="leave out one of them"):
        score_clicks(log, interval="bootstrap", planned_units=100)
    with pytest.raises(SettingsError, match="confidence must be"):
        score_clicks(log, confidence=1.5)
