from __future__ import annotations

import json

import numpy as np
import polars as pl


def test_two_runs_become_one(palate, files):
    said = palate("fuse", files / "a.trec", files / "b.trec", "-o", files / "fused.trec")
    assert said.code == 0
    assert "5 ranked items in" in said.err
    lines = (files / "fused.trec").read_text().splitlines()
    # Query 2: x is first of a and second of b; y is first of b only.
    assert [line.split()[2:4] for line in lines if line.startswith("2 ")] == [["x", "1"], ["y", "2"]]
    assert lines[0].split()[-1] == "fused"


def test_methods_and_their_settings(palate, files):
    arguments = ("fuse", files / "a.trec", files / "b.trec", "--method", "comb-mnz")
    plain = json.loads(palate(*arguments, "--json").out)
    raw = json.loads(palate(*arguments, "--set", "normalization=none", "--json").out)
    # Without normalization x has (3 + 2) · 2 in query 1, with it 1 · 2.
    score = lambda rows: next(r["score"] for r in rows if (r["query"], r["item"]) == ("1", "x"))  # noqa: E731
    assert (score(plain), score(raw)) == (2, 10)
    assert "fused by comb_mnz" in palate(*arguments).out
    assert len(json.loads(palate(*arguments, "--json", "--top", 1).out)) == 3


def test_weights_are_tuned_on_judgments(palate, tmp_path):
    rng = np.random.default_rng(0)
    grades = rng.integers(0, 3, (12, 6))
    for system, noise in (("a", 1), ("b", 4)):
        noisy = grades + rng.normal(size=grades.shape) * noise
        lines = [f"{q} Q0 i{i} 0 {noisy[q, i]} {system}\n" for q in range(12) for i in range(6)]
        (tmp_path / f"{system}.trec").write_text("".join(lines))
    judged = [f"{q} 0 i{i} {grades[q, i]}\n" for q in range(12) for i in range(6)]
    (tmp_path / "q.txt").write_text("".join(judged))
    arguments = (
        "fuse",
        tmp_path / "a.trec",
        tmp_path / "b.trec",
        "--method",
        "interpolation",
        "-j",
        tmp_path / "q.txt",
    )
    said = palate(*arguments, "-m", "nDCG@3", "--folds", 3, "-o", tmp_path / "out.csv", "--json")
    assert said.code == 0, said.err
    tuned = json.loads(said.out)["tuned"]
    assert tuned["measure"] == "nDCG@3"
    assert tuned["weights"]["a"] > 0.5
    assert "over a alone (95% CI" in said.err
    assert len(pl.read_csv(tmp_path / "out.csv")) == 72


def test_mistakes_are_one_message(palate, files):
    said = palate("fuse", files / "a.trec")
    assert said.code == 2
    assert "Fusion needs the runs of at least two systems" in said.err
    both = (files / "a.trec", files / "b.trec")
    said = palate("fuse", *both, "-j", files / "q.txt")
    assert "--judgments tune the weights of --method interpolation; reciprocal-rank has none" in said.err
    said = palate(
        "fuse", *both, "--method", "interpolation", "-j", files / "q.txt", "--set", 'weights={"a":1,"b":1}'
    )
    assert "not both" in said.err
    said = palate("fuse", *both, "--method", "interpolation", "-j", files / "q.txt")
    assert "q.txt: There are 3 judged queries for 5 folds" in said.err
    assert "Did you mean comb_sum" in palate("fuse", *both, "--method", "combsum").err
