from __future__ import annotations

import json

import polars as pl
import pytest


def test_split_writes_both_parts_and_what_is_to_be_found(palate, files):
    outputs = [files / name for name in ("past.csv", "future.csv", "liked.csv")]
    said = palate(
        "split",
        "-i",
        files / "seen.csv",
        "--split",
        "leave-one-out",
        "--past",
        outputs[0],
        "--test-out",
        outputs[1],
        "--judgments",
        outputs[2],
        "--json",
    )
    assert said.code == 0, said.err
    past, future, liked = (pl.read_csv(path) for path in outputs)
    whole = pl.read_csv(files / "seen.csv")
    assert len(past) + len(future) == len(whole)
    assert len(future) == whole["user"].n_unique() == len(liked)
    assert set(liked.columns) == {"query", "item", "grade"}
    assert json.loads(said.out)["future"] == len(future)
    plain = palate("split", "-i", files / "seen.csv", "--past", outputs[0], "--future", outputs[1])
    assert plain.code == 0
    assert "Note: " in plain.err


def test_split_of_no_such_name_is_one_message(palate, files):
    said = palate(
        "split",
        "-i",
        files / "seen.csv",
        "--split",
        "x",
        "--past",
        files / "p.csv",
        "--future",
        files / "f.csv",
    )
    assert said.code == 2
    assert "global, per_user, leave_one_out" in said.err
    assert not (files / "p.csv").exists()


@pytest.fixture
def ranked(tmp_path):
    rows = [("pop", 1, item, rank, 1 / rank) for rank, item in enumerate("abcdef", 1)]
    run = pl.DataFrame(rows, schema=["system", "query", "item", "rank", "score"], orient="row")
    run.write_csv(tmp_path / "run.csv")
    (tmp_path / "seen.csv").write_text("user,item\n1,a\n")
    (tmp_path / "gone.csv").write_text("item\nc\n")
    (tmp_path / "kinds.csv").write_text("item,category\nb,film\nd,film\ne,film\nf,song\n")
    return tmp_path


def test_filters_work_one_after_another_and_say_what_they_took(palate, ranked):
    said = palate(
        "filter",
        ranked / "run.csv",
        "--seen",
        ranked / "seen.csv",
        "--unavailable",
        ranked / "gone.csv",
        "--cap",
        "film=1",
        "-c",
        ranked / "kinds.csv",
        "--removed",
        ranked / "removed.csv",
        "--json",
    )
    assert said.code == 0, said.err
    assert [(row["item"], row["rank"]) for row in json.loads(said.out)] == [("b", 1), ("f", 2)]
    assert "Taken out: 2 cap of film, 1 seen, 1 unavailable." in said.err
    removed = pl.read_csv(ranked / "removed.csv")
    assert dict(removed.select("item", "reason").rows()) == {
        "a": "seen",
        "c": "unavailable",
        "d": "cap of film",
        "e": "cap of film",
    }
    only = palate("filter", ranked / "run.csv", "--available", ranked / "gone.csv", "-o", ranked / "only.csv")
    assert only.code == 0
    assert pl.read_csv(ranked / "only.csv")["item"].to_list() == ["c"]
    few = palate("filter", ranked / "run.csv", "--top", 2)
    assert "Taken out: nothing." in few.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cap", "3"], "--cap and --categories go together"),
        (["--cap", "many", "-c", "kinds.csv"], "CATEGORY=NUMBER"),
        (["--cap", "3", "--cap", "film=1", "-c", "kinds.csv"], "not both"),
        (["--unavailable", "none.csv"], "none.csv"),
    ],
)
def test_mistakes_of_filters_are_one_message(palate, ranked, monkeypatch, arguments, message):
    monkeypatch.chdir(ranked)
    said = palate("filter", "run.csv", *arguments)
    assert said.code == 2
    assert message in " ".join(said.err.split())


def test_exploration_logs_the_chance_of_every_rank(palate, ranked):
    arguments = ("explore", ranked / "run.csv", "--top", 2, "--seed", 1)
    said = palate(*arguments, "--epsilon", 0.5, "--log", ranked / "log.csv", "-o", ranked / "shown.csv")
    assert said.code == 0, said.err
    log = pl.read_csv(ranked / "log.csv")
    # Each of the two slots: the run's own with 1/2, else one of the four below.
    assert set(log["propensity"]) <= {0.5, 0.125}
    assert pl.read_csv(ranked / "shown.csv")["item"].to_list() == log["item"].to_list()
    one = json.loads(palate(*arguments, "--slots", "2", "--mode", "insert", "--json").out)
    assert one["log"][0]["propensity"] == 1.0
    drawn = palate(*arguments, "--temperature", 0.5)
    assert drawn.code == 0
    assert "some of them by chance" in drawn.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--slots", "one"], "ranks with commas"),
        (["--slots", "9"], "from 1 to 2"),
        (["--temperature", "1", "--epsilon", "0.2"], "leave out --epsilon"),
        (["--epsilon", "2"], "'epsilon'"),
    ],
)
def test_mistakes_of_exploration_are_one_message(palate, ranked, arguments, message):
    said = palate("explore", ranked / "run.csv", "--top", 2, *arguments)
    assert said.code == 2
    assert message in " ".join(said.err.split())
