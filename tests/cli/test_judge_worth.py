"""``palate judge-worth`` and ``palate judge-assisted``."""

import json

import polars as pl
import pytest
from judged_worlds import judged_world


@pytest.fixture
def world(tmp_path):
    made = judged_world()
    made.some_people(200).write_csv(tmp_path / "people.csv")
    made.judge.write_csv(tmp_path / "judge.csv")
    for name, run in made.runs.items():
        run.write_csv(tmp_path / f"{name}.csv")
    return tmp_path


def both(folder):
    return ("--human", folder / "people.csv", "--model", folder / "judge.csv")


def systems(folder):
    return ("-r", folder / "a.csv", "-r", folder / "b.csv", "-m", "P@5")


def test_judge_worth_says_what_a_label_is_worth(palate, world):
    said = palate("judge-worth", *both(world), "--price", "0.05", "--labels", "1000")
    assert said.code == 0, said.err
    assert "With the judge, a label of people is worth" in said.out
    assert "1,000 labels at $0.05 cost $50.00" in said.out
    assert "Quadratic kappa with people" in said.out
    assert "What people say at each label of the judge, 200 labels" in said.out


def test_judge_worth_warns_of_a_shared_model(palate, world):
    said = palate(
        "judge-worth",
        *both(world),
        *systems(world),
        "--judge-model",
        "gpt-4o",
        "--system-model",
        "a=gpt-4o-mini",
    )
    assert said.code == 0, said.err
    assert "Warning: The judge gpt-4o and the system 'a' (gpt-4o-mini)" in said.err
    assert "Does the judge favour a system?" in said.out


def test_judge_worth_as_json_and_as_a_file(palate, world):
    out = world / "labels.csv"
    said = palate("judge-worth", *both(world), "--json", "-o", out)
    found = json.loads(said.out)
    assert found["labels"] == 200
    assert found["multiplier"]["low"] < found["multiplier"]["estimate"] < found["multiplier"]["high"]
    table = pl.read_csv(out)
    assert table["count"].sum() == 200
    assert table.columns[:2] == ["judge", "count"]


def test_a_system_model_without_a_name_is_refused(palate, world):
    said = palate("judge-worth", *both(world), "--judge-model", "x", "--system-model", "a")
    assert said.code != 0
    assert "--system-model takes SYSTEM=MODEL" in said.err


def test_judge_assisted_says_the_verdict(palate, world):
    said = palate("judge-assisted", *both(world), *systems(world))
    assert said.code == 0, said.err
    assert said.out.startswith("a beats b on P@5 by +0.")
    assert "200 labels of people and 450 of the judge" in said.out
    assert "people alone" in said.out


def test_judge_assisted_as_json_and_as_a_file(palate, world):
    out = world / "values.csv"
    said = palate("judge-assisted", *both(world), *systems(world), "--all-queries", "--json", "-o", out)
    assert json.loads(said.out)["queries"] == "all"
    assert pl.read_csv(out)["system"].to_list() == ["a", "b", "a − b"]


def test_items_that_the_judge_lacks_are_one_message(palate, world):
    pl.read_csv(world / "judge.csv").tail(-1).write_csv(world / "judge.csv")
    people = judged_world().people
    people.write_csv(world / "people.csv")
    said = palate("judge-assisted", *both(world), *systems(world))
    assert said.code != 0
    assert "it lacks 1 of 450: query q0, item d0" in said.err
    assert "Traceback" not in said.err
