"""What every platform does that can be asked without people."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from palate.core.frames import read_table
from palate.core.tables import ANSWERS
from palate.platforms import Collected, Pool, platforms

every_simulated_platform = pytest.mark.parametrize(
    "name", [name for name in platforms.names() if platforms.get(name).simulated]
)

TASKS = pl.DataFrame({"task": range(100, 160), "truth": [str(i % 4) for i in range(60)]})
POOL = Pool(
    TASKS,
    ("0", "1", "2", "3"),
    golden=TASKS.tail(12).select("task", label="truth"),
    reward=Decimal("0.07"),
    page_size=7,
)


def _ask(name: str, seed: int = 0) -> Collected:
    return platforms.create(name).ask(POOL, seed=seed, now=1_000_000.0)


def test_some_platform_is_simulated_so_that_a_study_can_be_rehearsed() -> None:
    assert "simulated" in platforms.names()
    assert platforms.get("simulated").simulated


@every_simulated_platform
def test_answers_are_a_valid_table_of_the_pool(name: str) -> None:
    answers = _ask(name).answers
    assert read_table(answers, ANSWERS).equals(answers)
    assert set(answers["task"]) <= set(TASKS["task"])
    assert set(answers["label"]) <= set(POOL.labels)
    assert answers["task"].dtype == TASKS["task"].dtype
    assert answers["submitted_at"].min() > 1_000_000.0
    assert answers["seconds"].min() > 0
    assert answers["submitted_at"].is_sorted()


@every_simulated_platform
def test_cost_is_the_exact_price_of_the_pages(name: str) -> None:
    found = _ask(name)
    assert found.pages == found.answers["page"].n_unique()
    assert isinstance(found.cost, Decimal)
    assert found.cost == Decimal("0.07") * found.pages


@every_simulated_platform
def test_nobody_answers_a_task_twice(name: str) -> None:
    assert not _ask(name).answers.select("task", "annotator").is_duplicated().any()


@every_simulated_platform
def test_every_task_that_is_not_golden_is_answered_often_enough(name: str) -> None:
    counts = _ask(name).answers.group_by("task").len()
    counts = TASKS.head(48).join(counts, on="task", how="left")["len"]
    assert counts.is_between(POOL.overlap, POOL.overlap_max).all()


@every_simulated_platform
def test_annotators_are_told_of_once_each(name: str) -> None:
    found = _ask(name)
    assert found.annotators["annotator"].is_unique().all()
    assert set(found.answers["annotator"]) <= set(found.annotators["annotator"])
    assert found.annotators["true_skill"].is_between(0, 1).all()


@every_simulated_platform
def test_same_seed_gives_the_same_answers_and_another_does_not(name: str) -> None:
    assert _ask(name, 4).answers.equals(_ask(name, 4).answers)
    assert not _ask(name, 4).answers.equals(_ask(name, 5).answers)


@every_simulated_platform
def test_progress_ends_at_the_total(name: str) -> None:
    calls: list[tuple[int, int]] = []
    platforms.create(name).ask(POOL, progress=lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls)
    assert calls[-1][0] == calls[-1][1]
