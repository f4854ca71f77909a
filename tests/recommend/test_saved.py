from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, OutputError
from palate.recommend import (
    ALS,
    CodedInteractions,
    Popularity,
    code_interactions,
    hash_interactions,
    load_recommender,
    save_recommender,
)


@pytest.fixture
def coded() -> CodedInteractions:
    return code_interactions(
        pl.DataFrame({"user": ["007", "7", "7"], "item": [3, 3, 4], "timestamp": [5, None, 7]}),
    )


@pytest.fixture
def saved(coded: CodedInteractions, tmp_path: Path) -> Path:
    recommender = ALS(factors=2, likes="all")
    path = tmp_path / "als.palate"
    save_recommender(recommender.fit(coded), path, recommender, coded)
    return path


def test_settings_ids_and_missing_times_come_back(saved: Path, coded: CodedInteractions) -> None:
    loaded = load_recommender(saved)
    assert loaded.recommender == ALS(factors=2, likes="all")
    assert loaded.interactions.user_ids.to_list() == ["007", "7"]
    assert loaded.interactions.item_ids.dtype == coded.item_ids.dtype
    np.testing.assert_array_equal(loaded.interactions.timestamps, [5, np.nan, 7])


def test_file_has_no_pickle_and_names_the_data(saved: Path, coded: CodedInteractions) -> None:
    with zipfile.ZipFile(saved) as archive:
        assert {Path(name).suffix for name in archive.namelist()} == {".json", ".npy", ".parquet"}
        for name in archive.namelist():
            if name.endswith(".npy"):
                with archive.open(name) as file:
                    np.lib.format.read_magic(file)
                    assert not np.lib.format.read_array_header_1_0(file)[2].hasobject
        header = json.loads(archive.read("state.json"))
    assert header["recommender"] == "als"
    assert header["data_hash"] == hash_interactions(coded)


def test_hash_ignores_the_order_of_rows_and_nothing_else(coded: CodedInteractions) -> None:
    order = [2, 0, 1]
    arrays = {name: getattr(coded, name)[order] for name in ("users", "items", "values", "timestamps")}
    assert hash_interactions(replace(coded, **arrays)) == hash_interactions(coded)
    changed = [
        replace(coded, values=coded.values * 2),
        replace(coded, timestamps=coded.timestamps + 1),
        replace(coded, users=coded.users[::-1]),
        replace(coded, user_ids=pl.Series(["7", "8"])),
        replace(coded, texts=pl.Series(["a", ""])),
    ]
    hashes = {hash_interactions(other) for other in [coded, *changed]}
    assert len(hashes) == 1 + len(changed)


def _rewritten(path: Path, name: str, content: bytes | None) -> None:
    """Replace one entry of the archive; None takes it away."""
    with zipfile.ZipFile(path) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    entries.pop(name)
    if content is not None:
        entries[name] = content
    with zipfile.ZipFile(path, "w") as archive:
        for entry, data in entries.items():
            archive.writestr(entry, data)


def _npy(tmp_path: Path, values: np.ndarray) -> bytes:
    np.save(tmp_path / "x.npy", values)
    return (tmp_path / "x.npy").read_bytes()


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("learned/user_factors.npy", None, "user_factors"),
        ("learned/item_factors.npy", np.zeros((2, 3), np.float32), "have no product"),
        ("interactions/values.npy", np.zeros(2, np.float32), "differ in length"),
        ("interactions/users.npy", np.array([0, 1, 2], np.int32), "unknown users"),
        ("interactions/items.npy", np.zeros(3), "items is float64"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    saved: Path, tmp_path: Path, name: str, values: np.ndarray | None, reason: str
) -> None:
    _rewritten(saved, name, None if values is None else _npy(tmp_path, values))
    with pytest.raises(InputError, match=rf"als\.palate.*{reason}") as caught:
        load_recommender(saved)
    assert "save_recommender wrote" in str(caught.value)


def test_texts_of_items_come_back_and_must_be_as_many(coded: CodedInteractions, tmp_path: Path) -> None:
    path = tmp_path / "popularity.palate"
    for texts in (["a b", ""], ["a b"]):
        described = replace(coded, texts=pl.Series(texts))
        save_recommender(Popularity().fit(described), path, Popularity(), described)
        if len(texts) == len(coded.item_ids):
            found = load_recommender(path).interactions.texts
            assert found is not None
            assert found.to_list() == texts
        else:
            with pytest.raises(InputError, match="its texts are not those of its items"):
                load_recommender(path)


def test_recommender_that_is_not_installed_is_named(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        header = json.loads(archive.read("state.json"))
    _rewritten(saved, "state.json", json.dumps({**header, "recommender": "alz"}).encode())
    with pytest.raises(InputError, match="no recommender named 'alz'"):
        load_recommender(saved)


def test_damaged_file_is_refused(saved: Path) -> None:
    data = bytearray(saved.read_bytes())
    data[len(data) // 2] ^= 255
    saved.write_bytes(bytes(data[: len(data) * 3 // 4]))
    with pytest.raises(InputError, match="damaged or no saved recommender"):
        load_recommender(saved)


def test_missing_file_and_folder_are_named(tmp_path: Path, coded: CodedInteractions) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_recommender(tmp_path / "none.palate")
    with pytest.raises(OutputError, match="Cannot write"):
        save_recommender(Popularity().fit(coded), tmp_path / "no" / "x.palate", Popularity(), coded)
