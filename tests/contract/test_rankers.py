"""What every learner of rankings does, today's and tomorrow's."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from requirements import require

from palate.core.errors import InputError
from palate.learning import Beliefs, LearningData, rankers

NEED_TORCH = {"listmle", "listnet"}

every_ranker = pytest.mark.parametrize("name", rankers.names())


@pytest.fixture(autouse=True)
def _torch_where_needed(request: pytest.FixtureRequest) -> None:
    if request.getfixturevalue("name") in NEED_TORCH:
        require(find_spec("torch"), "the extra deep is not installed")


def _separable(seed: int, queries: int = 40, size: int = 15) -> LearningData:
    """Grades that the second feature decides; the others are noise, now and then missing."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(queries * size, 4))
    grades = np.digitize(features[:, 1], [-0.5, 0.5, 1.2]).astype(np.int32)
    features[rng.random(len(features)) < 0.1, 2] = np.nan
    return LearningData(features, grades, np.full(queries, size), ("noise", "truth", "holes", "more noise"))


def _concordance(scores: np.ndarray, data: LearningData) -> float:
    """Return the share of a query's pairs of different grades that the scores order rightly; ties count half."""
    right, pairs, start = 0.0, 0, 0
    for size in data.group_sizes:
        span = slice(start, start := start + size)
        higher = data.grades[span][:, None] > data.grades[span][None, :]
        ahead = scores[span][:, None] - scores[span][None, :]
        right += ((ahead > 0) + 0.5 * (ahead == 0))[higher].sum()
        pairs += higher.sum()
    return right / pairs


@every_ranker
def test_what_can_be_learned_is_learned(name: str) -> None:
    fitted = rankers.create(name).fit(_separable(1))
    unseen = _separable(2)
    noise = np.random.default_rng(0).random(len(unseen.grades))
    assert abs(_concordance(noise, unseen) - 0.5) < 0.05
    assert _concordance(fitted.score(unseen.features), unseen) > 0.95


@every_ranker
def test_importance_names_the_feature_that_decides(name: str) -> None:
    importance = rankers.create(name).fit(_separable(1)).importance()
    assert list(importance) == ["noise", "truth", "holes", "more noise"]
    assert sum(importance.values()) == pytest.approx(1.0)
    assert importance["truth"] > 0.8


@every_ranker
def test_features_that_say_nothing_have_no_importance(name: str) -> None:
    data = LearningData(np.ones((60, 1)), np.arange(60, dtype=np.int32) % 3, np.full(6, 10), ("one",))
    fitted = rankers.create(name).fit(data)
    assert fitted.importance() == {"one": 0.0}
    assert len(set(fitted.score(data.features))) == 1


@every_ranker
def test_same_seed_gives_the_same_scores(name: str) -> None:
    data = _separable(3)
    first, second = (rankers.create(name).fit(data, seed=7).score(data.features) for _ in range(2))
    assert first.tobytes() == second.tobytes()


@every_ranker
def test_saved_ranker_comes_back_the_same(name: str, tmp_path: Path) -> None:
    method, data = rankers.create(name), _separable(4)
    fitted = method.fit(data)
    fitted.save(tmp_path / "ranker.txt")
    loaded = method.load(tmp_path / "ranker.txt")
    assert loaded.names == fitted.names == data.names
    assert loaded.score(data.features).tobytes() == fitted.score(data.features).tobytes()
    assert loaded.importance() == fitted.importance()
    (tmp_path / "ranker.txt").read_text(encoding="utf-8")


@every_ranker
def test_foreign_and_missing_files_are_refused(name: str, tmp_path: Path) -> None:
    method = rankers.create(name)
    for text in ("", "no ranker", "[1, 2]", "{}"):
        (tmp_path / "other.txt").write_text(text)
        with pytest.raises(InputError, match=r"other\.txt"):
            method.load(tmp_path / "other.txt")
    with pytest.raises(InputError, match=r"none\.txt"):
        method.load(tmp_path / "none.txt")


@every_ranker
def test_progress_ends_at_the_total(name: str) -> None:
    calls: list[tuple[int, int]] = []
    rankers.create(name).fit(_separable(1), progress=lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls)
    assert calls[-1][0] == calls[-1][1]


@every_ranker
def test_posterior_that_is_certain_changes_no_order_of_what_is_learned(name: str) -> None:
    data, unseen = _separable(5), _separable(6)
    sure = replace(data, beliefs=Beliefs(np.arange(4), np.eye(4)[data.grades]))
    assert _concordance(rankers.create(name).fit(sure).score(unseen.features), unseen) > 0.95


@every_ranker
def test_queries_with_a_single_item_are_taken(name: str) -> None:
    data = _separable(7)
    more = LearningData(
        np.vstack([data.features, data.features[:5]]),
        np.append(data.grades, data.grades[:5]),
        np.append(data.group_sizes, np.ones(5, dtype=np.int64)),
        data.names,
    )
    assert _concordance(rankers.create(name).fit(more).score(data.features), data) > 0.95
