from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.platforms import Pool, Simulated

GRADES = ("0", "1", "2", "3")
SIDES = ("left", "tie", "right")


def _pool(count: int, labels: tuple[str, ...] = GRADES, golden: int = 0, **settings: Any) -> Pool:
    truth = np.random.default_rng(1).choice(
        labels, count, p=np.arange(1, len(labels) + 1) / sum(range(1, len(labels) + 1))
    )
    tasks = pl.DataFrame({"task": [f"t{i}" for i in range(count)], "truth": truth})
    known = tasks.tail(golden).select("task", label="truth") if golden else None
    return Pool(tasks, labels, golden=known, **settings)


def test_true_skill_is_how_often_answers_are_right() -> None:
    pool = _pool(4000, overlap=12, overlap_max=12)
    found = Simulated(annotators=12).ask(pool, seed=3)
    right = (
        found.answers.join(pool.tasks, on="task")
        .group_by("annotator")
        .agg(share=(pl.col("label") == pl.col("truth")).mean(), answers=pl.len())
    )
    joined = right.join(found.annotators, on="annotator")
    assert joined["answers"].to_list() == [4000] * 12
    skill = joined["true_skill"].to_numpy()
    assert (np.abs(joined["share"].to_numpy() - skill) < 4 * np.sqrt(skill * (1 - skill) / 4000)).all()


def test_kinds_have_their_shares_and_skills() -> None:
    crowd = Simulated(annotators=200).ask(_pool(50), seed=1).annotators
    assert crowd["kind"].value_counts().sort("count").rows() == [
        ("spammer", 40),
        ("expert", 60),
        ("average", 100),
    ]
    skill = dict(crowd.group_by("kind").agg(pl.col("true_skill").mean()).rows())
    assert skill["expert"] == pytest.approx(0.9, abs=0.02)
    assert skill["average"] == pytest.approx(0.75, abs=0.02)
    assert skill["spammer"] < 0.4


def test_same_seed_brings_the_same_people_to_every_pool() -> None:
    graded = Simulated().ask(_pool(40), seed=5).annotators
    pairs = Simulated().ask(_pool(70, SIDES), seed=5).annotators
    other = Simulated().ask(_pool(40), seed=6).annotators
    assert graded.select("annotator", "kind").equals(pairs.select("annotator", "kind"))
    assert not graded.select("annotator", "kind").equals(other.select("annotator", "kind"))
    honest = graded["kind"] != "spammer"
    skills = np.corrcoef(graded.filter(honest)["true_skill"], pairs.filter(honest)["true_skill"])
    assert skills[0, 1] > 0.5


def test_confusion_does_not_depend_on_the_tasks() -> None:
    first = _pool(40)
    second = replace(first, tasks=first.tasks.reverse())
    skills = [Simulated().ask(pool, seed=5).annotators["true_skill"].to_list() for pool in (first, second)]
    assert skills[0] == skills[1]


def test_opposite_side_is_a_rarer_error_than_a_tie() -> None:
    pool = _pool(3000, SIDES)
    answers = Simulated(spammer_share=0.0).ask(pool).answers.join(pool.tasks, on="task")
    left = answers.filter(pl.col("truth") == "left")["label"].value_counts()
    counts = dict(left.rows())
    assert counts["left"] > counts["tie"] > 2 * counts["right"]


def test_partly_filled_last_page_costs_a_whole_reward() -> None:
    pool = _pool(5, overlap=1, overlap_max=1, page_size=4, reward=Decimal("0.10"))
    found = Simulated().ask(pool)
    assert sorted(found.answers["page"].value_counts()["count"]) == [1, 4]
    assert found.pages == 2
    assert found.cost == Decimal("0.20")


def test_golden_share_of_full_pages_is_what_the_pool_says() -> None:
    pool = _pool(600, golden=150, page_size=10, golden_per_page=2)
    answers = Simulated().ask(pool).answers
    golden = answers.with_columns(golden=pl.col("task").is_in(pool.golden["task"].implode()))  # type: ignore[index]
    pages = golden.group_by("page").agg(pl.len().alias("size"), pl.col("golden").sum())
    seen = golden.group_by("annotator").agg(pl.col("golden").sum())["golden"].max()
    assert seen < 150  # nobody ran out of golden tasks, so every page has two
    assert pages["golden"].unique().to_list() == [2]
    assert (pages["size"] == 10).mean() > 0.95


def test_times_run_on_for_each_annotator_page_by_page() -> None:
    answers = Simulated().ask(_pool(800), now=5e8).answers
    pages = answers.group_by("annotator", "page", maintain_order=True).agg(
        pl.col("seconds").sum(),
        pl.col("submitted_at").first(),
        pl.col("submitted_at").n_unique().alias("times"),
    )
    assert pages["times"].unique().to_list() == [1]
    for _, own in pages.sort("page").group_by("annotator"):
        expected = 5e8 + np.cumsum(own["seconds"].to_numpy())
        np.testing.assert_allclose(own["submitted_at"].to_numpy(), expected, rtol=1e-12)


def test_seconds_have_the_median_asked_for() -> None:
    answers = Simulated(annotators=300, seconds=20.0).ask(_pool(3000)).answers
    assert answers["seconds"].median() == pytest.approx(20.0, rel=0.1)
    assert np.log(answers["seconds"].to_numpy()).std() == pytest.approx(np.hypot(0.5, 0.3), rel=0.1)


def test_ten_thousand_answers_take_about_a_second() -> None:
    pool = _pool(2800, golden=60)
    start = time.perf_counter()
    found = Simulated().ask(pool)
    assert len(found.answers) > 8000
    assert time.perf_counter() - start < 1.5


def test_fewer_annotators_than_answers_needed_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"may need 5 answers.*only 4 annotators"):
        Simulated(annotators=4).ask(_pool(10))


def test_tasks_without_truth_or_with_a_strange_one_are_refused() -> None:
    pool = _pool(3)
    with pytest.raises(InputError, match="the column 'truth'"):
        Simulated().ask(replace(pool, tasks=pool.tasks.drop("truth")))
    strange = pool.tasks.with_columns(truth=pl.Series(["0", "4", None]))
    with pytest.raises(InputError, match=r"row 2, column 'truth'.*0, 1, 2, 3; it is '4'"):
        Simulated().ask(replace(pool, tasks=strange))


def test_truths_that_are_numbers_meet_labels_in_text() -> None:
    pool = _pool(30)
    numbers = replace(pool, tasks=pool.tasks.with_columns(pl.col("truth").cast(pl.Int64)))
    assert Simulated().ask(numbers).answers.equals(Simulated().ask(pool).answers)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"annotators": 0}, "'annotators' must be at least 1"),
        ({"expert_share": -0.1}, "'expert_share' and 'spammer_share'"),
        ({"expert_share": 0.6, "spammer_share": 0.5}, "add up to 1 at most; they are 0.6 and 0.5"),
        ({"expert_accuracy": 0.0}, "'expert_accuracy' must be above 0"),
        ({"average_accuracy": 1.1}, "'average_accuracy' must be above 0"),
        ({"seconds": 0.0}, "'seconds' must be above 0"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        Simulated(**settings)
