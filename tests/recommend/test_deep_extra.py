from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from requirements import require

from palate.core.errors import PalateError
from palate.recommend import (
    NearestItems,
    TwoTower,
    WatchTime,
    code_interactions,
    recommenders,
    save_recommender,
)

TABLE = pl.DataFrame({"user": [1, 1, 2, 2], "item": [1, 2, 2, 3], "timestamp": [1, 2, 1, 2]})


@pytest.mark.parametrize("name", ["two_tower", "watch_time"])
def test_missing_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert recommenders.get(name).extra == "deep"
    with pytest.raises(PalateError, match=rf"{name} needs the package torch.*pip install 'palate\[deep\]'"):
        recommenders.create(name).fit(code_interactions(TABLE))


def test_approximate_neighbours_name_the_extra_and_exact_ones_need_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    vectors = np.eye(3, dtype=np.float32)
    assert NearestItems(vectors).find(vectors, 1)[0].tolist() == [[0], [1], [2]]
    with pytest.raises(PalateError, match=r"'approximate' needs the package usearch.*palate\[deep\]"):
        NearestItems(vectors, "approximate").find(vectors, 1)


def test_what_was_learned_is_served_without_torch(tmp_path: Path) -> None:
    require(find_spec("torch"), "two_tower needs the extra deep")
    coded = code_interactions(TABLE)
    method = WatchTime(candidates="two_tower", options={"epochs": 1, "least": 1}, rewatch=True)
    save_recommender(method.fit(coded), tmp_path / "both.palate", method, coded)
    towers = TwoTower(epochs=1)
    save_recommender(towers.fit(coded), tmp_path / "towers.palate", towers, coded)
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from palate.recommend import load_recommender, recommend_top\n"
        "for path in sys.argv[1:]:\n"
        "    saved = load_recommender(path)\n"
        "    print(len(recommend_top(saved.fitted, saved.interactions, 1)))\n"
    )
    paths = [str(tmp_path / name) for name in ("both.palate", "towers.palate")]
    found = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["2", "2"]
