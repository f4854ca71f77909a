"""Make a study's directory with a ``palate.toml`` that says what can be set."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from palate.core.atomic import replace_file
from palate.core.errors import InputError, StudyError
from palate.core.frames import read_table
from palate.core.tables import INTERACTIONS, ITEMS
from palate.study.settings_file import SETTINGS_FILE, settings_text
from palate.study.study import Study

__all__ = ["new_study"]

_COMMENTS = {
    "study": "Every random number depends on the seed. Each round after the first asks what the new ranker changed.",
    "data": 'Interactions: user, item, timestamp, value. Items: item, title. Or source = "movielens".',
    "split": "Each user's last interactions are the future: the truth, and what systems rank.",
    "grades": 'thresholds cut a later value into a true grade; "quartiles" takes the values\' quartiles.',
    "recommend": "The systems that are compared; the first is the baseline.",
    "sample": "People grade the first `depth` items of every run, and compare `pairs` pairs of lists.",
    "ask": "Each page of page_size tasks pays reward dollars; tasks on which people differ are asked on.",
    "aggregate": "The first of labels makes the judgments; the others are shown beside it.",
    "evaluate": "The verdict is about headline.",
    "learn": "A ranker is trained on the judgments; every query is ranked by one that has not seen it.",
}


def new_study(
    directory: Path,
    *,
    interactions: Path | None = None,
    items: Path | None = None,
    seed: int = 0,
    name: str | None = None,
) -> Study:
    """Write ``palate.toml`` into ``directory`` and return the study; without ``interactions`` it is MovieLens.

    Raises:
        StudyError: There is a study already.
        InputError: A named file cannot be read as what it should be.
        OutputError: The directory cannot be written.
    """
    target = directory / SETTINGS_FILE
    if target.exists():
        raise StudyError(
            f"There is a study in {directory} already. Run it with 'palate study run {directory}'."
        )
    if interactions is None and items is not None:
        raise InputError("Items were named without interactions; name both.", where=str(items))
    data = {"source": "movielens"}
    if interactions is not None:
        read_table(interactions, INTERACTIONS)
        data = {"source": "files", "interactions": _relative(interactions, directory)}
    if items is not None:
        read_table(items, ITEMS)
        data["items"] = _relative(items, directory)
    values = default_values(data, seed=seed, name=name or directory.resolve().name)
    write_settings(directory, values)
    return Study(directory)


def write_settings(directory: Path, values: dict[str, dict[str, Any]]) -> None:
    """Write ``palate.toml``, making the directory if it is not there."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(f"Cannot make {directory}: {error.strerror}. Choose another folder.") from error
    with replace_file(directory / SETTINGS_FILE) as temporary:
        temporary.write_text(settings_text(values, _COMMENTS), encoding="utf-8")


def default_values(data: dict[str, str], *, seed: int, name: str) -> dict[str, dict[str, Any]]:
    """Return the settings worth showing, section by section, for these data."""
    from palate.study.settings import Data, StudySettings

    dumped = StudySettings(data=Data.model_validate(data)).model_dump(mode="json")
    dumped["study"] = {"name": name, "seed": seed, "rounds": 2}
    dumped["data"] = data
    dumped["ask"]["reward"] = float(dumped["ask"]["reward"])
    if data["source"] == "movielens":
        dumped["split"]["min_candidates"] = 15
        dumped["grades"]["thresholds"] = [3.0, 4.0, 5.0]
    for section in dumped.values():
        section.pop("options", None)
    return {section: dumped[section] for section in _COMMENTS}


def _relative(path: Path, directory: Path) -> str:
    return os.path.relpath(path.resolve(), directory.resolve())
