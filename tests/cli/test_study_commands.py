"""``palate study`` and ``palate demo`` on the user's own files."""

import io
import json
import re
from decimal import Decimal

import pytest
from small_study import write_small_world

from palate.cli._observer import StepLines
from palate.study import steps_of


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
    assert states == ["done"] * 4 + ["missing"] * 9
    assert "missing" in palate("study", "status", "s").out
    said = palate("study", "run", "s", "--from", "ask", "--to", "learn", "--json")
    found = json.loads(said.out)
    assert found["verdicts"][0]["sentence"] == found["steps"]["evaluate"]
    assert (found["report"], len(found["dollars"])) == (None, 1)
    said = palate("study", "run", "s", "--json")
    assert said.code == 0
    found = json.loads(said.out)
    assert found["report"] == "s/report/index.html"
    assert found["verdicts"][0]["sentence"] == found["steps"]["evaluate-2"]
    rows = json.loads(palate("study", "status", "s", "--json").out)
    assert {row["step"]: row["round"] for row in rows if row["step"].startswith("ask")} == {
        "ask": 1,
        "ask-2": 2,
    }
    assert {row["round"] for row in rows if row["step"] in ("read", "split", "recommend", "report")} == {None}


def test_demo_on_own_files_ends_with_a_verdict_and_goes_on_where_it_was(palate, world):
    said = palate("demo", "-i", "interactions.csv", "--items", "items.csv", "-o", "d", "--seed", 1)
    assert said.code == 0, said.err
    first, second, cost = said.out.splitlines()[:3]
    assert first.startswith("Round 2, the retrained ranker: ")
    assert "nDCG@10" in first
    assert second.startswith("Round 1: ")
    paid = [Decimal(part) for part in re.findall(r"\$(\d+\.\d\d)", cost)]
    assert len(paid) == 3
    assert paid[0] + paid[1] == paid[2]
    assert "Report: d/report/index.html" in said.out
    assert "simulated" in said.err
    assert palate("demo", "-o", "d").err.count("unchanged") == 13
    refused = palate("demo", "-o", "d", "-i", "interactions.csv")
    assert refused.code == 2
    assert "Name another folder" in refused.err


def test_study_of_one_round_ends_with_the_first_verdict_and_what_was_learned(palate, world):
    palate("study", "new", "s", "-i", "interactions.csv")
    settings = world / "s" / "palate.toml"
    settings.write_text(settings.read_text().replace("rounds = 2", "rounds = 1"))
    said = palate("study", "run", "s")
    assert said.code == 0, said.err
    first, learned, report = said.out.splitlines()
    assert "popularity" in first
    assert "lambdamart" in learned
    assert report == "Report: s/report/index.html"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_what_a_step_says_before_it_is_done_is_printed_whole(is_terminal):
    stream = io.StringIO()
    stream.isatty = lambda: is_terminal  # type: ignore[method-assign]  # a terminal that can be read
    lines, step = StepLines(stream), steps_of(2)[4]
    lines.started(step, 5, 13)
    text = "List against list: 900 answers on 90 pages of $0.05: $4.50, up to $7.50 where answers disagree [a guess]."
    lines.noted(text)
    lines.finished(step, "done", 1.0)
    assert f"5/13 {text}\n" in stream.getvalue()
    assert "5/13 Ask annotators" in stream.getvalue()


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
