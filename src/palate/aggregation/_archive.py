"""The ids of a state in its file: what the codes in its arrays mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from palate.aggregation._id_log import IdLog
from palate.core.archive import Archive, write_archive

__all__ = ["restore_ids", "write_state_archive"]


def write_state_archive(
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
    kinds = {"kinds": {log.name: log.kind for log in ids}}
    write_archive(path, {**header, **kinds}, {log.name: log.series() for log in ids}, arrays)


def restore_ids(archive: Archive, *ids: IdLog) -> None:
    """Give these the ids that they had; ValueError if they could not have had them."""
    for log in ids:
        column = archive.column(log.name)
        kind = archive.header["kinds"][log.name]
        if kind is not None:
            log.restore(column)
        if log.kind != kind:
            raise ValueError(f"its {log.name}s are {log.kind}, not {kind}")
