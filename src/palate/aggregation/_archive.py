"""A state as one file: a zip archive of JSON, Parquet and numpy arrays, whose checksums show damage."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation._id_log import IdLog
from palate.core.atomic import replace_file
from palate.core.errors import InputError, PalateError

__all__ = ["Archive", "read_archive", "write_archive"]

T = TypeVar("T")


def write_archive(
    path: Path, header: Mapping[str, Any], ids: Sequence[IdLog], arrays: Mapping[str, npt.NDArray[Any]]
) -> None:
    """Write a state to one file, whole or not at all.

    Args:
        path: Where to.
        header: What JSON holds, such as settings.
        ids: What the codes in the arrays mean.
        arrays: By name; of numbers.

    Raises:
        OutputError: The file cannot be written there.
    """
    header = {**header, "kinds": {log.name: log.kind for log in ids}}
    with replace_file(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("state.json", json.dumps(header, indent=1))
        for log in ids:
            buffer = io.BytesIO()
            log.series().alias("id").to_frame().write_parquet(buffer)
            archive.writestr(f"{log.name}.parquet", buffer.getvalue())
        for name, values in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, values, allow_pickle=False)
            archive.writestr(f"{name}.npy", buffer.getvalue())


class Archive:
    """What ``write_archive`` wrote, opened.

    Args:
        archive: The file.
        wanted: The format that its header must name.
    """

    def __init__(self, archive: zipfile.ZipFile, wanted: str) -> None:
        self._archive = archive
        self.header: dict[str, Any] = json.loads(archive.read("state.json"))
        found = self.header["format"]
        if found != wanted:
            raise ValueError(f"its format is {found!r}, this version reads {wanted!r}")

    def restore(self, *ids: IdLog) -> None:
        """Give these the ids that they had; ValueError if they could not have had them."""
        for log in ids:
            column = pl.read_parquet(io.BytesIO(self._archive.read(f"{log.name}.parquet")))["id"]
            kind = self.header["kinds"][log.name]
            if kind is not None:
                log.restore(column)
            if log.kind != kind:
                raise ValueError(f"its {log.name}s are {log.kind}, not {kind}")

    def array(self, name: str, dtype: type) -> npt.NDArray[Any]:
        """Return an array; KeyError if it is not there, ValueError if it is of another type."""
        buffer = io.BytesIO(self._archive.read(f"{name}.npy"))
        array: npt.NDArray[Any] = np.load(buffer, allow_pickle=False)
        if array.dtype != dtype:
            raise ValueError(f"{name} is {array.dtype}")
        return array

    def named(self, prefix: str) -> dict[str, npt.NDArray[np.float64]]:
        """Return all arrays whose names begin with ``prefix``, by the rest of their names."""
        names = [name.removesuffix(".npy") for name in self._archive.namelist() if name.startswith(prefix)]
        return {name.removeprefix(prefix): self.array(name, np.float64) for name in names}

    def __contains__(self, name: str) -> bool:
        """Return whether there is an array of that name."""
        return f"{name}.npy" in self._archive.namelist()


def read_archive(path: Path, wanted: str, make: Callable[[Archive], T]) -> T:
    """Return what ``make`` makes of a file that ``write_archive`` wrote.

    Raises:
        InputError: There is no such file, or it is damaged or no state of this format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return make(Archive(archive, wanted))
    except FileNotFoundError as error:
        raise InputError("There is no such file.", where=str(path)) from error
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror or error}.", where=str(path)) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        ValueError,
        KeyError,
        TypeError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        PalateError,
        pl.exceptions.PolarsError,
        pl.exceptions.PanicException,
    ) as error:
        raise InputError(
            f"The file is damaged or no saved state ({error}). Choose a file that a state's save() wrote.",
            where=str(path),
        ) from error
