from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from palate.core.archive import Archive, read_archive, write_archive
from palate.core.errors import InputError, OutputError, SettingsError

_ARRAYS: dict[str, np.ndarray] = {
    "votes": np.arange(6, dtype=np.int32).reshape(2, 3),
    "kept_b": np.array([0.1, np.nan]),
    "kept_a": np.zeros(0),
    "deep/words": np.array(["ä", "long word"]),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "state.palate"
    columns = {"ids": pl.Series(["b", "a"]), "numbers": pl.Series([3, 1], dtype=pl.Int16)}
    write_archive(path, {"format": "test 1", "settings": {"x": 0.1}}, columns, _ARRAYS)
    return path


def _all(archive: Archive) -> Any:
    return archive.header, archive.column("ids"), archive.column("numbers"), archive.named("", None)


def test_what_is_written_comes_back_to_the_bit(path: Path) -> None:
    header, ids, numbers, arrays = read_archive(path, "test 1", _all)
    assert header == {"format": "test 1", "settings": {"x": 0.1}}
    assert ids.to_list() == ["b", "a"]
    assert (numbers.dtype, numbers.to_list()) == (pl.Int16, [3, 1])
    assert arrays.keys() == _ARRAYS.keys()
    for name, values in _ARRAYS.items():
        assert (arrays[name].dtype, arrays[name].tobytes()) == (values.dtype, values.tobytes())


def test_arrays_are_found_by_the_beginning_of_their_names(path: Path) -> None:
    found = read_archive(path, "test 1", lambda archive: archive.named("kept_"))
    assert sorted(found) == ["a", "b"]


def test_presence_is_that_of_an_array(path: Path) -> None:
    assert read_archive(path, "test 1", lambda archive: ("votes" in archive, "ids" in archive)) == (
        True,
        False,
    )


def test_other_format_is_named(path: Path) -> None:
    with pytest.raises(InputError, match="its format is 'test 1', this version reads 'test 2'"):
        read_archive(path, "test 2", _all)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda archive: archive.array("none"), "none.npy"),
        (lambda archive: archive.column("none"), "none.parquet"),
        (lambda archive: archive.array("votes", np.float64), "votes is int32"),
    ],
)
def test_missing_or_other_part_is_named_with_advice(path: Path, make: Any, reason: str) -> None:
    with pytest.raises(InputError, match=rf"state\.palate.*damaged or no model.*{reason}.*Take another\."):
        read_archive(path, "test 1", make, what="model", advice="Take another.")


def test_error_of_the_maker_is_passed_on_as_damage(path: Path) -> None:
    def refuse(archive: Archive) -> None:
        raise SettingsError("no such setting")

    with pytest.raises(InputError, match="damaged or no saved state \\(no such setting\\)"):
        read_archive(path, "test 1", refuse)


def test_objects_are_neither_written_nor_read(path: Path, tmp_path: Path) -> None:
    objects = np.array([{"a": 1}, None], dtype=object)
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_archive(tmp_path / "no.palate", {"format": "test 1"}, {}, {"objects": objects})
    assert not (tmp_path / "no.palate").exists()
    np.save(tmp_path / "evil.npy", objects, allow_pickle=True)
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(tmp_path / "evil.npy", "evil.npy")
        archive.writestr("worse.npy", pickle.dumps([1]))
    for name in ("evil", "worse"):
        with pytest.raises(InputError, match="damaged"):
            read_archive(path, "test 1", lambda archive, name=name: archive.array(name))


@pytest.mark.parametrize("cut", [0, 10, 200])
def test_file_cut_short_is_damaged(path: Path, cut: int) -> None:
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match="damaged or no saved state"):
        read_archive(path, "test 1", _all)


def test_flipped_byte_is_found(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("votes.npy").header_offset + 60
    data = bytearray(path.read_bytes())
    data[place] ^= 255
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="damaged or no saved state"):
        read_archive(path, "test 1", _all)


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no such file"):
        read_archive(tmp_path / "none", "test 1", _all)
    with pytest.raises(InputError, match="cannot be read"):
        read_archive(tmp_path, "test 1", _all)
    with pytest.raises(OutputError, match="Cannot write"):
        write_archive(tmp_path / "no" / "x", {"format": "test 1"}, {}, {})
