from __future__ import annotations

import json
import re

import polars as pl
import pytest


@pytest.fixture
def events(tmp_path):
    """Forty users of two events each; those of b watch two seconds more and never crash."""
    rows = [
        (f"u{u}", "ab"[u % 2], 10 + 2 * (u % 2) + (u * 7 % 5) + e, u * 7 % 5, (u + e) % 3, 4, int(u % 8 == 0))
        for u in range(40)
        for e in range(2)
    ]
    path = tmp_path / "events.csv"
    names = ["user", "variant", "watch_seconds", "before", "clicks", "impressions", "crashes"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv(path)
    return path


def test_table_and_sentences_say_what_was_found(palate, events):
    said = palate("ab", events, "--metric", "watch_seconds", "--ratio", "clicks/impressions")
    assert said.code == 0
    assert "80 rows of 40 units (user): a 20, b 20" in said.out
    assert "raises" in said.out
    assert "b raises watch_seconds by +" in said.err
    assert "No clear difference of b and a on clicks/impressions: " in said.err
    assert "Note: the smallest variant has 20 units" in said.err


def test_json_holds_effects_and_checks(palate, events):
    said = palate("ab", events, "-m", "watch_seconds", "--guardrail", "crashes:0.02", "--json")
    found = json.loads(said.out)
    watch, crashes = found["effects"]
    assert watch["difference"]["estimate"] == pytest.approx(4.0)
    assert (watch["direction"], crashes["guardrail"]) == ("raises", "not shown")
    assert found["ratio_mismatch"]["found"] is False
    assert found["units"] == {"a": 20, "b": 20}


def test_a_covariate_takes_noise_out_of_one_metric_or_all(palate, events):
    def noise_left(*more):
        said = palate("ab", events, "-m", "watch_seconds", "--ratio", "clicks/impressions", *more, "--json")
        return [effect["noise_left"] for effect in json.loads(said.out)["effects"]]

    assert noise_left() == [None, None]
    one, none = noise_left("--covariate", "watch_seconds=before")
    assert one < 1e-9
    assert none is None
    assert None not in noise_left("--covariate", "before")


def test_looking_often_is_wider_and_saved(palate, events, tmp_path):
    out = tmp_path / "found.csv"
    widths = []
    for more in ((), ("--sequential", "--planned-units", "40")):
        assert palate("ab", events, "-m", "watch_seconds", *more, "-o", out).code == 0
        row = pl.read_csv(out).row(0, named=True)
        widths.append(row["high"] - row["low"])
    assert widths[1] > widths[0] > 0


def test_a_mismatch_is_said_before_anything_else(palate, events):
    said = palate("ab", events, "-m", "watch_seconds", "--share", "a=0.9", "--share", "b=0.1")
    assert said.err.startswith(
        "Do not trust these results: the variants have a 20, b 20 units where a 36, b 4"
    )


def test_other_columns_can_be_named(palate, events, tmp_path):
    renamed = tmp_path / "renamed.parquet"
    pl.read_csv(events).rename({"user": "shop", "variant": "arm"}).write_parquet(renamed)
    said = palate(
        "ab", renamed, "-m", "watch_seconds", "--unit", "shop", "--variant-column", "arm", "--control", "b"
    )
    assert said.code == 0
    assert re.search(r"^a lowers watch_seconds by \d+\.\d% \(95% CI −", said.err, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "Name what to compare: --metric COLUMN"),
        (("-m", "seconds"), "need the column 'seconds'"),
        (("-m", "watch_seconds", "--share", "a"), "--share takes variant=share"),
        (
            ("-m", "watch_seconds", "--covariate", "clicks=before"),
            "there is no metric 'clicks' among watch_seconds",
        ),
        (("-m", "watch_seconds", "--correction", "sidak"), "holm, bh or none; it is 'sidak'"),
        (("-m", "watch_seconds", "--covariate", "clicks"), "column 'clicks': A covariate is known before"),
        (("--guardrail", "crashes"), "A guardrail is metric:limit"),
        (("-m", "watch_seconds", "--unit", "clicks"), "units are in more than one variant"),
    ],
)
def test_mistakes_are_one_message(palate, events, arguments, problem):
    said = palate("ab", events, *arguments)
    assert said.code == 2
    assert problem in said.err
