"""``palate study`` and ``palate demo`` on the user's own files."""

import json

import pytest
from small_study import write_small_world


@pytest.fixture
def world(tmp_path, monkeypatch):
    write_small_world(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_study_is_made_run_in_parts_and_looked_at(palate, world):
    said = palate(
        "study", "new", "s", "--interactions", "interactions.csv", "--items", "items.csv", "--seed", 2
    )
    assert said.code == 0
    assert "palate study run s" in said.out
    assert 'interactions = "../interactions.csv"' in (world / "s" / "palate.toml").read_text()
    said = palate("study", "run", "s", "--to", "sample")
    assert said.code == 0
    assert "4/4 Sample tasks" in said.err
    states = [row["state"] for row in json.loads(palate("study", "status", "s", "--json").out)]
    assert states == ["done"] * 4 + ["missing"] * 5
    assert "missing" in palate("study", "status", "s").out
    said = palate("study", "run", "s", "--from", "ask", "--json")
    assert said.code == 0
    found = json.loads(said.out)
    assert found["report"] == "s/report/index.html"
    assert found["verdicts"][0]["sentence"] == found["steps"]["evaluate"]


def test_demo_on_own_files_ends_with_a_verdict_and_goes_on_where_it_was(palate, world):
    said = palate("demo", "-i", "interactions.csv", "--items", "items.csv", "-o", "d", "--seed", 1)
    assert said.code == 0, said.err
    assert "nDCG@10" in said.out
    assert "Report: d/report/index.html" in said.out
    assert "simulated" in said.err
    assert palate("demo", "-o", "d").err.count("unchanged") == 9
    refused = palate("demo", "-o", "d", "-i", "interactions.csv")
    assert refused.code == 2
    assert "Name another folder" in refused.err


def test_items_alone_and_unreadable_files_leave_no_study(palate, world):
    assert "name both" in palate("study", "new", "s", "--items", "items.csv").err
    (world / "bad.csv").write_text("user,thing\n1,2\n")
    said = palate("study", "new", "s", "--interactions", "bad.csv")
    assert said.code == 2
    assert "bad.csv" in said.err
    assert "'item'" in said.err
    assert not (world / "s" / "palate.toml").exists()


def test_study_where_a_file_lies_is_refused(palate, world):
    said = palate("study", "new", "items.csv/s")
    assert said.code == 2
    assert "Choose another folder" in said.err


def test_method_that_is_not_there_is_named_with_the_step(palate, world):
    palate("study", "new", "s", "--interactions", "interactions.csv")
    settings = world / "s" / "palate.toml"
    settings.write_text(settings.read_text().replace('"als"', '"alls"'))
    said = palate("study", "run", "s")
    assert said.code == 2
    assert "Did you mean als?" in said.err
