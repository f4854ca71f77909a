from __future__ import annotations

import json
import tomllib

import polars as pl
import pytest


@pytest.fixture
def tuned(palate, files):
    """What tuning of neighbours says, and where it wrote what."""
    said = palate(
        "tune",
        "--model",
        "user-neighbours",
        "-i",
        files / "seen.csv",
        "--split",
        "per-user",
        "--future-share",
        0.3,
        "--trials",
        3,
        "-o",
        files / "best.toml",
        "--history",
        files / "trials.csv",
        "--json",
    )
    assert said.code == 0, said.err
    return said


def test_best_settings_are_written_for_palate_toml_and_recommend_takes_them(palate, files, tuned):
    found = json.loads(tuned.out)
    kept = tomllib.loads((files / "best.toml").read_text())
    assert kept == {"recommend": {"options": {"user_neighbours": found["settings"]}}}
    assert len(pl.read_csv(files / "trials.csv")) == len(found["history"]) == 4
    assert "which tuning never saw" in tuned.err
    options = [f"{name}={json.dumps(value)}" for name, value in found["settings"].items()]
    arguments = ("recommend", "-i", files / "seen.csv", "--model", "user-neighbours", "--json")
    by_file = palate(*arguments, "--options", files / "best.toml")
    by_hand = palate(*arguments, *(part for option in options for part in ("--set", option)))
    assert by_file.code == 0
    assert by_file.out == by_hand.out


def test_json_holds_the_same_settings_and_set_goes_over_them(palate, files):
    arguments = ("tune", "--model", "ease", "-i", files / "seen.csv", "--split", "per_user", "--trials", 2)
    said = palate(*arguments, "-o", files / "best.json", "--set", "likes=all")
    assert said.code == 0
    options = json.loads((files / "best.json").read_text())["recommend"]["options"]["ease"]
    assert options["likes"] == "all"
    assert "Trials of ease" in said.out
    said = palate(
        "recommend",
        "-i",
        files / "seen.csv",
        "--model",
        "ease",
        "--options",
        files / "best.json",
        "--set",
        "max_items=3",
    )
    assert said.code == 2
    assert "'max_items' is 3" in said.err


def test_settings_that_are_tables_and_nothing_are_written_as_toml_has_them(palate, files):
    (files / "items.csv").write_text("item,title\n" + "".join(f"i{n},red {n % 3}\n" for n in range(8)))
    said = palate(
        "tune",
        "--model",
        "hybrid",
        "-i",
        files / "seen.csv",
        "--items",
        files / "items.csv",
        "--split",
        "per-user",
        "--trials",
        1,
        "--set",
        "other=als",
        "--set",
        'options={"factors": 2}',
        "-o",
        files / "best.toml",
    )
    assert said.code == 0, said.err
    kept = tomllib.loads((files / "best.toml").read_text())["recommend"]["options"]["hybrid"]
    assert kept["options"] == {"factors": 2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "best.csv"], "name it .toml or .json"),
        (["--model", "random"], "no setting left to tune"),
        (["--split", "weekly"], "global, per_user, leave_one_out"),
        (["--measure", "nddcg"], "nDCG"),
        (["--set", "neighbors=3"], "neighbours"),
    ],
)
def test_mistakes_are_one_message(palate, files, arguments, message):
    said = palate("tune", "--model", "user_neighbours", "-i", files / "seen.csv", *arguments)
    assert said.code == 2
    assert message in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_table_without_times_is_named(palate, files):
    (files / "bare.csv").write_text("user,item\na,1\na,2\nb,1\n")
    said = palate("tune", "--model", "ease", "-i", files / "bare.csv")
    assert said.code == 2
    assert "bare.csv" in said.err
    assert "'timestamp'" in said.err


@pytest.mark.parametrize(
    "text", ["[recommend]\nsystems = []\n", "options", "{", "[recommend]\noptions = 3\n"]
)
def test_files_without_settings_are_refused(palate, files, text):
    (files / "bad.toml").write_text(text)
    said = palate("recommend", "-i", files / "seen.csv", "--options", files / "bad.toml")
    assert said.code == 2
    assert "bad.toml" in said.err
    assert palate("recommend", "-i", files / "seen.csv", "--options", files / "none.toml").code == 2
