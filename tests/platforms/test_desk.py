from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.progress import no_progress
from palate.platforms import Pool
from palate.platforms._desk import Desk, Page

LABELS = ("no", "maybe", "yes")


def _pages(
    pool: Pool, truth: np.ndarray, confusion: np.ndarray, activity: np.ndarray | None = None, seed: int = 0
) -> list[Page]:
    known = set(pool.golden["task"]) if pool.golden is not None else set()
    golden = np.array([task in known for task in pool.tasks["task"]])
    shares = np.full(len(confusion), 1 / len(confusion)) if activity is None else activity
    desk = Desk(pool, truth, golden, confusion, activity=shares, rng=np.random.default_rng(seed))
    return desk.pages(no_progress)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Pool, np.ndarray, np.ndarray, int]:
    """A pool, its truths, the annotators' confusions and a seed."""
    n_tasks, overlap = draw(st.integers(1, 30)), draw(st.integers(1, 4))
    overlap_max = overlap + draw(st.integers(0, 3))
    n_golden = draw(st.integers(0, 8))
    page_size = draw(st.integers(1, 8))
    tasks = pl.DataFrame({"task": range(n_tasks + n_golden)})
    pool = Pool(
        tasks,
        LABELS,
        golden=tasks.tail(n_golden).with_columns(label=pl.lit("no")) if n_golden else None,
        overlap=overlap,
        overlap_max=overlap_max,
        agreed_share=draw(st.sampled_from([0.0, 0.5, 2 / 3, 0.75, 1.0])),
        page_size=page_size,
        golden_per_page=draw(st.integers(0, page_size - 1)),
    )
    n_annotators = overlap_max + draw(st.integers(0, 5))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    confusion = rng.dirichlet(np.ones(3), size=(n_annotators, 3))
    return pool, rng.integers(0, 3, len(tasks)).astype(np.int32), confusion, draw(st.integers(0, 99))


@given(situation=situations())
@settings(max_examples=100, deadline=None)
def test_tasks_are_asked_just_until_the_agreed_share_is_reached(
    situation: tuple[Pool, np.ndarray, np.ndarray, int],
) -> None:
    pool, truth, confusion, seed = situation
    pages = _pages(pool, truth, confusion, seed=seed)
    golden = set(pool.golden["task"]) if pool.golden is not None else set()
    given_to: dict[int, list[int]] = {t: [] for t in pool.tasks["task"] if t not in golden}
    for page in pages:
        for task, label in zip(page.tasks.tolist(), page.labels.tolist(), strict=True):
            if task not in golden:
                given_to[task].append(label)
    for labels in given_to.values():
        enough = [
            n
            for n in range(pool.overlap, pool.overlap_max + 1)
            if n == pool.overlap_max
            or Fraction(max(Counter(labels[:n]).values()), n)
            >= Fraction(pool.agreed_share).limit_denominator(9)
        ]
        assert len(labels) == enough[0]


@given(situation=situations())
@settings(max_examples=100, deadline=None)
def test_pages_hold_new_tasks_and_golden_ones_as_far_as_unseen(
    situation: tuple[Pool, np.ndarray, np.ndarray, int],
) -> None:
    pool, truth, confusion, seed = situation
    golden = set(pool.golden["task"]) if pool.golden is not None else set()
    seen: dict[int, set[int]] = {}
    for page in _pages(pool, truth, confusion, seed=seed):
        tasks = page.tasks.tolist()
        before = seen.setdefault(page.annotator, set())
        assert len(set(tasks)) == len(tasks) <= pool.page_size
        assert not before & set(tasks)
        assert len(golden & set(tasks)) == min(pool.golden_per_page, len(golden - before))
        assert set(tasks) - golden
        before |= set(tasks)


def test_golden_tasks_stand_anywhere_on_the_page() -> None:
    tasks = pl.DataFrame({"task": range(700)})
    pool = Pool(tasks, LABELS, golden=tasks.tail(100).with_columns(label=pl.lit("no")), page_size=5)
    confusion = np.broadcast_to(np.eye(3), (30, 3, 3))
    pages = _pages(pool, np.zeros(700, dtype=np.int32), confusion)
    full = [page.tasks for page in pages if len(page.tasks) == 5]
    places = np.array([np.flatnonzero(tasks >= 600)[0] for tasks in full])
    counts = np.bincount(places, minlength=5)
    assert np.abs(counts - len(full) / 5).max() < 4 * np.sqrt(len(full) * 0.2 * 0.8)


def test_perfect_annotators_fill_every_page_but_the_last_ones() -> None:
    tasks = pl.DataFrame({"task": range(200)})
    pool = Pool(tasks, LABELS, overlap=3, page_size=10)
    truth = np.arange(200, dtype=np.int32) % 3
    pages = _pages(pool, truth, np.broadcast_to(np.eye(3), (12, 3, 3)))
    assert sum(len(page.tasks) for page in pages) == 600
    assert len(pages) == 60
    assert all((page.labels == truth[page.tasks]).all() for page in pages)


def test_answers_err_as_the_confusion_says() -> None:
    confusion = np.array(
        [
            [[0.7, 0.2, 0.1], [0.0, 1.0, 0.0], [0.3, 0.3, 0.4]],
            [[0.1, 0.1, 0.8], [0.5, 0.0, 0.5], [0.0, 0.0, 1.0]],
        ]
    )
    pool = Pool(pl.DataFrame({"task": range(6000)}), LABELS, overlap=2, overlap_max=2)
    truth = np.arange(6000, dtype=np.int32) % 3
    counts = np.zeros((2, 3, 3))
    for page in _pages(pool, truth, confusion):
        np.add.at(counts, (page.annotator, truth[page.tasks], page.labels), 1)
    assert (counts.sum(axis=2) == 2000).all()
    spread = np.sqrt(confusion * (1 - confusion) / 2000)
    assert (np.abs(counts / 2000 - confusion) <= 4 * spread).all()


def test_active_annotators_take_more_pages() -> None:
    pool = Pool(pl.DataFrame({"task": range(3000)}), LABELS, overlap=1, overlap_max=1)
    activity = np.array([0.6, 0.3, 0.1])
    pages = _pages(pool, np.zeros(3000, dtype=np.int32), np.broadcast_to(np.eye(3), (3, 3, 3)), activity)
    taken = np.bincount([page.annotator for page in pages], minlength=3)
    assert taken.sum() == pytest.approx(3000 / 10, abs=1)
    assert np.abs(taken - 300 * activity).max() < 4 * np.sqrt(300 * 0.25)
