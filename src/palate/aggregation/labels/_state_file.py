"""A state as one file: a zip archive of JSON, Parquet and numpy arrays, whose checksums show damage."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation.labels._answer_log import AnswerLog, IdLog
from palate.aggregation.labels._state import LabelState
from palate.aggregation.labels.registry import label_aggregators
from palate.core.atomic import replace_file
from palate.core.errors import InputError, PalateError

__all__ = ["read_state", "write_state"]

_FORMAT = "palate label state 1"
_IDS = ("task", "annotator", "label")


def write_state(state: LabelState, path: Path) -> None:
    """Write a state; see :meth:`LabelState.save`."""
    log, method = state.log, state.method
    header = {
        "format": _FORMAT,
        "method": label_aggregators.name_of(method),
        "settings": asdict(method),
        "declared_labels": log.n_declared,
        "kinds": {ids.name: ids.kind for ids in _ids(log)},
    }
    arrays: dict[str, npt.NDArray[Any]] = {**_codes(log), "golden": log.golden}
    kept = state.beliefs.saved(log)
    if kept is not None:
        arrays["posterior"] = kept
    with replace_file(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("state.json", json.dumps(header, indent=1))
        for ids in _ids(log):
            buffer = io.BytesIO()
            ids.series().alias("id").to_frame().write_parquet(buffer)
            archive.writestr(f"{ids.name}.parquet", buffer.getvalue())
        for name, values in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, values, allow_pickle=False)
            archive.writestr(f"{name}.npy", buffer.getvalue())


def read_state(path: Path) -> LabelState:
    """Read a state; see :func:`load_state`."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _state(archive)
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


def _state(archive: zipfile.ZipFile) -> LabelState:
    header = json.loads(archive.read("state.json"))
    if header["format"] != _FORMAT:
        raise ValueError(f"its format is {header['format']!r}, this version reads {_FORMAT!r}")
    method: Any = label_aggregators.create(header["method"], header["settings"])
    state: LabelState = method.start()
    log = state.log
    for ids in _ids(log):
        column = pl.read_parquet(io.BytesIO(archive.read(f"{ids.name}.parquet")))["id"]
        kind = header["kinds"][ids.name]
        if kind is not None:
            ids.restore(column)
        if ids.kind != kind:
            raise ValueError(f"its {ids.name}s are {ids.kind}, not {kind}")
    codes = {name: _array(archive, name, np.int32) for name in _codes(log)}
    log.restore(codes, _array(archive, "golden", np.int32), int(header["declared_labels"]))
    saved = "posterior.npy" in archive.namelist()
    state.beliefs.restore(log, _array(archive, "posterior", np.float64) if saved else None)
    return state


def _array(archive: zipfile.ZipFile, name: str, dtype: type) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.load(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False)
    if array.dtype != dtype:
        raise ValueError(f"{name} is {array.dtype}")
    return array


def _ids(log: AnswerLog) -> tuple[IdLog, IdLog, IdLog]:
    return log.task_ids, log.annotator_ids, log.label_ids


def _codes(log: AnswerLog) -> dict[str, npt.NDArray[np.int32]]:
    n = len(log)
    return {"tasks": log.tasks[:n], "annotators": log.annotators[:n], "labels": log.labels[:n]}
