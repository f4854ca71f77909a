"""A label state as one file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from palate.aggregation._archive import restore_ids, write_state_archive
from palate.aggregation._id_log import IdLog
from palate.aggregation.labels._answer_log import AnswerLog
from palate.aggregation.labels._state import LabelState, new_state
from palate.aggregation.labels.registry import label_aggregators
from palate.core.archive import Archive, read_archive

__all__ = ["read_state", "write_state"]

_FORMAT = "palate label state 2"


def write_state(state: LabelState, path: Path) -> None:
    """Write a state; see :meth:`LabelState.save`."""
    log, method = state.log, state.method
    header = {
        "format": _FORMAT,
        "method": label_aggregators.name_of(method),
        "settings": asdict(method),
        "declared_labels": log.n_declared,
        "on_duplicate": log.on_duplicate,
    }
    arrays: dict[str, npt.NDArray[Any]] = {**_codes(log), "golden": log.golden, "known": log.known}
    if log.skills is not None:
        arrays["skills"] = log.skills
    arrays |= {f"kept_{name}": values for name, values in state.beliefs.saved(log).items()}
    write_state_archive(path, header, _ids(log), arrays)


def read_state(path: Path) -> LabelState:
    """Read a state; see :func:`load_state`."""
    return read_archive(path, _FORMAT, _state)


def _state(archive: Archive) -> LabelState:
    header = archive.header
    method = label_aggregators.create(header["method"], header["settings"])
    log = AnswerLog(on_duplicate=header["on_duplicate"])
    restore_ids(archive, *_ids(log))
    log.restore(
        {name: archive.array(name, np.int32) for name in _codes(log)},
        archive.array("golden", np.int32),
        int(header["declared_labels"]),
        known=archive.array("known", np.float64),
        skills=archive.array("skills", np.float64) if "skills" in archive else None,
    )
    state = new_state(method, log)
    state.beliefs.restore(log, archive.named("kept_"))
    return state


def _ids(log: AnswerLog) -> tuple[IdLog, IdLog, IdLog]:
    return log.task_ids, log.annotator_ids, log.label_ids


def _codes(log: AnswerLog) -> dict[str, npt.NDArray[np.int32]]:
    n = len(log)
    return {"tasks": log.tasks[:n], "annotators": log.annotators[:n], "labels": log.labels[:n]}
