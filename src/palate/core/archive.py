"""Results as one file: a zip archive of JSON, Parquet and numpy arrays, whose checksums show damage."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.atomic import replace_file
from palate.core.errors import InputError, PalateError

__all__ = ["Archive", "read_archive", "write_archive"]

T = TypeVar("T")

_HEADER = "state.json"


def write_archive(
    path: Path,
    header: Mapping[str, Any],
    columns: Mapping[str, pl.Series],
    arrays: Mapping[str, npt.NDArray[Any]],
) -> None:
    """Write one file, whole or not at all; nothing in it is pickled.

    Args:
        path: Where to.
        header: What JSON holds, such as settings; ``format`` names what the file is.
        columns: Ids and the like, by name.
        arrays: By name; of numbers or text.

    Raises:
        OutputError: The file cannot be written there.
    """
    with replace_file(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_HEADER, json.dumps(header, indent=1))
        for name, column in columns.items():
            buffer = io.BytesIO()
            column.alias("id").to_frame().write_parquet(buffer)
            archive.writestr(f"{name}.parquet", buffer.getvalue())
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
        self.header: dict[str, Any] = json.loads(archive.read(_HEADER))
        found = self.header["format"]
        if found != wanted:
            raise ValueError(f"its format is {found!r}, this version reads {wanted!r}")

    def column(self, name: str) -> pl.Series:
        """Return a column; KeyError if it is not there."""
        return pl.read_parquet(io.BytesIO(self._archive.read(f"{name}.parquet")))["id"]

    def array(self, name: str, dtype: type | None = None) -> npt.NDArray[Any]:
        """Return an array; KeyError if it is not there, ValueError if it is of another type than ``dtype``."""
        buffer = io.BytesIO(self._archive.read(f"{name}.npy"))
        array: npt.NDArray[Any] = np.load(buffer, allow_pickle=False)
        if dtype is not None and array.dtype != dtype:
            raise ValueError(f"{name} is {array.dtype}")
        return array

    def named(self, prefix: str, dtype: type | None = np.float64) -> dict[str, npt.NDArray[Any]]:
        """Return all arrays whose names begin with ``prefix``, by the rest of their names."""
        files = (name for name in self._archive.namelist() if name.endswith(".npy"))
        names = [name.removesuffix(".npy") for name in files if name.startswith(prefix)]
        return {name.removeprefix(prefix): self.array(name, dtype) for name in names}

    def __contains__(self, name: str) -> bool:
        """Return whether there is an array of that name."""
        return f"{name}.npy" in self._archive.namelist()


def read_archive(
    path: Path,
    wanted: str,
    make: Callable[[Archive], T],
    what: str = "saved state",
    advice: str = "Choose a file that a state's save() wrote.",
) -> T:
    """Return what ``make`` makes of a file that ``write_archive`` wrote.

    Args:
        path: The file.
        wanted: The format that its header must name.
        make: What makes the result; its ValueError, KeyError, … say that the file is damaged.
        what: What errors call the file.
        advice: What errors tell the reader to do.

    Raises:
        InputError: There is no such file, or it is damaged or not of this format.
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
        raise InputError(f"The file is damaged or no {what} ({error}). {advice}", where=str(path)) from error
